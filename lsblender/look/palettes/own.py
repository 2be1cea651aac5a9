"""Palettes made for this program."""

from __future__ import annotations

from .base import PALETTES, Palette


@PALETTES.register("glacier")
class Glacier(Palette):
    """Deep water blue in the basin, pale ice on the heights; an orange ball."""

    stops = ((0.0, "#04284f"), (0.18, "#0a5d94"), (0.45, "#4f9fc4"), (0.75, "#b4d3de"), (1.0, "#eef3f1"))
    accent = "#ff5a1f"
    ink_low = "#dff3fb"
    ink_high = "#4f93b5"
    ink_turn = 0.7
    deep = "#04213f"
    backdrop = "#17425a"
    light = "#9fe3ff"


@PALETTES.register("ember")
class Ember(Palette):
    """Warm basin under cooling heights: pale gold, rust, aubergine; a turquoise ball."""

    stops = ((0.0, "#ffd27a"), (0.2, "#e8843c"), (0.45, "#a63d3a"), (0.75, "#53294a"), (1.0, "#241a33"))
    accent = "#1fd6c4"
    ink_low = "#7c2a1e"
    ink_high = "#ffcf8a"
    ink_turn = 0.42
    deep = "#5b1d27"
    backdrop = "#1d1524"
    light = "#ff9a3c"


@PALETTES.register("atlas")
class Atlas(Palette):
    """An old atlas: lake blue, meadow, ochre, brick, snow; a red ball."""

    stops = (
        (0.0, "#1d4e68"),
        (0.15, "#3f8a8c"),
        (0.35, "#9dbb8a"),
        (0.6, "#e3cf9a"),
        (0.82, "#c98a5b"),
        (1.0, "#f4ede1"),
    )
    accent = "#d1202f"
    ink_low = "#e8e2d0"
    ink_high = "#6b4a38"
    ink_turn = 0.42
    deep = "#12303f"
    backdrop = "#cdc4b2"
    light = "#ffe2a6"
    colour_blind_safe = False


@PALETTES.register("sol")
class Sol(Palette):
    """One hue, as under a sodium lamp: brown in the basin, yellow on the heights; a black ball."""

    stops = ((0.0, "#7d3c00"), (0.3, "#b56200"), (0.65, "#e8930a"), (1.0, "#ffca45"))
    accent = "#0c0907"
    ink_low = "#260f00"
    ink_high = "#5a2c00"
    ink_turn = 0.6
    deep = "#331600"
    backdrop = "#b86407"
    light = "#ffc21a"


@PALETTES.register("dune")
class Dune(Palette):
    """Raked sand: umber in the hollows, ochre, pale crests; a lapis ball."""

    stops = ((0.0, "#7d4a2e"), (0.3, "#b47a4c"), (0.65, "#dcb07c"), (1.0, "#f4e0bd"))
    accent = "#1540c4"
    ink_low = "#f0d3a4"
    ink_high = "#8c5a38"
    ink_turn = 0.45
    deep = "#5d3422"
    backdrop = "#b98f68"
    light = "#ffd59a"


@PALETTES.register("nocturne")
class Nocturne(Palette):
    """Night over hills: indigo, slate, mist, with amber windows; a signal-red ball."""

    stops = ((0.0, "#141b45"), (0.35, "#20386b"), (0.7, "#3f6a92"), (1.0, "#93b6c6"))
    accent = "#ff4a2e"
    ink_low = "#ffd08a"
    ink_high = "#ffe9c4"
    ink_turn = 0.5
    deep = "#080d24"
    backdrop = "#0b1226"
    light = "#ffc070"


@PALETTES.register("folio")
class Folio(Palette):
    """A printed sheet: tints of water and paper, brown and blue ink; a vermilion ball."""

    stops = ((0.0, "#6a9fb0"), (0.25, "#a3c7c4"), (0.5, "#d3dcc2"), (0.75, "#efdfb8"), (1.0, "#fbf3e0"))
    accent = "#c8102e"
    ink_low = "#1f4254"
    ink_high = "#6e4a30"
    ink_turn = 0.4
    deep = "#7c9aa2"
    backdrop = "#d9d2c3"
    light = "#fff1d0"


@PALETTES.register("lagoon")
class Lagoon(Palette):
    """Clear water over sand: petrol, turquoise, pale green; a coral ball."""

    stops = ((0.0, "#06303f"), (0.28, "#0e7480"), (0.6, "#62c0ad"), (1.0, "#eaf7e2"))
    accent = "#ff4b26"
    ink_low = "#c9fbe9"
    ink_high = "#2c8f88"
    ink_turn = 0.62
    deep = "#042430"
    backdrop = "#0f3a44"
    light = "#fff0b8"
