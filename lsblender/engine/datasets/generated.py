"""Made-up data: two features that can be drawn, classes that no line separates."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import LsbError
from ...settings import setting
from .base import DATASETS, Array, Dataset, DataSource


@dataclass(frozen=True)
class GeneratedSource(DataSource):
    """Points in the plane, the same for the same seed."""

    n_samples: int = setting(200, "Number of points", min=4, max=1_000_000, soft_max=10_000)
    noise: float = setting(0.1, "Standard deviation of the points around their curve", min=0.0, max=100.0, soft_max=1.0)
    seed: int = setting(0, "Decides the points; 0 is a seed like any other", min=0, max=2**32 - 1)

    def read(self) -> Dataset:
        X, y, names = self.points()
        if len(X) < len(names):
            raise LsbError(f"{len(X)} points are too few for {len(names)} classes", "n_samples")
        return Dataset(X, y.astype(np.int64), ("x", "y"), names, type(self).__name__)

    @abstractmethod
    def points(self) -> tuple[Array, NDArray[np.int64], tuple[str, ...]]:
        """X (N, 2), the numbers of their classes (N,) and the classes' names."""


@DATASETS.register("moons")
class Moons(GeneratedSource):
    """Two half circles that reach into each other."""

    def points(self) -> tuple[Array, NDArray[np.int64], tuple[str, ...]]:
        from sklearn.datasets import make_moons

        X, y = make_moons(self.n_samples, noise=self.noise, random_state=self.seed)
        return X, y, ("upper", "lower")


@DATASETS.register("circles")
@dataclass(frozen=True)
class Circles(GeneratedSource):
    """A circle of radius 1 and a smaller one within."""

    factor: float = setting(0.5, "Radius of the inner circle", min=0.0, max=0.999)

    def points(self) -> tuple[Array, NDArray[np.int64], tuple[str, ...]]:
        from sklearn.datasets import make_circles

        X, y = make_circles(self.n_samples, noise=self.noise, random_state=self.seed, factor=self.factor)
        return X, y, ("outer", "inner")


@DATASETS.register("spirals")
@dataclass(frozen=True)
class Spirals(GeneratedSource):
    """Arms that wind round the same centre: r = share of the way, from 0 to 1, angle = share of the turns.

    Two arms are the two-spirals problem of Lang and Witbrock 1988.
    """

    noise: float = setting(0.02, "Standard deviation of the points around their arm", min=0.0, max=100.0, soft_max=0.2)
    turns: float = setting(1.5, "Turns of each arm round the centre", min=0.0, max=100.0, soft_max=5.0)
    classes: int = setting(2, "Number of arms", min=2, max=100, soft_max=10)

    def points(self) -> tuple[Array, NDArray[np.int64], tuple[str, ...]]:
        rng = np.random.default_rng(self.seed)
        y = rng.permutation(np.arange(self.n_samples) % self.classes)
        # the square root spreads the points evenly along an arm, which is longer outside
        along = np.sqrt(rng.uniform(size=self.n_samples))
        angle = 2 * np.pi * (self.turns * along + y / self.classes)
        curve = along[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        X = curve + self.noise * rng.normal(size=curve.shape)
        return X, y, tuple(f"arm {number + 1}" for number in range(self.classes))
