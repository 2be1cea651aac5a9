"""Contour lines of a height field, by marching squares.

Each cell of the grid is crossed by the line at none, two or four of its edges. A piece of line goes from the edge where
it comes in to the edge where it goes out, with the higher ground on its left; as every crossing is the way out of one
cell and the way in of its neighbour, the pieces join to lines by the numbers of their edges.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Edges of a cell: the lower, right, upper and left one.
LOWER, RIGHT, UPPER, LEFT = range(4)
#: The pieces (in, out) of a cell by which of its corners are high: 1 lower left, 2 lower right, 4 upper right, 8
#: upper left. In the two saddles the middle of the cell is low.
PIECES: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((LOWER, LEFT),),
    2: ((RIGHT, LOWER),),
    3: ((RIGHT, LEFT),),
    4: ((UPPER, RIGHT),),
    5: ((LOWER, LEFT), (UPPER, RIGHT)),
    6: ((UPPER, LOWER),),
    7: ((UPPER, LEFT),),
    8: ((LEFT, UPPER),),
    9: ((LOWER, UPPER),),
    10: ((RIGHT, LOWER), (LEFT, UPPER)),
    11: ((RIGHT, UPPER),),
    12: ((LEFT, RIGHT),),
    13: ((LOWER, RIGHT),),
    14: ((LEFT, LOWER),),
}
#: The saddles again, where the middle is high.
HIGH_SADDLES = {5: ((LOWER, RIGHT), (UPPER, LEFT)), 10: ((RIGHT, UPPER), (LEFT, LOWER))}


def contour_lines(x: Array, y: Array, z: Array, level: float) -> list[Array]:
    """The lines (M, 2) along which z (Ny, Nx) over x (Nx,) and y (Ny,) crosses a level; a closed one ends where it
    begins. Higher ground is on the left. Points of just that height count as high.
    """
    starts, ends = _pieces(z, level)
    following = dict(zip(starts.tolist(), ends.tolist(), strict=True))
    lines = [_chain(following, edge) for edge in np.setdiff1d(starts, ends).tolist()]
    while following:
        lines.append(_chain(following, next(iter(following))))
    return [_places(np.array(line), x, y, z, level) for line in lines]


def _pieces(z: Array, level: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The numbers of the edges where pieces begin and end: first those along x, row by row, then those along y."""
    ny, nx = z.shape
    high = z >= level
    corners = (high[:-1, :-1], high[:-1, 1:], high[1:, 1:], high[1:, :-1])
    code = sum((corner.astype(np.int64) << k for k, corner in enumerate(corners)), np.zeros((ny - 1, nx - 1), np.int64))
    middle = (z[:-1, :-1] + z[:-1, 1:] + z[1:, 1:] + z[1:, :-1]) / 4.0 >= level
    row, column = np.indices(code.shape)
    along_y = ny * (nx - 1)
    lower, left = row * (nx - 1) + column, along_y + row * nx + column
    edges = np.stack([lower, left + 1, lower + nx - 1, left])
    found: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    for number, pieces in PIECES.items():
        here = code == number
        if number in HIGH_SADDLES:
            found += [(edges[a][here & middle], edges[b][here & middle]) for a, b in HIGH_SADDLES[number]]
            here &= ~middle
        found += [(edges[a][here], edges[b][here]) for a, b in pieces]
    starts, ends = (np.concatenate(part) for part in zip(*found, strict=True))
    return starts, ends


def _chain(following: dict[int, int], edge: int) -> list[int]:
    """Take the line that begins at an edge out of the pieces."""
    line = [edge]
    while line[-1] in following:
        line.append(following.pop(line[-1]))
    return line


def _places(edges: NDArray[np.int64], x: Array, y: Array, z: Array, level: float) -> Array:
    """Where the level crosses the edges."""
    ny, nx = z.shape
    along_y = ny * (nx - 1)
    is_x = edges < along_y
    number = np.where(is_x, edges, edges - along_y)
    row, column = np.divmod(number, np.where(is_x, nx - 1, nx))
    row_2, column_2 = np.where(is_x, row, row + 1), np.where(is_x, column + 1, column)
    first, second = z[row, column], z[row_2, column_2]
    share = (level - first) / (second - first)
    return np.column_stack([x[column] + share * (x[column_2] - x[column]), y[row] + share * (y[row_2] - y[row])])
