"""Benchmarks of the linear models' grids: against the loop of 2018, against one matrix product, and by size.

Ratios of times taken in turn in one run; see `benchmark.py`, which lists and runs them.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from timings import Timing, seconds, timing

from lsblender.engine import DATASETS, MODELS, PROJECTIONS, Experiment, Objective, Plane, axes_around, train
from lsblender.engine.datasets import MNIST
from lsblender.engine.optimizers import SGD
from lsblender.settings import structure

Array = NDArray[np.float64]


def breast_cancer(kind: str, count: int) -> tuple[Objective, Plane, Array, Array]:
    """A model trained on breast cancer (569 x 30), the plane of its path, and axes of count points."""
    objective = MODELS[kind]().bind(DATASETS["breast_cancer"](standardize=True).load())
    path = train(objective, SGD(learning_rate=0.1), 200)
    plane = PROJECTIONS["pca"]().fit([path], objective)
    assert isinstance(plane, Plane)
    return objective, plane, *axes_around(plane.transform(path.theta), (count, count), 0.5)


def signed_design() -> Array:
    """s * x of breast cancer, as a plain script would have it."""
    dataset = DATASETS["breast_cancer"](standardize=True).load()
    return np.asarray(np.where(dataset.y == 0, 1.0, -1.0)[:, None] * dataset.X)


def loop_2018(of_margins: Callable[[Array], Array], plane: Plane, x: Array, y: Array) -> Array:
    """One loss for one grid point after the other, the margins of each from the 30 features."""
    signed = signed_design()
    loss = np.empty((len(y), len(x)))
    for j in range(len(y)):
        for i in range(len(x)):
            loss[j, i] = of_margins(signed @ (plane.origin + x[i] * plane.u + y[j] * plane.v)).mean()
    return loss


def one_product(plane: Plane, x: Array, y: Array) -> Array:
    """thetas @ X.T and logaddexp, a row of thetas at a time so that it fits into memory."""
    signed = signed_design()
    rows = [plane.origin + x[:, None] * plane.u + y_j * plane.v for y_j in y]
    return np.array([np.logaddexp(0.0, -(thetas @ signed.T)).mean(axis=1) for thetas in rows])


def logistic_loop() -> Timing:
    """A logistic landscape of 100 x 100 on breast cancer against a loop over its points."""
    objective, plane, x, y = breast_cancer("logistic_regression", 100)
    return timing(
        "logistic grid 100 x 100, against the 2018 loop",
        lambda: loop_2018(lambda margins: np.logaddexp(0.0, -margins), plane, x, y),
        lambda: objective.loss_grid(plane, x, y),
        15.0,
    )


def logistic_product() -> Timing:
    """A logistic landscape of 1000 x 1000 on breast cancer against one matrix product and logaddexp."""
    objective, plane, x, y = breast_cancer("logistic_regression", 1000)
    return timing(
        "logistic grid 1000 x 1000, against one product",
        lambda: one_product(plane, x, y),
        lambda: objective.loss_grid(plane, x, y),
        15.0,
        runs=1,
    )


def hinge_loop() -> Timing:
    """A landscape of 400 x 400 of a support vector machine on breast cancer against a loop over its points."""
    objective, plane, x, y = breast_cancer("svm", 400)
    return timing(
        "hinge grid 400 x 400, against a loop",
        lambda: loop_2018(lambda margins: np.maximum(0.0, 1.0 - margins), plane, x, y),
        lambda: objective.loss_grid(plane, x, y),
        100.0,
    )


def softmax_product() -> Timing:
    """A softmax landscape of 100 x 100 on 1000 digits of MNIST against scores and their logarithm of sums."""
    from scipy.special import logsumexp

    dataset = MNIST(size=1000).load()
    X, y_true = dataset.X, dataset.y
    objective = MODELS["softmax_regression"]().bind(dataset)
    plane = Plane(*(0.1 * np.random.default_rng(0).normal(size=(3, objective.n_params))))
    axis = np.linspace(-5, 5, 100)

    def plain() -> None:
        o, u, v = (vector.reshape(10, -1) for vector in (plane.origin, plane.u, plane.v))
        for y_j in axis:
            for x_i in axis:
                scores = X @ (o + x_i * u + y_j * v).T
                (logsumexp(scores, axis=1) - scores[np.arange(1000), y_true]).mean()

    def ours() -> None:
        objective.loss_grid(plane, axis, axis)

    return timing("softmax grid 100 x 100, against a loop", plain, ours, 15.0, runs=1)


def error_rate_loop() -> Timing:
    """A landscape of 200 x 200 of a linear classifier's error rate on breast cancer against a loop over its points."""
    objective, plane, x, y = breast_cancer("svm", 200)
    return timing(
        "error rate grid 200 x 200, against a loop",
        lambda: loop_2018(lambda margins: (margins < 0.0).astype(np.float64), plane, x, y),
        lambda: objective.error_grid(plane, x, y),
        20.0,
    )


