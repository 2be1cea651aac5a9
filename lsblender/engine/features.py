"""Fewer features: the report's first method.

A linear model has one parameter per feature; reducing the features to two makes its loss surface drawable as
it is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np

from ..errors import LsbError
from ..registry import Registry
from ..settings import setting
from .datasets import Dataset


@dataclass(frozen=True)
class FeatureReduction(ABC):
    """A transformation of the features, the same for all samples; what it learns, it learns from the training ones."""

    @abstractmethod
    def apply(self, dataset: Dataset) -> Dataset:
        """The dataset with new features; samples and targets stay."""


FEATURES: Registry[FeatureReduction] = Registry("feature reduction", FeatureReduction)


@FEATURES.register("all", "All features")
class AllFeatures(FeatureReduction):
    """Every feature as it is."""

    def apply(self, dataset: Dataset) -> Dataset:
        return dataset


@FEATURES.register("feature_pca", "Feature PCA")
@dataclass(frozen=True)
class FeaturePCA(FeatureReduction):
    """The directions of highest variance of the features (principal component analysis)."""

    n_components: int = setting(2, "Number of features that remain", min=1, max=10_000)

    def apply(self, dataset: Dataset) -> Dataset:
        from sklearn.decomposition import PCA

        most = min(dataset.X.shape)
        if self.n_components > most:
            raise LsbError(
                f"{self.n_components} components of data that has {most}; allowed: 1 to {most}",
                "n_components",
            )
        pca = PCA(self.n_components, svd_solver="full").fit(dataset.X)
        names = tuple(f"PC{i + 1}" for i in range(self.n_components))

        def reduced(part: Dataset) -> Dataset:
            return replace(part, X=np.asarray(pca.transform(part.X)), feature_names=names)

        return replace(reduced(dataset), held_out=dataset.held_out and reduced(dataset.held_out))
