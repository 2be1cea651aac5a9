"""What is seen over the hills, and the side from which most is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..terrain import Terrain
from .base import CameraMove, Subject
from .views import direction

Array = NDArray[np.float64]

#: Azimuths of the views over a corner: an edge to the left that is longer than the one to the right, on each
#: of the sides.
CORNER_VIEWS = (-53.0, 37.0, 127.0, 217.0)
#: What it is worth to stay on the side of the shot before, rather than to go round by a right angle.
STAYING = 0.45
#: Up to which elevation a camera is raised to see over hills, and by how much at a time, in degrees.
HIGHEST, RAISE = 56.0, 2.0
#: How much higher than just enough it then stands, so that more than the top of a ball is seen.
SPARE = 3.0
#: What it is worth to stand a degree lower.
RAISING = 0.008
#: Places looked at along a line of sight.
SAMPLES = 48


def stand(move: CameraMove, subject: Subject) -> float:
    """The azimuth in degrees, from x towards y, at which a move begins.

    Facing the open side, it is that of the four views over a corner from which most of the ball's way and the
    lowest point are seen over the hills, and where the ground rises to the back. After another shot it had better be
    that one's side: going round takes a good reason.
    """
    if move.facing == "x_axis":
        return move.azimuth

    def worth(azimuth: float) -> float:
        elevation = clear_elevation(move, subject, np.array([azimuth])) if move.shows_all() else move.elevation
        openness = _openness(subject, azimuth, elevation) - RAISING * (elevation - move.elevation)
        if subject.before is None:
            return openness
        return openness + STAYING * float(np.cos(np.radians(azimuth + move.azimuth - subject.before)))

    return move.azimuth + max(CORNER_VIEWS, key=worth)


def clear_elevation(move: CameraMove, subject: Subject, azimuths: Array) -> float:
    """The lowest elevation in degrees, from the move's own on, at which the lowest point and the balls at their ends
    are in sight from all azimuths (K,); the move's own if there is none.
    """
    terrain = subject.terrain
    ends = [motion.location[-1] for motion in subject.motions]
    points = np.stack([subject.lowest(0.02 * terrain.relief), *ends])
    if move.clear:
        for elevation in np.arange(move.elevation, HIGHEST, RAISE):
            if all(in_sight(terrain, points, direction(azimuth, elevation)).all() for azimuth in azimuths):
                return float(elevation + SPARE * (elevation > move.elevation))
    return move.elevation


def _openness(subject: Subject, azimuth: float, elevation: float) -> float:
    """How well a view shows what matters: the share of places in sight, and half as much how far the ground
    falls to it.
    """
    terrain = subject.terrain
    lowest = subject.lowest(0.02 * terrain.relief)[None]
    ways = [motion.location[:: max(1, len(motion.location) // 40)] for motion in subject.motions]
    towards = direction(azimuth, elevation)
    seen = 0.7 * in_sight(terrain, np.concatenate(ways or [lowest]), towards).mean()
    seen += 0.3 * in_sight(terrain, lowest, towards).mean()
    grid_x, grid_y = np.meshgrid(terrain.x, terrain.y)
    away = -(grid_x * towards[0] + grid_y * towards[1])
    rise = float(np.mean(away * terrain.z)) / (float(away.std() * terrain.z.std()) or 1.0)
    return float(seen) + 0.5 * rise


def in_sight(terrain: Terrain, points: Array, towards: Array) -> NDArray[np.bool_]:
    """Whether each of the points (N, 3) is seen from far off in the direction `towards` (3,), over the hills
    between.
    """
    reach = np.hypot(terrain.x[-1] - terrain.x[0], terrain.y[-1] - terrain.y[0]) / np.hypot(*towards[:2])
    ray = points[:, None] + np.linspace(0.02, 1.0, 160)[:, None] * reach * towards
    over = _over(terrain, ray)
    return np.asarray(~np.any(over & (ray[..., 2] < terrain.height(ray[..., :2])), axis=1))


def _over(terrain: Terrain, points: Array) -> NDArray[np.bool_]:
    """Whether points (..., 3) are above or below the terrain, not beside it."""
    low, high = terrain.corners
    return np.asarray(np.all((points[..., :2] >= low) & (points[..., :2] <= high), axis=-1))


def ground_below(terrain: Terrain, points: Array, beside: float = 0.0) -> Array:
    """Height (...) of what is drawn below points (..., 3): the ground up to `beside` metres beyond the rim, else the
    foot of the block.
    """
    near = terrain.inside(points[..., :2])
    away = np.max(abs(points[..., :2] - near), axis=-1)
    return np.where(away <= beside, terrain.drawn_height(near), terrain.base)


def clear_view(terrain: Terrain, points: Array, cameras: Array, margin: float) -> NDArray[np.bool_]:
    """Whether a camera (..., 3) sees a point (..., 3) above the ground, and has `margin` metres of air below itself.

    The air that the line of sight needs grows from nothing at the point to the margin at the camera.
    """
    share = np.linspace(0.0, 1.0, SAMPLES + 1)[1:]
    ray = points[..., None, :] + share[:, None] * (cameras - points)[..., None, :]
    free = ray[..., 2] - ground_below(terrain, ray, margin) >= share * margin
    return np.asarray(np.all(free, axis=-1))
