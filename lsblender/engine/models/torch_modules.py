"""PyTorch modules as objectives: their loss over data of your own, on a plane, in batches.

    objective = objective_from_torch(model, torch.nn.functional.cross_entropy, (X, y))

theta holds the module's `named_parameters`, one after the other, as `record` writes them. The module is copied and left
as it is; it is evaluated as in `model.eval()`, so dropout is off. PyTorch is imported when this is called.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from ...errors import LsbError
from ..history import groups_of
from ..objective import NUMBERS_AT_ONCE, Array, Group, Objective
from ..record import blocks_of

#: What may be done with the statistics of normalisation layers.
BATCH_NORM = ("batch", "running")
#: Thetas that are evaluated together, at most.
MOST_TOGETHER = 32


class ParameterNames(Sequence[str]):
    """conv.weight[0], conv.weight[1], ...: made when asked for, since there may be millions."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self.groups = groups

    def __len__(self) -> int:
        return self.groups[-1].stop

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        place = index + len(self) if index < 0 else index
        for group in self.groups:
            if group.start <= place < group.stop:
                return f"{group.name}[{place - group.start}]"
        raise IndexError(index)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How a module is evaluated: the mean loss of outputs and targets, batches of data, thetas at once or in turn."""

    loss: Callable[[Any, Any], Any]
    batches: list[tuple[Any, Any]]
    vmapped: bool


class TorchObjective(Objective):
    """The mean loss of a module over its data."""

    def __init__(self, module: Any, evaluation: Evaluation, name: str) -> None:
        self.module = module
        self.evaluation = evaluation
        self.name = name
        blocks = blocks_of(module)
        self.start: Array = np.concatenate([block.values.ravel() for block in blocks]).astype(np.float64)
        self.groups = groups_of(
            [block.values.size for block in blocks],
            [block.name for block in blocks],
            [block.n_filters for block in blocks],
            [block.is_bias for block in blocks],
        )
        self.n_params = len(self.start)
        self.n_rows = sum(len(inputs) for inputs, _ in evaluation.batches)
        self.parameter_names = ParameterNames(self.groups)

    @property
    def points_at_once(self) -> int:
        return max(1, min(MOST_TOGETHER, NUMBERS_AT_ONCE // self.n_params)) if self.evaluation.vmapped else 1

    def losses(self, thetas: Array) -> Array:
        return self._means(thetas, self.evaluation.loss)

    def errors(self, thetas: Array) -> Array:
        targets = self.evaluation.batches[0][1]
        if targets.is_floating_point() or targets.ndim != 1:
            return super().errors(thetas)
        return self._means(thetas, lambda outputs, y: (outputs.argmax(dim=1) != y).to(outputs.dtype).mean())

    def _means(self, thetas: Array, measure: Callable[[Any, Any], Any]) -> Array:
        """The mean of a measure over all samples, for each theta: (G,)."""
        import torch

        thetas = np.atleast_2d(np.asarray(thetas, dtype=np.float64))
        result = np.empty(len(thetas))
        for start in range(0, len(thetas), self.points_at_once):
            block = thetas[start : start + self.points_at_once]
            with torch.no_grad():
                result[start : start + len(block)] = self._block(block, measure)
        return result

    def _block(self, thetas: Array, measure: Callable[[Any, Any], Any]) -> Array:
        import torch

        sums = np.zeros(len(thetas))
        for inputs, targets in self.evaluation.batches:
            of = self._function(measure, inputs, targets)
            if not self.evaluation.vmapped:
                values = np.array([float(of(self._tensors(theta))) for theta in thetas])
            else:
                try:
                    values = torch.func.vmap(of)(self._tensors(thetas)).double().cpu().numpy()
                except RuntimeError as error:
                    reason = str(error).split(". ")[0].splitlines()[0]
                    raise LsbError(
                        f"{self.name} can not be evaluated for many thetas at once ({reason}); say vmapped=False"
                    ) from error
            sums += len(inputs) * values
        return sums / self.n_rows

    def _function(self, measure: Callable[[Any, Any], Any], inputs: Any, targets: Any) -> Callable[[Any], Any]:
        """A measure of the module on samples as a function of its parameters."""
        from torch.func import functional_call

        return lambda tensors: measure(functional_call(self.module, tensors, (inputs,)), targets)

    def _tensors(self, theta: Array) -> dict[str, Any]:
        """theta (P,), or thetas (G, P), as the module's parameters."""
        import torch

        lead, tensors = theta.shape[:-1], {}
        for group, (name, own) in zip(self.groups, self.module.named_parameters(), strict=True):
            values = torch.as_tensor(theta[..., group.start : group.stop], dtype=own.dtype, device=own.device)
            tensors[name] = values.reshape(*lead, *own.shape)
        return tensors

    def gradient(self, theta: Array, rows: NDArray[np.int64] | None = None) -> Array:
        import torch

        batches = self.evaluation.batches if rows is None else [self._rows(rows)]
        count = sum(len(inputs) for inputs, _ in batches)
        total = np.zeros(self.n_params)
        for inputs, targets in batches:
            of = self._function(self.evaluation.loss, inputs, targets)
            slopes = torch.func.grad(of)(self._tensors(np.asarray(theta, dtype=np.float64)))
            parts = [slope.double().cpu().numpy().ravel() for slope in slopes.values()]
            total += len(inputs) / count * np.concatenate(parts)
        return total

    def _rows(self, rows: NDArray[np.int64]) -> tuple[Any, Any]:
        """Some of the samples, by their numbers over all batches."""
        import torch

        inputs, targets = (torch.cat(list(parts)) for parts in zip(*self.evaluation.batches, strict=True))
        return inputs[rows], targets[rows]

    def initial(self, rng: np.random.Generator) -> Array:
        return self.start.copy()


