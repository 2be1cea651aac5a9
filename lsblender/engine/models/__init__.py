"""Models: what is learnt, and with which loss. Bound to a dataset a model is an `Objective`."""

from .base import MODELS, Model
from .linear import SVM, LinearModel, LogisticRegression

__all__ = ["MODELS", "SVM", "LinearModel", "LogisticRegression", "Model"]
