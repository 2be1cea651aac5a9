"""Gradient descent, with and without a memory of the steps before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...settings import setting
from ..objective import Array
from .base import OPTIMIZERS, GradientOptimizer


@OPTIMIZERS.register("sgd", "SGD")
class SGD(GradientOptimizer):
    """Stochastic gradient descent; with the whole data in every batch, gradient descent."""

    def init(self, theta: Array) -> None:
        return None

    def step(self, theta: Array, grad: Array, state: None, learning_rate: float) -> tuple[Array, None]:
        return theta - learning_rate * grad, None


@OPTIMIZERS.register("momentum")
@dataclass(frozen=True)
class Momentum(GradientOptimizer):
    """A heavy ball: each step keeps a share of the step before (Polyak 1964).

    In PyTorch's form: the velocity is momentum times the velocity, plus the gradient.
    """

    learning_rate: float = setting(0.02, "Step size", min=1e-9, max=1e9, soft_min=1e-4, soft_max=10.0)
    momentum: float = setting(0.9, "The share of the velocity that is kept", min=0.0, max=0.9999)

    def init(self, theta: Array) -> Array:
        return np.zeros_like(theta)

    def step(self, theta: Array, grad: Array, state: Array, learning_rate: float) -> tuple[Array, Array]:
        velocity = self.momentum * state + grad
        return theta - learning_rate * velocity, velocity


@OPTIMIZERS.register("nesterov")
class Nesterov(Momentum):
    """Momentum that looks ahead along its velocity (Nesterov 1983; Sutskever et al. 2013)."""

    def step(self, theta: Array, grad: Array, state: Array, learning_rate: float) -> tuple[Array, Array]:
        velocity = self.momentum * state + grad
        return theta - learning_rate * (grad + self.momentum * velocity), velocity
