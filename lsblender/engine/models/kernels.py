"""Models: classifiers with a radial kernel.

The decision function is an expansion over landmarks c_j, all samples or some of them chosen with a seed:
f(x) = sum_j a_j k(x, c_j) + b with k(x, c) = exp(-gamma |x - c|^2). theta holds a, then b if there is an intercept. The
penalty is the norm of f in the kernel's space, l2 / 2 * a^T K a with K the kernel of the landmarks with each other; the
support vector machine over all samples with C = 1 / (l2 N) is then scikit-learn's SVC.

f is linear in theta, so losses and grids are those of the linear models.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import LsbError
from ...settings import setting
from ..datasets import Dataset
from ..objective import Array
from .base import MODELS, Model
from .designs import Design, design_of, signs_of
from .linear import HingeObjective, LogisticObjective


def rbf(X: Array, C: Array, gamma: float) -> Array:
    """exp(-gamma |x - c|^2) of the rows: X (N, F), C (M, F) to (N, M)."""
    from scipy.spatial.distance import cdist

    return np.asarray(np.exp(-gamma * cdist(X, C, "sqeuclidean")))


@dataclass(frozen=True)
class KernelModel(Model):
    """A two-class model that is an expansion in radial kernels; the first class is +1, the second -1."""

    l2: float = setting(
        0.0, "Weight of the penalty a^T K a / 2, the norm in the kernel's space", min=0.0, max=1e6, soft_max=1.0
    )
    gamma: float = setting(
        0.0, "Kernel exp(-gamma |x - c|^2); 0: scikit-learn's 'scale', 1 / (features * variance)", min=0.0, max=1e6
    )
    landmarks: int = setting(0, "Number of samples that the kernels sit on; 0: all of them", min=0, max=10**6)
    seed: int = setting(0, "Decides which samples are landmarks", min=0, max=2**32 - 1)
    fit_intercept: bool = setting(False, "Add a constant to the decision function")

    def design(self, samples: Dataset, training: Dataset) -> Design:
        """The kernels of the samples with the landmarks of the training data."""
        n_samples, n_features = training.X.shape
        if self.landmarks > n_samples:
            raise LsbError(f"{self.landmarks} landmarks of {n_samples} samples; allowed: 0 to {n_samples}", "landmarks")
        chosen = np.arange(n_samples)
        if self.landmarks:
            rng = np.random.default_rng(self.seed)
            chosen = np.sort(rng.choice(n_samples, self.landmarks, replace=False))
        variance = training.X.var()
        gamma = self.gamma or (1.0 / (n_features * variance) if variance > 0 else 1.0)
        centres = training.X[chosen]
        names = tuple(f"a{number}" for number in chosen)
        kernel = rbf(centres, centres, gamma)
        return design_of(rbf(samples.X, centres, gamma), kernel, names, "coefficients", self.fit_intercept)


@MODELS.register("rbf_logistic_regression", "RBF logistic regression")
class RBFLogisticRegression(KernelModel):
    """Classifier with radial kernels and the logistic loss."""

    def bind(self, dataset: Dataset) -> LogisticObjective:
        return self.rebind(dataset, dataset)

    def rebind(self, samples: Dataset, training: Dataset) -> LogisticObjective:
        signs = signs_of(samples)
        return LogisticObjective(self.design(samples, training), signs, self.l2, "RBF logistic regression")


@MODELS.register("rbf_svm", "RBF SVM")
@dataclass(frozen=True)
class RBFSVM(KernelModel):
    """Support vector machine with radial kernels: the hinge loss of a curved border."""

    squared: bool = setting(False, "Take the square of the hinge, which has no kink")

    def bind(self, dataset: Dataset) -> HingeObjective:
        return self.rebind(dataset, dataset)

    def rebind(self, samples: Dataset, training: Dataset) -> HingeObjective:
        signs = signs_of(samples)
        return HingeObjective(self.design(samples, training), signs, self.l2, "RBF SVM", self.squared)
