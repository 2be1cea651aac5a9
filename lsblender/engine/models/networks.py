"""Neural networks of dense layers: the loss, its gradient by backpropagation, the losses of many thetas.

A layer gives act(W a + b) for the values a of the layer before; with a skip connection the values of the layer two
before are added to W a + b (He et al. 2016). The last layer has no activation; a head compares its outputs with the
targets. theta holds, layer after layer, W (out, in) row by row, then b (out,).

Inside, values are features-major, (units, samples), with a row of ones below, and W and b are one matrix (out, in + 1):
so a layer is one product. `order` (P,) are the positions in theta of those matrices, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..objective import Array, Group, Objective, Progress
from .activations import Activation, Floats, glorot
from .heads import Head
from .workspace import Layer, Workspace, blocks

if TYPE_CHECKING:
    from ..projections import Plane

#: Numbers of one array of values that are worked on at once: two or three such arrays fit into the L2 cache.
CELLS = 2**18
#: Samples of a block at the least, so that making the weights costs little against multiplying by them.
FEWEST_SAMPLES = 512


def no_tick() -> None:
    """Nobody is watching."""


class NetworkObjective(Objective):
    """The mean loss of the head over the samples, and l2 / 2 |W|^2 over all weights but not the biases.

    X is (N, F); the last of the layers has as many outputs as the head.
    """

    def __init__(
        self, X: Array, layers: tuple[Layer, ...], activation: Activation, head: Head, l2: float, name: str
    ) -> None:
        self.design = np.column_stack([X, np.ones(len(X))])
        self.layers = layers
        self.activation = activation
        self.head = head
        self.l2 = l2
        self.name = name
        self.n_rows = len(X)
        self.n_params = sum(layer.size for layer in layers)
        self.groups, self.order = _groups_and_order(layers)

    @cached_property
    def parameter_names(self) -> tuple[str, ...]:  # type: ignore[override]
        """W1[i,j] is the weight of unit i of the first layer for its input j, b1[i] its bias."""
        names: list[str] = []
        for k, layer in enumerate(self.layers, 1):
            names += [f"W{k}[{i},{j}]" for i in range(layer.n_out) for j in range(layer.n_in)]
            names += [f"b{k}[{i}]" for i in range(layer.n_out)]
        return tuple(names)

    @cached_property
    def penalised(self) -> Array:
        """1 for weights, 0 for biases (P,)."""
        mask = np.ones(self.n_params)
        for group in self.groups:
            if group.is_bias:
                mask[group.start : group.stop] = 0.0
        return mask

    def initial(self, rng: np.random.Generator) -> Array:
        parts: list[Array] = []
        for layer in self.layers:
            draw = glorot if layer is self.layers[-1] else self.activation.initial
            parts += [layer.scale * draw(layer.n_in, layer.n_out, rng).ravel(), np.zeros(layer.n_out)]
        return np.concatenate(parts)

    def losses(self, thetas: Array) -> Array:
        thetas = np.asarray(thetas, dtype=np.float64)
        loss = self.mean_losses(thetas)
        with np.errstate(over="ignore", invalid="ignore"):
            return loss + 0.5 * self.l2 * (thetas * thetas) @ self.penalised if self.l2 else loss

    def mean_losses(self, thetas: Array, tick: Callable[[], None] = no_tick) -> Array:
        """The losses (G,) of thetas (G, P) without the penalty; `tick` is called after every step of the work."""
        return self._means(thetas, lambda head, outputs: head.losses(outputs), tick)

    def errors(self, thetas: Array) -> Array:
        if not self.head.has_classes:
            return super().errors(thetas)
        return self._means(np.asarray(thetas, dtype=np.float64), lambda head, outputs: head.wrong(outputs), no_tick)

    def gradient(self, theta: Array, rows: NDArray[np.int64] | None = None) -> Array:
        design, head = (self.design, self.head) if rows is None else (self.design[rows], self.head.at(rows))
        matrices = [matrix[0] for matrix in self.matrices(np.asarray(theta, dtype=np.float64)[None, self.order])]
        with np.errstate(over="ignore", invalid="ignore"):
            inputs, values = self._forward(matrices, design.T)
            delta = head.slope(inputs[-1]) / len(design)
            grad = np.empty(self.n_params)
            grad[self.order] = np.concatenate(
                [part.ravel() for part in self._backward(matrices, inputs, values, delta)]
            )
        return grad + self.l2 * self.penalised * theta if self.l2 else grad

    def loss_grid(self, plane: Plane, x: Array, y: Array, progress: Progress | None = None) -> Array:
        from .network_grid import network_grid

        return network_grid(self, plane, x, y, progress)

    def error_grid(self, plane: Plane, x: Array, y: Array, progress: Progress | None = None) -> Array:
        from .network_grid import network_error_grid

        if not self.head.has_classes:
            return super().error_grid(plane, x, y, progress)
        return network_error_grid(self, plane, x, y, progress)

    def matrices(self, ordered: Array) -> list[Array]:
        """The matrices (G, out, in + 1) of every layer from parameters (G, P) in their order; views."""
        parts, start = [], 0
        for layer in self.layers:
            part = ordered[:, start : start + layer.size]
            parts.append(part.reshape(len(ordered), layer.n_out, layer.n_in + 1))
            start += layer.size
        return parts

    def block_shape(self) -> tuple[int, int]:
        """How many thetas and how many samples are worked on at once."""
        widest = max(layer.n_out + 1 for layer in self.layers)
        samples = max(FEWEST_SAMPLES, CELLS // widest)
        samples = -(-self.n_rows // -(-self.n_rows // samples))
        return max(1, CELLS // (widest * samples)), samples

    def _means(
        self, thetas: Array, measure: Callable[[Head, Array], Floats | NDArray[np.bool_]], tick: Callable[[], None]
    ) -> Array:
        """The mean over the samples of what `measure` makes of the outputs (G, K, n): (G,) for thetas (G, P)."""
        n_thetas, n_samples = self.block_shape()
        n_thetas = min(n_thetas, len(thetas))
        total = np.zeros(len(thetas))
        widths = [layer.n_out for layer in self.layers]
        for rows in blocks(self.n_rows, n_samples):
            head, design = self.head.at(rows), self.design[rows].T
            work = Workspace(self.layers, widths, self.activation, n_thetas, design.shape[1], np.float64)
            for block in blocks(len(thetas), n_thetas):
                # not thetas[block][:, order], whose columns lie apart: BLAS can not take it, and it is 7 times slower
                ordered = np.take(thetas[block], self.order, axis=1)
                with np.errstate(over="ignore", invalid="ignore", under="ignore"):
                    np.matmul(self.matrices(ordered)[0], design, out=work.inputs(0, len(ordered)))
                    outputs = work.run(ordered[:, self.layers[0].size :], tick)
                    total[block] += measure(head, outputs).sum(axis=-1)
        return total / self.n_rows

    def _forward(self, matrices: list[Array], design: Array) -> tuple[list[Array], list[Array]]:
        """Every layer's input to its activation (out, n), and the values (in + 1, n) that it comes from, ones below."""
        inputs: list[Array] = []
        values = [design]
        for k, (layer, matrix) in enumerate(zip(self.layers, matrices, strict=True)):
            z = matrix @ values[k]
            inputs.append(z + values[k - 1][:-1] if layer.skip else z)
            if k + 1 < len(self.layers):
                value = np.vstack([inputs[k], np.ones_like(z[:1])])
                self.activation.apply(value[:-1], None)
                values.append(value)
        return inputs, values

    def _backward(self, matrices: list[Array], inputs: list[Array], values: list[Array], delta: Array) -> list[Array]:
        """Every layer's gradient (out, in + 1) from the loss's derivative by the outputs, delta (K, n)."""
        parts: list[Array] = []
        skipped: Array | float = 0.0
        for k in range(len(self.layers) - 1, -1, -1):
            parts.insert(0, delta @ values[k].T)
            if k:
                back = matrices[k][:, :-1].T @ delta + skipped
                skipped = delta if self.layers[k].skip else 0.0
                delta = back * self.activation.slope(inputs[k - 1], values[k][:-1])
        return parts


def _groups_and_order(layers: tuple[Layer, ...]) -> tuple[tuple[Group, ...], NDArray[np.int64]]:
    """The blocks of theta, and the positions in theta of the matrices (out, in + 1) of all layers."""
    groups: list[Group] = []
    order: list[NDArray[np.int64]] = []
    start = 0
    for k, layer in enumerate(layers, 1):
        n_weights = layer.n_in * layer.n_out
        stop = start + n_weights
        groups.append(Group(f"weights {k}", start, stop, n_filters=layer.n_out))
        groups.append(Group(f"biases {k}", stop, stop + layer.n_out, is_bias=True, n_filters=layer.n_out))
        weights = np.arange(start, stop).reshape(layer.n_out, layer.n_in)
        order.append(np.column_stack([weights, np.arange(stop, stop + layer.n_out)]).ravel())
        start = stop + layer.n_out
    return tuple(groups), np.concatenate(order)
