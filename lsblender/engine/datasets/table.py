"""Tables of your own."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import LsbError, shown
from ...registry import unknown
from ...settings import setting
from ..tables import find_delimiter, read_text, rows_of
from ..untrusted import checked_file, in_file
from .base import DATASETS, Dataset, RegressionSource, refuse_one_target, select_classes
from .labels import in_order, refuse_hardly_classes

Array = NDArray[np.float64]
Rows = list[tuple[int, list[str]]]


@DATASETS.register("csv", "CSV file")
@dataclass(frozen=True)
class Csv(RegressionSource):
    """A table of your own: one sample per line, numbers in every column but the target.

    Delimiter and encoding are found; quoted names and cells may hold delimiters. The target is a class in any words, or
    a number to predict.
    """

    path: str = setting("", "The file; a relative path starts at the scene file", is_path=True)
    target: str = setting("", "The target's column: its name, or without a header its number from 0; empty: the last")
    task: str = setting(
        "classification",
        "Whether the target names a class or is a number to predict",
        choices=("classification", "regression"),
    )
    classes: tuple[str, ...] = setting((), "The classes, the first one as +1; empty for all, sorted")
    delimiter: str = setting("", "The character between columns; empty: found")
    encoding: str = setting("", "How the text is stored, for example utf-8 or cp1252; empty: found")
    header: bool = setting(True, "The first line holds the names of the columns")

    def read(self) -> Dataset:
        if self.task == "regression" and self.classes:
            raise LsbError("a regression has no classes; leave them out, or set task to 'classification'", "classes")
        names, rows = self._table()
        target = self._target_column(names)
        if len(names) < 2:
            raise LsbError(f"'{self.path}' has only a target column; at least one feature is needed", "path")
        dataset = (self._regression if self.task == "regression" else self._classification)(names, rows, target)
        refuse_one_target(dataset)
        self._refuse_constant_columns(dataset)
        return dataset

    def _classification(self, names: list[str], rows: Rows, target: int) -> Dataset:
        """Samples of the wanted classes; what the others hold does not matter."""
        labels = [self._label(row[target], line, names[target]) for line, row in rows]
        targets = in_order(labels)
        wanted = set(self.classes or targets)
        kept = [(row, label) for row, label in zip(rows, labels, strict=True) if label in wanted]
        X = self._features(names, [row for row, _ in kept], target)
        refuse_hardly_classes(f"column '{names[target]}'", targets, len(rows), "target")
        number_of = {label: number for number, label in enumerate(targets)}
        y = np.array([number_of[label] for _, label in kept], dtype=np.int64)
        features = tuple(name for column, name in enumerate(names) if column != target)
        return select_classes(Dataset(X, y, features, targets, Path(self.path).stem), self.classes)

    def title(self, dataset: Dataset) -> str:
        return dataset.name

    def _regression(self, names: list[str], rows: Rows, target: int) -> Dataset:
        y = np.array([self._number(row[target], line, names[target]) for line, row in rows], dtype=np.float64)
        features = tuple(name for column, name in enumerate(names) if column != target)
        return Dataset(self._features(names, rows, target), y, features, (), Path(self.path).stem)

    def _features(self, names: list[str], rows: Rows, target: int) -> Array:
        """X (N, F): all columns but the target."""
        columns = [column for column in range(len(names)) if column != target]
        X = np.empty((len(rows), len(columns)))
        for i, (line, row) in enumerate(rows):
            X[i] = [self._number(row[column], line, names[column]) for column in columns]
        return X

    def _table(self) -> tuple[list[str], Rows]:
        """The columns' names and the rows with their line numbers (from 1)."""
        if len(self.delimiter) > 1 or (self.delimiter and self.delimiter in '"\r\n'):
            raise LsbError(f"{shown(self.delimiter)} is not one character, or one that separates nothing", "delimiter")
        with in_file("path"):
            text = read_text(checked_file(self.path, "a CSV file"), self.encoding)
        try:
            delimiter = self.delimiter or find_delimiter(text)
            lines = list(rows_of(io.StringIO(text, newline=""), delimiter, strict=True))
        except csv.Error as error:
            raise LsbError(f"'{self.path}' is not a CSV file ({error})", "path") from None
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
