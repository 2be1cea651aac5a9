"""Writing that lies in the landscape: the axes' names beside the block and losses on contour lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...look.palettes import Palette
from ..terrain import Terrain
from .inks import hex_text, inks_on
from .items import CAP

Array = NDArray[np.float64]

#: Height of the axes' names and of losses on contours, and their distance from edge and line, as shares of the width.
AXIS_SIZE, VALUE_SIZE = 0.055, 0.036
#: Height above the ground, as a share of the width.
LIFT = 0.002
#: Contour lines below this level bear no values.
BOTTOM = 0.05


@dataclass(frozen=True, eq=False)
class Lying:
    """A text in the world: `place` (3,) of the middle of its line, `right` and `up` (3,) unit vectors of the
    plane that it lies in, `size` in metres, `ink` as '#rrggbb'.
    """

    name: str
    text: str
    place: Array
    right: Array
    up: Array
    size: float
    ink: str


def axis_places(terrain: Terrain, texts: tuple[str, str], azimuth: float, backdrop: str) -> tuple[Lying, ...]:
    """The axes' names on the floor along the two sides of the block that face a camera at an azimuth (degrees, from
    x towards y), to be read from there; `backdrop` is the floor's colour.
    """
    towards = np.array([np.cos(np.radians(azimuth)), np.sin(np.radians(azimuth))])
    low, high = terrain.corners
    width = float(high[0] - low[0])
    ink = inks_on(backdrop).strong
    made = []
    for axis, text in enumerate(texts):
        across = 1 - axis
        outward = np.zeros(3)
        outward[across] = 1.0 if towards[across] > 0 else -1.0
        place = np.append((low + high) / 2, terrain.base + LIFT * width)
        place[across] = (high if towards[across] > 0 else low)[across]
        place += outward * (0.6 + CAP) * AXIS_SIZE * width
        right = np.array([-outward[1], outward[0], 0.0])
        made.append(Lying(f"Axis {'xy'[axis]}", text, place, right, -outward, AXIS_SIZE * width, ink))
    return tuple(made)


def emphasised_levels(contours: int, emphasis: int, most: int = 5) -> list[float]:
    """The levels of the emphasised contour lines, without those at the very bottom; spread out where there are more
    than `most`.
    """
    if not contours or not emphasis:
        return []
    levels = [level for k in range(0, contours, emphasis) if (level := (k + 0.5) / contours) > BOTTOM]
    return levels[:: max(1, -(-len(levels) // most))]


def contour_places(
    terrain: Terrain, levels: Sequence[float], azimuth: float, palette: Palette, way: Array | None = None
) -> tuple[Lying, ...]:
    """The loss written along the contour lines at these levels, at the place of each that faces a camera at an
    azimuth (degrees) best and keeps clear of the border, of the others and of the way (K, 3) in metres.

    A level without such a place gets none.
    """
    width = float(np.ptp(terrain.x))
    towards = np.array([np.cos(np.radians(azimuth)), np.sin(np.radians(azimuth))])
    known = np.unique(terrain.loss)
    losses = np.interp(np.asarray(levels) * terrain.relief, terrain.z_of(known), known)
    occupied = np.empty((0, 2)) if way is None else np.asarray(way)[:, :2]
    made: list[Lying] = []
    for level, loss in zip(levels, losses, strict=True):
        places = _line_points(terrain, level)
        reach = 3.0 * VALUE_SIZE * width
        inside = (abs(places) < np.array([terrain.x[-1], terrain.y[-1]]) - reach).all(axis=1)
        places = places[inside & _clear(places, occupied, reach)]
        if not len(places):
            continue
        slopes = terrain.gradient(places)
        steepness = np.linalg.norm(slopes, axis=1)
        facing = -(slopes @ towards) / np.maximum(steepness, 1e-12)
        # upright for the viewer, on the side of the hollow from which the ground rises away from him
        best = int(np.argmax(facing - 0.15 * steepness))
        if facing[best] < 0.6:
            continue
        ink = inks_on(hex_text(palette.colours(np.array(level)))).strong
        made.append(_on_ground(terrain, places[best], towards, (f"Contour {len(made) + 1}", f"{loss:.3g}"), ink))
        occupied = np.concatenate([occupied, places[best][None]])
    return tuple(made)


def _clear(places: Array, others: Array, reach: float) -> NDArray[np.bool_]:
    """Which places (N, 2) are farther than the reach from all others (M, 2)."""
    if not len(others) or not len(places):
        return np.ones(len(places), dtype=bool)
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(others).query(places)[0] > reach)


def _line_points(terrain: Terrain, level: float) -> Array:
    """Places (N, 2) where the level's line crosses the grid's lines along y."""
    height = terrain.level - level
    row, column = np.nonzero(np.diff(np.sign(height), axis=0))
    below, above = height[row, column], height[row + 1, column]
    share = below / (below - above)
    y = terrain.y[row] + share * (terrain.y[row + 1] - terrain.y[row])
    return np.column_stack([terrain.x[column], y])


def _on_ground(terrain: Terrain, place: Array, towards: Array, name_and_text: tuple[str, str], ink: str) -> Lying:
    """A text that stands on a contour line, flat on the ground, turned so that `towards` (2,) reads it."""
    width = float(np.ptp(terrain.x))
    size = VALUE_SIZE * width
    normal = terrain.normals(place)
    uphill = np.append(terrain.gradient(place), 0.0)
    up = uphill - (uphill @ normal) * normal
    up /= np.linalg.norm(up)
    if up[:2] @ towards > 0:
        up = -up
    point = np.append(place, terrain.height(place)) + 0.4 * size * up + LIFT * width * normal
    right: Array = np.asarray(np.cross(up, normal), dtype=np.float64)
    return Lying(*name_and_text, point, right, up, size, ink)
