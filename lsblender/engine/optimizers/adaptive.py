"""Step sizes of their own for each parameter, from the gradients seen so far.

The formulas are PyTorch's, where the places of epsilon differ from paper to paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...settings import setting
from ..objective import Array
from .base import OPTIMIZERS, GradientOptimizer


@OPTIMIZERS.register("adagrad", "AdaGrad")
@dataclass(frozen=True)
class AdaGrad(GradientOptimizer):
    """Steps shrink with the sum of all squared gradients (Duchi et al. 2011)."""

    learning_rate: float = setting(0.3, "Step size", min=1e-9, max=1e9, soft_min=1e-4, soft_max=10.0)
    lr_decay: float = setting(0.0, "Divides the step size by 1 + lr_decay * step", min=0.0, max=1e3)
    eps: float = setting(1e-10, "Keeps the divisor from zero", min=1e-300, max=1.0)

    def init(self, theta: Array) -> tuple[int, Array]:
        return 0, np.zeros_like(theta)

    def step(
        self, theta: Array, grad: Array, state: tuple[int, Array], learning_rate: float
    ) -> tuple[Array, tuple[int, Array]]:
        count, squares = state
        squares = squares + grad * grad
        rate = learning_rate / (1.0 + count * self.lr_decay)
        return theta - rate * grad / (np.sqrt(squares) + self.eps), (count + 1, squares)


class RMSpropState(NamedTuple):
    """Running means of the squared gradient and of the gradient, and the velocity; (P,) each."""

    squares: Array
    mean: Array
    velocity: Array


@OPTIMIZERS.register("rmsprop", "RMSprop")
@dataclass(frozen=True)
class RMSprop(GradientOptimizer):
    """Steps are divided by the running root mean square of the gradient (Tieleman & Hinton 2012)."""

    learning_rate: float = setting(0.02, "Step size", min=1e-9, max=1e9, soft_min=1e-4, soft_max=10.0)
    alpha: float = setting(0.99, "Decay of the mean square", min=0.0, max=0.999999)
    eps: float = setting(1e-8, "Keeps the divisor from zero", min=1e-300, max=1.0)
    momentum: float = setting(0.0, "The share of the velocity that is kept", min=0.0, max=0.9999)
    centered: bool = setting(False, "Divide by the deviation from the mean gradient instead (Graves 2013)")

    def init(self, theta: Array) -> RMSpropState:
        zero = np.zeros_like(theta)
        return RMSpropState(zero, zero, zero)

    def step(self, theta: Array, grad: Array, state: RMSpropState, learning_rate: float) -> tuple[Array, RMSpropState]:
        squares = self.alpha * state.squares + (1.0 - self.alpha) * grad * grad
        mean = self.alpha * state.mean + (1.0 - self.alpha) * grad
        # By rounding the variance may come out below zero.
        variance = np.maximum(squares - mean * mean, 0.0) if self.centered else squares
        velocity = self.momentum * state.velocity + grad / (np.sqrt(variance) + self.eps)
        return theta - learning_rate * velocity, RMSpropState(squares, mean, velocity)


@OPTIMIZERS.register("adadelta", "AdaDelta")
@dataclass(frozen=True)
class AdaDelta(GradientOptimizer):
    """Steps as long as the steps before, so that no step size need be chosen (Zeiler 2012).

    The first steps are of the size sqrt(eps); a larger eps starts faster.
    """

    learning_rate: float = setting(1.0, "A factor of the step; 1 is the paper's", min=1e-9, max=1e9, soft_max=10.0)
    rho: float = setting(0.9, "Decay of the mean squares", min=0.0, max=0.999999)
    eps: float = setting(1e-6, "Keeps quotients from zero and starts the steps", min=1e-300, max=1.0)

    def init(self, theta: Array) -> tuple[Array, Array]:
        return np.zeros_like(theta), np.zeros_like(theta)

    def step(
        self, theta: Array, grad: Array, state: tuple[Array, Array], learning_rate: float
    ) -> tuple[Array, tuple[Array, Array]]:
        squares, moved = state
        squares = self.rho * squares + (1.0 - self.rho) * grad * grad
        change = np.sqrt(moved + self.eps) / np.sqrt(squares + self.eps) * grad
        moved = self.rho * moved + (1.0 - self.rho) * change * change
        return theta - learning_rate * change, (squares, moved)


class AdamState(NamedTuple):
    """Steps made; running means of the gradient and of its square, (P,) each."""

    steps: int
    mean: Array
    squares: Array


@OPTIMIZERS.register("adam")
@dataclass(frozen=True)
class Adam(GradientOptimizer):
    """Momentum with per-parameter step sizes (Kingma & Ba 2015)."""

    learning_rate: float = setting(0.05, "Step size", min=1e-9, max=1e9, soft_min=1e-4, soft_max=10.0)
    beta1: float = setting(0.9, "Decay of the mean gradient", min=0.0, max=0.999999)
    beta2: float = setting(0.999, "Decay of the mean square", min=0.0, max=0.999999)
    eps: float = setting(1e-8, "Keeps the divisor from zero", min=1e-300, max=1.0)

    def init(self, theta: Array) -> AdamState:
        zero = np.zeros_like(theta)
        return AdamState(0, zero, zero)

    def step(self, theta: Array, grad: Array, state: AdamState, learning_rate: float) -> tuple[Array, AdamState]:
        steps = state.steps + 1
        mean = self.beta1 * state.mean + (1.0 - self.beta1) * grad
        squares = self.beta2 * state.squares + (1.0 - self.beta2) * grad * grad
        rate = learning_rate / (1.0 - self.beta1**steps)
        root = np.sqrt(squares / (1.0 - self.beta2**steps)) + self.eps
        return theta - rate * mean / root, AdamState(steps, mean, squares)


@OPTIMIZERS.register("adamw", "AdamW")
@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with the weights' decay apart from the gradient (Loshchilov & Hutter 2019).

    Its path does not end at the minimum of the loss that is shown: the decay is not part of that loss.
    """

    weight_decay: float = setting(0.01, "Share of theta that a step of size 1 takes away", min=0.0, max=1e3, soft_max=1)

    def step(self, theta: Array, grad: Array, state: AdamState, learning_rate: float) -> tuple[Array, AdamState]:
        return super().step(theta * (1.0 - learning_rate * self.weight_decay), grad, state, learning_rate)
