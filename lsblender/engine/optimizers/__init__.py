"""Optimizers: rules that go downhill."""

from .base import OPTIMIZERS, GradientOptimizer, Optimizer, batches
from .momentum import SGD

__all__ = ["OPTIMIZERS", "SGD", "GradientOptimizer", "Optimizer", "batches"]
