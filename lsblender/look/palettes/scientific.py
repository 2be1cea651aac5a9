"""Scientific palettes by others, kept as stops.

Each is the fewest of the original's 256 colours between which Oklab reproduces the rest to 2/255. What the originals'
licences ask for stands in licences.txt beside this file. Accents, inks and surroundings are this program's.
"""

from __future__ import annotations

from .base import PALETTES, Palette


def stops_of(text: str) -> tuple[tuple[float, str], ...]:
    """Stops from rows and colours of a table of 256: '0 440154 27 482677 ...'."""
    words = text.split()
    return tuple((int(row) / 255, f"#{colour}") for row, colour in zip(words[::2], words[1::2], strict=True))


@PALETTES.register("viridis")
class Viridis(Palette):
    """Dark violet, teal, green, yellow: the even scale that most plots know; a red ball."""

    stops = stops_of(
        "0 440154 27 482677 55 3f4889 88 2f6b8e 127 21908d 149 20a486 166 2fb47c 182 4ac16d 200 70cf57 220 "
        "a2da37 233 c5e021 243 dfe318 254 fbe723 255 fde725"
    )
    accent = "#e8112d"
    ink_low = "#e6f4d8"
    ink_high = "#123c36"
    ink_turn = 0.6
    deep = "#23062f"
    backdrop = "#241f38"
    light = "#f7e06a"
    credit = "Stéfan van der Walt and Nathaniel Smith (mpl-colormaps)"
    licence = "CC0-1.0"


@PALETTES.register("magma")
class Magma(Palette):
    """Black, violet, rose, cream; a sky-blue ball."""

    stops = stops_of(
        "0 000004 18 0c0926 39 271258 54 400f74 74 601880 117 a5317e 146 d3436e 167 ee5b5e 187 fa7f5e 213 "
        "feb078 247 fceeb0 255 fcfdbf"
    )
    accent = "#27c9ff"
    ink_low = "#f0b6d6"
    ink_high = "#5a1545"
    ink_turn = 0.6
    deep = "#0a0618"
    backdrop = "#1b1426"
    light = "#ffcf9c"
    credit = "Stéfan van der Walt and Nathaniel Smith (mpl-colormaps)"
    licence = "CC0-1.0"


@PALETTES.register("inferno")
class Inferno(Palette):
    """Black, purple, orange, pale yellow; a blue ball."""

    stops = stops_of(
        "0 000004 21 110a30 40 2f0a5b 55 490b6a 80 71196e 114 a62d60 141 ce4347 162 e65d2f 179 f37819 192 "
        "f98e09 201 fc9f07 211 fcb216 222 f9c72f 233 f4dd4f 243 f1ef75 254 fafda1 255 fcffa4"
    )
    accent = "#35c4ff"
    ink_low = "#f3b27a"
    ink_high = "#5c1208"
    ink_turn = 0.6
    deep = "#0b0518"
    backdrop = "#1c1322"
    light = "#ffd27a"
    credit = "Stéfan van der Walt and Nathaniel Smith (mpl-colormaps)"
    licence = "CC0-1.0"


@PALETTES.register("cividis")
class Cividis(Palette):
    """Navy, grey, yellow: looks nearly the same to colour-blind and other eyes; a magenta ball."""

    stops = stops_of("0 00224e 20 003070 23 013271 39 263d6e 75 4e566c 142 8a8678 220 dac65b 252 fee434 255 fee838")
    accent = "#e600d2"
    ink_low = "#f2ecd0"
    ink_high = "#26304a"
    ink_turn = 0.55
    deep = "#00173a"
    backdrop = "#222c3f"
    light = "#ffe88a"
    credit = "Jamie Nuñez, Christopher Anderton and Ryan Renslow 2018 (cmaputil)"
    licence = "LicenseRef-Battelle"


@PALETTES.register("batlow")
class Batlow(Palette):
    """Navy, green, ochre, pink: Crameri's even scale for geoscience; a magenta ball."""

    stops = stops_of(
        "0 011959 10 0a285c 34 124561 63 215f61 85 3c6d56 116 6d7c3b 135 8f862d 150 ad8c2d 168 cf9340 187 "
        "ed9a62 206 fca78e 255 faccfa"
    )
    accent = "#ff00c8"
    ink_low = "#e3eed6"
    ink_high = "#3a2c12"
    ink_turn = 0.5
    deep = "#010f3a"
    backdrop = "#1b2c3c"
    light = "#ffd9b8"
    credit = "Fabio Crameri (Scientific colour maps)"
    licence = "MIT"


@PALETTES.register("oleron")
class Oleron(Palette):
    """Sea below the middle level, land above it, with a sharp shore between; a yellow ball."""

    stops = stops_of(
        "0 1a2659 88 afbcec 108 ccd9f9 127 e6f2ff 128 1a4c00 155 576004 165 6e6a14 181 928037 218 e4be8e 232 "
        "f5d7b0 255 fdfde6"
    )
    accent = "#ffe600"
    ink_low = "#f4f9ff"
    ink_high = "#f6ecd6"
    ink_turn = 0.5
    deep = "#0f1838"
    backdrop = "#3b4763"
    light = "#fff0c8"
    breaks = (127.5 / 255,)
    colour_blind_safe = False
    credit = "Fabio Crameri (Scientific colour maps)"
    licence = "MIT"


@PALETTES.register("turbo")
class Turbo(Palette):
    """The improved rainbow, for telling far apart levels from each other; a white ball."""

    stops = stops_of(
        "0 30123b 9 3a2d79 19 4249b1 30 4666dd 41 4682f8 50 4099ff 62 2cb7f0 77 18d7ca 87 1de7b2 95 2ff19b "
        "103 4af880 113 71fe5f 123 96fe44 133 b1f936 150 dbe236 170 faba39 190 fc8423 207 ec530f 225 ce2d04 "
        "243 a11201 255 7a0403"
    )
    accent = "#ffffff"
    ink_low = "#e9f0ff"
    ink_high = "#2a0a06"
    ink_turn = 0.45
    deep = "#1c0a26"
    backdrop = "#22202b"
    light = "#fff2c4"
    colour_blind_safe = False
    credit = "Anton Mikhailov, Google 2019"
    licence = "Apache-2.0"
