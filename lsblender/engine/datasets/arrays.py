"""Arrays of your own, as scikit-learn takes them: from Python, or from an .npz file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import LsbError, shown
from ...settings import setting
from ..archives import Archive, open_archive
from ..untrusted import checked_file, in_file
from .base import DATASETS, Dataset, RegressionSource, refuse_one_target, select_classes
from .labels import in_order, refuse_hardly_classes

TASKS = ("classification", "regression")


def dataset_from_arrays(
    X: ArrayLike,
    y: ArrayLike,
    *,
    task: str = "classification",
    feature_names: Sequence[str] = (),
    target_names: Sequence[str] = (),
    name: str = "Arrays",
) -> Dataset:
    """A dataset of samples X (N, F) and targets y (N,); of more than two dimensions the others of X become features.

    y are classes, in numbers or words, of which the first in order is +1 to two-class models; with `target_names` y
    are whole numbers that count these. With task 'regression' they are numbers to predict. A data frame's columns
    are the features' names. Raises `LsbError` where these do not fit together.
    """
    columns = [str(column) for column in getattr(X, "columns", ())]
    features = _features(np.asarray(X))
    targets = np.asarray(y)
    if targets.shape != (len(features),):
        raise LsbError(f"the shape is {shown(targets.shape)}; ({len(features)},) is needed", "y")
    names = tuple(feature_names) or tuple(columns) or tuple(f"x{k}" for k in range(features.shape[1]))
    if len(names) != features.shape[1]:
        raise LsbError(f"{len(names)} names for {features.shape[1]} features", "feature_names")
    if task == "regression":
        if target_names:
            raise LsbError("a regression has no classes", "target_names")
        dataset = Dataset(features, _finite(targets, "y"), names, (), name)
    else:
        numbers, classes = _classes(targets, tuple(target_names))
        dataset = Dataset(features, numbers, names, classes, name)
    refuse_one_target(dataset)
    return dataset


def _features(X: NDArray[Any]) -> NDArray[np.float64]:
    """X as (N, F)."""
    if X.ndim < 2 or not X.size:
        raise LsbError(f"the shape is {shown(X.shape)}; (samples, features) is needed", "X")
    return _finite(X.reshape(len(X), -1), "X")


def _finite(array: NDArray[Any], key: str) -> NDArray[np.float64]:
    """The array as numbers, all of them finite."""
    if array.dtype.kind not in "biuf":
        raise LsbError(f"the type is {shown(str(array.dtype))}; numbers are needed", key)
    with np.errstate(over="ignore"):
        numbers = array.astype(np.float64)
    if not np.isfinite(numbers).all():
        place = np.argwhere(~np.isfinite(numbers))[0]
        raise LsbError(f"{numbers[tuple(place)]} at {tuple(place.tolist())}; finite numbers are needed", key)
    return numbers


def _classes(y: NDArray[Any], target_names: tuple[str, ...]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The numbers of the classes and their names."""
    if target_names:
        numbers = _finite(y, "y")
        wrong = (numbers != np.round(numbers)) | (numbers < 0) | (numbers >= len(target_names))
        if wrong.any():
            first = numbers[np.argmax(wrong)]
            raise LsbError(
                f"{first:g} is no class; with {len(target_names)} target_names it is 0 or more, below that", "y"
            )
        return numbers.astype(np.int64), target_names
    if y.dtype.kind in "biuf":
        _finite(y, "y")
        found, places = np.unique(y, return_inverse=True)
        classes = tuple(f"{value:g}" if y.dtype.kind == "f" else str(value) for value in found)
        refuse_hardly_classes("y", classes, len(y), "task")
        return places.ravel().astype(np.int64), classes
    if y.dtype.kind not in "US" and not all(isinstance(label, str) for label in y):
        raise LsbError(f"the type is {shown(str(y.dtype))}; numbers or texts are needed", "y")
    labels = [str(label) for label in y]
    classes = in_order(labels)
    number_of = {label: number for number, label in enumerate(classes)}
    return np.array([number_of[label] for label in labels], dtype=np.int64), classes


@dataclass(frozen=True, eq=False)
class Arrays(RegressionSource):
    """Arrays in memory, X (N, F) and y (N,): what `Experiment(dataset=...)` takes from Python."""

    X: Any = ()
    y: Any = ()
    task: str = setting("classification", "Whether y are classes or numbers to predict", choices=TASKS)
    name: str = setting("Arrays", "What they are called")

    def read(self) -> Dataset:
        return dataset_from_arrays(self.X, self.y, task=self.task, name=self.name)

    def title(self, dataset: Dataset) -> str:
        return dataset.name


@DATASETS.register("npz", "NumPy archive")
@dataclass(frozen=True)
class Npz(RegressionSource):
    """Arrays of your own in an .npz file: X (samples, features) and y (samples), and if you like feature_names,
    target_names and name.
    """

    path: str = setting("", "The file; a relative path starts at the scene file", is_path=True)
    task: str = setting("classification", "Whether y are classes or numbers to predict", choices=TASKS)
    classes: tuple[str, ...] = setting((), "The classes, the first one as +1; empty for all, sorted")

    def read(self) -> Dataset:
        if self.task == "regression" and self.classes:
            raise LsbError("a regression has no classes; leave them out, or set task to 'classification'", "classes")
        with in_file("path"):
            file = checked_file(self.path, "an .npz file")
            with open_archive(file) as archive:
                dataset = dataset_from_arrays(
                    archive.anything("X"), _targets(archive), task=self.task, **_names(archive, file)
                )
        return select_classes(dataset, self.classes)

    def title(self, dataset: Dataset) -> str:
        return dataset.name


def _targets(archive: Archive) -> NDArray[Any]:
    y = archive.anything("y")
    return np.array(archive.texts("y", y.shape)) if y.dtype.kind == "U" else y


def _names(archive: Archive, file: Path) -> dict[str, Any]:
    """What an archive says of its arrays' names."""
    named = {key: archive.texts(key, ("names",)) for key in ("feature_names", "target_names") if key in archive}
    return {**named, "name": archive.texts("name", ())[0] if "name" in archive else file.stem}
