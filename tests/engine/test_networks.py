"""Networks against plain loops, scikit-learn and PyTorch's stored numbers; their grids against the plain loss."""

from __future__ import annotations

import json
import math
import time
import tracemalloc
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, log_loss
from sklearn.neural_network import MLPClassifier, MLPRegressor
from threadpoolctl import threadpool_limits

from lsblender.engine import DATASETS, MODELS, OPTIMIZERS, Dataset, Plane, train
from lsblender.engine.models import networks
from lsblender.engine.models.networks import NetworkObjective
from lsblender.errors import Cancelled, LsbError
from lsblender.settings import check

TORCH = json.loads(Path(__file__).with_name("data").joinpath("torch_networks.json").read_text(encoding="utf-8"))[
    "cases"
]
PLAIN = {"relu": lambda z: max(0.0, z), "tanh": math.tanh, "sine": math.sin}
ACTIVATIONS = list(PLAIN)


def dataset(n_classes: int, n: int = 20, n_features: int = 3, seed: int = 0) -> Dataset:
    """Random samples; no classes: a regression."""
    rng = np.random.default_rng(seed)
    y: Any = np.arange(n) % n_classes if n_classes else rng.normal(size=n)
    names = tuple(f"f{k}" for k in range(n_features))
    return Dataset(rng.normal(size=(n, n_features)), y, names, tuple(f"c{k}" for k in range(n_classes)), "Random")


KINDS: dict[str, dict[str, Any]] = {
    "mlp": {"hidden": (4, 3)},
    "mlp one layer": {"hidden": (5,)},
    "mlp no hidden layer": {"hidden": ()},
    "residual_mlp": {"depth": 2, "width": 4},
    "residual_mlp plain": {"depth": 2, "width": 4, "skip": False},
}


def model(kind: str, **more: Any) -> Any:
    return MODELS[kind.split(" ")[0]](**KINDS[kind], **more)


@pytest.fixture(params=[(kind, a) for kind in KINDS for a in ACTIVATIONS], ids=str)
def kind_and_activation(request: pytest.FixtureRequest) -> Any:
    return request.param


LOSSES = [("softmax", 2), ("softmax", 3), ("squared", 2), ("squared", 3), ("softmax", 0)]


# -- the loss and its gradient -------------------------------------------------------------------------------


def plain_outputs(kind: str, activation: str, sizes: list[int], theta: np.ndarray, x: np.ndarray) -> list[float]:
    """One sample through the network, number by number."""
    numbers = iter(theta.tolist())
    values, before = x.tolist(), []
    for k, (n_in, n_out) in enumerate(pairwise(sizes), 1):
        weights = [[next(numbers) for _ in range(n_in)] for _ in range(n_out)]
        biases = [next(numbers) for _ in range(n_out)]
        z = [sum(w * a for w, a in zip(row, values, strict=True)) + b for row, b in zip(weights, biases, strict=True)]
        last = k == len(sizes) - 1
        if kind == "residual_mlp" and k > 1 and k % 2 == 1 and not last:
            z = [a + b for a, b in zip(z, before, strict=True)]
        before, values = values, z if last else [PLAIN[activation](number) for number in z]
    assert next(numbers, None) is None
    return values


def plain_loss(z: list[float], y: float, loss: str, n_classes: int) -> float:
    if n_classes == 0:
        return (z[0] - y) ** 2
    if loss == "softmax":
        return math.log(sum(math.exp(a) for a in z)) - z[int(y)]
    if n_classes == 2:
        return (z[0] - (1 if y == 0 else -1)) ** 2
    return sum((a - (k == y)) ** 2 for k, a in enumerate(z))