def softmax_error_rate() -> Timing:
    """A landscape of 60 x 60 of a softmax's error rate on 1000 digits of MNIST against a loop over its points."""
    dataset = MNIST(size=1000).load()
    objective = MODELS["softmax_regression"]().bind(dataset)
    plane = Plane(*(0.1 * np.random.default_rng(0).normal(size=(3, objective.n_params))))
    axis = np.linspace(-5, 5, 60)

    def plain() -> None:
        o, u, v = (vector.reshape(10, -1) for vector in (plane.origin, plane.u, plane.v))
        for y_j in axis:
            for x_i in axis:
                np.mean((dataset.X @ (o + x_i * u + y_j * v).T).argmax(axis=1) != dataset.y)

    return timing(
        "softmax error rate 60 x 60, against a loop",
        plain,
        lambda: objective.error_grid(plane, axis, axis),
        20.0,
        runs=1,
    )


def linear_in_points() -> Timing:
    """Work grows with the points: 16 times the points in no more than 1.25 times 16 times the time."""
    objective, plane, x, y = breast_cancer("logistic_regression", 1200)
    few = statistics.median(seconds(lambda: objective.loss_grid(plane, x[::4], y[::4])) for _ in range(5))
    many = statistics.median(seconds(lambda: objective.loss_grid(plane, x, y)) for _ in range(3))
    return Timing("logistic grid, 16 times 300 x 300 against 1200 x 1200", 16 * few, many, 0.8)


def linear_in_samples() -> Timing:
    """Work grows with the samples: 8 times the samples in no more than 1.25 times 8 times the time."""
    rng = np.random.default_rng(0)
    few_data = DATASETS["breast_cancer"](standardize=True).load()
    many_data = few_data.rows(rng.integers(0, 569, 8 * 569))
    few, many = (MODELS["logistic_regression"]().bind(data) for data in (few_data, many_data))
    _, plane, x, y = breast_cancer("logistic_regression", 400)
    times = [
        statistics.median(seconds(lambda: bound.loss_grid(plane, x, y)) for _ in range(3))  # noqa: B023
        for bound in (few, many)
    ]
    return Timing("logistic grid, 8 times 569 samples against 4552", 8 * times[0], times[1], 0.8)


def progress_gap() -> Timing:
    """The longest time without a call of progress, of 50 ms."""
    longest = 0.0
    for kind in ("logistic_regression", "svm", "softmax_regression"):
        objective, plane, x, y = breast_cancer(kind, 1500)
        moments = [time.perf_counter()]
        objective.loss_grid(plane, x, y, lambda fraction: moments.append(time.perf_counter()))  # noqa: B023
        moments.append(time.perf_counter())
        longest = max(longest, float(np.diff(moments).max()))
    return Timing("50 ms, against the longest pause of progress", 0.05, longest, 1.0)


def fitting_gap() -> Timing:
    """The longest time without a call of progress while a network's charts are fitted, one kind after the other.

    In the second round: in the first one libraries are imported, and to load one of their files can take longer.
    """
    table = {
        "dataset": "digits",
        "model": {"kind": "mlp", "hidden": [40]},
        "optimizers": [{"kind": "adam", "batch_size": 100}],
        "steps": 350,
    }
    trained = structure(table, Experiment).train()
    longest = 0.0
    for kind in ("pca", "hessian", "autoencoder", "locally_linear", "kernel_pca"):
        experiment = structure({**table, "projection": kind}, Experiment)
        for _ in range(2):
            moments = [time.perf_counter()]
            experiment.survey(lambda fraction: moments.append(time.perf_counter()), trained)  # noqa: B023
            moments.append(time.perf_counter())
        longest = max(longest, float(np.diff(moments).max()))
    return Timing("50 ms, against the longest pause while charts are fitted", 0.05, longest, 1.0)


def mnist_landscape() -> Timing:
    """The peak of a softmax landscape of 2000 x 2000 on the 10,000 digits of MNIST, of 1 GB; takes a minute.

    The figures are gigabytes that numpy holds at once, data included, rather than seconds.
    """
    tracemalloc.start()
    dataset = MNIST(size=10_000).load()
    objective = MODELS["softmax_regression"]().bind(dataset)
    plane = Plane(*(0.1 * np.random.default_rng(0).normal(size=(3, objective.n_params))))
    axis = np.linspace(-5, 5, 2000)
    objective.loss_grid(plane, axis, axis)
    peak = tracemalloc.get_traced_memory()[1] / 1e9
    tracemalloc.stop()
    return Timing("1 GB, against the peak of MNIST softmax 2000 x 2000", 1.0, peak, 1.0, "GB")


ENGINE_BENCHMARKS = (
    logistic_loop,
    logistic_product,
    hinge_loop,
    softmax_product,
    error_rate_loop,
    softmax_error_rate,
    linear_in_points,
    linear_in_samples,
    progress_gap,
    fitting_gap,
    mnist_landscape,
)
