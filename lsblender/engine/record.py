"""A recorder for training loops of your own: where the model is, step after step, as a history that can be filmed.

    recorder = Recorder(model)
    recorder.add()                       # the start
    for batch in data:
        ...                              # one step of training
        recorder.add()
    recorder.save("history.npz")

The model is a PyTorch module, a scikit-learn estimator (with partial_fit or warm_start) or whatever gives its arrays.
PyTorch itself is not needed here: its modules are asked for their parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import LsbError
from ..files import whole_file
from .history import History, groups_of
from .objective import Array


@dataclass(frozen=True, eq=False)
class Block:
    """Parameters that belong together: a layer's weights, with one of the rows for each unit, or its biases."""

    name: str
    values: NDArray[Any]
    is_bias: bool = False

    @property
    def n_filters(self) -> int:
        """How many units it feeds; biases are one block."""
        return 1 if self.is_bias or self.values.ndim < 2 else len(self.values)


def blocks_of(model: Any) -> list[Block]:
    """The parameters of a model, block by block.

    A PyTorch module's are those of `named_parameters`. A scikit-learn estimator's are in the order in which lsblender's
    models of the same kind have them, so that they can be shown on these: linear classifiers of two classes with the
    first class as +1, networks with a row for each unit. A list or dict of arrays, or a function without arguments that
    gives one, is taken as it is. Raises `LsbError` for anything else, and for a model that is not fitted yet.
    """
    if hasattr(model, "named_parameters"):
        return [_tensor_block(name, tensor) for name, tensor in model.named_parameters()]
    if hasattr(model, "coefs_"):
        layers = enumerate(zip(model.coefs_, model.intercepts_, strict=True), 1)
        pairs = [(Block(f"W{k}", weights.T), Block(f"b{k}", bias, True)) for k, (weights, bias) in layers]
        return [block for pair in pairs for block in pair]
    if hasattr(model, "coef_"):
        return _linear_blocks(model)
    if hasattr(model, "get_params"):
        raise LsbError(f"{type(model).__name__} has no coefficients yet, or none at all; fit it first, for one step")
    given = model() if callable(model) else model
    named = given.items() if isinstance(given, dict) else enumerate(given)
    return [Block(str(name), np.asarray(values), np.ndim(values) < 2) for name, values in named]


def _tensor_block(name: str, tensor: Any) -> Block:
    """A PyTorch parameter, in single precision if it has less."""
    values = tensor.detach().cpu()
    return Block(name, (values.float() if values.element_size() < 4 else values).numpy().copy(), values.ndim < 2)


def _linear_blocks(model: Any) -> list[Block]:
    """A linear model's coefficients, and its intercepts if it fits any."""
    weights, sign = np.asarray(model.coef_), 1.0
    if len(getattr(model, "classes_", ())) == 2:
        # scikit-learn's positive class is the second one
        sign = -1.0
    blocks = [Block("weights", sign * np.atleast_2d(weights))]
    if getattr(model, "fit_intercept", False):
        blocks.append(Block("intercepts", sign * np.atleast_1d(model.intercept_), True))
    return blocks


@dataclass
class Recorder:
    """Records a model's parameters each time `add` is called, or `every` so many times.

    `name` is what the path is called in pictures: the optimizer's. The rows are kept in the model's own precision.
    """

    model: Any
    every: int = 1
    name: str = ""
    rows: list[NDArray[Any]] = field(default_factory=list, repr=False)
    losses: list[float] = field(default_factory=list, repr=False)
    calls: int = 0

    def add(self, loss: Any = None) -> None:
        """Record where the model is now; `loss`, a number or a tensor of one, is the loss there, if it is known."""
        if self.every < 1:
            raise LsbError(f"every {self.every} calls is never; at least 1 is needed", "every")
        self.calls += 1
        if (self.calls - 1) % self.every:
            return
        row = np.concatenate([block.values.ravel() for block in blocks_of(self.model)])
        if self.rows and len(row) != len(self.rows[0]):
            raise LsbError(f"the model has {len(row)} parameters now and had {len(self.rows[0])} before")
        self.rows.append(row)
        self.losses.append(float("nan") if loss is None else float(loss.detach() if hasattr(loss, "detach") else loss))

    def history(self) -> History:
        """What was recorded so far. Raises `LsbError` for nothing."""
        if not self.rows:
            raise LsbError("nothing was recorded; call add after each step of the training")
        blocks = blocks_of(self.model)
        loss: Array | None = np.array(self.losses)
        groups = groups_of(
            [block.values.size for block in blocks],
            [block.name for block in blocks],
            [block.n_filters for block in blocks],
            [block.is_bias for block in blocks],
        )
        known = None if np.isnan(self.losses).all() else loss
        return History(np.array(self.rows), known, groups, self.name or "history", self.every)

    def save(self, file: str | Path) -> Path:
        """Write the history as .npz, which `history = "..."` in a scene file reads. Raises `LsbError`."""
        history, path = self.history(), Path(file)
        if path.suffix.lower() != ".npz":
            raise LsbError(f"'{path}': the name of a history must end in .npz")
        arrays: dict[str, Any] = {
            "theta": history.theta,
            "groups": [group.stop - group.start for group in history.groups],
            "group_names": [group.name for group in history.groups],
            "group_filters": [group.n_filters for group in history.groups],
            "group_is_bias": [int(group.is_bias) for group in history.groups],
            "every": history.every,
        }
        if self.name:
            arrays["name"] = self.name
        if history.loss is not None:
            arrays["loss"] = history.loss
        with whole_file(path) as temporary:
            np.savez(temporary, **arrays)
        return path
