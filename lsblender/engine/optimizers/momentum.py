"""Gradient descent, with and without a memory of the steps before."""

from __future__ import annotations

from dataclasses import dataclass

from ..objective import Array
from .base import OPTIMIZERS, GradientOptimizer


@OPTIMIZERS.register("sgd", "SGD")
@dataclass(frozen=True)
class SGD(GradientOptimizer):
    """Stochastic gradient descent; with the whole data in every batch, gradient descent."""

    def init(self, theta: Array) -> None:
        return None

    def step(self, theta: Array, grad: Array, state: None) -> tuple[Array, None]:
        return theta - self.learning_rate * grad, None
