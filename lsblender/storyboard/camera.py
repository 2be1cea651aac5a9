"""Camera moves: where the camera stands in each frame and what is sharp.

The framing is computed, not tuned by hand: the camera looks along a direction, and stands exactly so far off,
and points exactly there, that the block with everything on it fills the picture up to a margin, whatever the
picture's shape.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..registry import Registry
from ..settings import setting
from .motion import BallMotion
from .terrain import Terrain

Array = NDArray[np.float64]

#: Width of the film in mm along the picture's longer side: Blender's default.
SENSOR = 36.0


@dataclass(frozen=True, eq=False)
class CameraMotion:
    """Per frame (K): `frames`, `location` (K, 3), `rotation` (K, 4) as w, x, y, z, `focus` (K,) distance in
    metres.

    `lens` in mm, `f_stop` (0: everything is sharp), `azimuth` in degrees of the view that the lamps are set
    for. A camera that stands still has one row of location and rotation.
    """

    frames: NDArray[np.int64]
    location: Array
    rotation: Array
    focus: Array
    lens: float
    f_stop: float
    azimuth: float


@dataclass(frozen=True, eq=False)
class Subject:
    """What a camera has to show: the terrain, the ball's motion (None without a path), and the picture's
    width / height.
    """

    terrain: Terrain
    motion: BallMotion | None
    frames: NDArray[np.int64]
    aspect: float


@dataclass(frozen=True)
class CameraMove(ABC):
    """A way to move the camera during a shot."""

    facing: str = setting("open_side", "What the azimuth is counted from", choices=("open_side", "x_axis"))
    azimuth: float = setting(0.0, "Turn to the left of where it would stand", min=-360.0, max=360.0, unit="degrees")
    elevation: float = setting(27.0, "Height of that direction above the horizon", min=1.0, max=89.0, unit="degrees")
    lens: float = setting(50.0, "Focal length", min=10.0, max=300.0, unit="mm")
    margin: float = setting(0.07, "Free border, as a share of the picture", min=0.0, max=0.45)
    f_stop: float = setting(
        0.6,
        "Aperture; small numbers blur more before and behind the ball, 0 keeps all sharp",
        min=0.0,
        max=64.0,
    )

    @abstractmethod
    def shoot(self, subject: Subject) -> CameraMotion:
        """The camera's motion over the subject's frames."""


CAMERAS: Registry[CameraMove] = Registry("camera move", CameraMove)


def stand(move: CameraMove, subject: Subject) -> float:
    """The azimuth in degrees, from x towards y, at which a move begins.

    Facing the open side, it is that of the four views over a corner from which most of the ball's way and the
    lowest point are seen over the hills, and where the ground rises to the back.
    """
    if move.facing == "x_axis":
        return move.azimuth
    return move.azimuth + max(CORNER_VIEWS, key=lambda azimuth: _openness(subject, azimuth, move.elevation))


#: Azimuths of the views over a corner: an edge to the left that is longer than the one to the right, on each
#: of the sides.
CORNER_VIEWS = (-53.0, 37.0, 127.0, 217.0)


def _openness(subject: Subject, azimuth: float, elevation: float) -> float:
    """How well a view shows what matters: the share of places in sight, and half as much how far the ground
    falls to it.
    """
    terrain = subject.terrain
    row, column = np.unravel_index(int(terrain.z.argmin()), terrain.z.shape)
    lowest = np.array([[terrain.x[column], terrain.y[row], terrain.z[row, column] + 0.02 * terrain.relief]])
    way = lowest if subject.motion is None else subject.motion.location[:: max(1, len(subject.motion.location) // 40)]
    towards = direction(azimuth, elevation)
    seen = 0.7 * in_sight(terrain, way, towards).mean() + 0.3 * in_sight(terrain, lowest, towards).mean()
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
    over = (abs(ray[..., 0]) <= terrain.x[-1]) & (abs(ray[..., 1]) <= terrain.y[-1])
    return np.asarray(~np.any(over & (ray[..., 2] < terrain.height(ray[..., :2])), axis=1))


def direction(azimuth: float, elevation: float) -> Array:
    """Unit vector (3,) towards azimuth and elevation in degrees."""
    a, e = np.radians(azimuth), np.radians(elevation)
    return np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])


def view_axes(towards_camera: Array) -> Array:
    """Rows right, up, back (3, 3) of a level camera that looks against `towards_camera` (3,)."""
    right = np.cross([0.0, 0.0, 1.0], towards_camera)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(towards_camera, right), towards_camera])


def outline(subject: Subject) -> Array:
    """Points (N, 3) whose visibility means that the whole block and all of the ball's way are in the picture."""
    terrain = subject.terrain
    step_y, step_x = (max(1, n // 24) for n in terrain.z.shape)
    rows = np.unique(np.append(np.arange(0, terrain.z.shape[0], step_y), terrain.z.shape[0] - 1))
    columns = np.unique(np.append(np.arange(0, terrain.z.shape[1], step_x), terrain.z.shape[1] - 1))
    x, y = np.meshgrid(terrain.x[columns], terrain.y[rows])
    top = np.column_stack([x.ravel(), y.ravel(), terrain.z[np.ix_(rows, columns)].ravel()])
    foot = np.array([[x, y, terrain.base] for x in terrain.x[[0, -1]] for y in terrain.y[[0, -1]]])
    if subject.motion is None:
        return np.concatenate([top, foot])
    centre = subject.motion.location[:: max(1, len(subject.motion.location) // 200)]
    radius = float(np.linalg.norm(subject.motion.location[0] - subject.motion.contact[0]))
    around = radius * np.stack(np.meshgrid(*[[-0.75, 0.75]] * 3), axis=-1).reshape(-1, 3)
    return np.concatenate([top, foot, (centre[:, None] + around).reshape(-1, 3)])


def half_picture(lens: float, aspect: float, margin: float) -> Array:
    """Half the width and height (2,) of the picture inside its margins, at a distance of 1."""
    return SENSOR / (2 * lens) * (1 - 2 * margin) * np.array([min(1.0, aspect), min(1.0, 1 / aspect)])


def frame_points(points: Array, axes: Array, lens: float, aspect: float, margin: float) -> Array:
    """The camera position (3,), looking along -axes[2], from which all points (N, 3) just fit inside the
    margins.

    Each point bounds the position from four sides (left, right, below, above of the picture's pyramid); the
    nearest position satisfies the two tightest opposite pairs, centred in the direction that has room left.
    """
    half = half_picture(lens, aspect, margin)
    view = points @ axes.T
    position = np.zeros(3)
    depths = []
    for k in (0, 1):
        right = np.max(view[:, k] + half[k] * view[:, 2])
        left = np.max(-view[:, k] + half[k] * view[:, 2])
        depths.append((right + left) / (2 * half[k]))
        position[k] = (right - left) / 2
    position[2] = max(depths)
    for k in (0, 1):
        if depths[k] < position[2]:
            position[k] = _centred(view, k, position[2])
    return np.asarray(position @ axes)


def _centred(view: Array, k: int, depth: float) -> float:
    """The sideways position at which the picture's extremes along axis k lie equally far from its middle."""
    distance = depth - view[:, 2]
    low, high = view[:, k].min(), view[:, k].max()
    for _ in range(60):
        middle = (low + high) / 2
        seen = (view[:, k] - middle) / distance
        low, high = (middle, high) if seen.max() + seen.min() > 0 else (low, middle)
    return float((low + high) / 2)


def circle(points: Array, axes: Array, half: Array, heights: Array) -> tuple[float, float]:
    """Height of the centre and radius of the smallest circle, for views with rows right, up, back (K, 3, 3) at a
    point of the z axis, from which every view holds all points (N, 3).

    `half` (2,) is half a picture at a distance of 1; `heights` (H,) are those tried.
    """
    reach = np.full(len(heights), -np.inf)
    for view in axes:
        # a point (a, b) off the view's axis and c towards the camera is in the picture from this distance on
        a, b, c = (points @ row - np.multiply.outer(heights, row[2])[..., None] for row in view)
        reach = np.maximum(reach, (c + np.maximum(abs(a) / half[0], abs(b) / half[1])).max(axis=1))
    best = int(reach.argmin())
    return float(heights[best]), float(reach[best])


def _quaternions(axes: Array) -> Array:
    """w, x, y, z (K, 4) of cameras with rows right, up, back (K, 3, 3)."""
    from scipy.spatial.transform import Rotation

    quaternions = Rotation.from_matrix(np.swapaxes(axes, -1, -2)).as_quat()[:, [3, 0, 1, 2]]
    flips = np.where(np.sum(quaternions[1:] * quaternions[:-1], axis=1) < 0, -1.0, 1.0)
    quaternions[1:] *= np.cumprod(flips)[:, None]
    return np.asarray(quaternions)


def _focus(subject: Subject, location: Array, axes: Array) -> Array:
    """Distance (K,) along the view to the ball, or to the middle of the terrain."""
    target = np.zeros((1, 3)) if subject.motion is None else subject.motion.location
    return np.asarray(np.sum((location - target) * axes[:, 2], axis=-1))


@CAMERAS.register("still")
@dataclass(frozen=True)
class Still(CameraMove):
    """Stands where everything is in the picture."""

    def shoot(self, subject: Subject) -> CameraMotion:
        azimuth = stand(self, subject)
        axes = view_axes(direction(azimuth, self.elevation))
        points = outline(subject)
        location = frame_points(points, axes, self.lens, subject.aspect, self.margin)[None]
        # it does not follow the ball: a picture that breathes would have to be rendered anew for every frame
        focus = _focus(subject, location, axes[None]).mean(keepdims=True)
        return CameraMotion(subject.frames, location, _quaternions(axes[None]), focus, self.lens, self.f_stop, azimuth)


@CAMERAS.register("orbit")
@dataclass(frozen=True)
class Orbit(CameraMove):
    """Circles the terrain slowly at a constant distance."""

    turn: float = setting(40.0, "Angle travelled during the shot", min=-3600.0, max=3600.0, unit="degrees")

    def shoot(self, subject: Subject) -> CameraMotion:
        share = np.linspace(-0.5, 0.5, len(subject.frames))
        azimuths = stand(self, subject) + self.turn * share
        axes = np.stack([view_axes(direction(azimuth, self.elevation)) for azimuth in azimuths])
        half = half_picture(self.lens, subject.aspect, self.margin)
        heights = np.linspace(subject.terrain.base, subject.terrain.relief, 33)
        height, radius = circle(outline(subject), axes[:: max(1, len(axes) // 180)], half, heights)
        location = np.array([0.0, 0.0, height]) + radius * axes[:, 2]
        return CameraMotion(
            subject.frames,
            location,
            _quaternions(axes),
            _focus(subject, location, axes),
            self.lens,
            self.f_stop,
            float(azimuths[len(azimuths) // 2]),
        )
