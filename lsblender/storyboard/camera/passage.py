"""The camera's way between two shots.

The camera is taken to look at a pivot: the point of its axis that is in focus. In between, the pivot, the distance to
it, and azimuth and elevation go their ways as quintics with the positions, speeds and accelerations that the two shots
have at their ends. So the camera swings round what it looks at, and the horizon stays level. What is watched draws the
pivot to itself, and where that is not enough the aim is turned towards it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ..terrain import Terrain
from .base import CameraMotion
from .framing import half_picture
from .rig import calm, smooth_step
from .sight import ground_below
from .views import aimed, angles_of, axes_of, quaternions, seen_at, view_axes

Array = NDArray[np.float64]
Terms = Callable[[Array], Array]

#: When the pivot has been drawn to what is watched, and when it is let go, as shares of the way.
DRAWN, LET_GO = 0.4, 0.6
#: Share of the picture's half inside its margins within which what is watched does not turn the aim.
FREE = 0.55
#: Elevations in degrees between which the camera stops turning after the ball and goes sideways with it instead.
SIDEWAYS = (60.0, 80.0)
#: Factors by which the camera may draw back, and shares of what is missing to the zenith by which it may rise, to get
#: round solid ground.
BACK, UP = np.linspace(0.0, 4.0, 17), (0.0, 0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True, eq=False)
class Room:
    """What a camera on its way has to heed: the picture's width / height and its margin, the radius of the watched
    ball, and the grounds that it must not cut through, each with its place (3,), at least `clearance` metres off.
    """

    aspect: float = 16 / 9
    margin: float = 0.07
    radius: float = 0.36
    grounds: Sequence[tuple[Terrain, Array]] = ()
    clearance: float = 0.3


@dataclass(frozen=True, eq=False)
class _Swing:
    """Pivot (K, 3), distance to it, azimuth and elevation in degrees (K,)."""

    pivot: Array
    distance: Array
    azimuth: Array
    elevation: Array

    def axes(self) -> Array:
        return view_axes(self.azimuth, self.elevation)

    def location(self) -> Array:
        return np.asarray(self.pivot + self.distance[:, None] * self.axes()[:, 2])


def travel(
    before: CameraMotion,
    after: CameraMotion,
    frames: NDArray[np.int64],
    watched: Array | None,
    attention: float,
    fps: float,
    room: Room | None = None,
) -> CameraMotion:
    """The camera's way over the frames (K,) that lie between the last row of `before` and the first of `after`.

    `watched` (K, 3) is a ball on its way; attention, 0 to 1, is how far it draws the middle of the picture to itself.
    With any attention it stays inside the margins. Where both shots rest in the same pose, so does every row.
    """
    room = room or Room()
    share = np.arange(1, len(frames) + 1) / (len(frames) + 1)
    duration = (len(frames) + 1) / fps
    lit = _between(before.azimuth, after.azimuth + _turns(before.azimuth[-1], after.azimuth[0]), share, duration, fps)
    lens, focus, f_stop = (
        _in_other_terms(getattr(before, name), getattr(after, name), terms, share, duration, fps)
        for name, terms in (("lens", (np.log, np.exp)), ("focus", (np.log, np.exp)), ("f_stop", (_inverse, _inverse)))
    )
    seen = watched if watched is not None and attention > 0 else None
    way = CameraMotion(frames, np.zeros((0, 3)), np.zeros((0, 4)), focus, lens, f_stop, lit)
    still = _resting(before, after, way)
    if still is not None and (seen is None or _inside(still, seen, room)):
        return still
    swing = _swing(before, after, share, duration, fps)
    if seen is not None:
        weight = attention * _plateau(share)
        drawn = calm(seen, min(0.25, duration / 8), fps)
        swing = replace(swing, pivot=swing.pivot + weight[:, None] * (drawn - swing.pivot))
    swing = _kept_out(swing, share, room)
    location, axes = swing.location(), swing.axes()
    if seen is not None:
        places = _places(location, axes, seen, way, (before, after), room)
        location, axes = _turned(location, axes, seen, *places)
        depth = np.sum((location - seen) * axes[:, 2], axis=1)
        sharp = _plateau(share)
        focus = np.exp(np.log(focus) * (1.0 - sharp) + np.log(np.maximum(depth, 0.1 * focus)) * sharp)
    return replace(way, location=location, rotation=quaternions(axes), focus=focus)


def _inverse(numbers: Array) -> Array:
    """1 / numbers (K,), and 0 where they are not above 0: an f-stop as an opening, and back."""
    return np.divide(1.0, numbers, out=np.zeros(len(numbers)), where=numbers > 0)


def _plateau(share: Array) -> Array:
    """0 at both ends, 1 in the middle, smooth."""
    return smooth_step(share, 0.0, DRAWN) * (1.0 - smooth_step(share, LET_GO, 1.0))


def _turns(first: float, second: float) -> float:
    """The whole turns in degrees that bring the second azimuth nearest to the first."""
    return float(360.0 * np.round((first - second) / 360.0))


def _in_other_terms(
    before: Array, after: Array, terms: tuple[Terms, Terms], share: Array, duration: float, fps: float
) -> Array:
    """The way between numbers (M,) and (N,) in terms of a function of theirs, and back; equal ones stay equal."""
    if not np.ptp(np.concatenate([before[-3:], after[:3]])):
        return np.full(len(share), before[-1])
    there, back = terms
    return back(_between(there(before), there(after), share, duration, fps))


def _end(values: Array, fps: float) -> tuple[Array, Array, Array]:
    """The last of the values (K, ...), the speed and the acceleration there, from the last three."""
    zero = np.zeros_like(values[-1])
    if len(values) == 1:
        return values[-1], zero, zero
    if len(values) == 2:
        return values[-1], (values[-1] - values[-2]) * fps, zero
    last, middle, first = values[-1], values[-2], values[-3]
    return last, (3 * last - 4 * middle + first) * (fps / 2), (last - 2 * middle + first) * fps**2


def _between(before: Array, after: Array, share: Array, duration: float, fps: float) -> Array:
    """The quintic (K, ...) that goes on from values before (M, ...) and goes over into those after (N, ...)."""
    from scipy.interpolate import BPoly

    start = _end(before, fps)
    place, speed, acceleration = _end(after[::-1], fps)
    end = place, -speed, acceleration
    if np.array_equal(start[0], end[0]) and not any(np.any(part) for part in (*start[1:], *end[1:])):
        return np.repeat(start[0][None], len(share), axis=0)
    return np.asarray(
        BPoly.from_derivatives([0.0, duration], np.stack([np.stack(start), np.stack(end)]))(share * duration)
    )


def _swing(before: CameraMotion, after: CameraMotion, share: Array, duration: float, fps: float) -> _Swing:
    """The way from the last poses before to the first ones after."""
    ends = []
    for motion, rows in ((before, slice(-3, None)), (after, slice(None, 3))):
        axes = axes_of(motion.rotation[rows])
        distance = float(motion.focus[-1 if motion is before else 0])
        ends.append((motion.location[rows] - distance * axes[:, 2], np.log(distance), *angles_of(axes)))
    (pivot_0, log_0, azimuth_0, elevation_0), (pivot_1, log_1, azimuth_1, elevation_1) = ends
    azimuth_1 = azimuth_1 + _turns(azimuth_0[-1], azimuth_1[0])
    return _Swing(
        _between(pivot_0, pivot_1, share, duration, fps),
        np.exp(log_0 + (log_1 - log_0) * smooth_step(share)),
        _between(azimuth_0, azimuth_1, share, duration, fps),
        np.clip(_between(elevation_0, elevation_1, share, duration, fps), -89.0, 90.0),
    )


def _resting(before: CameraMotion, after: CameraMotion, way: CameraMotion) -> CameraMotion | None:
    """The pose of both shots over the way's frames, if they rest in the same one."""
    rows = np.concatenate([before.location[-2:], after.location[:2]])
    turns = np.concatenate([before.rotation[-2:], after.rotation[:2]])
    signs = np.where(turns @ turns[0] < 0, -1.0, 1.0)[:, None]
    if np.ptp(rows, axis=0).any() or np.ptp(turns * signs, axis=0).any():
        return None
    count = len(way.frames)
    return replace(
        way, location=np.tile(before.location[-1], (count, 1)), rotation=np.tile(before.rotation[-1], (count, 1))
    )


