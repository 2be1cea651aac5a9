"""The function that training goes down: a model bound to a dataset.

theta (P,) is the vector of all parameters. What a model has to say is its loss and its gradient; losses of
many thetas and grids over a plane have a plain default here, which a model replaces where it knows a faster
way.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import LsbError

if TYPE_CHECKING:
    from .projections import Plane

Array = NDArray[np.float64]
#: Called with the finished share, 0 to 1, of the work; raises `Cancelled` to end it.
Progress = Callable[[float], None]

#: Multiplications between two calls of `progress`: some tens of milliseconds.
WORK_AT_ONCE = 2**24
#: Numbers of thetas held at once (32 MB).
NUMBERS_AT_ONCE = 2**22


def no_progress(fraction: float) -> None:
    """Nobody is watching."""


def part_of(progress: Progress | None, start: float, stop: float) -> Progress:
    """A progress for a part of the work: its 0 to 1 is start to stop of the whole."""
    outer = progress or no_progress
    return lambda fraction: outer(start + (stop - start) * fraction)


@dataclass(frozen=True)
class Group:
    """A block of parameters that belong together, theta[start:stop]: a layer's weights, or its biases.

    Weights are stored filter by filter: reshaped to (n_filters, -1), a row feeds one unit.
    """

    name: str
    start: int
    stop: int
    is_bias: bool = False
    n_filters: int = 1


class Objective(ABC):
    """A loss of `n_params` parameters over `n_rows` samples; `groups` partitions the parameters, in order."""

    name: str
    n_params: int
    n_rows: int
    groups: tuple[Group, ...]
    parameter_names: Sequence[str]
    #: What `losses` gives, in words: "loss", or what `heights.measured` makes of it.
    quantity: str = "loss"
    #: The fewest rows of a grid that are worth computing by themselves.
    rows_together: int = 8

    @property
    def points_at_once(self) -> int:
        """How many thetas to ask `losses` for in one go, so that progress is shown and cancelling is prompt.

        The default is right where a loss costs about one multiplication per parameter and sample.
        """
        by_work = WORK_AT_ONCE // (self.n_params * max(1, self.n_rows))
        return max(1, min(by_work, NUMBERS_AT_ONCE // self.n_params))

    @abstractmethod
    def losses(self, thetas: Array) -> Array:
        """The loss of each row: thetas (G, P) to (G,)."""

    @abstractmethod
    def gradient(self, theta: Array, rows: NDArray[np.int64] | None = None) -> Array:
        """The gradient (P,) of the loss at theta (P,), over the given samples or all of them."""

    @abstractmethod
    def initial(self, rng: np.random.Generator) -> Array:
        """Where training starts when nothing else is said: theta (P,)."""

    def errors(self, thetas: Array) -> Array:
        """The share of samples that each row of thetas (G, P) classifies wrongly: (G,).

        Raises `LsbError` where there are no classes.
        """
        raise LsbError(f"{self.name} does not classify, so it has no error rate")

    def loss(self, theta: Array) -> float:
        """The loss at theta (P,)."""
        return float(self.losses(np.asarray(theta, dtype=np.float64)[None])[0])

    def loss_grid(self, plane: Plane, x: Array, y: Array, progress: Progress | None = None) -> Array:
        """The loss at every point of a grid on a plane: x (Nx,), y (Ny,) to (Ny, Nx)."""
        return grid_by_rows(
            lambda xy: self.losses(plane.inverse_transform(xy)), x, y, progress, at_once=self.points_at_once
        )

    def error_grid(self, plane: Plane, x: Array, y: Array, progress: Progress | None = None) -> Array:
        """The `errors` at every point of a grid on a plane: x (Nx,), y (Ny,) to (Ny, Nx)."""
        return grid_by_rows(
            lambda xy: self.errors(plane.inverse_transform(xy)), x, y, progress, at_once=self.points_at_once
        )


def grid_by_rows(
    losses_at: Callable[[Array], Array],
    x: Array,
    y: Array,
    progress: Progress | None = None,
    *,
    at_once: int | None = None,
) -> Array:
    """A surface evaluated row by row: `losses_at` takes points (G, 2) and gives their losses (G,).

    A call gets a row, or of a long row `at_once` points.
    """
    at_once = at_once or max(1, len(x))
    loss = np.empty((len(y), len(x)))
    for j, y_j in enumerate(y):
        for start in range(0, len(x), at_once):
            part = x[start : start + at_once]
            loss[j, start : start + at_once] = losses_at(np.column_stack([part, np.full(len(part), y_j)]))
            if progress:
                progress((j + min(1.0, (start + at_once) / len(x))) / len(y))
    return loss


def losses_in_blocks(losses: Callable[[Array], Array], points: Array, at_once: int, progress: Progress) -> Array:
    """`losses` of points (G, ...), asked for in blocks: (G,)."""
    result = np.empty(len(points))
    for start in range(0, len(points), at_once):
        result[start : start + at_once] = losses(points[start : start + at_once])
        progress(min(1.0, (start + at_once) / len(points)))
    return result
