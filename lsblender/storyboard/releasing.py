"""Releasing: stretches of a shot in which the ball is let go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .contact import rest_ball
from .physics import Collider, Fall, Physics, Release, Simulator, floor, terrain_collider
from .terrain import Terrain

Array = NDArray[np.float64]

#: Frames of the way before a release from which the ball has its speed.
RUN_UP = 4
#: A ball nearer to the ground than this share of its radius touches it.
TOUCHES = 0.03
#: How far the ball that only falls stands beside the start of the path, in radii.
BESIDE = 2.1
#: The floor's collider reaches so many widths.
FLOOR = 20.0


@dataclass(frozen=True, eq=False)
class Way:
    """Where a ball is: location (K, 3), contact (K, 3), rotation (K, 4) as w, x, y, z."""

    location: Array
    contact: Array
    rotation: Array


def let_go(
    way: Way, frame: int, terrain: Terrain, radius: float, physics: Physics, fps: float, simulate: Simulator
) -> Way:
    """The way with all after the given frame (its number, from 0) left to gravity."""
    count = len(way.location) - 1 - frame
    if count < 1:
        return way
    run_up = np.maximum(np.arange(frame - RUN_UP + 1, frame + 1), 0)
    fall = simulate(Release(way.location[run_up], way.rotation[run_up], radius, count, fps, physics, _grounds(terrain)))
    location, contact = on_the_ground(fall, terrain, radius)
    return Way(
        np.vstack([way.location[: frame + 1], location]),
        np.vstack([way.contact[: frame + 1], contact]),
        np.vstack([way.rotation[: frame + 1], fall.rotation]),
    )


def fall_from(
    start: Array,
    held: int,
    count: int,
    terrain: Terrain,
    radius: float,
    physics: Physics,
    fps: float,
    simulate: Simulator,
) -> Way:
    """A ball beside the place `start` (2,), at rest for `held` frames and then let go, for `count` frames in all.

    It stands two radii to the side, along the slope's level line, so that it does not hide the ball of the path.
    """
    slope = terrain.gradient(start[None])[0]
    steep = np.linalg.norm(slope)
    aside = np.array([-slope[1], slope[0]]) / steep if steep > 0 else np.array([1.0, 0.0])
    over = terrain.inside(start + BESIDE * radius * aside)[None]
    location, contact = rest_ball(terrain, radius, over)
    rest = Way(*(np.tile(row, (held, 1)) for row in (location[0], contact[0], [1.0, 0.0, 0.0, 0.0])))
    whole = Way(
        *(
            np.vstack([part, np.tile(part[-1], (count - held, 1))])
            for part in (rest.location, rest.contact, rest.rotation)
        )
    )
    return let_go(whole, held - 1, terrain, radius, physics, fps, simulate)


def _grounds(terrain: Terrain) -> tuple[Collider, ...]:
    width = float(terrain.x[-1] - terrain.x[0])
    return (terrain_collider(terrain, np.zeros(3)), floor(terrain.base, np.zeros(3), FLOOR * width))


def on_the_ground(fall: Fall, terrain: Terrain, radius: float) -> tuple[Array, Array]:
    """Location and contact (K, 3) of a fall on the ground as it is drawn, which is finer than its collider: a ball
    that would be in it is lifted onto it.
    """
    location = fall.location.copy()
    contact = location - (0.0, 0.0, radius)
    low, high = terrain.corners
    over = np.all((location[:, :2] >= low) & (location[:, :2] <= high), axis=1) & (location[:, 2] > terrain.base)
    if over.any():
        rest, touched = rest_ball(terrain, radius, location[over][:, :2])
        location[over, 2] = np.maximum(location[over, 2], rest[:, 2])
        near = location[over, 2] - rest[:, 2] < TOUCHES * radius
        contact[np.flatnonzero(over)[near]] = touched[near]
    return location, contact
