"""The multilayer perceptron."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ...settings import setting
from ..datasets import Dataset
from .activations import ACTIVATIONS
from .base import MODELS, Model
from .heads import HEADS
from .networks import NetworkObjective
from .workspace import Layer


@dataclass(frozen=True)
class Network(Model):
    """A network of dense layers; numbers as targets always get the squared loss, on one output."""

    activation: str = setting("relu", "What a hidden unit makes of its input", choices=tuple(ACTIVATIONS))
    loss: str = setting("softmax", "Cross-entropy of the softmax, or squared distance", choices=tuple(HEADS))


@MODELS.register("mlp", "MLP")
@dataclass(frozen=True)
class MLP(Network):
    """Multilayer perceptron: layers of units one after the other."""

    hidden: tuple[int, ...] = setting((16, 16), "Units of each hidden layer", min=1, max=4096)

    def bind(self, dataset: Dataset) -> NetworkObjective:
        head = HEADS[self.loss](dataset)
        sizes = [dataset.X.shape[1], *self.hidden, head.n_outputs]
        layers = tuple(Layer(n_in, n_out) for n_in, n_out in pairwise(sizes))
        return NetworkObjective(dataset.X, layers, ACTIVATIONS[self.activation], head, self.l2, "MLP")
