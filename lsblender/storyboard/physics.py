"""Physics: what the ball is made of, and a stretch of its way that gravity decides.

The path is keyed; here and there the ball may be let go. Such a stretch is a `Release`: the way it came, the ground
that it falls on, and for how long. Blender's rigid-body world works it out once (scene/physics.py), and what comes
back is keys like all others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..registry import Registry
from ..settings import setting
from .terrain import Terrain

Array = NDArray[np.float64]

#: Cells of a collider along a side, at most: coarse where the picture is fine.
COLLIDER_CELLS = 128
#: Half the side of a landing pad, in radii of the ball.
PAD = 6.0


@dataclass(frozen=True)
class Physics:
    """What decides how a ball that is let go moves."""

    bounciness: float = setting(0.35, "Share of the speed that is left after a bounce", min=0.0, max=1.0)
    friction: float = setting(0.6, "Grip of ball and ground on each other", min=0.0, max=10.0, soft_max=1.0)
    mass: float = setting(1.0, "Mass of the ball", min=1e-3, max=1e4, unit="kg")
    gravity: float = setting(9.81, "Acceleration of free fall", min=0.0, max=1000.0, soft_max=20.0, unit="m/s2")
    damping: float = setting(0.12, "Share of the speed that air and rolling take every second", min=0.0, max=1.0)

    #: Whether the ball is let go at the end of its path.
    released: ClassVar[bool] = False
    #: Whether a second ball is let go at the beginning of the path.
    raced: ClassVar[bool] = False


PHYSICS: Registry[Physics] = Registry("physics", Physics)


@PHYSICS.register("keyed")
class Keyed(Physics):
    """The ball follows the optimizer's path and rests where that ends."""


@PHYSICS.register("release")
class Released(Physics):
    """The ball follows the path; at its end it is let go, with the speed that it has, and settles in the basin."""

    released: ClassVar[bool] = True


@PHYSICS.register("fully_physical")
class FullyPhysical(Physics):
    """Beside the ball that follows the path, another one is only let go at its start: gravity against gradient."""

    raced: ClassVar[bool] = True


@dataclass(frozen=True, eq=False)
class Collider:
    """Ground to fall on: vertices (V, 3) in metres, triangles or quads (F, 4)."""

    vertices: Array
    quads: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Release:
    """A ball that is let go: it came along `location` (P, 3), `rotation` (P, 4) as w, x, y, z, the last of which is
    where it is free, and falls for `frames` frames at `fps`.
    """

    location: Array
    rotation: Array
    radius: float
    frames: int
    fps: float
    physics: Physics
    colliders: tuple[Collider, ...]


@dataclass(frozen=True, eq=False)
class Fall:
    """What came of a release: location (K, 3) and rotation (K, 4) in each of the frames after it was let go."""

    location: Array
    rotation: Array


#: Works out a release: Blender's rigid bodies, or in tests a formula.
Simulator = Callable[[Release], Fall]


def terrain_collider(terrain: Terrain, place: Array) -> Collider:
    """The ground of a terrain that lies at `place` (3,), in cells no finer than `COLLIDER_CELLS` to a side."""
    x, y = (
        axis[np.unique(np.linspace(0, len(axis) - 1, min(len(axis), COLLIDER_CELLS + 1)).round().astype(int))]
        for axis in (terrain.x, terrain.y)
    )
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    return _sheet(np.concatenate([grid, terrain.height(grid)[..., None]], axis=-1) + place)


def pad(centre: Array, radius: float) -> Collider:
    """A level square on which a ball comes to rest with its centre at `centre` (3,)."""
    side = PAD * radius * np.array([-1.0, 1.0])
    grid = np.stack(np.meshgrid(side, side), axis=-1)
    return _sheet(np.concatenate([grid, np.full((2, 2, 1), -radius)], axis=-1) + centre)


def floor(z: float, centre: Array, reach: float) -> Collider:
    """The level floor at height z around `centre` (3,)."""
    side = reach * np.array([-1.0, 1.0])
    grid = np.stack(np.meshgrid(side, side), axis=-1) + centre[:2]
    return _sheet(np.concatenate([grid, np.full((2, 2, 1), z)], axis=-1))


def _sheet(points: Array) -> Collider:
    """A grid of points (Ny, Nx, 3) as a mesh that is solid from above."""
    ny, nx = points.shape[:2]
    index = np.arange(nx * ny, dtype=np.int32).reshape(ny, nx)
    quads = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], axis=-1).reshape(-1, 4)
    return Collider(points.reshape(-1, 3), quads)
