"""Data to learn from.

A data source is a choice with settings; `load()` gives a `Dataset`. Class numbers follow the order in which
the classes are named, so that for two-class models the first one is +1 and the second is -1.
"""

from __future__ import annotations

import csv
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import LsbError, shown
from ..registry import Registry, unknown
from ..settings import setting

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples and targets: X (N, F), y (N,) class numbers in the order of `target_names`."""

    X: Array
    y: NDArray[np.int64]
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]
    name: str


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


def _from_sklearn(bunch: Any, name: str, classes: tuple[str, ...]) -> Dataset:
    dataset = Dataset(
        X=np.ascontiguousarray(bunch.data, dtype=np.float64),
        y=np.asarray(bunch.target, dtype=np.int64),
        feature_names=tuple(str(feature) for feature in bunch.feature_names),
        target_names=tuple(str(target) for target in bunch.target_names),
        name=name,
    )
    return select_classes(dataset, classes)


@DATASETS.register("iris")
@dataclass(frozen=True)
class Iris(DataSource):
    """Fisher's irises: 4 measurements in cm, 50 flowers each of setosa, versicolor and virginica."""

    classes: tuple[str, ...] = setting(("setosa", "versicolor"), "The species, the first one as +1; empty for all")

    def read(self) -> Dataset:
        from sklearn.datasets import load_iris

        return _from_sklearn(load_iris(), "Iris", self.classes)


@DATASETS.register("breast_cancer")
@dataclass(frozen=True)
class BreastCancer(DataSource):
    """Wisconsin breast cancer: 30 measurements of cell nuclei, 569 tumours, malignant or benign."""

    classes: tuple[str, ...] = setting(("malignant", "benign"), "The two classes, the first one as +1")

    def read(self) -> Dataset:
        from sklearn.datasets import load_breast_cancer

        return _from_sklearn(load_breast_cancer(), "Breast cancer", self.classes)


@DATASETS.register("csv", "CSV file")
@dataclass(frozen=True)
class Csv(DataSource):
    """A table of your own: one sample per line, numbers in every column but the target."""

    path: str = setting("", "The file; a relative path starts at the scene file", is_path=True)
    target: str = setting("", "The target's column: its name, or without a header its number from 0; empty: the last")
    classes: tuple[str, ...] = setting((), "The classes, the first one as +1; empty for all, sorted")
    delimiter: str = setting(",", "The character between columns")
    header: bool = setting(True, "The first line holds the names of the columns")

    def read(self) -> Dataset:
        names, rows = self._table()
        target = self._target_column(names)
        labels = [self._label(row[target], line, names[target]) for line, row in rows]
        targets = tuple(sorted(set(labels), key=_natural))
        features = [column for column in range(len(names)) if column != target]
        if not features:
            raise LsbError(f"'{self.path}' has only a target column; at least one feature is needed", "path")
        wanted = set(self.classes or targets)
        numbers = [
            [self._number(row[column], line, names[column]) for column in features] if label in wanted else []
            for (line, row), label in zip(rows, labels, strict=True)
        ]
        kept = [i for i, label in enumerate(labels) if label in wanted]
        number_of = {label: number for number, label in enumerate(targets)}
        dataset = Dataset(
            X=np.array([numbers[i] for i in kept], dtype=np.float64).reshape(len(kept), len(features)),
            y=np.array([number_of[labels[i]] for i in kept], dtype=np.int64),
            feature_names=tuple(names[column] for column in features),
            target_names=targets,
            name=Path(self.path).stem,
        )
        dataset = select_classes(dataset, self.classes)
        refuse_one_class(dataset)
        self._refuse_constant_columns(dataset)
        return dataset

    def _table(self) -> tuple[list[str], list[tuple[int, list[str]]]]:
        """The columns' names and the rows with their line numbers (from 1)."""
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n':
            raise LsbError(f"{shown(self.delimiter)} is not one character, or one that separates nothing", "delimiter")
        if not self.path:
            raise LsbError("the name of a CSV file is missing", "path")
        try:
            with open(self.path, encoding="utf-8-sig", newline="") as file:
                reader = csv.reader(file, delimiter=self.delimiter, strict=True)
                stripped = ((reader.line_num, [cell.strip() for cell in row]) for row in reader)
                lines = [(line, row) for line, row in stripped if row not in ([], [""])]
        except OSError as error:
            raise LsbError(f"can not read '{self.path}' ({error.strerror})", "path") from None
        except (csv.Error, ValueError) as error:
            raise LsbError(f"'{self.path}' is not a CSV file in UTF-8 ({error})", "path") from None
        if len(lines) <= self.header:
            raise LsbError(f"'{self.path}' holds no samples", "path")
        width = len(lines[0][1])
        for line, row in lines:
            if len(row) != width:
                raise LsbError(f"'{self.path}', line {line} has {len(row)} columns instead of {width}", "path")
        if self.header:
            return lines[0][1], lines[1:]
        return [str(column) for column in range(width)], lines

    def _target_column(self, names: list[str]) -> int:
        if not self.target:
            return len(names) - 1
        if self.target not in names:
            error = unknown("column", self.target, names)
            error.key = "target"
            raise error
        if names.count(self.target) > 1:
            raise LsbError(f"'{self.path}' has {names.count(self.target)} columns called '{self.target}'", "target")
        return names.index(self.target)

    def _number(self, cell: str, line: int, column: str) -> float:
        try:
            value = float(cell)
        except ValueError:
            raise self._wrong_cell(cell, line, column, "a number") from None
        if not math.isfinite(value):
            raise self._wrong_cell(cell, line, column, "a finite number")
        return value

    def _label(self, cell: str, line: int, column: str) -> str:
        if not cell:
            raise self._wrong_cell(cell, line, column, "a class")
        return cell

    def _wrong_cell(self, cell: str, line: int, column: str, needed: str) -> LsbError:
        what = f"holds {shown(cell)}" if cell else "is empty"
        return LsbError(f"'{self.path}', line {line}, column '{column}' {what}; {needed} is needed", "path")

    def _refuse_constant_columns(self, dataset: Dataset) -> None:
        constant = np.flatnonzero(np.ptp(dataset.X, axis=0) == 0)
        if len(constant):
            name = dataset.feature_names[constant[0]]
            raise LsbError(
                f"'{self.path}', column '{name}' has the same value in every row, so nothing can be learnt "
                "from it; remove it (an intercept is the model's fit_intercept)",
                "path",
            )


def _natural(label: str) -> tuple[int, float, str]:
    """Sort numbers by value and before texts."""
    try:
        value = float(label)
    except ValueError:
        return (1, 0.0, label)
    return (1, 0.0, label) if math.isnan(value) else (0, value, label)
