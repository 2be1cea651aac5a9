"""Training: the optimizer's path through parameter space, recorded step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import LsbError
from .objective import Array, Objective, Progress, no_progress
from .optimizers import OPTIMIZERS, Optimizer

#: A loss this many times the larger of 1 and the loss at the start will not come back.
DIVERGED = 1e10
#: Of a run that diverged, the part before its loss first was this many times the larger of 1 and the loss at the
#: start is kept: what comes after would be all that a picture shows.
SANE = 10.0
#: Steps whose losses are computed together; also how late divergence may be noticed.
CHUNK = 64
#: Samples times parameters of the thetas whose losses are computed together: some 20 ms between two reports.
WORK = 10**8


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Where an optimizer was: theta (T, P) and its loss over all samples (T,); row 0 is the start, or the step
    `first_step` where this is a piece of a run.
    """

    theta: Array
    loss: Array
    name: str
    first_step: int = 0


class Diverged(LsbError):
    """The loss exploded at `step`. `trajectory` is the part of the run before: the start at least."""

    def __init__(self, step: int, remedy: str, trajectory: Trajectory) -> None:
        super().__init__(f"training diverged at step {step}; {remedy}")
        self.step = step
        self.trajectory = trajectory


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
    start of the wrong size and `Diverged` when the loss is no longer finite, with the step and the remedy.
    """
    progress = progress or no_progress
    rng = np.random.default_rng(seed)
    theta = objective.initial(rng) if start is None else checked_start(objective, start)
    record = _Record(objective, optimizer, theta)
    with np.errstate(over="ignore", invalid="ignore"):
        for stepped in optimizer.iterates(objective, theta, rng, steps, progress):
            record.add(stepped)
        path = record.trajectory()
    progress(1.0)
    return path


class _Record:
    """The thetas of a run and, a chunk at a time, their losses."""

    def __init__(self, objective: Objective, optimizer: Optimizer, start: Array) -> None:
        self.objective = objective
        self.optimizer = optimizer
        self.thetas = [start]
        self.losses = [np.array([objective.loss(start)])]
        self.known = 1
        self.chunk = max(1, min(CHUNK, WORK // (objective.n_rows * objective.n_params)))

    def add(self, theta: Array) -> None:
        self.thetas.append(theta)
        if len(self.thetas) - self.known == self.chunk:
            self._evaluate()

    def trajectory(self) -> Trajectory:
        if len(self.thetas) > self.known:
            self._evaluate()
        return self._first(len(self.thetas))

    def _first(self, count: int) -> Trajectory:
        losses = np.concatenate(self.losses)[:count]
        return Trajectory(np.array(self.thetas[:count]), losses, OPTIMIZERS.kind(self.optimizer))

    def _evaluate(self) -> None:
        """The losses not known yet. Raises `Diverged` at the first one that is lost."""
        self.losses.append(self.objective.losses(np.array(self.thetas[self.known :])))
        size = max(1.0, abs(float(self.losses[0][0])))
        lost = ~(np.abs(self.losses[-1]) <= DIVERGED * size)
        if lost.any():
            step = self.known + int(np.argmax(lost))
            wild = ~(np.abs(np.concatenate(self.losses)) <= SANE * size)
            raise Diverged(step, self.optimizer.remedy, self._first(int(np.argmax(wild))))
        self.known = len(self.thetas)


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
