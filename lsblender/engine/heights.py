"""What a landscape's height means: the loss, or how often the model is wrong or right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import LsbError
from .objective import Array, Objective, Progress
from .projections import Plane

#: The heights that there are.
HEIGHTS = ("loss", "error_rate", "accuracy")


class Measured(Objective):
    """Another objective's error rate or accuracy (shares from 0 to 1) where that has its loss.

    It is there to be looked at: it is flat almost everywhere, so it has no gradient to follow.
    """

    def __init__(self, objective: Objective, quantity: str) -> None:
        self.objective = objective
        self.quantity = quantity
        self.name = objective.name
        self.n_params, self.n_rows = objective.n_params, objective.n_rows
        self.groups, self.parameter_names = objective.groups, objective.parameter_names

    @property
    def points_at_once(self) -> int:
        return self.objective.points_at_once

    def losses(self, thetas: Array) -> Array:
        return self._of_errors(self.objective.errors(thetas))

    def errors(self, thetas: Array) -> Array:
        return self.objective.errors(thetas)

    def loss_grid(self, plane: Plane, x: Array, y: Array, progress: Progress | None = None) -> Array:
        return self._of_errors(self.objective.error_grid(plane, x, y, progress))

    def _of_errors(self, errors: Array) -> Array:
        return 1.0 - errors if self.quantity == "accuracy" else errors

    def gradient(self, theta: Array, rows: NDArray[np.int64] | None = None) -> Array:
        raise LsbError(f"the {self.quantity} is flat almost everywhere, so it has no gradient; train on the loss")

    def initial(self, rng: np.random.Generator) -> Array:
        return self.objective.initial(rng)


def measured(objective: Objective, quantity: str) -> Objective:
    """The objective with the quantity (one of `HEIGHTS`) where its loss was.

    Raises `LsbError` for a model that does not classify and a quantity other than the loss.
    """
    if quantity == "loss":
        return objective
    wrapped = Measured(objective, quantity)
    wrapped.losses(np.zeros((1, objective.n_params)))
    return wrapped
