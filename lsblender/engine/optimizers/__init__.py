"""Optimizers: rules that go downhill."""

# The order of the menus.
# isort: off
from .base import OPTIMIZERS, GradientOptimizer, Optimizer, batches
from .momentum import SGD, Momentum, Nesterov
from .adaptive import AdaDelta, AdaGrad, Adam, AdamW, RMSprop
from .newton import LBFGS, NewtonCG
from .schedules import SCHEDULES, Constant, Cosine, Schedule, StepDecay

# isort: on

__all__ = [
    "LBFGS",
    "OPTIMIZERS",
    "SCHEDULES",
    "SGD",
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Constant",
    "Cosine",
    "GradientOptimizer",
    "Momentum",
    "Nesterov",
    "NewtonCG",
    "Optimizer",
    "RMSprop",
    "Schedule",
    "StepDecay",
    "batches",
]
