"""Tables of your own."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import LsbError, shown
from ...registry import unknown
from ...settings import setting
from .base import DATASETS, Dataset, DataSource, refuse_one_class, select_classes

Array = NDArray[np.float64]


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
