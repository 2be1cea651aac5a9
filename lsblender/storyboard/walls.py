"""Round the block: thin axes with numbers, and grids on two walls behind it, as data.

The walls stand behind the two sides that face away from the camera, from the lowest point's height to the highest's.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np
from numpy.typing import NDArray

from ..engine import Landscape
from .labels.inks import inks_on
from .labels.items import CAP, text_width
from .labels.lying import Lying
from .labels.readings import colour_bar_ticks
from .surroundings import Surroundings
from .terrain import Terrain

Array = NDArray[np.float64]

#: As shares of the terrain's width: the walls' distance from the block, the length of a tick, the numbers' height, and
#: the radii of an axis and of a grid's line.
GAP, TICK, NUMBER, AXIS_LINE, GRID_LINE = 0.012, 0.014, 0.038, 0.0017, 0.0011
#: Intervals between numbers along a side, at most.
INTERVALS = 5


@dataclass(frozen=True, eq=False)
class Walls:
    """Straight lines (L, 2, 3) of the grids and of the axes, in metres, with their radii and colours '#rrggbb'; and the
    numbers on the axes.
    """

    grid: Array
    axes: Array
    grid_radius: float
    axis_radius: float
    grid_colour: str
    axis_colour: str
    numbers: tuple[Lying, ...]


def round_numbers(low: float, high: float) -> list[float]:
    """Round numbers at equal distances between two, about five of them."""
    if not high > low:
        return []
    rough = (high - low) / INTERVALS
    decade = 10.0 ** floor(log10(rough))
    step = next(factor * decade for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * decade >= rough * (1 - 1e-9))
    return [float(f"{k * step:.10g}") for k in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def reach(terrain: Terrain, around: Surroundings) -> Array:
    """Points (N, 3) that a camera has to see with the block, wherever the walls stand: none without walls and axes."""
    if not (around.axes or around.walls):
        return np.zeros((0, 3))
    width = float(np.ptp(terrain.x))
    beyond = (GAP + (TICK + 2.6 * NUMBER if around.axes else 0.0)) * width
    over = terrain.relief + ((TICK + 2.0 * NUMBER) * width if around.axes else 0.0)
    low, high = terrain.corners
    sides = [(low[k] - beyond, high[k] + beyond) for k in (0, 1)]
    return np.array([[x, y, over] for x in sides[0] for y in sides[1]])


def walls_of(
    terrain: Terrain, landscape: Landscape, around: Surroundings, azimuth: float, backdrop: str
) -> Walls | None:
    """The walls for a camera at an azimuth (degrees, from x towards y) before a backdrop '#rrggbb'; None if there is
    nothing to be seen of them.
    """
    if not (around.axes or around.walls):
        return None
    inks = inks_on(backdrop)
    room = _Room(terrain, landscape, azimuth, inks.strong)
    width = room.width
    grid, axes, numbers = [], [], []
    for axis in (0, 1):
        grid += room.grid(axis)
        axes += room.rim(axis)
        axes += room.ticks(axis)
        numbers += room.numbers(axis)
    axes += room.loss_ticks()
    numbers += room.losses()
    none = np.zeros((0, 2, 3))
    return Walls(
        grid=np.array(grid) if around.walls else none,
        axes=np.array(axes) if around.axes else none,
        grid_radius=GRID_LINE * width,
        axis_radius=AXIS_LINE * width,
        grid_colour=inks.muted,
        axis_colour=inks.muted,
        numbers=tuple(numbers) if around.axes else (),
    )


class _Room:
    """The two walls behind a block: wall 0 lies along x, wall 1 along y. The axis at which losses are written stands
    where the wall that is on the left ends.
    """

    def __init__(self, terrain: Terrain, landscape: Landscape, azimuth: float, ink: str) -> None:
        angle = np.radians(azimuth)
        towards, right = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        self.front = np.where(towards > 0, 1.0, -1.0)
        self.width = float(np.ptp(terrain.x))
        self.ink = ink
        self.top = terrain.relief
        low, high = terrain.corners
        self.ends = np.stack([low, high])
        gap = GAP * self.width
        # where each wall stands across its own direction: behind the block
        self.across = [
            float(self.ends[0 if self.front[1 - k] > 0 else 1][1 - k] - self.front[1 - k] * gap) for k in (0, 1)
        ]
        # the outer end of each wall, towards the camera
        self.outer = [float(self.ends[1 if self.front[k] > 0 else 0][k] + self.front[k] * gap) for k in (0, 1)]
        corners = [self.point(k, self.outer[k], 0.0)[:2] for k in (0, 1)]
        self.left = int(np.argmin([corner @ right for corner in corners]))
        self.places = [self._places(terrain, landscape, k) for k in (0, 1)]
        self.levels = [(tick.level * self.top, tick.text) for tick in colour_bar_ticks(terrain, landscape)]

    def _places(self, terrain: Terrain, landscape: Landscape, axis: int) -> list[tuple[float, str]]:
        """Metres along an axis and the numbers that stand there."""
        values = round_numbers(*(float(v) for v in (landscape.x, landscape.y)[axis][[0, -1]]))
        metres = (np.array(values) - terrain.offset[axis]) * terrain.scale[axis]
        return [
            (float(m), f"{value:.6g}".replace("-", "\N{MINUS SIGN}")) for m, value in zip(metres, values, strict=True)
        ]

    def point(self, wall: int, along: float, z: float) -> Array:
        """A point (3,) of a wall."""
        place = np.array([0.0, 0.0, z])
        place[wall], place[1 - wall] = along, self.across[wall]
        return place

    def rightwards(self, wall: int) -> Array:
        """The direction (3,) to the right as the wall is seen from the camera's side."""
        normal = np.zeros(3)
        normal[1 - wall] = self.front[1 - wall]
        return np.asarray(np.cross([0.0, 0.0, 1.0], normal), dtype=np.float64)

    def inner(self, wall: int) -> float:
        """Where a wall meets the other one."""
        return self.across[1 - wall]

    def grid(self, wall: int) -> list[list[Array]]:
        """Lines up at the numbers and along at the losses."""
        upright = [[self.point(wall, m, 0.0), self.point(wall, m, self.top)] for m, _ in self.places[wall]]
        level = [z for z, _ in self.levels] + [0.0]
        return upright + [[self.point(wall, self.inner(wall), z), self.point(wall, self.outer[wall], z)] for z in level]

    def rim(self, wall: int) -> list[list[Array]]:
        """The wall's upper edge and its outer one."""
        inner, outer = self.inner(wall), self.outer[wall]
        return [
            [self.point(wall, inner, self.top), self.point(wall, outer, self.top)],
            [self.point(wall, outer, 0.0), self.point(wall, outer, self.top)],
        ]

    def ticks(self, wall: int) -> list[list[Array]]:
        over = self.top + TICK * self.width
        return [[self.point(wall, m, self.top), self.point(wall, m, over)] for m, _ in self.places[wall]]

    def numbers(self, wall: int) -> list[Lying]:
        """The numbers over the upper edge, upright on the wall."""
        size = NUMBER * self.width
        z = self.top + TICK * self.width + 0.45 * size
        return [
            Lying(f"{'xy'[wall]} {k}", text, self.point(wall, m, z), self.rightwards(wall), _UP, size, self.ink)
            for k, (m, text) in enumerate(self.places[wall], 1)
        ]

    def beyond(self, metres: float) -> float:
        """So far outside of the outer end of the wall on the left."""
        return self.outer[self.left] + float(self.front[self.left]) * metres

    def loss_ticks(self) -> list[list[Array]]:
        outer, end = self.outer[self.left], self.beyond(TICK * self.width)
        return [[self.point(self.left, outer, z), self.point(self.left, end, z)] for z, _ in self.levels]

    def losses(self) -> list[Lying]:
        """The losses beside the outer edge on the left."""
        size = NUMBER * self.width
        right, made = self.rightwards(self.left), []
        texts = [(z - 0.5 * CAP * size, text) for z, text in self.levels]
        for k, (z, text) in enumerate(texts, 1):
            aside = TICK * self.width + 0.35 * size + text_width(text, size) / 2
            made.append(
                Lying(f"loss {k}", text, self.point(self.left, self.beyond(aside), z), right, _UP, size, self.ink)
            )
        return made


_UP = np.array([0.0, 0.0, 1.0])
