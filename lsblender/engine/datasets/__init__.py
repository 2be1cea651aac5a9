"""Data to learn from: a data source is a choice with settings, and gives a `Dataset`."""

from .base import DATASETS, Dataset, DataSource, RegressionSource, select_classes, standardized
from .bundled import BreastCancer, Diabetes, Digits, Iris, Wine
from .generated import Circles, Moons, Spirals
from .mnist import MNIST
from .table import Csv

__all__ = [
    "DATASETS",
    "MNIST",
    "BreastCancer",
    "Circles",
    "Csv",
    "DataSource",
    "Dataset",
    "Diabetes",
    "Digits",
    "Iris",
    "Moons",
    "RegressionSource",
    "Spirals",
    "Wine",
    "select_classes",
    "standardized",
]
