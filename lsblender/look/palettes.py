"""Palettes: colours from the lowest loss to the highest.

A palette is a few sRGB stops; between them it runs straight in Oklab (Ottosson 2020), where equal steps look equal. The
table for point clouds and the ramp for shaders come from these same stops.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..registry import Registry

Array = NDArray[np.float64]

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def to_linear(srgb: Array) -> Array:
    """Linear light of sRGB values (..., 3) in 0 to 1 (IEC 61966-2-1)."""
    return np.asarray(np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4))


def to_srgb(linear: Array) -> Array:
    """sRGB values of linear light (..., 3), clipped to 0 to 1."""
    linear = np.clip(linear, 0.0, 1.0)
    return np.asarray(np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055))


def hex_colour(text: str) -> tuple[float, float, float]:
    """Linear RGB of an sRGB colour written like '#1f7a8c'."""
    srgb = np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    red, green, blue = (float(value) for value in to_linear(srgb))
    return red, green, blue


@dataclass(frozen=True)
class Palette:
    """Colours by level: 0 is the lowest loss, 1 the highest.

    `stops` are (level, sRGB colour); `accent` is the ball's colour, chosen to stand out from all of them; `ink_low` and
    `ink_high` draw the contour lines below and above the level `ink_turn`; `deep` is the foot of the block; `backdrop`
    is the colour of floor and air.
    """

    stops: ClassVar[tuple[tuple[float, str], ...]]
    accent: ClassVar[str]
    ink_low: ClassVar[str]
    ink_high: ClassVar[str]
    ink_turn: ClassVar[float]
    deep: ClassVar[str]
    backdrop: ClassVar[str]

    def colours(self, level: Array) -> Array:
        """Linear RGB (..., 3) at levels (...), clipped to 0 to 1."""
        positions = np.array([position for position, _ in self.stops])
        lab = np.cbrt(np.array([hex_colour(colour) for _, colour in self.stops]) @ _TO_LMS.T) @ _TO_LAB.T
        between = np.stack([np.interp(level, positions, lab[:, k]) for k in range(3)], axis=-1)
        lms = (between @ np.linalg.inv(_TO_LAB).T) ** 3
        return np.asarray(np.clip(lms @ np.linalg.inv(_TO_LMS).T, 0.0, 1.0))

    def table(self, size: int = 256) -> NDArray[np.uint8]:
        """sRGB bytes (size, 3) from level 0 to 1."""
        srgb = to_srgb(self.colours(np.linspace(0.0, 1.0, size)))
        return np.asarray(np.round(srgb * 255.0), dtype=np.uint8)


PALETTES: Registry[Palette] = Registry("palette", Palette)


@PALETTES.register("glacier")
@dataclass(frozen=True)
class Glacier(Palette):
    """Deep water blue in the basin, pale ice on the heights; an orange ball."""

    stops = ((0.0, "#04284f"), (0.18, "#0a5d94"), (0.45, "#4f9fc4"), (0.75, "#b4d3de"), (1.0, "#eef3f1"))
    accent = "#ff5a1f"
    ink_low = "#dff3fb"
    ink_high = "#4f93b5"
    ink_turn = 0.7
    deep = "#04213f"
    backdrop = "#17425a"


@PALETTES.register("ember")
@dataclass(frozen=True)
class Ember(Palette):
    """Warm basin under cooling heights: pale gold, rust, aubergine; a turquoise ball."""

    stops = ((0.0, "#ffd27a"), (0.2, "#e8843c"), (0.45, "#a63d3a"), (0.75, "#53294a"), (1.0, "#241a33"))
    accent = "#1fd6c4"
    ink_low = "#7c2a1e"
    ink_high = "#ffcf8a"
    ink_turn = 0.42
    deep = "#5b1d27"
    backdrop = "#1d1524"


@PALETTES.register("atlas")
@dataclass(frozen=True)
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
    backdrop = "#a9a296"
