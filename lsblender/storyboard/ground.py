"""Ground that changes: a row of terrains on one grid, and where between them it is in each frame.

Between two terrains the heights are mixed, not the pictures of them: mixing the coefficients of their splines gives
the spline of the mix, so that a ball that rides on it asks the very surface that is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .contact import rest_ball
from .terrain import Terrain

Array = NDArray[np.float64]

#: Numbers that all the heights of a changing ground have together, at most (64 MB in a Blender file).
MOST_HEIGHTS = 16_000_000
#: A ball asks the ground no farther away than so many radii.
REACH = 1.5


@dataclass(frozen=True, eq=False)
class Passed:
    """Where balls have been: points (M, 3) of their trails in the terrain's metres, the share of the shot's time at
    which each is passed, `when` (M,), and the `time` (K,) in each frame: below 0, nothing is passed.
    """

    points: Array
    when: Array
    time: Array


@dataclass(frozen=True, eq=False)
class Ground:
    """Terrains on one grid, and for each frame (K) which: `state` (K,) counts from 0 for the first to S - 1 for the
    last, 1.5 is the middle of the second and the third. `place` (K, 3) is where their origin lies.

    `looks` are the numbers of the shots whose looks it has, of the first and of the second to the share `blend` (K,).
    `presence` (K,): 1 solid to 0 gone. `hole` (K,): the radius of an opening round `hole_at` (2,), in the terrain's
    metres. `passed` is where balls have been on it.
    """

    states: tuple[Terrain, ...]
    state: Array
    place: Array
    looks: tuple[int, int]
    blend: Array
    presence: Array
    hole: Array
    hole_at: Array
    passed: Passed | None = None

    def terrain(self, k: int) -> Terrain:
        """The terrain in frame k."""
        first = min(int(self.state[k]), len(self.states) - 1)
        if first == len(self.states) - 1 or self.state[k] == first:
            return self.states[first]
        return between(self.states[first], self.states[first + 1], float(self.state[k] - first))


def still_ground(terrain: Terrain, place: Array, look: int, count: int) -> Ground:
    """A terrain that stays what it is for so many frames."""
    ones, zeros = np.ones(count), np.zeros(count)
    return Ground((terrain,), zeros, np.tile(place, (count, 1)), (look, look), zeros, ones, zeros, np.zeros(2))


def changing_ground(
    states: Sequence[Terrain], state: Array, place: Array, looks: tuple[int, int], blend: Array
) -> Ground:
    """Terrains, put on one grid, of which each frame shows one or a mix of two neighbours; `place` (3,) or (K, 3)."""
    count = len(state)
    place = np.broadcast_to(np.asarray(place, dtype=np.float64), (count, 3))
    return Ground(on_one_grid(states), state, place, looks, blend, np.ones(count), np.zeros(count), np.zeros(2))


def on_one_grid(terrains: Sequence[Terrain]) -> tuple[Terrain, ...]:
    """The terrains with equally many points along x, and along y: as many as the finest, if there is room for that."""
    ny, nx = (max(terrain.z.shape[k] for terrain in terrains) for k in (0, 1))
    share = min(1.0, float(np.sqrt(MOST_HEIGHTS / (len(terrains) * ny * nx))))
    shape = (max(8, int(ny * share)), max(8, int(nx * share)))
    return tuple(resampled(terrain, shape) for terrain in terrains)


def resampled(terrain: Terrain, shape: tuple[int, int]) -> Terrain:
    """The terrain with so many points along y and x."""
    if terrain.z.shape == shape:
        return terrain
    from scipy.interpolate import RegularGridInterpolator

    y, x = (np.linspace(axis[0], axis[-1], count) for axis, count in zip((terrain.y, terrain.x), shape, strict=True))
    grid_x, grid_y = np.meshgrid(x, y)
    z = np.clip(terrain.height(np.stack([grid_x, grid_y], axis=-1)), 0.0, terrain.relief)
    loss = RegularGridInterpolator((terrain.y, terrain.x), terrain.loss)(np.stack([grid_y, grid_x], axis=-1))
    return replace(terrain, x=x, y=y, z=z, loss=loss)


def between(first: Terrain, second: Terrain, share: float) -> Terrain:
    """The mix of two terrains with equally many points: the first at 0, the second at 1."""
    from scipy.interpolate import BivariateSpline

    def mixed(a: Array, b: Array) -> Array:
        return (1.0 - share) * a + share * b

    near = first if share < 0.5 else second
    mix = Terrain(
        x=mixed(first.x, second.x),
        y=mixed(first.y, second.y),
        z=mixed(first.z, second.z),
        loss=mixed(first.loss, second.loss),
        relief=(1.0 - share) * first.relief + share * second.relief,
        base=(1.0 - share) * first.base + share * second.base,
        scale=near.scale,
        offset=near.offset,
        heights=near.heights,
    )
    (tx, ty, c), (ux, uy, d) = first.spline.tck, second.spline.tck
    spline = BivariateSpline()
    spline.tck, spline.degrees = (mixed(tx, ux), mixed(ty, uy), mixed(c, d)), first.spline.degrees
    mix.__dict__["spline"] = spline
    return mix


def window(terrain: Terrain, place: Array, reach: float) -> Terrain:
    """The part of a terrain within `reach` metres of a place (2,) along x and y: the same ground, sooner asked."""
    from scipy.interpolate import BivariateSpline

    axes, knots, parts = [], [], []
    whole = terrain.spline.tck
    for axis, all_knots, at in zip((terrain.y, terrain.x), whole[:2], (place[1], place[0]), strict=True):
        first = max(0, int(np.searchsorted(axis, at - reach)) - 1)
        last = min(len(axis), max(int(np.searchsorted(axis, at + reach)) + 1, first + 2))
        first = min(first, last - 2)
        # cubic pieces: each interval hangs on the four coefficients from its knot on
        low = int(np.searchsorted(all_knots, axis[first], "right")) - 4
        high = min(int(np.searchsorted(all_knots, axis[last - 1], "left")), len(all_knots) - 4)
        axes.append(slice(first, last))
        knots.append(all_knots[max(low, 0) : high + 4])
        parts.append(slice(max(low, 0), high))
    rows, columns = axes
    coefficients = whole[2].reshape(len(whole[0]) - 4, len(whole[1]) - 4)[parts[0], parts[1]]
    spline = BivariateSpline()
    spline.tck, spline.degrees = (knots[0], knots[1], np.ascontiguousarray(coefficients).ravel()), (3, 3)
    part = replace(
        terrain, x=terrain.x[columns], y=terrain.y[rows], z=terrain.z[rows, columns], loss=terrain.loss[rows, columns]
    )
    part.__dict__["spline"] = spline
    return part


def ride(ground: Ground, over: Array, radius: Array) -> tuple[Array, Array]:
    """Centre (K, 3) and contact (K, 3), in the world's metres, of balls of radius (K,) resting on a ground with their
    centres above the terrain's places (K, 2), frame by frame.
    """
    centre, contact = np.empty((len(over), 3)), np.empty((len(over), 3))
    for k, place in enumerate(ground.place):
        near = window(ground.terrain(k), over[k], REACH * float(radius[k]))
        rest, touched = rest_ball(near, float(radius[k]), over[k : k + 1])
        centre[k], contact[k] = rest[0] + place, touched[0] + place
    return centre, contact
