"""Your own loss, from Python.

    objective = objective_from(lambda theta: float(((theta - 1) ** 2).sum()), n_params=10)
    path = train(objective, OPTIMIZERS["adam"](), 200)
    plane = PROJECTIONS["pca"]().fit([path], objective)

Everything that the built-in models can be given to, train, projections and evaluate_landscape, takes it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import LsbError
from ..objective import Array, Group, Objective, Progress, no_progress
from ..projections import Plane

#: Seconds between two calls of progress while a function of one theta is called again and again.
PAUSE = 0.02
#: Thetas given to a batched function at once hold no more than this many numbers (8 MB).
BLOCK = 2**20


@dataclass(frozen=True, eq=False)
class Functions:
    """What the person gave: loss, gradient or None, and whether the loss takes many thetas."""

    loss: Callable[[Array], Any]
    gradient: Callable[[Array], Any] | None
    batched: bool


class CustomObjective(Objective):
    """A loss given as a function. There are no samples to take batches of."""

    n_rows = 1

    def __init__(
        self, functions: Functions, groups: Sequence[Group], names: Sequence[str], start: Array, name: str
    ) -> None:
        self.functions = functions
        self.groups = tuple(groups)
        self.parameter_names = tuple(names)
        self.start = start
        self.name = name
        self.n_params = len(start)

    @property
    def points_at_once(self) -> int:
        return max(1, BLOCK // self.n_params) if self.functions.batched else 1

    def losses(self, thetas: Array) -> Array:
        thetas = np.array(thetas, dtype=np.float64)
        if not self.functions.batched:
            return np.array([self._single(theta) for theta in thetas], dtype=np.float64)
        rows = self.points_at_once
        blocks = [self._batch(thetas[start : start + rows]) for start in range(0, len(thetas), rows)]
        return np.concatenate([np.empty(0), *blocks])

    def _single(self, theta: Array) -> float:
        loss = _numbers(self.functions.loss(theta), f"the loss function of '{self.name}'")
        if loss.size != 1:
            raise LsbError(
                f"the loss function of '{self.name}' gives an array of shape {loss.shape} for one theta; it must give "
                "one number (for many thetas at once, say batched=True)"
            )
        return float(loss.reshape(()))

    def _batch(self, thetas: Array) -> Array:
        losses = _numbers(self.functions.loss(thetas), f"the loss function of '{self.name}'")
        if losses.shape != (len(thetas),):
            raise LsbError(
                f"the loss function of '{self.name}' gives shape {losses.shape} for thetas of shape {thetas.shape}; "
                f"with batched=True it must give one number per row, ({len(thetas)},)"
            )
        return losses

    def gradient(self, theta: Array, rows: NDArray[np.int64] | None = None) -> Array:
        theta = np.array(theta, dtype=np.float64)
        if self.functions.gradient is None:
            return self._central_differences(theta)
        gradient = _numbers(self.functions.gradient(theta), f"the gradient of '{self.name}'")
        if gradient.shape != theta.shape:
            raise LsbError(f"the gradient of '{self.name}' has shape {gradient.shape}; it must be {theta.shape}")
        return gradient

    def _central_differences(self, theta: Array) -> Array:
        """(loss(theta + h e_j) - loss(theta - h e_j)) / 2h, with the h that balances rounding and curvature."""
        steps = np.cbrt(np.finfo(np.float64).eps) * np.maximum(1.0, np.abs(theta))
        gradient = np.empty(self.n_params)
        at_once = max(1, BLOCK // (2 * self.n_params))
        for start in range(0, self.n_params, at_once):
            part = np.arange(start, min(start + at_once, self.n_params))
            points = np.repeat(theta[None], 2 * len(part), axis=0)
            points[np.arange(len(part)), part] += steps[part]
            points[len(part) + np.arange(len(part)), part] -= steps[part]
            ahead, behind = np.split(self.losses(points), 2)
            gradient[part] = (ahead - behind) / (2 * steps[part])
        return gradient

    def initial(self, rng: np.random.Generator) -> Array:
        return self.start.copy()

    def loss_grid(self, plane: Plane, x: Array, y: Array, progress: Progress | None = None) -> Array:
        if self.functions.batched:
            return super().loss_grid(plane, x, y, progress)
        return super().loss_grid(plane, x, y, _now_and_then(progress or no_progress))


def _numbers(value: Any, what: str) -> Array:
    """The value as an array of float64. Raises `LsbError` where it is none."""
    try:
        return np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise LsbError(f"{what} gives a {type(value).__name__}; it must give numbers") from None


def _now_and_then(progress: Progress) -> Progress:
    """A progress that passes on a call every PAUSE seconds, and the last one."""
    last = -np.inf

    def passed_on(fraction: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= PAUSE or fraction >= 1.0:
            last = now
            progress(fraction)

    return passed_on


def objective_from(
    function: Callable[[Array], Any],
    n_params: int,
    gradient: Callable[[Array], Any] | None = None,
    *,
    batched: bool = False,
    groups: Sequence[Group] | None = None,
    names: Sequence[str] | None = None,
    initial: ArrayLike | None = None,
    name: str = "custom",
) -> CustomObjective:
    """An objective from a loss of your own.

    `function` takes theta (P,) and gives a number; with `batched` it takes thetas (G, P) and gives (G,). `gradient`
    takes theta (P,) and gives (P,); without it central differences are taken, 2 P losses a step. `groups` partition the
    parameters (default: one group of weights), `names` name them, `initial` (P,) is where training starts (default: 0).
    The functions get copies and may write into them. Raises `LsbError` where these do not fit together, and on use
    where a function gives something else than these numbers.
    """
    if n_params < 1:
        raise LsbError(f"{n_params} parameters; at least 1 is needed", "n_params")
    start = np.zeros(n_params) if initial is None else _numbers(initial, "initial")
    if start.shape != (n_params,):
        raise LsbError(f"the start has shape {start.shape}; it must be ({n_params},)", "initial")
    names = tuple(f"theta{k}" for k in range(n_params)) if names is None else tuple(names)
    if len(names) != n_params:
        raise LsbError(f"{len(names)} names for {n_params} parameters", "names")
    groups = (Group("weights", 0, n_params),) if groups is None else tuple(groups)
    covered = [k for group in groups for k in range(group.start, group.stop)]
    if covered != list(range(n_params)):
        raise LsbError(f"the groups must cover the parameters 0 to {n_params - 1} in order, each once", "groups")
    return CustomObjective(Functions(function, gradient, batched), groups, names, start, name)
