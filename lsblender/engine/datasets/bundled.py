"""Data that scikit-learn ships."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...settings import setting
from .base import DATASETS, Dataset, DataSource, RegressionSource, select_classes


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


@DATASETS.register("wine")
@dataclass(frozen=True)
class Wine(DataSource):
    """Italian wines: 13 chemical measurements of very different size, 178 wines of three cultivars."""

    classes: tuple[str, ...] = setting(
        (), "The cultivars (class_0, class_1, class_2), the first one as +1; empty for all"
    )

    def read(self) -> Dataset:
        from sklearn.datasets import load_wine

        return _from_sklearn(load_wine(), "Wine", self.classes)


@DATASETS.register("digits", "Digits (8 x 8)")
@dataclass(frozen=True)
class Digits(DataSource):
    """Handwritten digits: 8 x 8 pixels with ink from 0 to 1, 1797 pictures."""

    classes: tuple[str, ...] = setting((), "The digits, the first one as +1; empty for all ten")

    def read(self) -> Dataset:
        from sklearn.datasets import load_digits

        bunch = load_digits()
        bunch.data = bunch.data / 16.0
        return _from_sklearn(bunch, "Digits", self.classes)


@DATASETS.register("diabetes")
class Diabetes(RegressionSource):
    """A regression: the progression of diabetes after a year (25 to 346) of 442 patients, from 10 measurements.

    Efron et al. 2004, as scikit-learn has it: each feature has mean 0 and a sum of squares of 1.
    """

    def read(self) -> Dataset:
        from sklearn.datasets import load_diabetes

        bunch = load_diabetes()
        return Dataset(
            X=np.ascontiguousarray(bunch.data, dtype=np.float64),
            y=np.asarray(bunch.target, dtype=np.float64),
            feature_names=tuple(str(feature) for feature in bunch.feature_names),
            target_names=(),
            name="Diabetes",
        )
