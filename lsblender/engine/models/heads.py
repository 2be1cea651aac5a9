"""Heads: what a network's outputs are compared with, and the loss of each sample.

Outputs are (..., K, N): a row per output, a column per sample.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...errors import LsbError
from ..datasets import Dataset
from ..objective import Array
from .activations import Floats


class Head(ABC):
    """The targets of N samples and the loss of outputs (..., K, N)."""

    n_outputs: int
    has_classes: bool

    @abstractmethod
    def at(self, rows: NDArray[np.int64] | slice) -> Head:
        """The same for some of the samples."""

    @abstractmethod
    def losses(self, outputs: Floats) -> Floats:
        """The loss of each sample (..., N), in the precision of the outputs."""

    @abstractmethod
    def slope(self, outputs: Array) -> Array:
        """The derivative (K, N) of each sample's loss by its outputs (K, N)."""

    @abstractmethod
    def wrong(self, outputs: Array) -> NDArray[np.bool_]:
        """Which samples (..., N) are classified wrongly; outputs that are no numbers are wrong."""

    def folded(self, weights: Floats) -> Floats:
        """Weights (..., K', n) of fewer outputs that say as much, made from those (..., K, n) of the last layer."""
        return weights

    def folded_losses(self, outputs: Floats) -> Floats:
        """The losses (..., N) from the fewer outputs (..., K', N)."""
        return self.losses(outputs)

    def folded_wrong(self, outputs: Floats) -> NDArray[np.bool_]:
        """Which samples (..., N) are classified wrongly, from the fewer outputs (..., K', N)."""
        return self.wrong(outputs)


class Softmax(Head):
    """Cross-entropy of the softmax of K outputs: log(sum_k exp(z_k)) - z_y for class y (N,)."""

    has_classes = True

    def __init__(self, y: NDArray[np.int64], n_classes: int) -> None:
        self.y = y
        self.n_outputs = n_classes
        self.columns = np.arange(len(y))
        self.sign = np.where(y == 0, 1.0, -1.0)

    def at(self, rows: NDArray[np.int64] | slice) -> Softmax:
        return Softmax(self.y[rows], self.n_outputs)

    def losses(self, outputs: Floats) -> Floats:
        # The class's own term, exp(0), stays out of the sum: 1 + a small number would lose its digits.
        away = outputs - outputs[..., None, self.y, self.columns]
        largest = away.max(axis=-2)
        shares = np.exp(away - largest[..., None, :])
        shares[..., self.y, self.columns] = 0.0
        return np.asarray(largest + np.log1p(shares.sum(axis=-2) + np.expm1(-largest)))

    def slope(self, outputs: Array) -> Array:
        shares = np.exp(outputs - outputs.max(axis=-2, keepdims=True))
        shares /= shares.sum(axis=-2, keepdims=True)
        shares[self.y, self.columns] -= 1.0
        return np.asarray(shares)

    def wrong(self, outputs: Array) -> NDArray[np.bool_]:
        return np.asarray((outputs.argmax(axis=-2) != self.y) | np.isnan(outputs).any(axis=-2))

    def folded(self, weights: Floats) -> Floats:
        return weights[..., 1:, :] - weights[..., :1, :] if self.n_outputs == 2 else weights

    def folded_losses(self, outputs: Floats) -> Floats:
        if self.n_outputs != 2:
            return self.losses(outputs)
        # log(1 + exp(d)) for the difference d of the wrong class's output and the right one's.
        away = outputs[..., 0, :] * self.sign.astype(outputs.dtype)
        small = np.negative(np.abs(away))
        np.log1p(np.exp(small, out=small), out=small)
        return np.asarray(np.maximum(away, np.zeros_like(away), out=away) + small)

    def folded_wrong(self, outputs: Floats) -> NDArray[np.bool_]:
        if self.n_outputs != 2:
            return self.wrong(outputs)
        above = outputs[..., 0, :]
        return np.asarray(((above > 0) != (self.y == 1)) | np.isnan(above))


class Squared(Head):
    """The sum over the outputs of (z - target)^2; target (K, N).

    A number for regression; +1 and -1 on one output for two classes; 1 for the class and 0 for the others beyond.
    """

    def __init__(self, target: Array, has_classes: bool) -> None:
        self.target = target
        self.has_classes = has_classes
        self.n_outputs = len(target)

    def at(self, rows: NDArray[np.int64] | slice) -> Squared:
        return Squared(self.target[:, rows], self.has_classes)

    def losses(self, outputs: Floats) -> Floats:
        away = outputs - self.target.astype(outputs.dtype)
        return np.asarray((away * away).sum(axis=-2))

    def slope(self, outputs: Array) -> Array:
        return 2 * (outputs - self.target)

    def wrong(self, outputs: Array) -> NDArray[np.bool_]:
        missing = np.isnan(outputs).any(axis=-2)
        if self.n_outputs == 1:
            return np.asarray(missing | ((outputs[..., 0, :] >= 0) != (self.target[0] > 0)))
        return np.asarray(missing | (outputs.argmax(axis=-2) != self.target.argmax(axis=0)))


def softmax_head(dataset: Dataset) -> Head:
    """Cross-entropy of an output per class. Numbers have no classes: they get the squared loss."""
    return squared_head(dataset) if dataset.is_regression else Softmax(_classes(dataset), len(dataset.target_names))


def squared_head(dataset: Dataset) -> Head:
    """The squared loss of one output for numbers and two classes, of an output per class beyond."""
    if dataset.is_regression:
        return Squared(np.array(dataset.y, dtype=np.float64)[None], has_classes=False)
    y, n_classes = _classes(dataset), len(dataset.target_names)
    target = np.where(y == 0, 1.0, -1.0)[None] if n_classes == 2 else np.eye(n_classes)[:, y]
    return Squared(target, has_classes=True)


def _classes(dataset: Dataset) -> NDArray[np.int64]:
    if len(dataset.target_names) < 2:
        raise LsbError(f"{dataset.name} has one class; a network needs at least two to tell apart")
    return np.array(dataset.y, dtype=np.int64)


#: The losses of a network by name.
HEADS: dict[str, Callable[[Dataset], Head]] = {"softmax": softmax_head, "squared": squared_head}
