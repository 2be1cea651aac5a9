"""Data to learn from.

A data source is a choice with settings; `load()` gives a `Dataset`. Class numbers follow the order in which
the classes are named, so that for two-class models the first one is +1 and the second is -1.

What is fitted to the data (means, deviations, components) is fitted to the training samples alone and applied
to the held-out ones as it is: they stand for data that nobody has seen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...errors import LsbError
from ...registry import Registry, unknown
from ...settings import setting

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples X (N, F) and targets y (N,): class numbers in the order of `target_names`, or, where that is empty, the
    numbers of a regression. `held_out` are samples kept from training, transformed as the others were.
    """

    X: Array
    y: NDArray[np.int64] | Array
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]
    name: str
    held_out: Dataset | None = None

    @property
    def is_regression(self) -> bool:
        return not self.target_names

    def rows(self, rows: NDArray[np.int64]) -> Dataset:
        """Only these samples, by number; the classes keep their numbers though some may be missing."""
        return replace(self, X=self.X[rows], y=self.y[rows], held_out=None)


@dataclass(frozen=True)
class DataSource(ABC):
    """Where a dataset comes from."""

    standardize: bool = setting(
        False, "Give every feature mean 0 and (population) standard deviation 1; constant features become 0"
    )
    held_out: float = setting(
        0.0, "Share of the samples kept from training, of every class alike; 0 keeps none", min=0.0, max=0.9
    )
    split_seed: int = setting(0, "Decides which samples are held out", min=0, max=2**32 - 1)

    @abstractmethod
    def read(self) -> Dataset:
        """The samples as they are stored."""

    def title(self, dataset: Dataset) -> str:
        """What the data are called in a picture."""
        return DATASETS.kind(self).replace("_", " ")

    def load(self) -> Dataset:
        """The samples, divided and standardised if asked. Raises `LsbError` where nothing can be learnt from them."""
        dataset = self.read()
        refuse_one_target(dataset)
        if self.held_out:
            dataset = divided(dataset, self.held_out, self.split_seed)
        return with_standard_features(dataset) if self.standardize else dataset


@dataclass(frozen=True)
class RegressionSource(DataSource):
    """A source whose targets may be numbers."""

    standardize_target: bool = setting(
        False,
        "Give the numbers of a regression mean 0 and standard deviation 1; the loss is then in units of their variance",
    )

    def load(self) -> Dataset:
        dataset = super().load()
        if not self.standardize_target:
            return dataset
        if not dataset.is_regression:
            raise LsbError(f"the targets of {dataset.name} are classes, not numbers", "standardize_target")
        return with_standard_target(dataset)


def refuse_one_target(dataset: Dataset) -> None:
    """Raise `LsbError` where there is nothing to tell apart."""
    present = np.unique(dataset.y)
    if len(present) >= 2:
        return
    if dataset.is_regression:
        raise LsbError(f"all targets of {dataset.name} are {present[0]:g}; at least two different ones are needed")
    only = dataset.target_names[int(present[0])]
    raise LsbError(f"all samples of {dataset.name} are of class '{only}'; at least two classes are needed")


DATASETS: Registry[DataSource] = Registry("dataset", DataSource)


# -- Training and held-out samples ---------------------------------------------------------------------------


def divided(dataset: Dataset, share: float, seed: int) -> Dataset:
    """The dataset without about `share` of its samples, which become its `held_out`; either part keeps the order.

    Of every class the same share is taken as far as possible, and one sample of each stays. Raises `LsbError`
    where either part would be empty.
    """
    rng = np.random.default_rng(seed)
    numbers = np.zeros(len(dataset.y), dtype=np.int64) if dataset.is_regression else dataset.y
    members = [np.flatnonzero(numbers == number) for number in np.unique(numbers)]
    taken = apportioned(share, np.array([len(rows) for rows in members]))
    held = np.zeros(len(dataset.y), dtype=bool)
    for rows, count in zip(members, taken, strict=True):
        held[rng.permutation(rows)[:count]] = True
    if not held.any():
        raise LsbError(f"{share:g} of {len(held)} samples is not one of them; choose a larger share", "held_out")
    kept = dataset.rows(np.flatnonzero(~held))
    refuse_one_target(kept)
    return replace(kept, held_out=dataset.rows(np.flatnonzero(held)))


