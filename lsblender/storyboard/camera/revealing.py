"""From the map to the ball: straight from above, then down to the ball's side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...settings import setting
from .base import CAMERAS, CameraMotion, CameraMove, Subject, radius_of
from .framing import frame_points, half_picture, needed_depth, outline, way_points
from .rig import cover, smooth_step
from .sight import clear_view, stand
from .standing import filmed
from .views import view_axes

Array = NDArray[np.float64]

#: How much steeper than asked it may end, and the steps tried, in degrees, for a ball that hides behind a hill.
STEEPER, STEP = 40.0, 2.0
#: Places along each ball's way that are held in the picture.
HELD = 60


@dataclass(frozen=True)
class View:
    """One end of the move: a pivot (3,), from which the camera is `distance` metres off at azimuth and elevation."""

    pivot: Array
    azimuth: float
    elevation: float
    distance: float


@CAMERAS.register("reveal")
@dataclass(frozen=True)
class Reveal(CameraMove):
    """Begins as a map that fills the picture, seen from above, and comes down to the ball's side."""

    top: float = setting(90.0, "Elevation at which it begins", min=30.0, max=90.0, unit="degrees")
    close: float = setting(0.7, "How close it ends: 0 shows all of the block, 1 only the way", min=0.0, max=1.0)
    start: float = setting(0.1, "When it sets off, as a share of the shot", min=0.0, max=0.9)
    arrival: float = setting(0.85, "When it arrives, as a share of the shot", min=0.1, max=1.0)
    damping: float = setting(0.4, "Time over which its corrections are smoothed", min=0.0, max=10.0, unit="s")

    def shoot(self, subject: Subject) -> CameraMotion:
        last = self._last(subject)
        first = self._first(subject, last.azimuth)
        share = smooth_step(
            np.linspace(0.0, 1.0, len(subject.frames)), self.start, max(self.arrival, self.start + 0.05)
        )
        azimuth, elevation = (a + (b - a) * share for a, b in _pairs(first, last, "azimuth", "elevation"))
        distance = first.distance * (last.distance / first.distance) ** share
        pivot = first.pivot + (last.pivot - first.pivot) * share[:, None]
        axes = view_axes(azimuth, elevation)
        half = half_picture(self.lens, subject.aspect, self.margin)
        centres, radii = held_points(subject)
        offsets = centres - pivot[:, None]
        need = needed_depth(offsets, radii, axes, np.zeros((len(share), 2)), half).max(axis=1)
        distance = distance + cover(np.maximum(need - distance, 0.0), self.damping, subject.fps)
        return filmed(self, subject, pivot + distance[:, None] * axes[:, 2], axes, last.azimuth)

    def _first(self, subject: Subject, azimuth: float) -> View:
        """The map: turned so that the picture's edges are along the axes, and near enough that nothing but map is seen,
        or as far off as the ball's way needs.
        """
        straight = 90.0 * round(azimuth / 90.0)
        axes = view_axes(straight, self.top)
        way = frame_points(important(subject), axes, self.lens, subject.aspect, self.margin) @ axes.T
        full, inner = (half_picture(self.lens, subject.aspect, margin) for margin in (0.0, self.margin))
        depth = max(float(way[2]), subject.width / 2 / float(full.max()))
        view = important(subject) @ axes.T
        reach = inner * (depth - view[:, 2:])
        room = np.maximum(subject.width / 2 - full * depth, 0.0)
        middle_of_map = self._balanced(subject, axes, depth)
        place = np.clip(way[:2], middle_of_map - room, middle_of_map + room)
        place = np.clip(place, (view[:, :2] - reach).max(axis=0), (view[:, :2] + reach).min(axis=0))
        middle = 0.3 * subject.terrain.relief
        pivot = np.array([*place, middle]) @ axes
        return View(pivot, straight, self.top, depth - middle)

    def _balanced(self, subject: Subject, axes: Array, depth: float) -> Array:
        """Where (2,) the camera has opposite rims of the map equally far out in the picture: off the middle, away from
        the lower one, which seems nearer to it.
        """
        terrain = subject.terrain
        x, y = np.meshgrid(terrain.x, terrain.y)
        view = np.stack([x, y, terrain.z], axis=-1) @ axes.T
        rims = [view[0], view[-1], view[:, 0], view[:, -1]]
        places = []
        for k in (0, 1):
            left, right = (float(pick(rims, key=lambda rim: rim[:, k].mean())[:, 2].mean()) for pick in (min, max))
            places.append(subject.width / 2 * (right - left) / (2 * depth - left - right))
        return np.array(places)

    def _last(self, subject: Subject) -> View:
        """The ball's side: as low as asked, or as steep as it takes to see the ball's end and the lowest point."""
        azimuth = stand(self, subject)
        views = [
            self._framed(subject, azimuth, float(elevation))
            for elevation in np.arange(self.elevation, min(self.elevation + STEEPER, 88.0), STEP)
        ]
        return max(views, key=lambda view: _open(subject, view))

    def _framed(self, subject: Subject, azimuth: float, elevation: float) -> View:
        axes = view_axes(azimuth, elevation)
        all_in, way_in = (
            frame_points(points, axes, self.lens, subject.aspect, self.margin)
            for points in (outline(subject), important(subject))
        )
        # what lies on the line between two places from which the way is in the picture, is such a place itself
        location = all_in + self.close * (way_in - all_in)
        distance = float((location - important(subject).mean(axis=0)) @ axes[2])
        return View(location - distance * axes[2], azimuth, float(elevation), distance)


def _pairs(first: View, last: View, *names: str) -> list[tuple[float, float]]:
    return [(getattr(first, name), getattr(last, name)) for name in names]


def _open(subject: Subject, view: View) -> float:
    """How much of the ball's end and of the lowest point is in sight, from 0 to 1."""
    centres, _ = held_points(subject)
    location = view.pivot + view.distance * view_axes(view.azimuth, view.elevation)[2]
    points = np.concatenate([centres[-1:], *[motion.location[-1:] for motion in subject.motions]])
    cameras = np.broadcast_to(location, points.shape)
    return float(clear_view(subject.terrain, points, cameras, 0.05 * subject.width).mean())


def held_points(subject: Subject) -> tuple[Array, Array]:
    """Centres (N, 3) and radii (N,) of balls along every way, and last of one on the lowest point."""
    centres, radii = [], []
    for motion in subject.motions:
        some = motion.location[np.unique(np.linspace(0, len(motion.location) - 1, HELD).astype(int))]
        centres.append(some)
        radii.append(np.full(len(some), radius_of(motion)))
    radius = radius_of(subject.motions[0]) if subject.motions else 0.03 * subject.width
    centres.append(subject.lowest(radius)[None])
    return np.concatenate(centres), np.concatenate([*radii, [radius]])


def important(subject: Subject) -> Array:
    """Points (N, 3) around the balls' ways and the lowest point."""
    centres, radii = held_points(subject)
    around = 0.75 * np.stack(np.meshgrid(*[[-1.0, 1.0]] * 3), axis=-1).reshape(-1, 3)
    last = centres[-1] + radii[-1] * around
    return np.concatenate([way_points(subject), last])
