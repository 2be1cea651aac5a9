"""The function that training goes down: a model bound to a dataset.

theta (P,) is the vector of all parameters. What a model has to say is its loss and its gradient; losses of
many thetas and grids over a plane have a plain default here, which a model replaces where it knows a faster
way.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .projections import Plane

Array = NDArray[np.float64]
#: Called with the finished share, 0 to 1, of the work; raises `Cancelled` to end it.
Progress = Callable[[float], None]


def no_progress(fraction: float) -> None:
    """Nobody is watching."""


def part_of(progress: Progress | None, start: float, stop: float) -> Progress:
    """A progress for a part of the work: its 0 to 1 is start to stop of the whole."""
    outer = progress or no_progress
    return lambda fraction: outer(start + (stop - start) * fraction)


@dataclass(frozen=True)
class Group:
    """A block of parameters that belong together (a layer's weights, a filter, biases): theta[start:stop]."""

    name: str
    start: int
    stop: int
    is_bias: bool = False


class Objective(ABC):
    """A loss of `n_params` parameters over `n_rows` samples; `groups` partitions the parameters, in order."""

    name: str
    n_params: int
    n_rows: int
    groups: tuple[Group, ...]
    parameter_names: tuple[str, ...]

    @abstractmethod
    def losses(self, thetas: Array) -> Array:
        """The loss of each row: thetas (G, P) to (G,)."""

    @abstractmethod
    def gradient(self, theta: Array, rows: NDArray[np.int64] | None = None) -> Array:
        """The gradient (P,) of the loss at theta (P,), over the given samples or all of them."""

    @abstractmethod
    def initial(self, rng: np.random.Generator) -> Array:
        """Where training starts when nothing else is said: theta (P,)."""

    def loss(self, theta: Array) -> float:
        """The loss at theta (P,)."""
        return float(self.losses(np.asarray(theta, dtype=np.float64)[None])[0])

    def loss_grid(self, plane: Plane, x: Array, y: Array, progress: Progress | None = None) -> Array:
        """The loss at every point of a grid on a plane: x (Nx,), y (Ny,) to (Ny, Nx)."""
        return grid_by_rows(lambda xy: self.losses(plane.inverse_transform(xy)), x, y, progress)


def grid_by_rows(losses_at: Callable[[Array], Array], x: Array, y: Array, progress: Progress | None = None) -> Array:
    """A surface evaluated row by row: `losses_at` takes points (Nx, 2) and gives their losses (Nx,)."""
    loss = np.empty((len(y), len(x)))
    for j, y_j in enumerate(y):
        loss[j] = losses_at(np.column_stack([x, np.full(len(x), y_j)]))
        if progress:
            progress((j + 1) / len(y))
    return loss
