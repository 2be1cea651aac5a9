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

#: Places whose neighbourhoods are compared at once.
BLOCK = 512
#: Newton steps from the best grid point to the contact.
NEWTON_STEPS = 12
#: The longest of them, in radii.
STEP = 0.5


def rest_ball(terrain: Terrain, radius: float, over: Array) -> tuple[Array, Array]:
    """Centre (K, 3) and contact (K, 3) of a ball resting with its centre above the places `over` (K, 2)."""
    start = np.concatenate(
        [_best_grid_point(terrain, radius, over[k : k + BLOCK]) for k in range(0, len(over), BLOCK)]
    )
    contact = _refine(terrain, radius, over, start)
    # the mesh is drawn in flat pieces; where these bridge a hollow of the smooth ground, the ball is on them
    ground = np.column_stack([contact, np.maximum(terrain.height(contact), terrain.drawn_height(contact))])
    drop = np.sqrt(np.maximum(radius**2 - np.sum((contact - over) ** 2, axis=1), 0.0))
    return np.column_stack([over, ground[:, 2] + drop]), ground


def _best_grid_point(terrain: Terrain, radius: float, over: Array) -> Array:
    """The mesh point (K, 2) under each ball that holds it highest."""
    dx, dy = terrain.x[1] - terrain.x[0], terrain.y[1] - terrain.y[0]
    offsets_x = np.arange(-int(radius / dx) - 1, int(radius / dx) + 2)
    offsets_y = np.arange(-int(radius / dy) - 1, int(radius / dy) + 2)
    i = np.clip(
        np.rint((over[:, 0] - terrain.x[0]) / dx).astype(int)[:, None] + offsets_x, 0, len(terrain.x) - 1
    )
    j = np.clip(
        np.rint((over[:, 1] - terrain.y[0]) / dy).astype(int)[:, None] + offsets_y, 0, len(terrain.y) - 1
    )
    away = (terrain.x[i] - over[:, :1])[:, None, :] ** 2 + (terrain.y[j] - over[:, 1:])[:, :, None] ** 2
    inside = away < radius**2
    rest = np.where(
        inside,
        terrain.z[j[:, :, None], i[:, None, :]] + np.sqrt(np.where(inside, radius**2 - away, 0.0)),
        -np.inf,
    )
    best = rest.reshape(len(over), -1).argmax(axis=1)
    row, column = np.divmod(best, len(offsets_x))
    index = np.arange(len(over))
    return np.column_stack([terrain.x[i[index, column]], terrain.y[j[index, row]]])


def _refine(terrain: Terrain, radius: float, over: Array, place: Array) -> Array:
    """Newton's method on z(p) + sqrt(r^2 - |p - c|^2), kept within a cell per step and inside the ball."""
    cell = max(terrain.x[1] - terrain.x[0], terrain.y[1] - terrain.y[0])
    longest = min(cell, STEP * radius)
    low = np.array([terrain.x[0], terrain.y[0]])
    high = np.array([terrain.x[-1], terrain.y[-1]])
    unit = np.eye(2)
    for _ in range(NEWTON_STEPS):
        away = place - over
        depth = np.sqrt(np.maximum(radius**2 - np.sum(away**2, axis=1), (0.02 * radius) ** 2))[:, None]
        slope = terrain.gradient(place) - away / depth
        bend = (
            terrain.curvature(place)
            - unit / depth[..., None]
            - away[:, :, None] * away[:, None, :] / depth[..., None] ** 3
        )
        # at a maximum the Hessian is negative; where the start is not there yet, climb along the slope
        # instead
        values, vectors = np.linalg.eigh(bend)
        values = -np.maximum(np.abs(values), 1e-3 / radius)
        along = np.einsum("kij,ki->kj", vectors, slope)
        move = -np.einsum("kij,kj->ki", vectors, along / values)
        length = np.linalg.norm(move, axis=1, keepdims=True)
        place = np.clip(place + move * np.minimum(1.0, longest / np.maximum(length, 1e-300)), low, high)
        away = place - over
        length = np.linalg.norm(away, axis=1, keepdims=True)
        place = over + away * np.minimum(1.0, 0.999 * radius / np.maximum(length, 1e-300))
    return place


def ride_normals(terrain: Terrain, radius: float, places: Array) -> Array:
    """Unit normals (K, 3), at places (K, 2), of the ground as a ball of this radius feels it."""
    from scipy.interpolate import RectBivariateSpline
    from scipy.ndimage import gaussian_filter, grey_closing

    dx, dy = terrain.x[1] - terrain.x[0], terrain.y[1] - terrain.y[0]
    nx, ny = int(radius / dx), int(radius / dy)
    away = (np.arange(-nx, nx + 1) * dx) ** 2 + ((np.arange(-ny, ny + 1) * dy) ** 2)[:, None]
    inside = away < radius**2
    cap = np.where(inside, np.sqrt(np.where(inside, radius**2 - away, 0.0)), 0.0)
    felt = gaussian_filter(
        grey_closing(terrain.z, footprint=inside, structure=cap, mode="nearest"), 1.5, mode="nearest"
    )
    spline = RectBivariateSpline(terrain.y, terrain.x, felt)
    along_x = spline.ev(places[:, 1], places[:, 0], dy=1)
    along_y = spline.ev(places[:, 1], places[:, 0], dx=1)
    normal = np.column_stack([-along_x, -along_y, np.ones(len(places))])
    return np.asarray(normal / np.linalg.norm(normal, axis=1, keepdims=True))
