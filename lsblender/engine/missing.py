"""Grid points that have no loss: between those that have one, a membrane.

Each missing point takes the mean of its neighbours, which is the discrete harmonic function of its rim: it is nowhere
higher or lower than the points around it, so it makes up no basin and no peak. It is for pictures and for places on
the surface; the numbers of a landscape stay what they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Missing points up to which the equations are solved directly; beyond, step by step.
DIRECT = 250_000
#: Relative error at which steps end.
TOLERANCE = 1e-6


def filled(loss: Array) -> Array:
    """The losses (Ny, Nx) with every nan replaced; the array itself where there is none, or nothing else."""
    missing = np.isnan(loss)
    if not missing.any() or missing.all():
        return loss
    matrix, known = _membrane(np.where(missing, 0.0, loss), missing)
    result = loss.copy()
    result[missing] = _solved(matrix, known)
    # rounding must not lift it over its rim
    return np.asarray(np.clip(result, np.nanmin(loss), np.nanmax(loss)))


def _membrane(loss: Array, missing: NDArray[np.bool_]) -> tuple[object, Array]:
    """The equations of the M missing points: (number of neighbours) v - (missing neighbours) = (known ones), (M,)."""
    from scipy.sparse import coo_matrix

    number = np.full(loss.shape, -1)
    count = int(missing.sum())
    number[missing] = np.arange(count)
    known, neighbours = np.zeros(count), np.zeros(count)
    rows, columns = [], []
    for axis in (0, 1):
        for step in (1, -1):
            here, there = _pairs(loss.shape, axis, step)
            inner = missing[here]
            at = number[here][inner]
            neighbours += np.bincount(at, minlength=count)
            known += np.bincount(at, loss[there][inner], minlength=count)
            both = inner & missing[there]
            rows.append(number[here][both])
            columns.append(number[there][both])
    row, column = (np.concatenate([*parts, np.arange(count)]) for parts in (rows, columns))
    values = np.concatenate([np.full(len(row) - count, -1.0), neighbours])
    return coo_matrix((values, (row, column)), shape=(count, count)).tocsc(), known


def _pairs(shape: tuple[int, ...], axis: int, step: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """The points that have a neighbour one step along an axis, and those neighbours."""
    first, second = slice(None, -1), slice(1, None)
    here, there = (first, second) if step > 0 else (second, first)
    whole = [slice(None)] * len(shape)
    return (*whole[:axis], here, *whole[axis + 1 :]), (*whole[:axis], there, *whole[axis + 1 :])


def _solved(matrix: object, known: Array) -> Array:
    from scipy.sparse.linalg import cg, spsolve

    if len(known) <= DIRECT:
        return np.asarray(spsolve(matrix, known))
    return np.asarray(cg(matrix, known, rtol=TOLERANCE, maxiter=20 * int(np.sqrt(len(known))))[0])
