"""Charts from scikit-learn's embeddings: locally linear embedding and kernel PCA, with a way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...settings import setting
from ..objective import Array, Objective, Progress, no_progress, part_of
from ..training import Trajectory
from .base import PROJECTIONS, Projection
from .curved import CurvedChart, bent_chart
from .neighbourhood import neighbourhood

#: How far the interpolated surface may leave points of the path and of the sheet; larger is smoother.
PATH_SMOOTHING, SHEET_SMOOTHING = 1e-3, 1e-2


@PROJECTIONS.register("locally_linear", "Locally linear embedding")
@dataclass(frozen=True)
class LocallyLinear(Projection):
    """Coordinates in which every point is the same mixture of its neighbours as in parameter space.

    Locally linear embedding (Roweis & Saul 2000, in the form of Zhang & Wang 2006, which does not collapse) of the
    paths and points around them, by scikit-learn; laid as near as can be onto the two principal components. The way
    back interpolates between the embedded points (thin-plate splines).
    """

    n_neighbors: int = setting(20, "Neighbours that a point is put together from", min=3, max=150, soft_max=50)
    seed: int = setting(0, "Decides the points around the paths", min=0, max=2**32 - 1)

    def fit(
        self, trajectories: Sequence[Trajectory], objective: Objective, progress: Progress | None = None
    ) -> CurvedChart:
        from scipy.interpolate import RBFInterpolator
        from sklearn.manifold import LocallyLinearEmbedding

        progress = progress or no_progress
        near = neighbourhood(trajectories, objective, self.seed)
        points = near.points
        progress(0.1)
        embedding = LocallyLinearEmbedding(
            n_neighbors=self.n_neighbors, n_components=2, method="modified", eigen_solver="dense"
        )
        flat = _laid_onto(embedding.fit_transform(points), points[:, :2])
        progress(0.3)
        smoothing = np.repeat([PATH_SMOOTHING, SHEET_SMOOTHING], [len(near.path), len(near.sheet)])
        surface = RBFInterpolator(flat, points, smoothing=smoothing, kernel="thin_plate_spline")
        progress(0.4)
        size = near.size[:2]
        path_xy = size * flat[: len(near.path)]
        names = ("LLE 1", "LLE 2")
        return bent_chart(
            near, lambda xy: np.asarray(surface(xy / size)), path_xy, names, trajectories, part_of(progress, 0.4, 1.0)
        )


def _laid_onto(flat: Array, wanted: Array) -> Array:
    """Embedded points (n, 2), which have neither scale nor direction, moved affinely as near as can be to others."""
    design = np.column_stack([flat / np.abs(flat).max(), np.ones(len(flat))])
    return np.asarray(design @ np.linalg.lstsq(design, wanted, rcond=None)[0])


@PROJECTIONS.register("kernel_pca", "Kernel PCA")
@dataclass(frozen=True)
class KernelPCA(Projection):
    """Principal components in the feature space of a Gaussian kernel, with pre-images (scikit-learn).

    Schölkopf, Smola & Müller 1998; the way back is the kernel ridge regression of Bakır, Weston & Schölkopf 2004.
    Learnt from the paths and points around them.
    """

    gamma: float = setting(
        0.1,
        "The kernel is exp(-gamma d^2), d in units of half the extent along each component",
        min=1e-3,
        max=1e3,
        soft_max=10,
    )
    alpha: float = setting(1e-6, "Smoothness of the way back", min=1e-12, max=1e3, soft_max=1.0)
    seed: int = setting(0, "Decides the points around the paths", min=0, max=2**32 - 1)

    def fit(
        self, trajectories: Sequence[Trajectory], objective: Objective, progress: Progress | None = None
    ) -> CurvedChart:
        from scipy.spatial.distance import cdist

        progress = progress or no_progress
        near = neighbourhood(trajectories, objective, self.seed)
        progress(0.1)
        kernel_pca = self.fitted(near.points)
        progress(0.4)
        codes, weights = kernel_pca.X_transformed_fit_, kernel_pca.dual_coef_

        def decode(xy: Array) -> Array:
            # kernel_pca.inverse_transform without its checks, which would take most of the time.
            return np.asarray(np.exp(-self.gamma * cdist(xy, codes, "sqeuclidean")) @ weights)

        path_xy = np.asarray(kernel_pca.transform(near.path))
        names = ("KPC1", "KPC2")
        return bent_chart(near, decode, path_xy, names, trajectories, part_of(progress, 0.4, 1.0))

    def fitted(self, points: Array) -> Any:
        """scikit-learn's kernel PCA of points (n, k)."""
        import sklearn.decomposition

        return sklearn.decomposition.KernelPCA(
            n_components=2,
            kernel="rbf",
            gamma=self.gamma,
            alpha=self.alpha,
            fit_inverse_transform=True,
            eigen_solver="dense",
        ).fit(points)
