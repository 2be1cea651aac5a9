"""Optimizers: rules that go downhill.

An optimizer gives the sequence of its iterates. Those that follow the gradient of one batch after the other
only say how one step is made: `init(theta) -> state` and `step(theta, grad, state) -> (theta, state)`. A step
returns new arrays and never writes into old ones, so what was recorded stays as it was.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..registry import Registry
from ..settings import setting
from .objective import Array, Objective


class Optimizer(ABC):
    """A way down."""

    @abstractmethod
    def iterates(self, objective: Objective, start: Array, rng: np.random.Generator) -> Iterator[Array]:
        """theta (P,) after step 1, step 2, ...; ends early if the method has converged."""


OPTIMIZERS: Registry[Optimizer] = Registry("optimizer", Optimizer)


def batches(n_rows: int, batch_size: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64] | None]:
    """Row numbers of one mini-batch after the other, reshuffled at every pass; None stands for all rows.

    The last batch of a pass is smaller where the size does not divide the number of rows.
    """
    while not 0 < batch_size < n_rows:
        yield None
    while True:
        order = rng.permutation(n_rows)
        for start in range(0, n_rows, batch_size):
            yield order[start : start + batch_size]


@dataclass(frozen=True)
class GradientOptimizer(Optimizer):
    """An optimizer that makes one step per batch from that batch's gradient."""

    learning_rate: float = setting(0.1, "Step size", min=1e-9, max=1e9, soft_min=1e-4, soft_max=10.0)
    batch_size: int = setting(0, "Samples per step; 0 takes all of them, which is gradient descent", min=0, max=10**9)

    @abstractmethod
    def init(self, theta: Array) -> Any:
        """The state before the first step."""

    @abstractmethod
    def step(self, theta: Array, grad: Array, state: Any) -> tuple[Array, Any]:
        """theta and state after one step."""

    def iterates(self, objective: Objective, start: Array, rng: np.random.Generator) -> Iterator[Array]:
        theta, state = start, self.init(start)
        for rows in batches(objective.n_rows, self.batch_size, rng):
            theta, state = self.step(theta, objective.gradient(theta, rows), state)
            yield theta


@OPTIMIZERS.register("sgd", "SGD")
@dataclass(frozen=True)
class SGD(GradientOptimizer):
    """Stochastic gradient descent; with the whole data in every batch, gradient descent."""

    def init(self, theta: Array) -> None:
        return None

    def step(self, theta: Array, grad: Array, state: None) -> tuple[Array, None]:
        return theta - self.learning_rate * grad, None
