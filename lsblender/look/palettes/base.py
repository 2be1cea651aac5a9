"""A palette: a few stops, and the table, the ramp and the race colours that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ...registry import Registry
from .colour import Array, apart, apart_on_balls, from_oklab, hex_colour, to_oklab, to_srgb

#: Stops of a colour ramp: Blender allows 32.
RAMP_STOPS = 32
#: The licence of what was made for this program.
OURS = "GPL-3.0-or-later"


@dataclass(frozen=True)
class Palette:
    """Colours by level: 0 is the lowest loss, 1 the highest.

    `stops` are (level, sRGB colour); `accent` is the ball's colour, chosen to stand out from all of them; `ink_low` and
    `ink_high` draw the contour lines below and above the level `ink_turn`; `deep` is the foot of the block; `backdrop`
    is the colour of floor and air; `light` that of things that glow (lamps inside glass, a city's windows).

    `breaks` are levels at which the colour is meant to jump. `colour_blind_safe` says that equal steps stay apart for
    people without red or green cones. `credit` names who made the colours and `licence` what they are under.
    """

    stops: ClassVar[tuple[tuple[float, str], ...]]
    accent: ClassVar[str]
    ink_low: ClassVar[str]
    ink_high: ClassVar[str]
    ink_turn: ClassVar[float]
    deep: ClassVar[str]
    backdrop: ClassVar[str]
    light: ClassVar[str]
    breaks: ClassVar[tuple[float, ...]] = ()
    colour_blind_safe: ClassVar[bool] = True
    credit: ClassVar[str] = "the lsblender developers"
    licence: ClassVar[str] = OURS

    def colours(self, level: Array) -> Array:
        """Linear RGB (..., 3) at levels (...), clipped to 0 to 1."""
        positions = np.array([position for position, _ in self.stops])
        lab = to_oklab(np.array([hex_colour(colour) for _, colour in self.stops]))
        return from_oklab(np.stack([np.interp(level, positions, lab[:, k]) for k in range(3)], axis=-1))

    def table(self, size: int = 256) -> NDArray[np.uint8]:
        """sRGB bytes (size, 3) from level 0 to 1."""
        srgb = to_srgb(self.colours(np.linspace(0.0, 1.0, size)))
        return np.asarray(np.round(srgb * 255.0), dtype=np.uint8)

    def ramp(self, count: int = RAMP_STOPS) -> list[tuple[float, tuple[float, float, float]]]:
        """At most `count` stops of linear RGB that give the table when one runs straight between them in linear light.

        Stops are added one by one where the picture would be furthest from the table.
        """
        levels = np.linspace(0.0, 1.0, 256)
        wanted = self.colours(levels)
        chosen = [0, 255]
        while len(chosen) < count:
            drawn = np.stack([np.interp(levels, levels[chosen], wanted[chosen, k]) for k in range(3)], axis=-1)
            wrong = np.abs(to_srgb(drawn) - to_srgb(wanted)).max(axis=1)
            if wrong.max() < 0.2 / 255:
                break
            chosen = sorted({*chosen, int(wrong.argmax())})
        return [(float(levels[k]), (float(r), float(g), float(b))) for k in chosen for r, g, b in [wanted[k]]]


PALETTES: Registry[Palette] = Registry("palette", Palette)

#: What race colours are chosen from: strong colours from near white to near black, round the whole circle.
CANDIDATES = (
    "#f4f4f2", "#111111", "#ffe100", "#ff9f0a", "#ff6a13", "#e8112d", "#8c0d1f", "#ff4f8b", "#ffb3c7", "#d100c9",
    "#7a1fa2", "#b79cff", "#3d2bff", "#1255cc", "#4db8ff", "#0b2a66", "#00d5ff", "#00a58e", "#0f6b4f", "#5ee05a",
    "#b8f000", "#6b3a12", "#c46a1b",
)  # fmt: skip


def race_colours(palette: Palette, count: int) -> list[str]:
    """`count` sRGB colours for balls that run together: the palette's accent first, then at each step the candidate
    that looks furthest from the ones before on small balls, and from the palette's own colours, to full sight and to
    people without red or green cones. Beyond the candidates the colours come round again.
    """
    ground = palette.colours(np.linspace(0.0, 1.0, 33))
    pool = [colour for colour in CANDIDATES if colour != palette.accent]
    linear = np.array([hex_colour(colour) for colour in pool])
    chosen = [palette.accent]
    # as far from the whole ground as from another ball can not be had: a third of that is enough
    accent = np.array([hex_colour(palette.accent)])
    room = np.minimum(3.0 * apart(linear, ground).min(axis=1), apart_on_balls(linear, accent)[:, 0])
    while len(chosen) < min(count, len(pool) + 1):
        best = int(room.argmax())
        chosen.append(pool[best])
        room = np.minimum(room, apart_on_balls(linear, linear[best : best + 1])[:, 0])
    return [chosen[k % len(chosen)] for k in range(count)]
