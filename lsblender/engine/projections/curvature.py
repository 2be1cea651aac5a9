"""Planes along the directions in which the loss is curved most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import LsbError
from ...settings import setting
from ..hessian import dense_hessian, hessian_product
from ..objective import Array, Objective, Progress, no_progress
from ..training import Trajectory
from .base import PROJECTIONS, Plane, Projection

#: Up to so many parameters the whole Hessian is computed.
DENSE = 256
#: Relative exactness of the eigenvalues that Lanczos' method finds.
TOLERANCE = 1e-8

#: Setting to ARPACK's name: by size, from the top, from both ends.
_WHICH = {"magnitude": "LM", "largest": "LA", "extremes": "BE"}


@PROJECTIONS.register("hessian", "Hessian eigenvectors")
@dataclass(frozen=True)
class HessianEigenvectors(Projection):
    """The two leading eigenvectors of the Hessian at the end of the (first) path.

    Up to 256 parameters from the whole Hessian, beyond by Lanczos' method; products with the Hessian are central
    differences of gradients. The eigenvalues, the curvatures of the loss along the axes, are among the facts.
    """

    which: str = setting(
        "magnitude", "The two eigenvalues: by size, the largest, or the largest and the smallest", choices=tuple(_WHICH)
    )

    def fit(self, trajectories: Sequence[Trajectory], objective: Objective, progress: Progress | None = None) -> Plane:
        if objective.n_params < 2:
            raise LsbError(f"{objective.name} has {objective.n_params} parameter here; a plane takes two")
        theta = trajectories[0].theta[-1]
        values, (u, v) = leading_eigenvectors(objective, theta, self.which, progress)
        return Plane(
            theta,
            u,
            v,
            axis_names=("eigenvector 1", "eigenvector 2"),
            centred=True,
            notes=(f"Hessian eigenvalues: {values[0]:.4g} along x, {values[1]:.4g} along y",),
        )


def leading_eigenvectors(
    objective: Objective, theta: Array, which: str = "magnitude", progress: Progress | None = None
) -> tuple[Array, Array]:
    """Two eigenvalues (2,) of the Hessian at theta (P,) and their unit eigenvectors (2, P), leading one first.

    The entry of an eigenvector that is largest in size is positive. Raises `LsbError` where the gradient is not
    finite around theta or Lanczos' method finds no end.
    """
    progress = progress or no_progress
    if objective.n_params <= DENSE:
        hessian = dense_hessian(objective, theta, progress)
        if not np.isfinite(hessian).all():
            raise LsbError("the gradient is not finite around the end of the path, so the Hessian is not known there")
        values, vectors = np.linalg.eigh(hessian)
    else:
        values, vectors = _lanczos(objective, theta, _WHICH[which], progress)
    by_value = np.argsort(-values, kind="stable")
    pick = {
        "magnitude": np.argsort(-np.abs(values), kind="stable")[:2],
        "largest": by_value[:2],
        "extremes": by_value[[0, -1]],
    }[which]
    pairs = vectors.T[pick]
    largest = np.take_along_axis(pairs, np.abs(pairs).argmax(axis=1)[:, None], axis=1)
    return values[pick], pairs * np.sign(largest)


def _lanczos(objective: Objective, theta: Array, which: str, progress: Progress) -> tuple[Array, Array]:
    """Two eigenvalues and eigenvectors (P, 2) by scipy's eigsh from a fixed start."""
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

    done = 0

    def product(vector: Array) -> Array:
        nonlocal done
        # How many there will be is not known: the rest halves every hundred products.
        done += 1
        progress(1.0 - 0.5 ** (done / 100))
        result = hessian_product(objective, theta, np.ravel(vector))
        if not np.isfinite(result).all():
            raise LsbError("the gradient is not finite around the end of the path, so the Hessian is not known there")
        return result

    size = objective.n_params
    operator = LinearOperator((size, size), matvec=product, dtype=np.float64)
    start = np.random.default_rng(0).normal(size=size)
    try:
        values, vectors = eigsh(operator, k=2, which=which, v0=start, tol=TOLERANCE, ncv=min(size, 20))
    except ArpackNoConvergence:
        raise LsbError("the leading eigenvectors of the Hessian were not found; choose another projection") from None
    return values, vectors