def objective_from_torch(
    model: Any,
    loss: Callable[[Any, Any], Any],
    data: Any,
    *,
    batch_size: int = 0,
    batch_norm: str = "",
    vmapped: bool = True,
    name: str = "",
) -> TorchObjective:
    """The loss of a PyTorch module over data, as a function of all its parameters.

    `loss(model(X), y)` gives the mean over the samples it gets. `data` is a pair (X, y) of tensors or arrays, or
    batches of such pairs (a DataLoader, which is gone through once). A pair is evaluated `batch_size` samples at a
    time, 0: all at once. With `vmapped` many thetas are evaluated at once; a module that branches on its values needs
    False.

    The statistics of normalisation layers belong to the parameters that they were recorded with. So a module with such
    layers is refused, by their names, until `batch_norm` says what to take: 'batch', the statistics of each batch at
    each theta, or 'running', those recorded in training, wherever theta is. Raises `LsbError`.
    """
    try:
        import torch
    except ImportError:
        raise LsbError("PyTorch is not installed here; install torch beside lsblender") from None
    if not isinstance(model, torch.nn.Module):
        raise LsbError(f"a torch.nn.Module is needed, not a {type(model).__name__}", "model")
    if not any(True for _ in model.parameters()):
        raise LsbError("the module has no parameters", "model")
    module = _with_statistics(copy.deepcopy(model).eval(), batch_norm)
    device = next(module.parameters()).device
    evaluation = Evaluation(loss, _batches(data, batch_size, device), vmapped)
    objective = TorchObjective(module, evaluation, name or type(model).__name__)
    value = objective.loss(objective.start)
    if not np.isfinite(value):
        raise LsbError(f"the loss of {objective.name} is {value} where it is now; a finite one is needed")
    return objective


def _with_statistics(module: Any, batch_norm: str) -> Any:
    """The module with its normalisation layers set to the wanted statistics."""
    if batch_norm and batch_norm not in BATCH_NORM:
        raise LsbError(f"'{batch_norm}' is unknown; choose from {', '.join(BATCH_NORM)}", "batch_norm")
    layers = {name: layer for name, layer in module.named_modules() if getattr(layer, "running_mean", None) is not None}
    if layers and not batch_norm:
        kinds = ", ".join(f"'{name}' ({type(layer).__name__})" for name, layer in layers.items())
        raise LsbError(
            f"the module normalises by recorded statistics in {kinds}; say batch_norm='batch' to take those of the "
            "data at each theta, or 'running' to take the recorded ones everywhere",
            "batch_norm",
        )
    if batch_norm == "batch":
        for layer in layers.values():
            # without recorded statistics a layer takes the batch's, in eval mode too
            layer.running_mean = layer.running_var = layer.num_batches_tracked = None
            layer.track_running_stats = False
    return module


def _batches(data: Any, batch_size: int, device: Any) -> list[tuple[Any, Any]]:
    """Pairs of tensors on the device."""
    import torch

    if batch_size < 0:
        raise LsbError(f"{batch_size} samples can not be evaluated at once; 0 are all of them", "batch_size")
    is_pair = isinstance(data, tuple | list) and len(data) == 2 and not isinstance(data[0], tuple | list)
    pairs: Iterable[Any] = [data] if is_pair else data
    found: list[tuple[Any, Any]] = []
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise LsbError("pairs (X, y) of inputs and targets are needed", "data")
        inputs, targets = (torch.as_tensor(part, device=device) for part in pair)
        if len(inputs) != len(targets):
            raise LsbError(f"{len(inputs)} inputs and {len(targets)} targets", "data")
        size = batch_size if batch_size and is_pair else max(1, len(inputs))
        found += [(inputs[k : k + size], targets[k : k + size]) for k in range(0, len(inputs), size)]
    if not found:
        raise LsbError("there are no samples", "data")
    return found
