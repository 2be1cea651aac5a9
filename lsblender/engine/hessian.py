"""Products with the Hessian, from differences of gradients: no model has to know its second derivatives."""

from __future__ import annotations

import numpy as np

from .objective import Array, Objective, Progress, no_progress

#: The difference of the two gradients is over this distance, relative to the size of theta: the cube root of
#: the rounding unit balances the truncation (its square) and the rounding (over it) of a central difference.
STEP = float(np.finfo(np.float64).eps ** (1 / 3))


def hessian_product(objective: Objective, theta: Array, vector: Array) -> Array:
    """H v (P,) at theta (P,) for v (P,): (grad(theta + h v) - grad(theta - h v)) / 2h.

    For a smooth loss right to about 1e-10 of its scale; across a kink (hinge, relu) it is the jump of the slope.
    """
    length = float(np.linalg.norm(vector))
    if length == 0.0:
        return np.zeros_like(theta)
    h = STEP * (1.0 + float(np.abs(theta).max())) / length
    return (objective.gradient(theta + h * vector) - objective.gradient(theta - h * vector)) / (2.0 * h)


def dense_hessian(objective: Objective, theta: Array, progress: Progress = no_progress) -> Array:
    """The Hessian (P, P) at theta (P,), column by column, made symmetric."""
    columns = np.empty((len(theta), len(theta)))
    for k, unit in enumerate(np.eye(len(theta))):
        columns[k] = hessian_product(objective, theta, unit)
        progress((k + 1) / len(theta))
    return 0.5 * (columns + columns.T)
