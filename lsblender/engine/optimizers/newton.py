"""Methods with curvature, from scipy: they take all samples and find their own step size."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...settings import setting
from ..hessian import hessian_product
from ..objective import Array, Objective, Progress, no_progress
from .base import OPTIMIZERS, Optimizer


@dataclass(frozen=True)
class ScipyOptimizer(Optimizer):
    """A method of scipy.optimize.minimize; the path is its iterates, and it ends when it has converged."""

    @abstractmethod
    def minimize(
        self,
        function: Callable[[Array], tuple[float, Array]],
        product: Callable[[Array, Array], Array],
        start: Array,
        steps: int,
        record: Callable[[Array], None],
    ) -> None:
        """Run scipy from `start`: `function` gives loss and gradient, `product` H v at theta.

        `record` takes each iterate.
        """

    def iterates(
        self,
        objective: Objective,
        start: Array,
        rng: np.random.Generator,
        steps: int,
        progress: Progress = no_progress,
    ) -> Iterator[Array]:
        """All iterates, then handed out: scipy runs to its end first, and `progress` is told at each evaluation."""
        found: list[Array] = []

        def function(theta: Array) -> tuple[float, Array]:
            progress(len(found) / steps)
            return objective.loss(theta), objective.gradient(theta)

        def product(theta: Array, vector: Array) -> Array:
            progress(len(found) / steps)
            return hessian_product(objective, theta, vector)

        def record(theta: Array) -> None:
            last = found[-1] if found else start
            # A line search that finds nothing reports the same point once more.
            if len(found) < steps and not np.array_equal(theta, last):
                found.append(np.array(theta))

        if steps:
            self.minimize(function, product, np.array(start), steps, record)
        for theta in found:
            progress(len(found) / steps)
            yield theta


def _minimize(function: Any, start: Array, **options: Any) -> None:
    from scipy.optimize import minimize

    minimize(function, start, jac=True, **options)


@OPTIMIZERS.register("lbfgs", "L-BFGS")
@dataclass(frozen=True)
class LBFGS(ScipyOptimizer):
    """Curvature estimated from the last steps, with a line search; ends when converged (Liu & Nocedal 1989)."""

    memory: int = setting(10, "Steps that the curvature is estimated from", min=1, max=1000, soft_max=50)
    tolerance: float = setting(1e-8, "Ends where no entry of the gradient is larger", min=0.0, max=1e6, soft_max=1.0)

    def minimize(
        self,
        function: Callable[[Array], tuple[float, Array]],
        product: Callable[[Array, Array], Array],
        start: Array,
        steps: int,
        record: Callable[[Array], None],
    ) -> None:
        # maxfun is put out of reach: `steps` decides.
        options = {"maxcor": self.memory, "maxiter": steps, "maxfun": 10**9, "gtol": self.tolerance, "ftol": 1e-15}
        _minimize(function, start, method="L-BFGS-B", callback=record, options=options)


@OPTIMIZERS.register("newton_cg", "Newton-CG")
@dataclass(frozen=True)
class NewtonCG(ScipyOptimizer):
    """Newton's method, its equations solved by conjugate gradients (Nocedal & Wright 2006, section 7.1).

    The products with the Hessian are central differences of gradients.
    """

    tolerance: float = setting(
        1e-8, "Ends where a step changes theta by less, on average", min=0.0, max=1e6, soft_max=1
    )

    def minimize(
        self,
        function: Callable[[Array], tuple[float, Array]],
        product: Callable[[Array, Array], Array],
        start: Array,
        steps: int,
        record: Callable[[Array], None],
    ) -> None:
        options = {"maxiter": steps, "xtol": self.tolerance}
        _minimize(function, start, method="Newton-CG", hessp=product, callback=record, options=options)
