"""Held-out samples: a fair share, the same each time, and transformed by what the training samples alone say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from lsblender.engine import DATASETS, FEATURES, Dataset
from lsblender.engine.datasets import Csv
from lsblender.engine.datasets.base import apportioned, divided, even_subset
from lsblender.errors import LsbError


def sorted_rows(X: Any, y: Any) -> Any:
    table = np.column_stack([X, y])
    return table[np.lexsort(table.T[::-1])]


def test_both_parts_are_the_whole(any_source: Callable[..., Any]) -> None:
    whole, kept = any_source().load(), any_source(held_out=0.3).load()
    held = kept.held_out
    assert len(held.y) == pytest.approx(0.3 * len(whole.y), abs=1)
    assert len(kept.y) + len(held.y) == len(whole.y)
    joined = sorted_rows(np.concatenate([kept.X, held.X]), np.concatenate([kept.y, held.y]))
    np.testing.assert_array_equal(joined, sorted_rows(whole.X, whole.y))
    assert held.held_out is None
    assert held.feature_names == kept.feature_names == whole.feature_names
    assert held.target_names == kept.target_names == whole.target_names


def test_every_class_gives_its_share() -> None:
    kept = DATASETS["wine"](held_out=0.25).load()
    assert np.bincount(kept.held_out.y).tolist() == [15, 17, 12]  # of 59, 71 and 48
    kept = DATASETS["iris"](held_out=0.9).load()
    assert np.bincount(kept.y).tolist() == [5, 5]


def test_split_follows_its_seed() -> None:
    parts = [DATASETS["iris"](held_out=0.2, split_seed=seed).load().held_out for seed in (0, 0, 1)]
    np.testing.assert_array_equal(parts[0].X, parts[1].X)
    assert not np.array_equal(parts[0].X, parts[2].X)


def test_parts_keep_the_order() -> None:
    X = np.arange(40.0)[:, None]
    kept = divided(Dataset(X, np.arange(40) % 2, ("t",), ("a", "b"), "Rising"), 0.4, 3)
    assert kept.held_out is not None
    for part in (kept, kept.held_out):
        assert (np.diff(part.X[:, 0]) > 0).all()
        np.testing.assert_array_equal(part.y, part.X[:, 0] % 2)


def test_standardises_by_the_training_samples(any_source: Callable[..., Any]) -> None:
    plain, dataset = any_source(held_out=0.3).load(), any_source(held_out=0.3, standardize=True).load()
    scaler = StandardScaler().fit(plain.X)
    np.testing.assert_allclose(dataset.X, scaler.transform(plain.X), atol=1e-9)
    varies = np.ptp(plain.X, axis=0) > 0
    np.testing.assert_allclose(
        dataset.held_out.X[:, varies], scaler.transform(plain.held_out.X)[:, varies], rtol=1e-9, atol=1e-9
    )
    # a feature that training has never seen vary says nothing
    np.testing.assert_array_equal(dataset.held_out.X[:, ~varies], 0)


def test_standardises_the_target_by_the_training_samples() -> None:
    plain, dataset = (DATASETS["diabetes"](held_out=0.25, standardize_target=on).load() for on in (False, True))
    mean, deviation = plain.y.mean(), plain.y.std()
    np.testing.assert_allclose(dataset.y, (plain.y - mean) / deviation, atol=1e-12)
    np.testing.assert_allclose(dataset.held_out.y, (plain.held_out.y - mean) / deviation, atol=1e-12)
    np.testing.assert_array_equal(dataset.X, plain.X)


def test_classes_have_no_numbers_to_standardise(tmp_path: Any) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,x\n2,y\n")
    with pytest.raises(LsbError) as error:
        Csv(path=str(path), standardize_target=True).load()
    assert str(error.value) == "standardize_target: the targets of table are classes, not numbers"


@pytest.mark.parametrize("n_components", [1, 2, 3])
def test_feature_pca_of_the_training_samples(n_components: int) -> None:
    iris = DATASETS["iris"](classes=(), held_out=0.4, standardize=True).load()
    reduced = FEATURES["feature_pca"](n_components=n_components).apply(iris)
    oracle = PCA(n_components, svd_solver="full").fit(iris.X)
    np.testing.assert_allclose(reduced.X, oracle.transform(iris.X), atol=1e-10)
    np.testing.assert_allclose(reduced.held_out.X, oracle.transform(iris.held_out.X), atol=1e-10)
    assert reduced.held_out.feature_names == reduced.feature_names
    np.testing.assert_array_equal(reduced.held_out.y, iris.held_out.y)


def test_far_held_out_values_do_not_stop_the_run() -> None:
    """What is not finite stays so in the numbers."""
    X = np.concatenate([np.arange(8.0) * 1e-300, [1e300, 1e300]])[:, None]
    y = np.array([0, 1] * 5)
    dataset = Dataset(X[:8], y[:8], ("t",), ("a", "b"), "Far", Dataset(X[8:], y[8:], ("t",), ("a", "b"), "Far"))
    from lsblender.engine.datasets.base import with_standard_features

    scaled = with_standard_features(dataset)
    assert np.isfinite(scaled.X).all()
    assert scaled.held_out is not None
    assert np.isinf(scaled.held_out.X).all()


def test_a_share_of_nothing() -> None:
    data = Dataset(np.arange(4.0)[:, None], np.array([0, 1, 0, 1]), ("t",), ("a", "b"), "Four")
    with pytest.raises(LsbError) as error:
        divided(data, 0.05, 0)
    assert str(error.value) == "held_out: 0.05 of 4 samples is not one of them; choose a larger share"


@hypothesis.settings(max_examples=200, deadline=None, derandomize=True)
@hypothesis.given(share=st.floats(0.01, 0.9), sizes=st.lists(st.integers(1, 500), min_size=1, max_size=12))
def test_apportioned_is_fair(share: float, sizes: list[int]) -> None:
    counts = apportioned(share, np.array(sizes))
    for size, count in zip(sizes, counts, strict=True):
        assert 0 <= count <= size - 1
        assert count >= min(int(share * size), size - 1)
        assert count <= int(share * size) + 1
    if all(int(share * size) + 1 <= size - 1 for size in sizes):
        assert counts.sum() == round(share * sum(sizes))


@hypothesis.settings(max_examples=200, deadline=None, derandomize=True)
@hypothesis.given(y=st.lists(st.integers(0, 4), min_size=1, max_size=60), share=st.floats(0, 1), seed=st.integers(0, 9))
def test_even_subset(y: list[int], share: float, seed: int) -> None:
    classes = np.array(y)
    size = round(share * len(y))
    rows = even_subset(classes, size, seed)
    assert len(set(rows.tolist())) == len(rows) == size
    assert (np.diff(rows) > 0).all()
    there, taken = np.bincount(classes, minlength=5), np.bincount(classes[rows], minlength=5)
    most = taken.max(initial=0)
    # a class that has fewer than the others has given all that it has
    assert all(taken[k] >= most - 1 or taken[k] == there[k] for k in range(5))
    assert set(even_subset(classes, size // 2, seed).tolist()) <= set(rows.tolist())
