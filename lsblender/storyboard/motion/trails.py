"""The lines along the true paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..terrain import Terrain
from .ball import Trail
from .walk import Walk, ground_loss

Array = NDArray[np.float64]

#: Radius of the line as a share of the ball's, and in a leap as a share of that.
THICKNESS, THIN = 0.17, 0.45
#: Points of a line at most, and their distance at least (m per metre of terrain width).
MOST, SPACING = 3000, 0.001
#: Distance of lines that run side by side, in thicknesses, and over how many such distances they come together.
LANE, FADE = 2.2, 2.0
#: Lines that cross at more than this cosine run side by side.
ALONG = 0.7
#: How steeply a thread comes down to a tread, in metres per metre.
FALL = 0.3


@dataclass(frozen=True, eq=False)
class Line:
    """Points (M, 3) of a line, `step` (M,) of the optimizer there and whether they are in the air (M,)."""

    points: Array
    step: Array
    air: NDArray[np.bool_]


def lines_of(terrain: Terrain, walks: Sequence[Walk], radius: float) -> list[Line]:
    """The lines along walks on the terrain; `radius` is the ball's. Where several coincide they run side by side."""
    thickness = THICKNESS * radius
    kept = [_kept(walk) for walk in walks]
    places = [walk.xy[keep] for walk, keep in zip(walks, kept, strict=True)]
    beside = side_by_side(places, LANE * thickness)
    lines = []
    for walk, keep, xy, moved in zip(walks, kept, places, beside, strict=True):
        xy = terrain.inside(xy + moved)
        points = _on_ground(terrain, xy, thickness)
        air = np.zeros(len(keep), dtype=bool)
        for flight in walk.flights:
            inside = (keep >= flight.first) & (keep <= flight.last)
            share = (keep[inside] - flight.first) / (flight.last - flight.first)
            arc = flight.points(share)
            points[inside, :2] = arc[:, :2] + moved[inside]
            points[inside, 2] = np.maximum(points[inside, 2], arc[:, 2])
            air |= (keep > flight.first) & (keep < flight.last)
        lines.append(Line(points, walk.step[keep], air))
    return lines


def _on_ground(terrain: Terrain, xy: Array, thickness: float) -> Array:
    """Points (M, 3) of a line that lies on the ground at xy (M, 2), sunk in by three quarters of its radius. On
    terraces it is a thread pulled over the steps.
    """
    if not terrain.step:
        return terrain.points(xy) + 0.25 * thickness * terrain.normals(xy)
    return np.column_stack([xy, thread_over(terrain, xy, thickness) + 0.25 * thickness])


def thread_over(terrain: Terrain, xy: Array, reach: float) -> Array:
    """Heights (M,) of a thread over terraces along xy (M, 2), above all ground that is within `reach` metres of it.

    Where treads are narrow it goes straight from edge to edge, half a step above the ground as it was before it was
    cut, which is what the edges have in common. From the last edge before a wide tread it comes down to lie on it.
    """
    beside = reach * np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    ground = terrain.height(terrain.inside(xy + beside[:, None])).max(axis=0)
    edges = terrain.z_of(ground_loss(terrain, xy)) + terrain.step / 2
    fall = FALL * np.append(0.0, np.cumsum(np.linalg.norm(np.diff(xy, axis=0), axis=1)))
    hung = ground.copy()
    for apart in range(1, len(xy)):
        drop = fall[apart:] - fall[:-apart]
        if drop.min() > terrain.step:
            break
        # an edge counts as one step at most, so that it ends where a thread from it has come down
        for here, there in ((slice(apart, None), slice(None, -apart)), (slice(None, -apart), slice(apart, None))):
            edge = np.minimum(ground[there], ground[here] + terrain.step)
            hung[here] = np.maximum(hung[here], edge - drop)
    return np.asarray(np.maximum(ground, np.minimum(edges, hung)))


def trail_of(line: Line, step: Array) -> Trail:
    """The line as far as a ball has come that is at `step` (K,) of the optimizer in each frame."""
    length = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(line.points, axis=0), axis=1)))
    if length[-1] == 0:
        # a path that does not move has no line to show
        return Trail(line.points, np.ones(len(line.points)), np.zeros(len(step)))
    share = np.interp(step, line.step, length / length[-1])
    return Trail(line.points, np.where(line.air, THIN, 1.0), share)


def _kept(walk: Walk) -> NDArray[np.int64]:
    """The numbers of the samples that are enough for a line."""
    apart = max(SPACING * walk.width, walk.arc[-1] / MOST)
    wanted = np.append(np.arange(0.0, walk.arc[-1], apart), walk.arc[-1])
    ends = np.array([end for flight in walk.flights for end in (flight.first, flight.last)], dtype=np.int64)
    last = len(walk.arc) - 1
    return np.asarray(np.unique(np.concatenate([np.minimum(np.searchsorted(walk.arc, wanted), last), ends, [0, last]])))


def side_by_side(lines: Sequence[Array], lane: float) -> list[Array]:
    """How far (M, 2) each line's points (M, 2) are moved aside so that lines that coincide are `lane` apart.

    Each has a lane by its number among those that are there; left and right are those of the first of them.
    """
    from scipy.ndimage import gaussian_filter1d
    from scipy.spatial import cKDTree

    if len(lines) < 2:
        return [np.zeros_like(line) for line in lines]
    trees = [cKDTree(line) for line in lines]
    ahead = [_directions(line, lane) for line in lines]
    result = []
    for k, line in enumerate(lines):
        found = [tree.query(line, distance_upper_bound=lane) for tree in trees]
        there = np.stack([np.isfinite(distance) for distance, _ in found])
        nearest = np.stack([np.minimum(at, len(other) - 1) for (_, at), other in zip(found, lines, strict=True)])
        way = np.stack([other[at] for other, at in zip(ahead, nearest, strict=True)])
        there &= abs(np.sum(way * ahead[k], axis=-1)) > ALONG
        there[k] = True
        first = way[there.argmax(axis=0), np.arange(len(line))]
        number = there[:k].sum(axis=0) - (there.sum(axis=0) - 1) / 2
        moved = (number * lane)[:, None] * np.column_stack([-first[:, 1], first[:, 0]])
        spacing = np.linalg.norm(np.diff(line, axis=0), axis=1).mean() if len(line) > 1 else 0.0
        width = min(FADE * lane / spacing, len(line)) if spacing > 0 else 0.0
        result.append(gaussian_filter1d(moved, width, axis=0, mode="nearest") if width > 0 else moved)
    return result


def _directions(line: Array, reach: float) -> Array:
    """Unit vectors (M, 2) along a line (M, 2), taken over about `reach` metres."""
    if len(line) < 2:
        return np.tile([1.0, 0.0], (len(line), 1))
    spacing = float(np.linalg.norm(np.diff(line, axis=0), axis=1).mean())
    span = int(np.clip(reach / max(spacing, 1e-12), 1, len(line) - 1))
    index = np.arange(len(line))
    way = line[np.minimum(index + span, len(line) - 1)] - line[np.maximum(index - span, 0)]
    length = np.linalg.norm(way, axis=1, keepdims=True)
    return np.where(length > 0, way / np.maximum(length, 1e-300), [1.0, 0.0])