def _limits(location: Array, watched: Array, lens: Array, room: Room) -> Array:
    """How far (K, 2) from the picture's middle the centre of the watched ball may be, at a distance of 1."""
    half = half_picture(1.0, room.aspect, room.margin) / lens[:, None]
    away = np.maximum(np.linalg.norm(watched - location, axis=1), 1e-6)
    return np.asarray(np.maximum(half - 1.2 * room.radius / away[:, None], 0.2 * half))


def _inside(view: CameraMotion, watched: Array, room: Room) -> bool:
    """Whether the ball is inside the margins in every frame."""
    place = seen_at(watched - view.location, axes_of(view.rotation))
    return bool(np.all(abs(place) <= _limits(view.location, watched, view.lens, room)))


def _places(
    location: Array, axes: Array, watched: Array, way: CameraMotion, ends: tuple[CameraMotion, CameraMotion], room: Room
) -> tuple[Array, Array]:
    """Where in the picture the watched ball is, and where it is to be (K, 2), inside the margins.

    Up to a knee its place in the picture is left as it is; beyond, it is drawn in by a tanh, which never reaches the
    limit. Towards both ends the knee goes out to where the ball is in the shots, which are not to be changed.
    """
    limit = _limits(location, watched, way.lens, room)
    knee = FREE * limit
    share = np.arange(1, len(watched) + 1) / (len(watched) + 1)
    for motion, row, at, weight in (
        (ends[0], -1, watched[0], 1.0 - smooth_step(share, 0.0, DRAWN)),
        (ends[1], 0, watched[-1], smooth_step(share, LET_GO, 1.0)),
    ):
        place = abs(seen_at((at - motion.location[row])[None], axes_of(motion.rotation[[row]])))
        knee = np.maximum(knee, weight[:, None] * place)
    limit = np.maximum(limit, knee / 0.95)
    place = seen_at(watched - location, axes)
    over = np.maximum(abs(place) - knee, 0.0)
    drawn = np.sign(place) * (np.minimum(abs(place), knee) + (limit - knee) * np.tanh(over / (limit - knee)))
    return place, drawn


