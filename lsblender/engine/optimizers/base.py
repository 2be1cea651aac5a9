"""Optimizers: rules that go downhill.

An optimizer gives the sequence of its iterates. Those that follow the gradient of one batch after the other
only say how one step is made: `init(theta) -> state` and `step(theta, grad, state, learning_rate) -> (theta,
state)`. A step returns new arrays and never writes into old ones, so what was recorded stays as it was.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...registry import Registry
from ...settings import setting
from ..objective import Array, Objective, Progress, no_progress
from .schedules import Constant, Schedule

#: Added to the norm when a gradient is clipped, as in PyTorch's clip_grad_norm_.
CLIP_EPS = 1e-6


class Optimizer(ABC):
    """A way down. `remedy` is what a person can do when it diverges."""

    remedy: ClassVar[str] = "add l2, or choose another start"

    @abstractmethod
    def iterates(
        self,
        objective: Objective,
        start: Array,
        rng: np.random.Generator,
        steps: int,
        progress: Progress = no_progress,
    ) -> Iterator[Array]:
        """theta (P,) after step 1, step 2, ... up to `steps`; ends early if the method has converged.

        `progress` is told the share of the steps that is done, more than once in a step that takes long.
        """


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


def clipped(grad: Array, largest: float) -> Array:
    """The gradient shortened to the norm `largest` if it is longer; 0 leaves it (Pascanu et al. 2013).

    An infinite gradient gives nan, which ends the run: a direction can not be had from it.
    """
    if largest == 0:
        return grad
    return grad * min(1.0, largest / (float(np.linalg.norm(grad)) + CLIP_EPS))


@dataclass(frozen=True)
class GradientOptimizer(Optimizer):
    """An optimizer that makes one step per batch from that batch's gradient."""

    remedy: ClassVar[str] = "lower the learning_rate"

    learning_rate: float = setting(0.1, "Step size", min=1e-9, max=1e9, soft_min=1e-4, soft_max=10.0)
    batch_size: int = setting(0, "Samples per step; 0 takes all of them, which is gradient descent", min=0, max=10**9)
    schedule: Schedule = setting(Constant(), "How the learning rate changes during training")
    clip: float = setting(0.0, "Longest gradient, longer ones are shortened to it; 0 leaves them", min=0.0, max=1e9)

    @abstractmethod
    def init(self, theta: Array) -> Any:
        """The state before the first step."""

    @abstractmethod
    def step(self, theta: Array, grad: Array, state: Any, learning_rate: float) -> tuple[Array, Any]:
        """theta and state after one step; `learning_rate` is that of this step, as the schedule has it."""

    def iterates(
        self,
        objective: Objective,
        start: Array,
        rng: np.random.Generator,
        steps: int,
        progress: Progress = no_progress,
    ) -> Iterator[Array]:
        theta, state = start, self.init(start)
        for k, rows in enumerate(islice(batches(objective.n_rows, self.batch_size, rng), steps)):
            grad = clipped(objective.gradient(theta, rows), self.clip)
            learning_rate = self.learning_rate * self.schedule.factor(k, steps)
            theta, state = self.step(theta, grad, state, learning_rate)
            progress((k + 1) / steps)
            yield theta
