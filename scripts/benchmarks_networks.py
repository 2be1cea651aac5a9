"""Benchmarks of the networks' grids: against the package loss-landscapes (PyTorch), and against the products alone.

Ratios of times taken in turn in one run; see `benchmark.py`, which lists and runs them. The network is 30-50-50-2 on
breast cancer (569 samples), the grid 60 x 60. Run as a script with nothing but numpy, scipy, scikit-learn, torch and
loss-landscapes installed it prints the same figures.
"""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
from timings import Timing

from lsblender.engine import DATASETS, MODELS, Objective, Plane
from lsblender.engine.blas import one_blas_thread
from lsblender.engine.grid import evaluate_grid
from lsblender.engine.models.networks import NetworkObjective

ACTIVATIONS = ("relu", "tanh", "sine")
COUNT = 60


def in_turn(ways: list[Callable[[], object]], runs: int = 5) -> list[float]:
    """Wall time of each way: the median of `runs` rounds in which all have their turn."""
    times: list[list[float]] = []
    for _ in range(runs):
        times.append([])
        for way in ways:
            started = time.perf_counter()
            way()
            times[-1].append(time.perf_counter() - started)
    return [statistics.median(column) for column in zip(*times, strict=True)]


def landscape(activation: str, n_jobs: int = 1) -> tuple[NetworkObjective, Callable[[], object]]:
    """The network and its grid: a plane through the start of training, along two other starts."""
    data = DATASETS["breast_cancer"](standardize=True).load()
    objective = MODELS["mlp"](hidden=(50, 50), activation=activation).bind(data)  # type: ignore[call-arg]
    assert isinstance(objective, NetworkObjective)
    rng = np.random.default_rng(0)
    theta = objective.initial(rng)
    u, v = (objective.initial(rng) for _ in range(2))
    axis = np.linspace(-0.5, 0.5, COUNT)
    return objective, lambda: evaluate_grid(objective, Plane(theta, u, v), axis, axis, n_jobs=n_jobs)


def products_alone(objective: NetworkObjective) -> Callable[[], object]:
    """The matrix products of the whole grid in single precision, in the blocks and the memory that ours has, alone."""
    rng = np.random.default_rng(0)
    n_thetas, n = objective.block_shape()
    n_thetas = min(n_thetas, COUNT)
    last = len(objective.layers) - 1
    work = []
    for k, layer in enumerate(objective.layers[1:], 1):
        # For two classes the last layer is one row: the difference of its two outputs.
        n_out = 1 if k == last and layer.n_out == 2 else layer.n_out
        weights = rng.normal(size=(n_thetas, n_out, layer.n_in + 1)).astype(np.float32)
        values = rng.normal(size=(n_thetas, layer.n_in + 1, n)).astype(np.float32)
        work.append((weights, values, np.empty((n_thetas, n_out, n), np.float32)))
    first = [rng.normal(size=shape) for shape in ((3, objective.layers[0].n_out, objective.layers[0].n_in + 1), (n,))]
    design = objective.design.T

    def products() -> None:
        # With one thread of BLAS, as ours: for products of this size that is the faster way.
        with one_blas_thread():
            np.matmul(first[0], design)
            for start in range(0, COUNT * COUNT, n_thetas):
                count = min(n_thetas, COUNT * COUNT - start)
                for weights, values, out in work:
                    np.matmul(weights[:count], values[:count], out=out[:count])

    return products


def random_plane(activation: str) -> Callable[[], object]:
    """The peer: loss_landscapes.random_plane of the same network in PyTorch."""
    loss_landscapes, torch = import_module("loss_landscapes"), import_module("torch")
    loss_of = import_module("loss_landscapes.metrics").Loss

    units: dict[str, Callable[[], Any]] = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sine": _sine_of_torch}
    data = DATASETS["breast_cancer"](standardize=True).load()
    torch.manual_seed(0)
    unit = units[activation]
    layers = [torch.nn.Linear(30, 50), unit(), torch.nn.Linear(50, 50), unit(), torch.nn.Linear(50, 2)]
    inputs, target = torch.tensor(data.X, dtype=torch.float32), torch.tensor(data.y)
    metric = loss_of(torch.nn.CrossEntropyLoss(), inputs, target)
    network = torch.nn.Sequential(*layers)
    return lambda: loss_landscapes.random_plane(network, metric, steps=COUNT, deepcopy_model=True)


def _sine_of_torch() -> Any:
    torch = import_module("torch")

    class Sine(torch.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, z: Any) -> Any:
            return torch.sin(z)

    return Sine()


def network_against_products(activation: str) -> Timing:
    """A network's grid against its matrix products alone: at most three times their time."""
    objective, ours = landscape(activation)
    slow, fast = in_turn([products_alone(objective), ours], runs=9)
    return Timing(f"{activation} network 60 x 60, the products alone", slow, fast, 1 / 3)


def network_error_rate(activation: str) -> Timing:
    """The error rate over a network's grid against the forward passes of its points, in batches."""
    objective, _ = landscape(activation)
    rng = np.random.default_rng(0)
    plane = Plane(objective.initial(rng), objective.initial(rng), objective.initial(rng))
    axis = np.linspace(-0.5, 0.5, COUNT)

    def plain() -> object:
        return Objective.error_grid(objective, plane, axis, axis)

    slow, fast = in_turn([plain, lambda: objective.error_grid(plane, axis, axis)], runs=3)
    return Timing(f"{activation} network's error rate 60 x 60, against batches", slow, fast, 1.0)


def network_against_peer(activation: str) -> Timing:
    """A network's grid against loss-landscapes' `random_plane`; both may use every processor."""
    _, ours = landscape(activation, n_jobs=-1)
    slow, fast = in_turn([random_plane(activation), ours], runs=3)
    return Timing(f"{activation} network 60 x 60, against loss-landscapes", slow, fast, 8.0)


def peer_is_installed() -> bool:
    """Whether the comparison with loss-landscapes can run."""
    return all(importlib.util.find_spec(name) for name in ("torch", "loss_landscapes"))


def named(work: Callable[[str], Timing], activation: str) -> Callable[[], Timing]:
    """The benchmark for one activation, under a name of its own."""

    def benchmark() -> Timing:
        return work(activation)

    benchmark.__name__ = f"{work.__name__}_{activation}"
    return benchmark


#: The comparisons with the peer are there only where it is installed.
NETWORK_BENCHMARKS = tuple(
    named(work, activation)
    for work in (network_against_products, network_error_rate, *([network_against_peer] if peer_is_installed() else []))
    for activation in ACTIVATIONS
)

if __name__ == "__main__":
    for benchmark in NETWORK_BENCHMARKS:
        print(benchmark(), flush=True)