@pytest.mark.parametrize(("loss", "n_classes"), LOSSES)
def test_loss_against_plain_loops(kind_and_activation: Any, loss: str, n_classes: int) -> None:
    kind, activation = kind_and_activation
    data = dataset(n_classes)
    objective = model(kind, activation=activation, loss=loss, l2=0.2).bind(data)
    thetas = np.random.default_rng(1).normal(size=(3, objective.n_params))
    sizes = [objective.layers[0].n_in, *(layer.n_out for layer in objective.layers)]
    for theta, found in zip(thetas, objective.losses(thetas), strict=True):
        outputs = [plain_outputs(kind, activation, sizes, theta, x) for x in data.X]
        losses = [plain_loss(z, y, loss, n_classes) for z, y in zip(outputs, data.y.tolist(), strict=True)]
        weights = [theta[g.start : g.stop] for g in objective.groups if not g.is_bias]
        penalty = 0.1 * sum(w**2 for block in weights for w in block.tolist())
        assert found == pytest.approx(sum(losses) / len(losses) + penalty, rel=1e-12)


@pytest.mark.parametrize(("loss", "n_classes"), LOSSES)
def test_gradient_against_central_differences(kind_and_activation: Any, loss: str, n_classes: int) -> None:
    kind, activation = kind_and_activation
    data = dataset(n_classes)
    rows = np.array([3, 11, 4, 0])
    part = Dataset(data.X[rows], data.y[rows], data.feature_names, data.target_names, "Part")
    settings = {"activation": activation, "loss": loss, "l2": 0.2}
    objective, of_rows = (model(kind, **settings).bind(each) for each in (data, part))
    theta = np.random.default_rng(2).normal(size=objective.n_params)
    steps = 1e-6 * np.eye(objective.n_params)
    for every, chosen in ((objective, None), (of_rows, rows)):
        expected = (every.losses(theta + steps) - every.losses(theta - steps)) / 2e-6
        np.testing.assert_allclose(objective.gradient(theta, chosen), expected, rtol=1e-6, atol=2e-8)


@pytest.mark.parametrize("case", TORCH, ids=lambda case: f"{case['kind']} {case['activation']} {case['loss']}")
def test_loss_and_gradient_are_those_of_pytorch(case: dict[str, Any]) -> None:
    data = Dataset(
        np.array(case["X"]), np.array(case["y"]), ("a", "b", "c"), tuple("xyz"[: case["n_classes"]]), "From the file"
    )
    kind = {"mlp": "mlp", "residual": "residual_mlp", "plain": "residual_mlp plain"}[case["kind"]]
    objective = model(kind, activation=case["activation"], loss=case["loss"], l2=case["l2"]).bind(data)
    theta = np.array(case["theta"])
    assert objective.loss(theta) == pytest.approx(case["all"]["loss"], rel=1e-10)
    np.testing.assert_allclose(objective.gradient(theta), case["all"]["gradient"], rtol=1e-10, atol=1e-12)
    five = objective.gradient(theta, np.arange(5))
    np.testing.assert_allclose(five, case["five"]["gradient"], rtol=1e-10, atol=1e-12)


