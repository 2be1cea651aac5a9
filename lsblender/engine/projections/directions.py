"""Planes around the end of training along random directions (Li et al. 2018, section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import LsbError
from ...settings import setting
from ..objective import Array, Objective, Progress
from ..training import Trajectory
from .base import PROJECTIONS, Plane, Projection

NORMALIZATIONS = ("none", "layer", "filter")


def random_direction(
    objective: Objective, theta: Array, rng: np.random.Generator, normalize: str = "filter", biases: bool = True
) -> Array:
    """A Gaussian direction (P,), its parts scaled once to the norms of the parts of theta (P,).

    With "filter" each filter (the weights that feed one unit), with "layer" each group gets the norm of its
    weights, so that directions of networks whose layers are scaled differently can be compared; "none" leaves
    it. Without `biases` the entries of biases are zero.
    """
    direction = rng.normal(size=objective.n_params)
    for group in objective.groups:
        block = slice(group.start, group.stop)
        if group.is_bias and not biases:
            direction[block] = 0.0
        elif normalize != "none":
            rows = group.n_filters if normalize == "filter" else 1
            direction[block] = _with_norms_of(direction[block].reshape(rows, -1), theta[block].reshape(rows, -1))
    return direction


def _with_norms_of(direction: Array, weights: Array) -> Array:
    """Each row of the direction with the norm of its row of the weights, as one vector."""
    norms = np.linalg.norm(direction, axis=1, keepdims=True)
    wanted = np.linalg.norm(weights, axis=1, keepdims=True)
    return np.ravel(direction * (wanted / np.where(norms > 0, norms, 1.0)))


@PROJECTIONS.register("random", "Random directions")
@dataclass(frozen=True)
class RandomDirections(Projection):
    """Two random directions around the end of the (first) path, filter by filter as long as its weights.

    Li et al. 2018, section 4. One unit along an axis changes the weights by as much as there is of them; the
    picture goes from -1 to 1 at least.
    """

    seed: int = setting(0, "Decides the two directions", min=0, max=2**32 - 1)
    normalize: str = setting("filter", "What gets the norm of its weights", choices=NORMALIZATIONS)
    biases: bool = setting(True, "Move the biases too")

    def fit(self, trajectories: Sequence[Trajectory], objective: Objective, progress: Progress | None = None) -> Plane:
        theta = trajectories[0].theta[-1]
        rng = np.random.default_rng(self.seed)
        u, v = (random_direction(objective, theta, rng, self.normalize, self.biases) for _ in range(2))
        corners = np.array([[-1.0, -1.0], [1.0, 1.0]])
        plane = Plane(theta, u, v, axis_names=("random 1", "random 2"), corners=corners, centred=True)
        if not (u.any() and v.any()):
            raise LsbError(
                "the weights at the end of the path are all zero, so no direction has their norms; "
                "train for more steps, or choose none",
                "normalize",
            )
        if not spans_a_plane(u, v):
            raise LsbError(
                f"both directions are the same: {objective.name} has too few parameters to move "
                f"({objective.n_params}) for this normalization; choose another seed, or none",
                "normalize",
            )
        return plane


def spans_a_plane(u: Array, v: Array) -> bool:
    """Whether two directions other than zero differ by more than rounding and sign."""
    cosine = float(u @ v / (np.linalg.norm(u) * np.linalg.norm(v)))
    return 1.0 - abs(cosine) > 1e-12
