"""The loss of a network over a grid of a plane.

On a plane the weights are affine in the coordinates (x, y), and so is the input to the first activation: three products
with the data serve the whole grid. What is left is a product and an activation for each further layer. They run in
single precision, block by block in arrays that stay in the cache; the losses are added up in double precision.

Single precision is enough where the loss is not the small rest of large numbers. So four points of every row are
computed again in double precision, both ends, the lowest and the one beside the steepest slope: where one differs by
more than TOLERANCE, where losses are far apart, not finite or too large, or inputs of the first layer are large, the
whole row is. Layers multiply the rounding of those before, so networks of more than DEEPEST layers are computed in
double precision at once: twice as long, but of 1100 random residual networks three were wrong by 1.0e-6 to 1.4e-6 in
rows that four points had found to be right.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..objective import Array, Progress, no_progress, part_of
from .activations import Floats
from .heads import Head
from .workspace import Workspace, blocks

if TYPE_CHECKING:
    from ..projections import Plane
    from .networks import NetworkObjective

#: Relative difference of single and double precision at the four points, beyond which their row is computed again.
TOLERANCE = 2e-7
#: Ratio of the highest and the lowest loss of a row, beyond which it is computed again.
HIGHEST_CONTRAST = 1e4
#: Layers of the deepest network for which single precision was found to be enough.
DEEPEST = 4
#: Parameters of the points that are computed again at once (2 MB).
CHECKED = 2**18
#: Rows of fewer points are computed in double precision at once.
FEWEST_COLUMNS = 8
#: Losses beyond this are close to the limit of single precision.
LARGEST = 1e30
#: Inputs of the first activation beyond this have lost the digits that count after their comma.
LARGEST_INPUT = 200.0
#: Seconds between two reports of progress.
PACE = 0.02


class Paced:
    """A progress that is passed on at most every PACE seconds."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.fraction = 0.0
        self.last = time.perf_counter()

    def __call__(self, fraction: float) -> None:
        self.fraction = fraction
        self.again()

    def again(self) -> None:
        """Report the last fraction once more, so that long work can be cancelled in its middle."""
        if time.perf_counter() - self.last >= PACE:
            self.progress(self.fraction)
            self.last = time.perf_counter()


def network_grid(
    objective: NetworkObjective, plane: Plane, x: Array, y: Array, progress: Progress | None = None
) -> Array:
    """The loss at every point of the grid x (Nx,), y (Ny,): (Ny, Nx)."""
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    progress = progress or no_progress
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        if len(x) < FEWEST_COLUMNS or len(objective.layers) > DEEPEST:
            loss, _ = _mean_losses(objective, plane, x, y, np.float64, Paced(progress))
        else:
            loss, reach = _mean_losses(objective, plane, x, y, np.float32, Paced(part_of(progress, 0.0, 0.9)))
            again = ~(reach <= LARGEST_INPUT) | _doubtful(
                objective, plane, x, y, loss, Paced(part_of(progress, 0.9, 0.95))
            )
            if again.any():
                rest = Paced(part_of(progress, 0.95, 1.0))
                loss[again], _ = _mean_losses(objective, plane, x, y[again], np.float64, rest)
        if objective.l2:
            _add_penalty(objective, plane, x, y, loss)
    progress(1.0)
    return loss


def network_error_grid(
    objective: NetworkObjective, plane: Plane, x: Array, y: Array, progress: Progress | None = None
) -> Array:
    """The share of wrong samples at every point of the grid (Ny, Nx), in double precision all the way."""
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    progress = progress or no_progress
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        shares, _ = _means(objective, plane, x, y, np.float64, Paced(progress), lambda head, z: head.folded_wrong(z))
    progress(1.0)
    return shares


def _mean_losses(
    objective: NetworkObjective, plane: Plane, x: Array, y: Array, dtype: type[np.floating[Any]], paced: Paced
) -> tuple[Array, Array]:
    """The mean loss (Ny, Nx) without penalty, and the reach; see `_means`."""
    return _means(objective, plane, x, y, dtype, paced, lambda head, outputs: head.folded_losses(outputs))


