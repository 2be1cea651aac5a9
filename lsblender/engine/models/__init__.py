"""Models: what is learnt, and with which loss. Bound to a dataset a model is an `Objective`."""

# ruff: noqa: I001 - the imports are in the order of the menu
from .base import MODELS, Model
from .linear import SVM, LinearModel, LogisticRegression
from .softmax import SoftmaxRegression
from .least_squares import LeastSquares
from .kernels import RBFSVM, KernelModel, RBFLogisticRegression
from .mlp import MLP
from .residual import ResidualMLP
from .analytic import Surface
from .custom import objective_from
from .torch_modules import objective_from_torch

__all__ = [
    "MLP",
    "MODELS",
    "RBFSVM",
    "SVM",
    "KernelModel",
    "LeastSquares",
    "LinearModel",
    "LogisticRegression",
    "Model",
    "RBFLogisticRegression",
    "ResidualMLP",
    "SoftmaxRegression",
    "Surface",
    "objective_from",
    "objective_from_torch",
]
