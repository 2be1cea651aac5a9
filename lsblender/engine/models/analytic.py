"""Models: the classic test functions of optimization, as losses of two parameters.

They take no notice of the data. Formulas as in Surjanovic & Bingham, Virtual Library of Simulation Experiments.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...settings import setting
from ..datasets import Dataset
from ..objective import Array, Group, Objective
from .base import MODELS, Model

#: Derivatives by x and by y.
Slopes = tuple[Any, Any]


class SurfaceObjective(Objective):
    """The height of a surface at theta (2,), plus l2 / 2 * |theta|^2."""

    n_params = 2
    n_rows = 1
    groups = (Group("coordinates", 0, 2),)
    parameter_names = ("x", "y")

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.name = MODELS.kind(surface).replace("_", " ").capitalize()

    def losses(self, thetas: Array) -> Array:
        x, y = np.asarray(thetas, dtype=np.float64).T
        with np.errstate(over="ignore", invalid="ignore"):
            height = self.surface.height(x, y)
            # not 0 * inf, which is no number
            return np.asarray(height + 0.5 * self.surface.l2 * (x * x + y * y) if self.surface.l2 else height)

    def gradient(self, theta: Array, rows: NDArray[np.int64] | None = None) -> Array:
        x, y = np.float64(theta[0]), np.float64(theta[1])
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(np.array(self.surface.slopes(x, y)) + self.surface.l2 * np.asarray(theta))

    def initial(self, rng: np.random.Generator) -> Array:
        return np.array(self.surface.start)


class Surface(Model):
    """A function of two parameters."""

    #: Where descents usually start.
    start: ClassVar[tuple[float, float]]

    @abstractmethod
    def height(self, x: Array, y: Array) -> Array:
        """The height at each (x, y), of one shape."""

    @abstractmethod
    def slopes(self, x: np.float64, y: np.float64) -> Slopes:
        """The derivatives by x and y at a point."""

    def bind(self, dataset: Dataset) -> SurfaceObjective:
        return SurfaceObjective(self)


@MODELS.register("rosenbrock")
@dataclass(frozen=True)
class Rosenbrock(Surface):
    """A long curved valley that is easy to find and slow to follow: (a - x)^2 + b (y - x^2)^2, lowest at (a, a^2)."""

    start = (-1.2, 1.0)
    a: float = setting(1.0, "x of the lowest point", min=-10.0, max=10.0)
    b: float = setting(100.0, "Steepness of the valley's sides", min=0.0, max=1e4)

    def height(self, x: Array, y: Array) -> Array:
        return np.asarray((self.a - x) ** 2 + self.b * (y - x * x) ** 2)

    def slopes(self, x: np.float64, y: np.float64) -> Slopes:
        off = y - x * x
        return -2 * (self.a - x) - 4 * self.b * x * off, 2 * self.b * off


@MODELS.register("himmelblau")
class Himmelblau(Surface):
    """Four equally deep minima: (x^2 + y - 11)^2 + (x + y^2 - 7)^2."""

    start = (0.0, 0.0)

    def height(self, x: Array, y: Array) -> Array:
        return np.asarray((x * x + y - 11) ** 2 + (x + y * y - 7) ** 2)

    def slopes(self, x: np.float64, y: np.float64) -> Slopes:
        first, second = x * x + y - 11, x + y * y - 7
        return 4 * x * first + 2 * second, 2 * first + 4 * y * second


@MODELS.register("beale")
class Beale(Surface):
    """A flat floor with sharp peaks at the corners; lowest at (3, 0.5)."""

    start = (1.0, 1.0)
    numbers: ClassVar[tuple[float, ...]] = (1.5, 2.25, 2.625)

    def height(self, x: Array, y: Array) -> Array:
        terms = [(c - x + x * y**k) ** 2 for k, c in enumerate(self.numbers, 1)]
        return np.asarray(terms[0] + terms[1] + terms[2])

    def slopes(self, x: np.float64, y: np.float64) -> Slopes:
        by_x = by_y = np.float64(0.0)
        for k, c in enumerate(self.numbers, 1):
            twice = 2 * (c - x + x * y**k)
            by_x, by_y = by_x + twice * (y**k - 1), by_y + twice * k * x * y ** (k - 1)
        return by_x, by_y


@MODELS.register("saddle")
class Saddle(Surface):
    """x^2 - y^2: down along y without end, and a ridge to start from."""

    start = (1.0, 1e-3)

    def height(self, x: Array, y: Array) -> Array:
        return np.asarray(x * x - y * y)

    def slopes(self, x: np.float64, y: np.float64) -> Slopes:
        return 2 * x, -2 * y


@MODELS.register("rastrigin")
@dataclass(frozen=True)
class Rastrigin(Surface):
    """A bowl with a minimum at every pair of whole numbers, lowest at (0, 0)."""

    start = (-3.3, 2.7)
    amplitude: float = setting(10.0, "Depth of the waves in the bowl", min=0.0, max=1e3)

    def height(self, x: Array, y: Array) -> Array:
        waves = 2 - np.cos(2 * np.pi * x) - np.cos(2 * np.pi * y)
        return np.asarray(x * x + y * y + self.amplitude * waves)

    def slopes(self, x: np.float64, y: np.float64) -> Slopes:
        steep = 2 * np.pi * self.amplitude
        return 2 * x + steep * np.sin(2 * np.pi * x), 2 * y + steep * np.sin(2 * np.pi * y)


@MODELS.register("ackley")
@dataclass(frozen=True)
class Ackley(Surface):
    """A nearly flat plain of small waves round a deep hole at (0, 0)."""

    start = (-2.3, 1.7)
    depth: float = setting(20.0, "Depth of the hole", min=0.0, max=1e3)
    width: float = setting(0.2, "How fast the hole narrows", min=0.0, max=10.0)
    waves: float = setting(1.0, "Waves per unit of length", min=0.0, max=10.0)

    def height(self, x: Array, y: Array) -> Array:
        turn = 2 * np.pi * self.waves
        hole = -np.expm1(-self.width * np.sqrt((x * x + y * y) / 2))
        return np.asarray(self.depth * hole + np.e - np.exp((np.cos(turn * x) + np.cos(turn * y)) / 2))

    def slopes(self, x: np.float64, y: np.float64) -> Slopes:
        turn, distance = 2 * np.pi * self.waves, np.sqrt((x * x + y * y) / 2)
        # At the tip of the hole, where there is no slope, that of the average over all directions: 0.
        hole = self.depth * self.width * np.exp(-self.width * distance) / (2 * distance) if distance else 0.0
        wave = turn / 2 * np.exp((np.cos(turn * x) + np.cos(turn * y)) / 2)
        return hole * x + wave * np.sin(turn * x), hole * y + wave * np.sin(turn * y)


@MODELS.register("six_hump_camel")
class SixHumpCamel(Surface):
    """Six minima, two of them lowest: (4 - 2.1 x^2 + x^4 / 3) x^2 + x y + (4 y^2 - 4) y^2."""

    start = (-1.5, 0.8)

    def height(self, x: Array, y: Array) -> Array:
        return np.asarray((4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2)

    def slopes(self, x: np.float64, y: np.float64) -> Slopes:
        return 8 * x - 8.4 * x**3 + 2 * x**5 + y, x + 16 * y**3 - 8 * y
