"""Data to learn from: a data source is a choice with settings, and gives a `Dataset`."""

# ruff: noqa: I001 - the imports are in the order of the menu
from .base import DATASETS, Dataset, DataSource, RegressionSource, select_classes, standardized
from .bundled import BreastCancer, Diabetes, Digits, Iris, Wine
from .generated import Circles, Moons, Spirals
from .mnist import MNIST
from .table import Csv
from .arrays import Arrays, Npz, dataset_from_arrays

__all__ = [
    "DATASETS",
    "MNIST",
    "Arrays",
    "BreastCancer",
    "Circles",
    "Csv",
    "DataSource",
    "Dataset",
    "Diabetes",
    "Digits",
    "Iris",
    "Moons",
    "Npz",
    "RegressionSource",
    "Spirals",
    "Wine",
    "dataset_from_arrays",
    "select_classes",
    "standardized",
]