def _means(
    objective: NetworkObjective,
    plane: Plane,
    x: Array,
    y: Array,
    dtype: type[np.floating[Any]],
    paced: Paced,
    measure: Callable[[Head, Floats], NDArray[Any]],
) -> tuple[Array, Array]:
    """The mean (Ny, Nx) over the samples of what `measure` makes of the outputs, which come in the precision of
    `dtype`, and the reach (Ny,): how large the first layer's inputs may be in each row.
    """
    widths, first, rest = _plane_matrices(objective, plane)
    n_thetas, n_samples = objective.block_shape()
    n_thetas = max(1, min(n_thetas, len(x)))
    loss, reach = np.zeros((len(y), len(x))), np.zeros(len(y))
    x_typed = x.astype(dtype)[:, None, None]
    for rows in blocks(objective.n_rows, n_samples):
        at_origin, along_u, along_v = first @ objective.design[rows].T
        along_x = along_u.astype(dtype)
        spread = np.abs(x).max(initial=0.0) * np.abs(along_u).max()
        head = objective.head.at(rows)
        work = Workspace(objective.layers, widths, objective.activation, n_thetas, rows.stop - rows.start, dtype)
        exact, moved = (np.empty((n_thetas, rest.shape[1]), kind) for kind in (np.float64, dtype))
        for j, y_j in enumerate(y):
            base = (at_origin + y_j * along_v).astype(dtype)
            reach[j] = max(reach[j], np.abs(base).max() + spread)
            weights = rest[0] + y_j * rest[2]
            for columns in blocks(len(x), n_thetas):
                z = work.inputs(0, columns.stop - columns.start)
                np.multiply(x_typed[columns], along_x, out=z)
                z += base
                np.multiply(x[columns, None], rest[1], out=exact[: len(z)])
                np.add(exact[: len(z)], weights, out=moved[: len(z)], casting="same_kind")
                outputs = work.run(moved[: len(z)], paced.again)
                loss[j, columns] += measure(head, outputs).sum(axis=-1, dtype=np.float64)
                paced((rows.start + (rows.stop - rows.start) * (j + columns.stop / len(x)) / len(y)) / objective.n_rows)
    loss /= objective.n_rows
    return loss, reach


def _plane_matrices(objective: NetworkObjective, plane: Plane) -> tuple[list[int], Array, Array]:
    """For origin, u and v, with the last layer folded: the layers' widths, the first matrix (3, H, F + 1), the others
    (3, P') one after the other.
    """
    vectors = np.stack([plane.origin, plane.u, plane.v])[:, objective.order]
    matrices = objective.matrices(vectors)
    matrices[-1] = objective.head.folded(matrices[-1])
    widths = [matrix.shape[1] for matrix in matrices]
    rest = [matrix.reshape(3, -1) for matrix in matrices[1:]]
    return widths, np.ascontiguousarray(matrices[0]), np.concatenate([np.empty((3, 0)), *rest], axis=1)


def _doubtful(
    objective: NetworkObjective, plane: Plane, x: Array, y: Array, loss: Array, paced: Paced
) -> NDArray[np.bool_]:
    """The rows (Ny,) for which single precision is not enough."""
    highest = loss.max(axis=1)
    again = np.asarray(~((highest < LARGEST) & (highest <= HIGHEST_CONTRAST * loss.min(axis=1))), dtype=np.bool_)
    for rows in blocks(len(y), max(1, CHECKED // (4 * objective.n_params))):
        columns = _telling_columns(loss[rows])
        xy = np.stack([x[columns], np.broadcast_to(y[rows, None], columns.shape)], axis=-1)
        exact = objective.mean_losses(plane.inverse_transform(xy.reshape(-1, 2)), paced.again).reshape(xy.shape[:2])
        away = np.abs(np.take_along_axis(loss[rows], columns, axis=1) - exact)
        again[rows] |= ~(away <= TOLERANCE * np.abs(exact)).all(axis=1)
        paced(rows.stop / len(y))
    return again


def _telling_columns(loss: Array) -> NDArray[np.int64]:
    """Of every row (Ny, Nx) the columns (Ny, 4) of both ends, the lowest point and the foot of the steepest step."""
    lower = np.minimum(loss[:, 1:], loss[:, :-1])
    step = np.argmax(np.abs(np.diff(loss, axis=1)) / (np.abs(lower) + np.finfo(np.float64).tiny), axis=1)
    rows = np.arange(len(loss))
    beside = step + (loss[rows, step + 1] < loss[rows, step])
    return np.stack([np.zeros_like(rows), np.full_like(rows, loss.shape[1] - 1), loss.argmin(axis=1), beside], axis=1)


def _add_penalty(objective: NetworkObjective, plane: Plane, x: Array, y: Array, loss: Array) -> None:
    """Add l2 / 2 |W|^2, a quadratic form in (1, x, y), to the grid."""
    vectors = np.stack([plane.origin, plane.u, plane.v]) * objective.penalised
    oo, ou, ov, uu, uv, vv = 0.5 * objective.l2 * (vectors @ vectors.T)[np.triu_indices(3)]
    for row, y_j in zip(loss, y, strict=True):
        row += oo + y_j * (2 * ov + y_j * vv) + x * (2 * (ou + y_j * uv) + x * uu)
