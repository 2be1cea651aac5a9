"""Losses and gradients of small networks by PyTorch in double precision, written to torch_networks.json.

    python -m venv somewhere; somewhere/bin/pip install torch==2.13.0 numpy
    somewhere/bin/python tests/engine/data/make_torch_networks.py

Run by hand. It knows nothing of lsblender but the order of the parameters: layer after layer the weights (out, in) row
by row, then the biases. Inputs and parameters are rounded to three decimals, so that the file holds them exactly.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import torch

ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sine": torch.sin,
}
L2 = 0.3


class Network(torch.nn.Module):
    """An MLP of the given sizes, or one with a block's input added to every second of the hidden layers."""

    def __init__(self, sizes: list[int], activation: str, residual: bool) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(torch.nn.Linear(a, b) for a, b in pairwise(sizes))
        self.activation = ACTIVATIONS[activation]
        self.residual = residual

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first, *blocks, last = self.layers
        a = self.activation(first(x))
        if self.residual:
            for one, two in zip(blocks[::2], blocks[1::2], strict=True):
                a = self.activation(a + two(self.activation(one(a))))
        else:
            for layer in blocks:
                a = self.activation(layer(a))
        return torch.as_tensor(last(a))


def loss_of(outputs: torch.Tensor, y: torch.Tensor, loss: str, n_classes: int) -> torch.Tensor:
    """Mean over the samples; `n_classes` 0 is a regression, whose y are numbers."""
    if n_classes == 0:
        return ((outputs[:, 0] - y) ** 2).mean()
    if loss == "softmax":
        return torch.nn.functional.cross_entropy(outputs, y)
    if n_classes == 2:
        return ((outputs[:, 0] - (1.0 - 2.0 * y)) ** 2).mean()
    return ((outputs - torch.nn.functional.one_hot(y, n_classes)) ** 2).sum(dim=1).mean()


def case(seed: int, kind: str, activation: str, loss: str, n_classes: int) -> dict[str, Any]:
    """One network at random parameters: loss and gradient over all samples and over the first five."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(9, 3)).round(3)
    y = rng.normal(size=9).round(3) if n_classes == 0 else np.arange(9) % n_classes
    n_outputs = n_classes if n_classes > 2 or (n_classes == 2 and loss == "softmax") else 1
    sizes = [3, 4, 3, n_outputs] if kind == "mlp" else [3, 4, 4, 4, 4, 4, n_outputs]
    network = Network(sizes, activation, residual=kind == "residual").double()
    theta = rng.normal(size=sum(p.numel() for p in network.parameters())).round(3)
    torch.nn.utils.vector_to_parameters(torch.tensor(theta), network.parameters())
    facts: dict[str, Any] = {
        "seed": seed, "kind": kind, "activation": activation, "loss": loss, "n_classes": n_classes, "l2": L2,
        "X": X.tolist(), "y": y.tolist(), "theta": theta.tolist(),
    }  # fmt: skip
    for name, count in (("all", 9), ("five", 5)):
        network.zero_grad()
        value = loss_of(network(torch.tensor(X[:count])), torch.tensor(y[:count]), loss, n_classes)
        value = value + 0.5 * L2 * sum((layer.weight**2).sum() for layer in network.layers)
        value.backward()
        grad = torch.nn.utils.parameters_to_vector([p.grad for p in network.parameters()])
        facts[name] = {"loss": value.item(), "gradient": grad.tolist()}
    return facts


def main() -> None:
    """Every kind of network with every activation and every kind of loss."""
    losses = [("softmax", 2), ("softmax", 3), ("squared", 2), ("squared", 3), ("squared", 0)]
    kinds = product(("mlp", "residual", "plain"), ACTIVATIONS, losses)
    cases = [case(seed, kind, activation, *loss) for seed, (kind, activation, loss) in enumerate(kinds)]
    facts = {"made_by": "make_torch_networks.py", "torch": torch.__version__, "cases": cases}
    Path(__file__).with_name("torch_networks.json").write_text(json.dumps(facts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
