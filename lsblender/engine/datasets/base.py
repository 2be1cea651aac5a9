"""Data to learn from.

A data source is a choice with settings; `load()` gives a `Dataset`. Class numbers follow the order in which
the classes are named, so that for two-class models the first one is +1 and the second is -1.
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


@dataclass(frozen=True)
class DataSource(ABC):
    """Where a dataset comes from."""

    standardize: bool = setting(
        False, "Give every feature mean 0 and (population) standard deviation 1; constant features become 0"
    )

    @abstractmethod
    def read(self) -> Dataset:
        """The samples as they are stored."""

    def load(self) -> Dataset:
        """The samples, standardised if asked. Raises `LsbError` for data that nothing can be learnt from."""
        dataset = self.read()
        refuse_one_class(dataset)
        return replace(dataset, X=standardized(dataset.X)) if self.standardize else dataset


def refuse_one_class(dataset: Dataset) -> None:
    """Raise `LsbError` where there is nothing to tell apart."""
    present = np.unique(dataset.y)
    if len(present) < 2:
        only = dataset.target_names[present[0]]
        raise LsbError(f"all samples of {dataset.name} are of class '{only}'; at least two classes are needed")


def standardized(X: Array) -> Array:
    """Every column with mean 0 and population standard deviation 1; constant columns become 0.

    Columns are first scaled by powers of two, which is exact, so that no square overflows. Constant is
    decided by the range: the computed deviation of a constant column may differ from 0 by rounding.
    """
    _, exponents = np.frexp(np.abs(X).max(axis=0))
    scaled = np.ldexp(X, -exponents)
    varies = np.ptp(scaled, axis=0) > 0
    away = np.where(varies, scaled - scaled.mean(axis=0), 0.0)
    return np.asarray(away / np.where(varies, away.std(axis=0), 1.0))


DATASETS: Registry[DataSource] = Registry("dataset", DataSource)


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
