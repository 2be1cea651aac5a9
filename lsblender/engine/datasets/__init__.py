"""Data to learn from: a data source is a choice with settings, and gives a `Dataset`."""

from .base import DATASETS, Dataset, DataSource, select_classes, standardized
from .bundled import BreastCancer, Iris
from .table import Csv

__all__ = ["DATASETS", "BreastCancer", "Csv", "DataSource", "Dataset", "Iris", "select_classes", "standardized"]
