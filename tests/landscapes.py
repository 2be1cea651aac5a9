"""Landscapes with known shapes, and an independent measure of how close a point comes to a mesh."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lsblender.engine import Landscape
from lsblender.engine.landscape import Path
from lsblender.storyboard.block import Mesh

Array = NDArray[np.float64]
Surface = Callable[[Array, Array], Array]

#: Grounds that are hard for a ball: soft, sharp, steep and level ones.
SURFACES: dict[str, Surface] = {
    "bowl": lambda x, y: x**2 + 2 * y**2,
    "level": lambda x, y: 0 * x,
    "crease": lambda x, y: abs(x - 0.3 * y),
    "two creases": lambda x, y: np.maximum(abs(x), abs(y + 0.4 * x)),
    "ridge": lambda x, y: -abs(x + 0.2 * y),
    "cusp": lambda x, y: np.log(0.02 + np.hypot(x, y)),
    "wall": lambda x, y: np.tanh(12 * (x + 0.3)),
    "gorge": lambda x, y: 1 - np.exp(-60 * x**2) + 0.3 * y**2,
    "bumps": lambda x, y: np.sin(7 * x) * np.cos(6 * y) + x**2,
    "banana": lambda x, y: (1 - 2 * x) ** 2 + 20 * (1.5 * y - 2 * x**2) ** 2,
}


def zigzag(steps: int = 40, seed: int = 3) -> Array:
    """A path (steps + 1, 2) like that of stochastic descent: from far out towards the middle, with noise."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 1, steps + 1)[:, None]
    return np.asarray((1 - t) ** 2 * (0.8, -0.7) + 0.12 * rng.normal(size=(steps + 1, 2)) * (1 - 0.7 * t))


def landscape(
    surface: Surface | str = "bowl",
    *paths: Array,
    x: tuple[float, float, int] = (-1.2, 1.2, 49),
    y: tuple[float, float, int] = (-1.2, 1.2, 49),
) -> Landscape:
    """A surface over a grid, with paths (T, 2) on it; x and y are (first, last, count)."""
    function = SURFACES[surface] if isinstance(surface, str) else surface
    x_axis, y_axis = np.linspace(*x), np.linspace(*y)
    grid_x, grid_y = np.meshgrid(x_axis, y_axis)
    made = []
    for k, xy in enumerate(paths):
        loss = np.asarray(function(xy[:, 0], xy[:, 1]), dtype=float)
        made.append(Path(f"path {k + 1}", xy, loss, loss, xy.copy()))
    return Landscape(
        x_axis, y_axis, np.asarray(function(grid_x, grid_y), float), tuple(made), ("x", "y"), np.full(2, np.nan)
    )


# -- distances -----------------------------------------------------------------------------------------------


def triangles(mesh: Mesh) -> Array:
    """The corners (N, 3, 3) of the top's triangles, each quad cut along its first diagonal."""
    quads = mesh.quads[: mesh.n_top]
    return mesh.vertices[np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])]


def clearances(points: Array, corners: Array, reach: float) -> Array:
    """Distance (K,) of each point (K, 3) to triangles (N, 3, 3): only those within `reach` are looked at."""
    from scipy.spatial import cKDTree

    middle = corners.mean(axis=1)
    size = np.linalg.norm(corners - middle[:, None], axis=2).max()
    result = np.full(len(points), np.inf)
    for k, near in enumerate(cKDTree(middle).query_ball_point(points, reach + size)):
        if near:
            result[k] = _to_triangles(points[k], corners[near]).min()
    return result


def _to_triangles(point: Array, corners: Array) -> Array:
    """Distance (N,) of a point to triangles: to the plane where the foot lies inside, else to the edges."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    normal = np.cross(b - a, c - a)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    height = np.sum((point - a) * normal, axis=1)
    foot = point - height[:, None] * normal
    inside = np.ones(len(corners), dtype=bool)
    edges = np.full(len(corners), np.inf)
    for start, end in ((a, b), (b, c), (c, a)):
        along = end - start
        inside &= np.sum(np.cross(along, foot - start) * normal, axis=1) >= 0
        share = np.clip(np.sum((point - start) * along, axis=1) / np.sum(along**2, axis=1), 0, 1)
        edges = np.minimum(edges, np.linalg.norm(start + share[:, None] * along - point, axis=1))
    return np.where(inside, abs(height), edges)
