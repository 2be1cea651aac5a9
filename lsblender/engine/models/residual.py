"""The residual network, and the same network without its skip connections.

Li et al. 2018 (Visualizing the Loss Landscape of Neural Nets, figure 1): with many layers the surface around a minimum
is smooth with skip connections and chaotic without. Both kinds here have the same parameters, so that nothing else
differs.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...settings import setting
from ..datasets import Dataset
from .activations import ACTIVATIONS
from .base import MODELS
from .heads import HEADS
from .mlp import Network
from .networks import NetworkObjective
from .workspace import Layer


@MODELS.register("residual_mlp", "Residual MLP")
@dataclass(frozen=True)
class ResidualMLP(Network):
    """Multilayer perceptron of blocks of two layers; a skip connection adds a block's input to what it computes.

    A block is act(a + W2 act(W1 a + b1) + b2), without skip connections act(W2 act(W1 a + b1) + b2) (He et al. 2016,
    without normalisation). With skip connections W2 starts smaller by sqrt(blocks): sums grow from block to block.
    """

    depth: int = setting(8, "Blocks, of two layers each", min=1, max=200, soft_max=32)
    width: int = setting(16, "Units of each layer", min=1, max=4096, soft_max=128)
    skip: bool = setting(True, "Add a block's input to what it computes; without, deep networks turn chaotic")

    def bind(self, dataset: Dataset) -> NetworkObjective:
        head = HEADS[self.loss](dataset)
        first = Layer(self.width, self.width)
        second = Layer(self.width, self.width, self.skip, self.depth**-0.5 if self.skip else 1.0)
        layers = (
            Layer(dataset.X.shape[1], self.width),
            *(first, second) * self.depth,
            Layer(self.width, head.n_outputs),
        )
        name = f"Residual MLP{'' if self.skip else ' without skip connections'}"
        return NetworkObjective(dataset.X, layers, ACTIVATIONS[self.activation], head, self.l2, name)