def coefficients(objective: NetworkObjective, theta: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """theta as scikit-learn stores it: weights (in, out) and intercepts (out,)."""
    parts = [theta[group.start : group.stop] for group in objective.groups]
    shapes = [(layer.n_out, layer.n_in) for layer in objective.layers]
    return [w.reshape(s).T for w, s in zip(parts[::2], shapes, strict=True)], parts[1::2]


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("source", ["iris", "wine", "breast_cancer"])
def test_classes_against_sklearn(source: str, activation: str) -> None:
    options = {"classes": ()} if source == "iris" else {}
    data = DATASETS[source](standardize=True, **options).load()
    objective = MODELS["mlp"](hidden=(7, 5), activation=activation).bind(data)
    theta = np.random.default_rng(3).normal(scale=0.4, size=objective.n_params)
    peer = MLPClassifier((7, 5), activation=activation, max_iter=1)
    with pytest.warns(ConvergenceWarning):
        peer.fit(data.X, data.y)
    weights, biases = coefficients(objective, theta)
    if len(data.target_names) == 2:  # scikit-learn has one output for two classes
        weights[-1], biases[-1] = weights[-1][:, 1:] - weights[-1][:, :1], biases[-1][1:] - biases[-1][:1]
    peer.coefs_, peer.intercepts_ = weights, biases
    assert objective.loss(theta) == pytest.approx(log_loss(data.y, peer.predict_proba(data.X)), rel=1e-9)
    expected = 1 - accuracy_score(data.y, peer.predict(data.X))
    assert objective.errors(theta[None])[0] == pytest.approx(expected, abs=1e-12)


def test_regression_against_sklearn() -> None:
    data = DATASETS["diabetes"](standardize=True).load()
    objective = MODELS["mlp"](hidden=(6,), activation="tanh").bind(data)
    theta = np.random.default_rng(4).normal(size=objective.n_params)
    peer = MLPRegressor(hidden_layer_sizes=(6,), activation="tanh", max_iter=1)
    with pytest.warns(ConvergenceWarning):
        peer.fit(data.X, data.y)
    peer.coefs_, peer.intercepts_ = coefficients(objective, theta)
    assert objective.loss(theta) == pytest.approx(np.mean((data.y - peer.predict(data.X)) ** 2), rel=1e-12)
    with pytest.raises(LsbError, match="has no error rate"):
        objective.errors(theta[None])


@pytest.mark.parametrize(("loss", "n_classes"), LOSSES[:4])
def test_errors_count_the_wrong_ones(loss: str, n_classes: int) -> None:
    data = dataset(n_classes)
    objective = model("mlp", loss=loss).bind(data)
    sizes = [3, 4, 3, objective.head.n_outputs]
    thetas = np.random.default_rng(5).normal(size=(6, objective.n_params))
    for theta, found in zip(thetas, objective.errors(thetas), strict=True):
        outputs = [plain_outputs("mlp", "relu", sizes, theta, x) for x in data.X]
        guesses = [int(z[0] < 0) if len(z) == 1 else z.index(max(z)) for z in outputs]
        assert found == pytest.approx(np.mean(np.array(guesses) != data.y), abs=1e-12)
    assert objective.errors(np.full((1, objective.n_params), np.nan)) == [1.0]


def test_small_losses_keep_their_digits() -> None:
    """Far on the right side the loss is exp(-d), which 1 + exp(-d) would round off."""
    data = Dataset(np.array([[1.0], [-1.0]]), np.array([0, 1]), ("x",), ("a", "b"), "Two")
    objective = MODELS["mlp"](hidden=()).bind(data)
    assert objective.loss(np.array([25.0, -25.0, 0.0, 0.0])) == pytest.approx(math.log1p(math.exp(-50)), rel=1e-12)
    assert objective.loss(np.array([-5e3, 5e3, 0.0, 0.0])) == pytest.approx(1e4, rel=1e-15)


# -- parameters ----------------------------------------------------------------------------------------------


def test_filters_are_the_weights_of_one_unit(kind_and_activation: Any) -> None:
    """A row of a group, and the names, belong to one unit: with the row at zero the unit ignores all its inputs."""
    kind, activation = kind_and_activation
    objective = model(kind, activation=activation).bind(dataset(2))
    names = np.array(objective.parameter_names)
    for k, (weights, biases) in enumerate(zip(objective.groups[::2], objective.groups[1::2], strict=True), 1):
        layer = objective.layers[k - 1]
        rows = names[weights.start : weights.stop].reshape(weights.n_filters, -1)
        assert rows.tolist() == [[f"W{k}[{i},{j}]" for j in range(layer.n_in)] for i in range(layer.n_out)]
        assert names[biases.start : biases.stop].tolist() == [f"b{k}[{i}]" for i in range(layer.n_out)]
        assert (weights.is_bias, biases.is_bias, biases.n_filters) == (False, True, layer.n_out)
    assert [group.start for group in objective.groups[1:]] == [group.stop for group in objective.groups[:-1]]
    theta = np.random.default_rng(6).normal(size=objective.n_params)
    first = objective.groups[0]
    theta[first.start : first.stop].reshape(first.n_filters, -1)[1] = 0.0
    data = dataset(2)
    inputs = data.X @ theta[: first.stop].reshape(first.n_filters, -1).T + theta[first.stop : objective.groups[1].stop]
    assert np.ptp(inputs[:, 1]) == 0.0
    assert (np.ptp(np.delete(inputs, 1, axis=1), axis=0) > 0).all()


@pytest.mark.parametrize(("activation", "variance"), [("relu", 2 / 200), ("tanh", 2 / (200 + 150)), ("sine", 2 / 200)])
def test_initial_spread(activation: str, variance: float) -> None:
    objective = MODELS["mlp"](hidden=(150, 4), activation=activation).bind(dataset(2, n_features=200))
    theta = objective.initial(np.random.default_rng(0))
    parts = [theta[group.start : group.stop] for group in objective.groups]
    assert not np.concatenate(parts[1::2]).any()
    assert parts[0].var() == pytest.approx(variance, rel=0.03)
    assert abs(parts[0].mean()) < 4 * np.sqrt(variance / len(parts[0]))
    np.testing.assert_array_equal(objective.initial(np.random.default_rng(0)), theta)
    assert not np.array_equal(objective.initial(np.random.default_rng(1)), theta)


def test_same_parameters_with_and_without_skip() -> None:
    with_skip, without = (model(kind).bind(dataset(3)) for kind in ("residual_mlp", "residual_mlp plain"))
    assert with_skip.parameter_names == without.parameter_names
    assert with_skip.groups == without.groups
    theta = np.random.default_rng(7).normal(size=without.n_params)
    assert with_skip.loss(theta) != without.loss(theta)


@pytest.mark.parametrize(
    ("kind", "wrong", "key"),
    [
        ("mlp", {"hidden": (4, 0)}, "hidden[1]"),
        ("mlp", {"activation": "rleu"}, "activation"),
        ("mlp", {"loss": "hinge"}, "loss"),
        ("residual_mlp", {"depth": 0}, "depth"),
        ("residual_mlp", {"width": 5000}, "width"),
    ],
)
def test_wrong_settings_name_their_key(kind: str, wrong: dict[str, Any], key: str) -> None:
    with pytest.raises(LsbError) as error:
        check(MODELS[kind](**wrong))
    assert error.value.key == key


# -- grids ---------------------------------------------------------------------------------------------------


def plain_grid(objective: NetworkObjective, plane: Plane, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.array([[objective.loss(plane.origin + a * plane.u + b * plane.v) for a in x] for b in y])


def filter_plane(objective: NetworkObjective, theta: np.ndarray, seed: int = 0) -> Plane:
    """Two random directions with the filter norms of theta, biases left out (Li et al. 2018)."""
    directions = np.random.default_rng(seed).normal(size=(2, objective.n_params))
    for direction in directions:
        for group in objective.groups:
            part = direction[group.start : group.stop].reshape(group.n_filters, -1)
            filters = theta[group.start : group.stop].reshape(group.n_filters, -1)
            norms = np.linalg.norm(filters, axis=1, keepdims=True)
            part *= 0.0 if group.is_bias else norms / np.linalg.norm(part, axis=1, keepdims=True)
    return Plane(theta, *directions)


def trained(activation: str = "relu", **options: Any) -> tuple[NetworkObjective, np.ndarray]:
    data = DATASETS["breast_cancer"](standardize=True).load()
    objective = MODELS["mlp"](hidden=(20, 20), activation=activation, **options).bind(data)
    return objective, train(objective, OPTIMIZERS["sgd"](learning_rate=0.05), 100).theta[-1]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(draw=st.data())
@pytest.mark.parametrize("kind", KINDS)
def test_grid_against_the_plain_loop(kind: str, draw: st.DataObject) -> None:
    loss, n_classes = draw.draw(st.sampled_from(LOSSES))
    activation = draw.draw(st.sampled_from(ACTIVATIONS))
    l2 = draw.draw(st.sampled_from([0.0, 0.3]))
    objective = model(kind, activation=activation, loss=loss, l2=l2).bind(dataset(n_classes))
    rng = np.random.default_rng(draw.draw(st.integers(0, 2**32 - 1)))
    plane = Plane(*rng.normal(scale=10 ** rng.uniform(-1.5, 0.7), size=(3, objective.n_params)))
    x, y = rng.normal(size=draw.draw(st.integers(1, 14))), rng.normal(size=draw.draw(st.integers(1, 4)))
    found = objective.loss_grid(plane, x, y)
    np.testing.assert_allclose(found, plain_grid(objective, plane, x, y), rtol=1e-6, atol=1e-14)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", ["softmax", "squared"])
def test_grid_around_a_trained_network(activation: str, loss: str) -> None:
    objective, theta = trained(activation, loss=loss)
    plane = filter_plane(objective, theta)
    x, y = np.linspace(-1, 1, 15), np.linspace(-1.5, 1.5, 9)
    grid = objective.loss_grid(plane, x, y)
    np.testing.assert_allclose(grid, plain_grid(objective, plane, x, y), rtol=1e-6)
    assert grid[4, 7] == pytest.approx(objective.loss(theta), rel=1e-6)


def test_adjacent_columns_are_continuous() -> None:
    """No column belongs to its neighbour's place: on a fine grid a smooth loss is smooth."""
    objective, theta = trained("tanh")
    axis = np.linspace(-0.5, 0.5, 101)
    grid = objective.loss_grid(filter_plane(objective, theta), axis, axis)
    for along in (0, 1):
        first, second = (np.abs(np.diff(grid, n, axis=along)).max() for n in (1, 2))
        assert second < 0.1 * first


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_raw_data_and_far_planes_fall_back_to_double_precision(activation: str) -> None:
    data = DATASETS["breast_cancer"]().load()
    objective = MODELS["mlp"](hidden=(6, 5), activation=activation).bind(data)
    plane = Plane(*np.random.default_rng(8).normal(size=(3, objective.n_params)))
    x, y = np.linspace(-40, 40, 11), np.linspace(-1, 1, 3)
    np.testing.assert_allclose(
        objective.loss_grid(plane, x, y), plain_grid(objective, plane, x, y), rtol=1e-6, atol=1e-14
    )


def test_what_is_no_number_stays_so() -> None:
    """Losses beyond single precision are right, those beyond double precision as in `losses`."""
    objective = model("mlp", loss="squared").bind(dataset(2))
    theta = np.random.default_rng(9).normal(size=objective.n_params)
    plane = Plane(theta, theta, np.zeros_like(theta))
    x = np.concatenate([np.linspace(-1, 1, 6), [1e9, 1e20, 1e45, 1e60, 1e120]])
    expected = objective.losses(plane.inverse_transform(np.column_stack([x, np.zeros(11)])))
    assert not np.isfinite(expected[-1])
    assert (expected[6:9] > [1e45, 1e100, 1e200]).all()
    np.testing.assert_allclose(objective.loss_grid(plane, x, np.zeros(1))[0], expected, rtol=1e-6)


def test_grid_does_not_depend_on_blocks_and_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    objective, theta = trained()
    plane, x, y = filter_plane(objective, theta), np.linspace(-1, 1, 13), np.linspace(-1, 1, 6)
    whole = objective.loss_grid(plane, x, y)
    parts = [objective.loss_grid(plane, x, y[part]) for part in (slice(0, 1), slice(1, 4), slice(4, 6))]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    thetas = np.random.default_rng(0).normal(size=(5, objective.n_params))
    losses, errors = objective.losses(thetas), objective.errors(thetas)
    monkeypatch.setattr(networks, "CELLS", 1000)
    monkeypatch.setattr(networks, "FEWEST_SAMPLES", 50)
    assert objective.block_shape()[1] < objective.n_rows / 5
    np.testing.assert_allclose(objective.loss_grid(plane, x, y), whole, rtol=4e-7)
    np.testing.assert_allclose(objective.losses(thetas), losses, rtol=1e-13)
    np.testing.assert_allclose(objective.errors(thetas), errors, rtol=1e-13)


@pytest.mark.parametrize(("hidden", "rows"), [((50, 50), 40), ((512, 512, 512), 2)])
def test_progress_is_reported_often_and_can_cancel(hidden: tuple[int, ...], rows: int) -> None:
    data = DATASETS["breast_cancer"](standardize=True).load()
    objective = MODELS["mlp"](hidden=hidden).bind(data)
    plane = filter_plane(objective, objective.initial(np.random.default_rng(0)))
    # Of this thread's own time, with one thread for the products, and the best of three: what else runs on the machine
    # only makes pauses longer.
    pauses = []
    for _ in range(3):
        times, seen = [time.thread_time()], []

        def note(fraction: float, times: list[float] = times, seen: list[float] = seen) -> None:
            times.append(time.thread_time())
            seen.append(fraction)

        with threadpool_limits(1, "blas"):
            times[0] = time.thread_time()
            objective.loss_grid(plane, np.linspace(-1, 1, 30), np.linspace(-1, 1, rows), note)
        assert seen == sorted(seen)
        assert seen[-1] == 1.0
        pauses.append(np.diff(times))
        if max(pauses[-1]) < 0.1:
            break
    assert np.median(pauses[-1]) < 0.05
    assert min(max(pause) for pause in pauses) < 0.1

    def stop(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        objective.loss_grid(plane, np.linspace(-1, 1, 60), np.linspace(-1, 1, 60), stop)


def test_memory_does_not_grow_with_the_grid() -> None:
    objective, theta = trained()
    plane = filter_plane(objective, theta)
    peaks = []
    for count in (40, 160):
        axis = np.linspace(-1, 1, count)
        tracemalloc.start()
        objective.loss_grid(plane, axis, axis)
        peaks.append(tracemalloc.get_traced_memory()[1] - 8 * count**2)
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1e6


# -- chaos ---------------------------------------------------------------------------------------------------


def n_minima(grid: np.ndarray) -> int:
    """Points of the grid that are lower than their eight neighbours."""
    inner = grid[1:-1, 1:-1]
    n, m = grid.shape
    shifts = [(i, j) for i in range(3) for j in range(3) if (i, j) != (1, 1)]
    around = np.stack([grid[i : n - 2 + i, j : m - 2 + j] for i, j in shifts])
    return int((inner < around.min(axis=0)).sum())


def test_deep_networks_turn_chaotic_without_skip_connections() -> None:
    """Li et al. 2018, figure 1: the same network, data, training and directions; only the skip connections differ."""
    data = DATASETS["breast_cancer"](standardize=True).load()
    found = {}
    for skip in (True, False):
        objective = MODELS["residual_mlp"](depth=28, width=12, skip=skip, activation="tanh").bind(data)
        rng = np.random.default_rng(0)
        theta = objective.initial(rng)
        for _ in range(150):
            rows = rng.choice(objective.n_rows, 64, replace=False)
            theta = theta - 0.02 * objective.gradient(theta, rows)
        axis = np.linspace(-1, 1, 31)
        found[skip] = n_minima(objective.loss_grid(filter_plane(objective, theta), axis, axis))
    assert 1 <= found[True] <= 3
    assert found[False] >= 5 * found[True]
