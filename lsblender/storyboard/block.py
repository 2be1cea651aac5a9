"""The block: the terrain's grid with sides and a floor, as the arrays of a closed mesh.

The top's edges come first in every array, then the four sides, then the floor. Sides and floor have vertices
of their own at the places that they share, so that the rim is sharp; welded by distance, the mesh is closed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .terrain import Terrain

Array = NDArray[np.float64]
Index = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Mesh:
    """vertices (V, 3); quads (Q, 4) of vertex numbers, seen from outside anticlockwise, the first `n_top` are
    the top; floor (B,) the corners of the last face; edges (E, 2); quad_edges (Q, 4) and floor_edges (B,) the
    numbers of the edges that start at each corner. `loss`, `level`, `slope` (V,) are stored on the vertices.
    """

    vertices: Array
    quads: Index
    floor: Index
    edges: Index
    quad_edges: Index
    floor_edges: Index
    n_top: int
    loss: Array
    level: Array
    slope: Array


def block_heights(terrain: Terrain) -> Array:
    """The heights (V,) of the vertices of the terrain's block, in their order."""
    rims = _rims(np.arange(terrain.z.size, dtype=np.int32).reshape(terrain.z.shape))
    z = terrain.z.ravel()
    sides = [part for rim in rims for part in (z[rim], np.full(len(rim), terrain.base))]
    return np.concatenate([z, *sides, np.full(sum(len(rim) - 1 for rim in rims), terrain.base)])


def _rims(index: Index) -> list[Index]:
    """The numbers of the vertices along the four edges of a grid (Ny, Nx), each as seen from left to right."""
    return [index[0, :], index[:, -1], index[-1, ::-1], index[::-1, 0]]


def block_mesh(terrain: Terrain) -> Mesh:
    """The terrain's mesh with sides and a floor."""
    ny, nx = terrain.z.shape
    index = np.arange(nx * ny, dtype=np.int32).reshape(ny, nx)
    quads, edges, quad_edges = _grid(index)
    parts = _Parts([quads], [edges], [quad_edges], nx * ny, len(edges))
    rims = _rims(index)
    for rim in rims:
        parts.add_side(len(rim))
    floor, floor_edges = parts.add_floor(sum(len(rim) - 1 for rim in rims))
    grid_x, grid_y = np.meshgrid(terrain.x, terrain.y)
    top = np.column_stack([grid_x.ravel(), grid_y.ravel(), terrain.z.ravel()])
    # each side: its rim, then the foot under it; the floor's corners go round the other way, to face down
    around = np.concatenate([np.tile(rim, 2) for rim in rims] + [np.concatenate([rim[:-1] for rim in rims])[::-1]])
    skirt = np.column_stack([top[around, :2], block_heights(terrain)[nx * ny :]])
    relief = terrain.relief or 1.0
    return Mesh(
        vertices=np.concatenate([top, skirt]),
        quads=np.concatenate(parts.quads).astype(np.int32),
        floor=floor,
        edges=np.concatenate(parts.edges).astype(np.int32),
        quad_edges=np.concatenate(parts.quad_edges).astype(np.int32),
        floor_edges=floor_edges,
        n_top=len(quads),
        loss=np.concatenate([terrain.loss.ravel(), terrain.loss.ravel()[around]]),
        level=np.concatenate([terrain.level.ravel(), skirt[:, 2] / relief]),
        slope=np.concatenate([terrain.slope().ravel(), np.full(len(skirt), 1.0 / relief)]),
    )


def _grid(index: Index) -> tuple[Index, Index, Index]:
    """Quads, edges and the quads' edges of a grid of vertices (Ny, Nx): first the edges along x, then those
    along y.
    """
    ny, nx = index.shape
    along_x = np.arange(ny * (nx - 1), dtype=np.int32).reshape(ny, nx - 1)
    along_y = along_x.size + np.arange((ny - 1) * nx, dtype=np.int32).reshape(ny - 1, nx)
    quads = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], axis=-1)
    edges = np.concatenate(
        [
            np.stack([index[:, :-1], index[:, 1:]], axis=-1).reshape(-1, 2),
            np.stack([index[:-1], index[1:]], axis=-1).reshape(-1, 2),
        ]
    )
    quad_edges = np.stack([along_x[:-1], along_y[:, 1:], along_x[1:], along_y[:, :-1]], axis=-1)
    return quads.reshape(-1, 4), edges, quad_edges.reshape(-1, 4)


@dataclass
class _Parts:
    """Faces and edges so far, and how many vertices and edges those are."""

    quads: list[Index]
    edges: list[Index]
    quad_edges: list[Index]
    n_vertices: int
    n_edges: int

    def add_side(self, n: int) -> None:
        """A strip between a rim of n vertices, in the order in which it is seen from left to right, and the
        foot below.
        """
        upper = self.n_vertices + np.arange(n, dtype=np.int32)
        lower = upper + n
        rim = self.n_edges + np.arange(n - 1, dtype=np.int32)
        foot, upright = rim + (n - 1), self.n_edges + 2 * (n - 1) + np.arange(n, dtype=np.int32)
        self.quads.append(np.stack([lower[:-1], lower[1:], upper[1:], upper[:-1]], axis=-1))
        self.quad_edges.append(np.stack([foot, upright[1:], rim, upright[:-1]], axis=-1))
        for first, second in ((upper[:-1], upper[1:]), (lower[:-1], lower[1:]), (lower, upper)):
            self.edges.append(np.stack([first, second], axis=-1))
        self.n_vertices += 2 * n
        self.n_edges += 3 * n - 2

    def add_floor(self, n: int) -> tuple[Index, Index]:
        """A face of n new vertices: those and its edges."""
        corners = self.n_vertices + np.arange(n, dtype=np.int32)
        numbers = self.n_edges + np.arange(n, dtype=np.int32)
        self.edges.append(np.stack([corners, np.roll(corners, -1)], axis=-1))
        self.n_vertices += n
        self.n_edges += n
        return corners, numbers
