"""Feature reduction: keeps samples and targets; feature PCA is that of the covariance matrix."""

from __future__ import annotations

import numpy as np
import pytest

from lsblender.engine import DATASETS, FEATURES, Dataset
from lsblender.errors import LsbError


@pytest.mark.parametrize("kind", FEATURES)
def test_samples_and_targets_stay(kind: str, small: Dataset) -> None:
    reduced = FEATURES[kind]().apply(small)
    np.testing.assert_array_equal(reduced.y, small.y)
    assert len(reduced.X) == len(small.X)
    assert reduced.X.shape[1] == len(reduced.feature_names)
    assert reduced.target_names == small.target_names
    assert reduced.name == small.name


def test_all_keeps_the_features(small: Dataset) -> None:
    np.testing.assert_array_equal(FEATURES["all"]().apply(small).X, small.X)


@pytest.mark.parametrize("n_components", [1, 2, 4])
def test_feature_pca_against_the_covariance(n_components: int) -> None:
    iris = DATASETS["iris"](classes=()).load()
    reduced = FEATURES["feature_pca"](n_components=n_components).apply(iris)
    values, vectors = np.linalg.eigh(np.cov(iris.X.T))
    expected = (iris.X - iris.X.mean(axis=0)) @ vectors[:, ::-1][:, :n_components]
    signs = np.sign((expected * reduced.X).sum(axis=0))
    np.testing.assert_allclose(reduced.X, expected * signs, atol=1e-10)
    np.testing.assert_allclose(reduced.X.var(axis=0, ddof=1), values[::-1][:n_components], rtol=1e-10)


def test_more_components_than_features(small: Dataset) -> None:
    with pytest.raises(LsbError) as error:
        FEATURES["feature_pca"](n_components=4).apply(small)
    assert str(error.value) == "n_components: 4 components of data that has 3; allowed: 1 to 3"
