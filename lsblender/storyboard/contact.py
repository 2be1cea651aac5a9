"""Where a solid ball touches the ground.

A ball whose centre is above a place c rests at the lowest height at which no ground is inside it: the largest
z(p) + sqrt(r^2 - |p - c|^2) over the places p under it, and the p that gives it is the contact. At such a p
the line to the centre is the ground's normal. (In image processing this is the dilation of the height field
by the ball, and lowering the ball's surface again everywhere gives the closing: the ground as the ball feels
it, with its creases filled.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .terrain import Terrain

Array = NDArray[np.float64]

#: Places times samples that are compared at once.
BLOCK = 500_000
#: Samples of the ground along the ball's radius, at least.
SAMPLES = 12
#: Newton steps from the best sample to the contact, and the longest of them in radii.
NEWTON_STEPS, STEP = 14, 0.5
#: How far the ball may sink into the drawn mesh before its flat pieces count more than the smooth ground.
TOLERANCE = 3e-4
#: Grid points along the ball's radius at which it feels the ground, about.
FELT = 8
#: The contact lies at most so many radii off sideways: ground of up to 89 degrees.
ASIDE = 0.9999


def rest_ball(terrain: Terrain, radius: float, over: Array) -> tuple[Array, Array]:
    """Centre (K, 3) and contact (K, 3) of a ball resting with its centre above the places `over` (K, 2)."""
    cell = min(terrain.x[1] - terrain.x[0], terrain.y[1] - terrain.y[0])
    count = max(SAMPLES, int(np.ceil(radius / cell)))
    block = max(1, BLOCK // (2 * count + 1) ** 2)
    parts = [over[k : k + block] for k in range(0, len(over), block)]
    coarse = [_best_sample(terrain, radius, part, part, ASIDE * radius, count) for part in parts]
    start = _best_sample(terrain, radius, over, np.concatenate(coarse), radius / count, 3)
    contact = _refine(terrain, radius, over, start)
    # the mesh is drawn in flat pieces; where these bridge a hollow of the smooth ground, the ball is on them
    ground = np.column_stack([contact, np.maximum(terrain.height(contact), terrain.drawn_height(contact))])
    drawn = np.column_stack([start, terrain.drawn_height(start)])
    height, drawn_rest = (points[:, 2] + _rise(radius, points[:, :2] - over) for points in (ground, drawn))
    sunk = drawn_rest > height + TOLERANCE
    ground[sunk], height[sunk] = drawn[sunk], drawn_rest[sunk]
    return np.column_stack([over, height]), ground


def _rise(radius: float, away: Array) -> Array:
    """How far (...) the ball's centre is above a point of its underside that is `away` (..., 2) sideways."""
    return np.asarray(np.sqrt(np.maximum(radius**2 - np.sum(away**2, axis=-1), 0.0)))


def _best_sample(terrain: Terrain, radius: float, over: Array, near: Array, reach: float, count: int) -> Array:
    """The place (K, 2) on the mesh that holds each ball highest, of a lattice of `count` places to each side
    of `near` (K, 2), as far as `reach`.
    """
    line = np.arange(-count, count + 1) * (reach / count)
    places = terrain.inside(near[:, None] + np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2))
    away = places - over[:, None]
    under = np.sum(away**2, axis=-1) <= (ASIDE * radius) ** 2 * (1 + 1e-9)
    rest = np.where(under, terrain.drawn_height(places) + _rise(radius, away), -np.inf)
    return np.asarray(places[np.arange(len(over)), rest.argmax(axis=1)])


def _refine(terrain: Terrain, radius: float, over: Array, place: Array) -> Array:
    """Newton's method on z(p) + sqrt(r^2 - |p - c|^2), within the terrain and the ball, never downwards."""
    cell = min(terrain.x[1] - terrain.x[0], terrain.y[1] - terrain.y[0])
    longest = min(2 * cell, STEP * radius)

    def rest(places: Array) -> Array:
        return terrain.height(places) + _rise(radius, places - over)

    best = rest(place)
    for _ in range(NEWTON_STEPS):
        move = _newton_move(terrain, radius, over, place)
        length = np.linalg.norm(move, axis=1, keepdims=True)
        move *= np.minimum(1.0, longest / np.maximum(length, 1e-300))
        for _ in range(4):
            away = terrain.inside(place + move) - over
            reach = np.linalg.norm(away, axis=1, keepdims=True)
            trial = terrain.inside(over + away * np.minimum(1.0, ASIDE * radius / np.maximum(reach, 1e-300)))
            value = rest(trial)
            better = value >= best
            place, best = np.where(better[:, None], trial, place), np.where(better, value, best)
            if better.all():
                break
            move = np.where(better[:, None], 0.0, 0.3 * move)
    return place


def _newton_move(terrain: Terrain, radius: float, over: Array, place: Array) -> Array:
    """The step (K, 2) from each place to the maximum of the parabola that the resting height has there."""
    away = place - over
    depth = np.maximum(_rise(radius, away), 0.01 * radius)[:, None]
    slope = terrain.gradient(place) - away / depth
    bend = terrain.curvature(place) - np.eye(2) / depth[..., None]
    bend -= away[:, :, None] * away[:, None, :] / depth[..., None] ** 3
    # at the terrain's rim only moves along it count
    low, high = terrain.corners
    free = ~(((place <= low) & (slope < 0)) | ((place >= high) & (slope > 0)))
    slope *= free
    bend = np.where(free[:, :, None] & free[:, None, :], bend, -np.eye(2) / radius)
    # at a maximum the Hessian is negative; where the place is not near it yet, climb along the slope instead
    values, vectors = np.linalg.eigh(bend)
    values = -np.maximum(np.abs(values), 1e-3 / radius)
    along = np.einsum("kij,ki->kj", vectors, slope)
    return np.asarray(-np.einsum("kij,kj->ki", vectors, along / values))


def ride_normals(terrain: Terrain, radius: float, places: Array) -> Array:
    """Unit normals (K, 3), at places (K, 2), of the ground as a ball of this radius feels it."""
    from scipy.interpolate import RectBivariateSpline
    from scipy.ndimage import gaussian_filter, grey_closing

    every = max(1, int(radius / FELT / (terrain.x[1] - terrain.x[0])))
    x, y = (axis[np.unique(np.r_[0 : len(axis) : every, len(axis) - 1])] for axis in (terrain.x, terrain.y))
    ground = terrain.height(np.stack(np.meshgrid(x, y), axis=-1))
    nx, ny = (min(int(radius / (axis[1] - axis[0])), len(axis)) for axis in (x, y))
    away = (np.arange(-nx, nx + 1) * (x[1] - x[0])) ** 2 + ((np.arange(-ny, ny + 1) * (y[1] - y[0])) ** 2)[:, None]
    inside = away < radius**2
    cap = np.where(inside, np.sqrt(np.where(inside, radius**2 - away, 0.0)), 0.0)
    felt = grey_closing(ground, footprint=inside, structure=cap, mode="nearest")
    spline = RectBivariateSpline(y, x, gaussian_filter(felt, 1.5, mode="nearest"))
    along_x = spline.ev(places[:, 1], places[:, 0], dy=1)
    along_y = spline.ev(places[:, 1], places[:, 0], dx=1)
    normal = np.column_stack([-along_x, -along_y, np.ones(len(places))])
    return np.asarray(normal / np.linalg.norm(normal, axis=1, keepdims=True))
