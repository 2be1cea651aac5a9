"""The ball's way: pace, contact and roll, as arrays.

The path that the optimizer took is laid onto the terrain and walked at a pace. The ball rests on the ground
like a solid sphere: its centre lies one radius along the normal from the point that it touches, and where the
ground is more sharply bent than the ball it rides on the two flanks and does not sink in. It rolls without
slipping: over a way dc its turn is n x dc / r.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..registry import Registry
from ..settings import setting
from .contact import rest_ball, ride_normals
from .terrain import Terrain

Array = NDArray[np.float64]

#: Samples of the motion between two frames, for the rotation.
SUBFRAMES = 8


@dataclass(frozen=True, eq=False)
class Walk:
    """A path on the ground, finely sampled: xy (M, 2) in metres, `step` (M,) of the optimizer (whole at its
    iterates), `arc` (M,) the length walked over the ground in metres.
    """

    xy: Array
    step: Array
    arc: Array


def walk_of(terrain: Terrain, xy: Array, spacing: float = 0.002, most: int = 20_000) -> Walk:
    """The walk along the iterates xy (T, 2), in landscape coordinates: straight between them, sampled every
    `spacing` widths of the terrain.
    """
    places = terrain.to_metres(xy)
    lengths = np.linalg.norm(np.diff(places, axis=0), axis=1)
    width = float(terrain.x[-1] - terrain.x[0])
    spacing = max(spacing * width, float(lengths.sum()) / most)
    parts = np.maximum(1, np.ceil(lengths / spacing)).astype(int)
    step = np.concatenate([k + np.arange(n) / n for k, n in enumerate(parts)] + [np.array([len(xy) - 1.0])])
    iterate = np.arange(len(xy))
    fine = np.column_stack([np.interp(step, iterate, places[:, k]) for k in (0, 1)])
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(terrain.points(fine), axis=0), axis=1))])
    return Walk(fine, step, arc)


class Pace(ABC):
    """How the time of a shot is shared out along the path."""

    @abstractmethod
    def clock(self, walk: Walk) -> Array:
        """The share of the time, 0 to 1 and never falling, at which each sample (M,) of the walk is reached."""


PACES: Registry[Pace] = Registry("pace", Pace)


def _share(values: Array) -> Array:
    """Values counted from 0 to 1; even steps where they do not grow."""
    span = values[-1] - values[0]
    return (values - values[0]) / span if span > 0 else np.linspace(0.0, 1.0, len(values))


@PACES.register("per_step")
@dataclass(frozen=True)
class PerStep(Pace):
    """Every optimizer step takes equal time: first leaps fast, the last crawl slow."""

    def clock(self, walk: Walk) -> Array:
        return _share(walk.step)


@PACES.register("by_distance")
@dataclass(frozen=True)
class ByDistance(Pace):
    """Constant speed over the ground."""

    def clock(self, walk: Walk) -> Array:
        return _share(walk.arc)


@dataclass(frozen=True)
class Ball:
    """The ball and how it moves."""

    radius: float = setting(0.36, "Radius", min=0.01, max=100.0, soft_max=1.0, unit="m")
    pace: Pace = setting(ByDistance(), "How the time is shared out along the path")
    ease: float = setting(0.2, "Share of the time for setting off, and again for stopping", min=0.0, max=0.5)
    hold_start: float = setting(0.5, "Rest before it sets off", min=0.0, max=60.0, unit="s")
    hold_end: float = setting(0.8, "Rest after it has arrived", min=0.0, max=60.0, unit="s")


@dataclass(frozen=True, eq=False)
class BallMotion:
    """Per frame (K): `frames`, `location` (K, 3) of the centre, `contact` (K, 3), `rotation` (K, 4) as w, x,
    y, z; `walked` (K,) the share of the path's arc that lies behind the ball.
    """

    frames: NDArray[np.int64]
    location: Array
    contact: Array
    rotation: Array
    walked: Array


def eased(time: Array, ease: float) -> Array:
    """0 to 1 over 0 to 1 with constant speed in the middle, speeding up and slowing down over a share `ease`
    each.
    """
    if ease <= 0:
        return np.clip(time, 0.0, 1.0)
    time = np.clip(time, 0.0, 1.0)
    speed = 1.0 / (1.0 - ease)
    start = speed * time**2 / (2 * ease)
    stop = 1.0 - speed * (1.0 - time) ** 2 / (2 * ease)
    middle = speed * (time - ease / 2)
    return np.where(time < ease, start, np.where(time > 1.0 - ease, stop, middle))


def roll_along(xy: Array, terrain: Terrain, ball: Ball, frames: NDArray[np.int64], fps: float) -> BallMotion:
    """The motion of a ball that follows the iterates xy (T, 2), in landscape coordinates, during the frames
    (K,).
    """
    walk = walk_of(terrain, xy)
    fine = np.arange((len(frames) - 1) * SUBFRAMES + 1) / SUBFRAMES / fps
    duration = float(fine[-1])
    hold = ball.hold_start + ball.hold_end
    squeeze = min(1.0, 0.5 * duration / hold) if hold > 0 else 1.0
    moving = duration - hold * squeeze
    time = (fine - ball.hold_start * squeeze) / moving if moving > 0 else np.ones_like(fine)
    clock = ball.pace.clock(walk)
    sample = np.interp(eased(time, ball.ease), clock, np.arange(len(clock)))
    along = np.arange(len(walk.xy))
    places = np.column_stack([np.interp(sample, along, walk.xy[:, k]) for k in (0, 1)])
    over = places + ball.radius * ride_normals(terrain, ball.radius, places)[:, :2]
    centre, contact = rest_ball(terrain, ball.radius, over)
    rotation = rolled(centre, contact, ball.radius)
    walked = np.interp(sample, along, _share(walk.arc))
    keep = slice(None, None, SUBFRAMES)
    return BallMotion(frames, centre[keep], contact[keep], rotation[keep], walked[keep])


def rolled(centre: Array, contact: Array, radius: float) -> Array:
    """Quaternions (K, 4) of a ball that rolls without slipping: centre (K, 3), contact (K, 3); upright at
    first.
    """
    from scipy.spatial.transform import Rotation

    normal = (centre - contact) / radius
    between = normal[1:] + normal[:-1]
    between /= np.linalg.norm(between, axis=1, keepdims=True)
    turns = Rotation.from_rotvec(np.cross(between, np.diff(centre, axis=0)) / radius)
    pose = Rotation.identity()
    quaternions = np.empty((len(centre), 4))
    quaternions[0] = pose.as_quat()
    for k, turn in enumerate(turns):
        pose = turn * pose
        quaternions[k + 1] = pose.as_quat()
    flips = np.sign(np.sum(quaternions[1:] * quaternions[:-1], axis=1))
    quaternions[1:] *= np.cumprod(np.where(flips < 0, -1.0, 1.0))[:, None]
    return quaternions[:, [3, 0, 1, 2]]
