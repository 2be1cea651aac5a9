"""Training: the optimizer's path through parameter space, recorded step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from ..errors import LsbError
from .objective import Array, Objective, Progress, no_progress
from .optimizers import OPTIMIZERS, Optimizer

#: A loss this many times the larger of 1 and the loss at the start will not come back.
DIVERGED = 1e10
#: Steps whose losses are computed together; also how late divergence may be noticed.
CHUNK = 64


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Where an optimizer was: theta (T, P) and its loss over all samples (T,); row 0 is the start."""

    theta: Array
    loss: Array
    name: str


def train(
    objective: Objective,
    optimizer: Optimizer,
    steps: int,
    start: Sequence[float] | Array | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Trajectory:
    """Run the optimizer and record steps + 1 thetas (fewer if the method ends by itself).

    `start` (P,) defaults to the objective's own; `seed` decides it and the batches. Raises `LsbError` for a
    start of the wrong size and when the loss is no longer finite, with the step and the remedy.
    """
    progress = progress or no_progress
    rng = np.random.default_rng(seed)
    theta = objective.initial(rng) if start is None else checked_start(objective, start)
    at_start = objective.loss(theta)
    thetas, losses = [theta], [np.array([at_start])]
    known = 1
    with np.errstate(over="ignore", invalid="ignore"):
        for step, stepped in enumerate(islice(optimizer.iterates(objective, theta, rng), steps), 1):
            thetas.append(stepped)
            if len(thetas) - known == CHUNK:
                losses.append(_finite_losses(objective, thetas[known:], known, at_start))
                known = len(thetas)
            progress(step / steps)
        losses.append(_finite_losses(objective, thetas[known:], known, at_start))
    progress(1.0)
    return Trajectory(np.array(thetas), np.concatenate(losses), OPTIMIZERS.kind(optimizer))


def checked_start(objective: Objective, start: Sequence[float] | Array) -> Array:
    """The start as theta (P,). Raises `LsbError` where it is of the wrong size or has no finite loss."""
    theta = np.array(start, dtype=np.float64)
    if theta.shape != (objective.n_params,):
        raise LsbError(
            f"the start has {theta.size} numbers; {objective.name} has {objective.n_params} parameters",
            "start",
        )
    with np.errstate(over="ignore", invalid="ignore"):
        loss = objective.loss(theta)
    if not np.isfinite(loss):
        raise LsbError(f"the loss at the start is {loss}; choose another start", "start")
    return theta


def _finite_losses(objective: Objective, thetas: list[Array], first: int, at_start: float) -> Array:
    """The losses of the steps from `first` on, or the error that names the first step that has none."""
    losses = objective.losses(np.array(thetas).reshape(-1, objective.n_params))
    lost = ~(np.abs(losses) <= DIVERGED * max(1.0, abs(at_start)))
    if lost.any():
        raise LsbError(f"training diverged at step {first + int(np.argmax(lost))}; lower the learning_rate")
    return losses
