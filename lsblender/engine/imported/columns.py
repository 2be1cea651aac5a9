"""Tables of numbers as surfaces: which columns are the coordinates and which is the height, or a whole matrix."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ...errors import LsbError
from ...registry import unknown
from ..objective import Array
from ..tables import NumberTable, is_number
from .points import grid_of
from .surfaces import FileSurface, check_size

#: What the height is called, in the order in which it is looked for.
LOSSES = ("loss", "train_loss", "test_loss", "surface_loss", "cost", "error", "objective", "value", "z")


def surface_of(table: NumberTable, quantity: str, transpose: bool) -> FileSurface:
    """The surface in a table: three columns or more with a point per row, or a matrix of heights, whose rows are y.

    Raises `LsbError` where it is neither, or has no column of the wanted name.
    """
    if _is_matrix(table):
        if quantity:
            raise LsbError(f"the table is a matrix of heights and has no column '{quantity}'")
        return _matrix(table, transpose)
    if table.values.shape[1] < 3:
        raise LsbError(f"the table has {table.values.shape[1]} columns; two coordinates and the loss are needed")
    i, j, height = _named(table.names, quantity) if table.names else _unnamed(table.values)
    names = (table.names[i], table.names[j]) if table.names else ("x", "y")
    return grid_of(table.values[:, [i, j, height]], names, transpose=transpose)


def _is_matrix(table: NumberTable) -> bool:
    """Whether it has neither names nor three columns, or numbers where there would be names."""
    if table.names:
        return all(is_number(name) for name in table.names[1:]) and len(table.names) > 2
    return bool(table.values.shape[1] > 3)


def _matrix(table: NumberTable, transpose: bool) -> FileSurface:
    """Heights with their coordinates in the first row and column, or with none."""
    values = table.values
    if table.names:
        x, y, loss = np.array([float(name) for name in table.names[1:]]), values[:, 0], values[:, 1:]
        names = ("x", "y")
    else:
        x, y, loss, names = (
            np.arange(values.shape[1], dtype=np.float64),
            np.arange(len(values), dtype=np.float64),
            values,
            ("column", "row"),
        )
    if transpose:
        x, y, loss = y, x, loss.T
    check_size(len(x), len(y))
    order_x, order_y = np.argsort(x), np.argsort(y)
    x, y, loss = x[order_x], y[order_y], loss[np.ix_(order_y, order_x)]
    if not (np.isfinite(x).all() and np.isfinite(y).all() and (np.diff(x) > 0).all() and (np.diff(y) > 0).all()):
        raise LsbError("the matrix has coordinates that are not finite or occur twice")
    return FileSurface(x, y, np.ascontiguousarray(loss), names)


def _named(names: tuple[str, ...], quantity: str) -> tuple[int, int, int]:
    """The columns of x, y and the height, by their names."""
    lower = [name.lower() for name in names]
    if quantity and quantity not in names:
        raise unknown("column", quantity, list(names))
    found = [lower.index(name) for name in LOSSES if name in lower]
    if quantity:
        height = names.index(quantity)
    elif found or len(names) == 3:
        height = found[0] if found else 2
    else:
        raise LsbError(f"which of the columns {', '.join(names)} is the height? Say it as the quantity")
    if "x" in lower and "y" in lower and height not in (lower.index("x"), lower.index("y")):
        return lower.index("x"), lower.index("y"), height
    i, j = [k for k in range(len(names)) if k != height][:2]
    return i, j, height


def _unnamed(values: Array) -> tuple[int, int, int]:
    """The columns of x, y and the height: coordinates are the two that have the fewest different values together."""
    different = [len(np.unique(values[:, k])) for k in range(3)]
    pairs = [pair for pair in combinations(range(3), 2) if min(different[k] for k in pair) > 1]
    i, j = min(pairs, key=lambda pair: different[pair[0]] * different[pair[1]], default=(0, 1))
    return i, j, 3 - i - j