def _turned(location: Array, axes: Array, watched: Array, place: Array, drawn: Array) -> tuple[Array, Array]:
    """Locations (K, 3) and views (K, 3, 3) that have the watched ball where it is drawn to (K, 2).

    The camera turns. Looking down steeply a level camera can turn only its picture: there it goes sideways instead.
    """
    azimuth_0, elevation_0 = angles_of(axes)
    moved = np.any(place != drawn, axis=1)
    turning = 1.0 - smooth_step(elevation_0, *SIDEWAYS)
    azimuth, elevation = aimed(watched - location, place + (drawn - place) * turning[:, None], elevation_0)
    azimuth = azimuth_0 + (azimuth - azimuth_0 + 180.0) % 360.0 - 180.0
    axes = view_axes(np.where(moved, azimuth, azimuth_0), np.where(moved, elevation, elevation_0))
    x, y, depth = (np.sum((watched - location) * axes[:, k], axis=1) for k in range(3))
    aside = np.stack([x, y], axis=-1) - drawn * np.maximum(-depth, 0.0)[:, None]
    aside *= (moved & (turning < 1.0))[:, None]
    return location + aside[:, :1] * axes[:, 0] + aside[:, 1:] * axes[:, 1], axes


def _kept_out(swing: _Swing, share: Array, room: Room) -> _Swing:
    """The swing, drawn back and raised in its middle as little as keeps the camera out of the grounds."""
    if not room.grounds:
        return swing
    middle = smooth_step(share, 0.0, 0.3) * (1.0 - smooth_step(share, 0.7, 1.0))
    best, fewest = swing, len(share) + 1
    for back, up in sorted(product(BACK, UP), key=lambda pair: pair[0] + 2.0 * pair[1]):
        elevation = swing.elevation + middle * up * (90.0 - swing.elevation)
        tried = replace(swing, distance=swing.distance * (1.0 + back * middle), elevation=elevation)
        blocked = int(np.sum(_in_ground(tried.location(), room)))
        if blocked < fewest:
            best, fewest = tried, blocked
        if fewest == 0:
            break
    return best


def _in_ground(location: Array, room: Room) -> NDArray[np.bool_]:
    """Whether cameras (K, 3) are in one of the grounds, or too near above, below or beside it."""
    inside = np.zeros(len(location), dtype=bool)
    for terrain, place in room.grounds:
        local = location - np.asarray(place)
        foot = terrain.base - room.clearance
        top = ground_below(terrain, local, room.clearance)
        inside |= (top > terrain.base) & (local[:, 2] > foot) & (local[:, 2] < top + room.clearance)
    return inside