def apportioned(share: float, sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of each group (of the given sizes) make up the share of all: by largest remainder, one of each stays."""
    exact = share * sizes
    counts = np.floor(exact).astype(np.int64)
    missing = round(share * int(sizes.sum())) - int(counts.sum())
    by_remainder = np.argsort(counts - exact, kind="stable")
    counts[by_remainder[: max(0, missing)]] += 1
    return np.asarray(np.minimum(counts, sizes - 1))


def even_subset(y: NDArray[np.int64] | Array, size: int, seed: int) -> NDArray[np.int64]:
    """Numbers, in order, of `size` samples with as even a number of each class as there are samples for.

    With the same seed a smaller subset is part of a larger one.
    """
    order = np.random.default_rng(seed).permutation(len(y))
    # the k-th sample of its class comes before every k+1-th one
    turn = np.empty(len(y), dtype=np.int64)
    for number in np.unique(y):
        rows = order[y[order] == number]
        turn[rows] = np.arange(len(rows))
    ranked = order[np.argsort(turn[order], kind="stable")]
    return np.sort(ranked[:size])


# -- Standardisation -----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Scaling:
    """Mean 0 and population standard deviation 1 for the columns (F,) it was fitted to; constant ones become 0.

    Columns are first scaled by powers of two, which is exact, so that no square overflows. Constant is
    decided by the range: the computed deviation of a constant column may differ from 0 by rounding.
    """

    exponents: NDArray[np.int32]
    mean: Array
    deviation: Array
    varies: NDArray[np.bool_]

    @classmethod
    def of(cls, X: Array) -> Scaling:
        _, exponents = np.frexp(np.abs(X).max(axis=0))
        scaled = np.ldexp(X, -exponents)
        varies = np.ptp(scaled, axis=0) > 0
        mean = scaled.mean(axis=0)
        deviation = np.where(varies, scaled - mean, 0.0).std(axis=0)
        return cls(exponents, mean, np.where(varies, deviation, 1.0), varies)

    def apply(self, X: Array) -> Array:
        """The columns of X (N, F), which may be other samples, in these units; far too large ones become infinite."""
        with np.errstate(over="ignore", invalid="ignore"):
            away = np.where(self.varies, np.ldexp(X, -self.exponents) - self.mean, 0.0)
            return np.asarray(away / self.deviation)


def standardized(X: Array) -> Array:
    """Every column with mean 0 and population standard deviation 1; constant columns become 0."""
    return Scaling.of(X).apply(X)


def with_standard_features(dataset: Dataset) -> Dataset:
    """The dataset with the features in units of the training samples' deviations."""
    scaling = Scaling.of(dataset.X)
    held = dataset.held_out and replace(dataset.held_out, X=scaling.apply(dataset.held_out.X))
    return replace(dataset, X=scaling.apply(dataset.X), held_out=held)


def with_standard_target(dataset: Dataset) -> Dataset:
    """The dataset with the targets in units of the training targets' deviation."""
    scaling = Scaling.of(dataset.y[:, None].astype(np.float64))

    def scaled(part: Dataset) -> Dataset:
        return replace(part, y=scaling.apply(part.y[:, None].astype(np.float64))[:, 0])

    return replace(scaled(dataset), held_out=dataset.held_out and scaled(dataset.held_out))


def select_classes(dataset: Dataset, classes: tuple[str, ...]) -> Dataset:
    """The samples of the named classes, numbered in the order of the names; no names: all of them."""
    if not classes:
        return dataset
    for i, name in enumerate(classes):
        if name not in dataset.target_names:
            error = unknown("class", name, list(dataset.target_names))
            error.key = f"classes[{i}]"
            raise error
    if len(set(classes)) != len(classes):
        raise LsbError(f"a class is named twice in {', '.join(classes)}", "classes")
    old = np.array([dataset.target_names.index(name) for name in classes])
    rows = np.isin(dataset.y, old)
    order = np.full(len(dataset.target_names), -1)
    order[old] = np.arange(len(old))
    return replace(dataset, X=dataset.X[rows], y=order[dataset.y[rows]], target_names=tuple(classes))
