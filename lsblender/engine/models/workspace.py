"""Arrays in which the values of several networks are computed at once, layer after layer; used again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .activations import Activation, Floats


@dataclass(frozen=True)
class Layer:
    """A dense layer; `skip` adds the values of the layer two before to its input; `scale` shrinks its first weights."""

    n_in: int
    n_out: int
    skip: bool = False
    scale: float = 1.0

    @property
    def size(self) -> int:
        """How many parameters it has."""
        return self.n_out * (self.n_in + 1)


class Workspace:
    """Room for the values of up to `n_thetas` networks at n samples: arrays (G, width + 1, n), the last row ones.

    `widths` are the units of each layer. Layers of the same width take turns in as few arrays as can be.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        widths: Sequence[int],
        activation: Activation,
        n_thetas: int,
        n_samples: int,
        dtype: type[np.floating[Any]],
    ) -> None:
        self.layers = layers
        self.widths = widths
        self.activation = activation
        # What a skip connection adds is two layers old, so that it takes three arrays to keep it.
        self.turns = 3 if any(layer.skip for layer in layers) else 2
        self.arrays: dict[tuple[int, int], Floats] = {}
        self.prepared: dict[int, Floats | None] = {}
        for k, width in enumerate(widths):
            self.arrays.setdefault((width, k % self.turns), np.ones((n_thetas, width + 1, n_samples), dtype))
            self.prepared.setdefault(width, activation.prepared((width, n_samples), dtype))

    def values(self, k: int, count: int) -> Floats:
        """The array (count, width + 1, n) of layer k."""
        return self.arrays[self.widths[k], k % self.turns][:count]

    def inputs(self, k: int, count: int) -> Floats:
        """Where the inputs (count, width, n) of layer k's activation go; then its values."""
        return self.values(k, count)[:, :-1]

    def run(self, ordered: Floats, tick: Callable[[], None]) -> Floats:
        """The outputs (count, K, n), overwritten by the next run.

        The inputs of layer 0 must be in place; `ordered` (count, P') holds the matrices (out, in + 1) of the others.
        `tick` is called after every layer.
        """
        count = len(ordered)
        start, last = 0, len(self.widths) - 1
        z = self.inputs(0, count)
        for k in range(1, last + 1):
            self.activation.apply(z, self.prepared[self.widths[k - 1]])
            width, n_in = self.widths[k], self.widths[k - 1]
            stop = start + width * (n_in + 1)
            matrices = ordered[:, start:stop].reshape(count, width, n_in + 1)
            z = np.matmul(matrices, self.values(k - 1, count), out=self.inputs(k, count))
            if self.layers[k].skip:
                z += self.inputs(k - 2, count)
            start = stop
            tick()
        return z


def blocks(count: int, size: int) -> Iterator[slice]:
    """Slices of at most `size` that cover 0 to `count`."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
