"""A chart learnt by an autoencoder: a network that puts points through a bottleneck of two numbers.

Both halves are the identity on the two principal components plus a bend, one hidden layer of tanh units:

    code s = (z1, z2) + tanh(z W1 + b1) V1            point z' = s A + c + tanh(s W2 + b2) V2

so training starts from the PCA plane. What is minimised is the mean squared distance of z' from z over the paths,
plus a share of the same over points around them, plus a small penalty on the weights of the bend.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...settings import setting
from ..objective import Array, Objective, Progress, no_progress, part_of
from ..training import Trajectory
from .base import PROJECTIONS, Projection
from .curved import CurvedChart, bent_chart
from .neighbourhood import neighbourhood

#: Weight of the points around the paths, and of the penalty on the bend.
SURROUNDINGS, PENALTY = 0.3, 1e-6


@dataclass(frozen=True, eq=False)
class BottleneckNetwork:
    """The loss of the network as a function of one vector of weights.

    `z` (n, k) are the points, `weight` (n,) what each counts; `hidden` units in each half.
    """

    z: Array
    weight: Array
    hidden: int

    def shapes(self) -> list[tuple[int, ...]]:
        """W1, b1, V1; W2, b2, V2; A, c."""
        k, h = self.z.shape[1], self.hidden
        return [(k, h), (h,), (h, 2), (2, h), (h,), (h, k), (2, k), (k,)]

    def initial(self, rng: np.random.Generator) -> Array:
        """The PCA plane: small random slopes, no bend yet."""
        parts = [rng.normal(size=shape) / np.sqrt(shape[0]) for shape in self.shapes()]
        parts[2], parts[5] = 0.01 * parts[2], 0.01 * parts[5]
        parts[6], parts[7] = np.eye(2, self.z.shape[1]), np.zeros(self.z.shape[1])
        return np.concatenate([part.ravel() for part in parts])

    def parts(self, weights: Array) -> list[Array]:
        """The weights as arrays in the order of `shapes`."""
        sizes = [int(np.prod(shape)) for shape in self.shapes()]
        pieces = np.split(weights, np.cumsum(sizes)[:-1])
        return [piece.reshape(shape) for piece, shape in zip(pieces, self.shapes(), strict=True)]

    def encode(self, weights: Array, z: Array) -> Array:
        """Codes (n, 2) of points (n, k)."""
        w1, b1, v1, *_ = self.parts(weights)
        return np.asarray(z[:, :2] + np.tanh(z @ w1 + b1) @ v1)

    def decode(self, weights: Array, code: Array) -> Array:
        """Points (n, k) of codes (n, 2)."""
        *_, w2, b2, v2, a, c = self.parts(weights)
        return np.asarray(code @ a + c + np.tanh(code @ w2 + b2) @ v2)

    def loss_and_gradient(self, weights: Array) -> tuple[float, Array]:
        """The loss and its gradient by backpropagation."""
        w1, b1, v1, w2, b2, v2, a, c = self.parts(weights)
        first = np.tanh(self.z @ w1 + b1)
        code = self.z[:, :2] + first @ v1
        second = np.tanh(code @ w2 + b2)
        off = code @ a + c + second @ v2 - self.z
        back = 2.0 * self.weight[:, None] * off
        to_second = (back @ v2.T) * (1.0 - second**2)
        to_code = back @ a.T + to_second @ w2.T
        to_first = (to_code @ v1.T) * (1.0 - first**2)
        slopes = [
            self.z.T @ to_first,
            to_first.sum(axis=0),
            first.T @ to_code + 2.0 * PENALTY * v1,
            code.T @ to_second,
            to_second.sum(axis=0),
            second.T @ back + 2.0 * PENALTY * v2,
            code.T @ back,
            back.sum(axis=0),
        ]
        loss = float(self.weight @ (off**2).sum(axis=1) + PENALTY * (np.sum(v1**2) + np.sum(v2**2)))
        return loss, np.concatenate([slope.ravel() for slope in slopes])


@PROJECTIONS.register("autoencoder")
@dataclass(frozen=True)
class Autoencoder(Projection):
    """A surface bent through parameter space by a small network, trained on the paths and their surroundings."""

    hidden: int = setting(24, "Units in each half of the network", min=1, max=1000, soft_max=100)
    epochs: int = setting(400, "Steps of the network's own training (L-BFGS)", min=1, max=10**5, soft_max=2000)
    seed: int = setting(0, "Decides the network's start and the points around the paths", min=0, max=2**32 - 1)

    def fit(
        self, trajectories: Sequence[Trajectory], objective: Objective, progress: Progress | None = None
    ) -> CurvedChart:
        progress = progress or no_progress
        near = neighbourhood(trajectories, objective, self.seed)
        counts = [len(near.path), len(near.sheet)]
        weight = np.repeat([1.0 / counts[0], SURROUNDINGS / counts[1]], counts)
        network = BottleneckNetwork(near.points, weight, self.hidden)
        weights = self._trained(network, part_of(progress, 0.05, 0.7))
        size = near.size[:2]
        path_xy = size * network.encode(weights, near.path)
        return bent_chart(
            near,
            lambda xy: network.decode(weights, xy / size),
            path_xy,
            ("code 1", "code 2"),
            trajectories,
            part_of(progress, 0.7, 1.0),
        )

    def _trained(self, network: BottleneckNetwork, progress: Progress) -> Array:
        from scipy.optimize import minimize

        done = 0

        def function(weights: Array) -> tuple[float, Array]:
            nonlocal done
            done += 1
            progress(min(1.0, done / (1.5 * self.epochs)))
            return network.loss_and_gradient(weights)

        start = network.initial(np.random.default_rng(self.seed))
        options = {"maxiter": self.epochs, "maxfun": 2 * self.epochs, "ftol": 0.0, "gtol": 1e-9}
        return np.asarray(minimize(function, start, jac=True, method="L-BFGS-B", options=options).x)
