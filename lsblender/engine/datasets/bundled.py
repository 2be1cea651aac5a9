"""Data that scikit-learn ships."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...settings import setting
from .base import DATASETS, Dataset, DataSource, select_classes


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
