"""A camera on a rig around something that moves, and the damping of everything that the rig does.

The rig has an anchor (mostly the ball, smoothed), the direction and distance at which the camera hangs on it, and the
place in the picture at which the anchor is held. Rising or stepping back on the rig keeps the anchor at its place, so
both can be done as far as a hill, or a second ball, makes it necessary.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .base import Subject
from .framing import needed_depth
from .sight import clear_view
from .views import aimed, direction, view_axes

Array = NDArray[np.float64]
T = TypeVar("T", "Rig", "Watched")

#: Smoothing reaches so many of its times to each side.
REACH = 3.0
#: Rounds in which rising and stepping back are made to agree.
ROUNDS = 4
#: So many radii below its centre a ball has to be in sight.
SEEN = 0.5
#: The steepest view that a hill can force, in degrees, and the steps up to it that are tried.
STEEPEST, STEPS = 84.0, 40


def calm(values: Array, seconds: float, fps: float, ends: str = "odd") -> Array:
    """Values (K, ...) smoothed in time, forwards and backwards alike, by a bell curve of that width. The ends stay
    where they are and keep their speed ("odd"), or are taken to rest ("even").
    """
    from scipy.ndimage import gaussian_filter1d

    sigma = seconds * fps
    if sigma < 0.2 or len(values) < 2:
        return values
    pad = int(np.ceil(REACH * sigma)) + 1
    widths = [(pad, pad), *[(0, 0)] * (values.ndim - 1)]
    longer = np.pad(values, widths, mode="reflect", reflect_type=ends)  # type: ignore[call-overload]
    return np.asarray(gaussian_filter1d(longer, sigma, axis=0, truncate=REACH)[pad:-pad])


def cover(values: Array, seconds: float, fps: float) -> Array:
    """A smooth curve (K,) that is nowhere below the values: it rises before they do."""
    from scipy.ndimage import maximum_filter1d

    reach = int(REACH * seconds * fps + 0.5)
    return calm(maximum_filter1d(values, 2 * reach + 1, mode="nearest"), seconds, fps, "even")


def smooth_step(time: Array, start: float = 0.0, end: float = 1.0) -> Array:
    """0 to 1 between start and end, with neither speed nor acceleration at both (Perlin's quintic)."""
    t = np.clip((time - start) / (end - start), 0.0, 1.0)
    return np.asarray(t**3 * (t * (6.0 * t - 15.0) + 10.0))


@dataclass(frozen=True, eq=False)
class Watched:
    """Balls to be held: centres (K, N, 3), radii (N,), weights (K, N) from 0 (let go) to 1 (held)."""

    centres: Array
    radii: Array
    weights: Array


@dataclass(frozen=True, eq=False)
class Rig:
    """Per frame: `anchor` (K, 3), `azimuth`, `elevation` (degrees) and `distance` (K,) at which the camera hangs on it,
    `place` (K, 2) at which the picture holds it, in distances of the picture plane.
    """

    anchor: Array
    azimuth: Array
    elevation: Array
    distance: Array
    place: Array

    def location(self) -> Array:
        """The camera's location (K, 3)."""
        return self.anchor + self.distance[:, None] * direction(self.azimuth, self.elevation)

    def axes(self) -> Array:
        """Rows right, up, back (K, 3, 3) of its views."""
        return view_axes(*aimed(-direction(self.azimuth, self.elevation), self.place))


def held(rig: Rig, watched: Watched, subject: Subject, half: Array, clearance: float, seconds: float) -> Rig:
    """The rig, raised and stepped back smoothly until what is watched is in the picture and no hill is in the way.

    half (2,) is half a picture at a distance of 1, clearance the air below the camera in metres, `seconds` the width of
    the smoothing. Azimuth, anchor and place stay.
    """
    for _ in range(ROUNDS):
        back = cover(_further(rig, watched, half), seconds, subject.fps)
        rig = replace(rig, distance=rig.distance + back)
        some = _some_frames(len(rig.distance), min(seconds, 0.15) * subject.fps)
        up = _higher(_taken(rig, some), _taken(watched, some), subject, clearance)
        up = cover(np.interp(np.arange(len(rig.distance)), some, up), seconds, subject.fps)
        rig = replace(rig, elevation=rig.elevation + up)
    return rig


def _some_frames(count: int, every: float) -> NDArray[np.int64]:
    """Numbers of frames, about so many apart, and the last: hills come and go slower than frames."""
    return np.asarray(np.unique(np.append(np.arange(0, count, max(1, int(every))), count - 1)))


def _taken(rows: T, some: NDArray[np.int64]) -> T:
    """Some frames of a rig or of what is watched."""
    arrays = {field.name: getattr(rows, field.name) for field in fields(rows)}
    return replace(rows, **{name: array if name == "radii" else array[some] for name, array in arrays.items()})


def _further(rig: Rig, watched: Watched, half: Array) -> Array:
    """How much further back (K,) the camera has the watched balls in the picture, each as far as its weight asks."""
    offsets = watched.centres - rig.anchor[:, None]
    depth = needed_depth(offsets, watched.radii, rig.axes(), rig.place, half)
    distance = depth * np.sqrt(1.0 + np.sum(rig.place**2, axis=1))[:, None]
    return np.asarray((np.maximum(distance - rig.distance[:, None], 0.0) * watched.weights).max(axis=1))


def _higher(rig: Rig, watched: Watched, subject: Subject, clearance: float) -> Array:
    """How much steeper (K,) in degrees the watched balls are seen over the hills, each as far as its weight asks."""
    more = np.zeros(len(rig.anchor))
    # what has to be seen is more than the upper half of each
    centres = watched.centres - watched.radii[:, None] * np.array([0.0, 0.0, SEEN])
    for n in range(watched.centres.shape[1]):
        some = np.flatnonzero(watched.weights[:, n] > 0)
        seen = clear_view(subject.terrain, centres[some, n], rig.location()[some], clearance)
        some = some[~seen]
        tried = np.linspace(rig.elevation[some], np.maximum(STEEPEST, rig.elevation[some]), STEPS, axis=1)
        hung = direction(rig.azimuth[some, None], tried) * rig.distance[some, None, None]
        cameras = rig.anchor[some, None] + hung
        points = np.broadcast_to(centres[some, n, None], cameras.shape)
        clear = clear_view(subject.terrain, points, cameras, clearance)
        clear[:, -1] = True
        first = np.argmax(clear, axis=1)
        rise = tried[np.arange(len(some)), first] - rig.elevation[some]
        more[some] = np.maximum(more[some], rise * watched.weights[some, n])
    return more
