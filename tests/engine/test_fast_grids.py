"""Grids over a plane against plain loops in Python, on any plane and with margins of any size."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsblender.engine import DATASETS, MODELS, Dataset, Plane
from lsblender.engine.models import fast_grids, log_grids
from lsblender.engine.models.fast_grids import Affine, add_squares, hinge_grid, square_root_of
from lsblender.engine.models.log_grids import log_one_plus_sum, log_sums_grid
from lsblender.errors import Cancelled

EPSILON = np.finfo(np.float64).eps


def log_one_plus(exponents: list[float]) -> float:
    """log(1 + sum exp d) with Python's own functions."""
    top = max(0.0, *exponents)
    rest = [math.exp(d - top) for d in exponents]
    return math.log1p(math.fsum(rest)) if top == 0.0 else top + math.log(math.fsum([*rest, math.exp(-top)]))


def plain_log(q: Affine, x: np.ndarray, y: np.ndarray) -> list[list[float]]:
    return [
        [
            math.fsum(
                log_one_plus(list(a + x_i * b + y_j * c)) for a, b, c in zip(q.at, q.along_x, q.along_y, strict=True)
            )
            for x_i in x
        ]
        for y_j in y
    ]


def plain_hinge(q: Affine, power: int, x: np.ndarray, y: np.ndarray) -> list[list[float]]:
    parts = list(zip(q.at.tolist(), q.along_x.tolist(), q.along_y.tolist(), strict=True))
    return [
        [math.fsum(max(0.0, a + x_i * b + y_j * c) ** power for a, b, c in parts) for x_i in x.tolist()]
        for y_j in y.tolist()
    ]


def size_of(q: Affine, x: np.ndarray, y: np.ndarray) -> float:
    """The largest number that a decision value is a sum of: it is known to rounding of that."""
    return float(
        np.abs(q.at).max() + np.abs(q.along_x).max() * np.abs(x).max() + np.abs(q.along_y).max() * np.abs(y).max()
    )


numbers = st.floats(-1, 1).map(lambda value: round(value, 6))
sizes = st.sampled_from([0.0, 1e-3, 1.0, 30.0, 1e3, 1e4])
axes = st.one_of(
    st.lists(st.floats(-3, 3), min_size=1, max_size=6).map(np.array),
    st.integers(1, 70).map(lambda count: np.linspace(-1.5, 2.0, count)),
)


@st.composite
def affine(draw: st.DrawFn, n_terms: int | None = None) -> Affine:
    """Decision values of a random plane: some of its directions may be 0, some thousands of times longer."""
    shape = (draw(st.integers(1, 8)), *([n_terms] if n_terms else []))
    count = int(np.prod(shape))
    parts = [
        draw(sizes) * np.array(draw(st.lists(numbers, min_size=count, max_size=count))).reshape(shape) for _ in range(3)
    ]
    return Affine(*parts)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(q=st.integers(1, 4).flatmap(affine), x=axes, y=axes)
def test_log_grid_is_the_plain_loop(q: Affine, x: np.ndarray, y: np.ndarray) -> None:
    """Relative to the loss itself, however small that is; exponents to 1e4 and beyond."""
    tolerance = 1e-12 + 16 * EPSILON * size_of(q, x, y)
    np.testing.assert_allclose(log_sums_grid(q, x, y), plain_log(q, x, y), rtol=tolerance, atol=1e-300)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(q=affine(1), x=axes, y=axes, tile=st.tuples(st.integers(1, 9), st.integers(1, 20)))
def test_log_grid_does_not_depend_on_the_tiles(q: Affine, x: np.ndarray, y: np.ndarray, tile: tuple[int, int]) -> None:
    whole = log_sums_grid(q, x, y)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_grids, "TILE", tile)
        patch.setattr(log_grids, "LEAST", (1, 1))
        patch.setattr(log_grids, "FACTORS", 1)
        patch.setattr(log_grids, "POINTS", 1)
        tolerance = 1e-12 + 16 * EPSILON * size_of(q, x, y)
        np.testing.assert_allclose(log_sums_grid(q, x, y), whole, rtol=tolerance, atol=1e-300)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(q=affine(), x=axes, y=axes, power=st.sampled_from([1, 2]))
def test_hinge_grid_is_the_plain_loop(q: Affine, x: np.ndarray, y: np.ndarray, power: int) -> None:
    size = size_of(q, x, y)
    expected = np.array(plain_hinge(q, power, x, y))
    tolerance = 16 * EPSILON * len(q.at) * size * (1.0 if power == 1 else 1.0 + 2 * np.sqrt(expected.max()))
    np.testing.assert_allclose(hinge_grid(q, power, x, y), expected, rtol=1e-12, atol=tolerance)


@pytest.mark.parametrize("power", [1, 2])
def test_hinge_is_0_where_no_sample_is_short_of_its_margin(power: int) -> None:
    """Samples that have left leave nothing behind, not even a rounding."""
    rng = np.random.default_rng(0)
    q = Affine(-rng.uniform(0.5, 1.0, 500), rng.choice([-1.0, 1.0], 500) * rng.uniform(1, 9, 500), np.zeros(500))
    grid = hinge_grid(q, power, np.linspace(-2, 2, 401), np.zeros(1))[0]
    x = np.linspace(-2, 2, 401)
    outside = np.all(q.at[:, None] + np.multiply.outer(q.along_x, x) <= 0, axis=0)
    assert outside.sum() > 5
    assert (grid[outside] == 0).all()
    assert (grid[~outside] > 0).all()


@pytest.mark.parametrize("step", [0.0, 1e-17])
@pytest.mark.parametrize("power", [1, 2])
def test_hinge_of_almost_flat_samples(power: int, step: float) -> None:
    q = Affine(np.array([1.0, -1.0, 0.0, 2.0]), np.array([0.0, -0.0, step, -step]), np.zeros(4))
    grid = hinge_grid(q, power, np.linspace(-3, 3, 7), np.arange(2.0))
    np.testing.assert_allclose(grid, np.full((2, 7), 1.0 + 2.0**power), rtol=1e-15)


#: Exponents at the centre of the grid, and how much they vary along it: every way that a tile has.
CASES = [(-800, 5), (-300, 40), (-40, 2), (-40, 30), (-9, 8), (0, 0), (0, 20), (0, 150), (0, 1e4), (30, 29), (30, 90)]
CASES += [(40, 2), (300, 40), (800, 5), (1e4, 100), (-1e4, 100), (-1e4, 2e4)]


@pytest.mark.parametrize("n_terms", [1, 2, 3])
@pytest.mark.parametrize(("centre", "range_"), CASES)
def test_log_grid_at_every_size_of_margin(centre: float, range_: float, n_terms: int) -> None:
    rng = np.random.default_rng(3)
    shape = (11, n_terms)
    q = Affine(
        centre + rng.uniform(-1, 1, shape), range_ * rng.uniform(-1, 1, shape), range_ * rng.uniform(-1, 1, shape)
    )
    x, y = np.linspace(-1, 1, 40), np.linspace(-0.9, 1, 30)
    tolerance = 1e-12 + 8 * EPSILON * (abs(centre) + 2 * range_)
    np.testing.assert_allclose(log_sums_grid(q, x, y), plain_log(q, x, y), rtol=tolerance, atol=1e-300)


def test_many_samples_under_one_logarithm() -> None:
    """Products that would overflow are divided; 3000 samples that are all wrong by 25."""
    rng = np.random.default_rng(4)
    q = Affine(25 + rng.normal(size=(3000, 1)), 30 * rng.normal(size=(3000, 1)), rng.normal(size=(3000, 1)))
    x, y = np.linspace(-1, 1, 5), np.linspace(-1, 1, 4)
    np.testing.assert_allclose(log_sums_grid(q, x, y), plain_log(q, x, y), rtol=1e-12)


def test_nan_and_infinity_are_kept() -> None:
    q = Affine(np.array([[0.0], [np.inf]]), np.ones((2, 1)), np.ones((2, 1)))
    assert (log_sums_grid(q, np.arange(3.0), np.arange(2.0)) == np.inf).all()
    q.at[1] = np.nan
    assert np.isnan(log_sums_grid(q, np.arange(3.0), np.arange(2.0))).all()
    flat = Affine(q.at[:, 0], q.along_x[:, 0], q.along_y[:, 0])
    for power in (1, 2):
        assert np.isnan(hinge_grid(flat, power, np.arange(3.0), np.arange(2.0))).all()


def test_log_one_plus_sum() -> None:
    d = np.array([[-800.0, 3.0, 5e3, -40.0], [-50.0, 2.0, -1.0, -45.0]])
    np.testing.assert_allclose(log_one_plus_sum(d, axis=0), [log_one_plus(list(column)) for column in d.T], rtol=1e-15)


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_squares(rows: int) -> None:
    columns = np.random.default_rng(5).normal(size=(rows, 3))
    x, y = np.linspace(-2, 2, 5), np.linspace(-1, 3, 4)
    grid = np.zeros((4, 5))
    add_squares(grid, square_root_of(columns), x, y)
    expected = [[np.sum((columns @ (1.0, x_i, y_j)) ** 2) for x_i in x] for y_j in y]
    np.testing.assert_allclose(grid, expected, rtol=1e-12)


# -- through the models --------------------------------------------------------------------------------------

BIG = [("logistic_regression", {}), ("svm", {}), ("svm", {"squared": True}), ("softmax_regression", {})]
BIG += [("least_squares", {}), ("rbf_svm", {"landmarks": 30})]


def random_plane(n_params: int, seed: int = 0, length: float = 1.0) -> Plane:
    return Plane(*(length * np.random.default_rng(seed).normal(size=(3, n_params))))


@pytest.mark.parametrize(("kind", "options"), BIG)
@pytest.mark.parametrize("length", [0.05, 1.0, 300.0])
def test_grid_of_real_data_is_the_loss(kind: str, options: dict[str, object], length: float) -> None:
    """Margins of the last length are around 1e4."""
    objective = MODELS[kind](l2=0.1, **options).bind(DATASETS["breast_cancer"](standardize=True).load())
    plane = random_plane(objective.n_params, length=length)
    x, y = np.linspace(-3, 3, 29), np.linspace(-2, 4, 17)
    thetas = plane.inverse_transform(np.stack(np.meshgrid(x, y), axis=-1)).reshape(-1, objective.n_params)
    expected = objective.losses(thetas).reshape(17, 29)
    np.testing.assert_allclose(objective.loss_grid(plane, x, y), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("kind", "options"), BIG)
@pytest.mark.parametrize("zero", ["u", "v", "both"])
def test_directions_may_be_zero(kind: str, options: dict[str, object], zero: str) -> None:
    objective = MODELS[kind](**options).bind(DATASETS["breast_cancer"](standardize=True).load())
    origin, u, v = np.random.default_rng(1).normal(size=(3, objective.n_params))
    plane = Plane(origin, u * (zero == "v"), v * (zero == "u"))
    x, y = np.linspace(-1, 1, 5), np.linspace(-1, 1, 3)
    expected = [[objective.loss(origin + x_i * plane.u + y_j * plane.v) for x_i in x] for y_j in y]
    np.testing.assert_allclose(objective.loss_grid(plane, x, y), expected, rtol=1e-12)


@pytest.mark.parametrize(("kind", "options"), BIG)
def test_one_sample(kind: str, options: dict[str, object], small: Dataset) -> None:
    options = {name: value for name, value in options.items() if name != "landmarks"}
    objective = MODELS[kind](**options).bind(small.rows(np.array([3])))
    plane = random_plane(objective.n_params)
    x, y = np.linspace(-4, 4, 9), np.linspace(-1, 1, 2)
    expected = [[objective.loss(plane.origin + x_i * plane.u + y_j * plane.v) for x_i in x] for y_j in y]
    np.testing.assert_allclose(objective.loss_grid(plane, x, y), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("kind", "options"), BIG)
def test_memory_does_not_grow_with_the_grid(kind: str, options: dict[str, object]) -> None:
    """Four times the grid costs four times the result and nothing else."""
    objective = MODELS[kind](l2=0.1, **options).bind(DATASETS["digits"](classes=("0", "1")).load())
    plane = random_plane(objective.n_params, length=0.01)
    peaks = []
    for count in (600, 1200):
        axis = np.linspace(-1, 1, count)
        tracemalloc.start()
        objective.loss_grid(plane, axis, axis)
        peaks.append(tracemalloc.get_traced_memory()[1] / 8)
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 1.05 * (1200**2 - 600**2)
    assert peaks[1] < 1200**2 + 10e6


#: Units of work between two calls of progress, each some milliseconds: a sample at a point, or on a row, or a point.
@pytest.mark.parametrize(
    ("kind", "units"),
    [
        ("logistic_regression", 569 * 1000 * 1000 / 2**25),
        ("softmax_regression", 569 * 1000 * 1000 / 2**25),
        ("svm", 1000 * 1000 / 2**17),
        ("least_squares", 1000 * 1000 / 2**17),
    ],
)
def test_progress_is_told_again_and_again(kind: str, units: float) -> None:
    """By counting, since time on a busy machine proves nothing; scripts/benchmark.py takes the time."""
    objective = MODELS[kind](l2=0.1).bind(DATASETS["breast_cancer"](standardize=True).load())
    axis = np.linspace(-1, 1, 1000)
    seen = [0.0]
    objective.loss_grid(random_plane(objective.n_params), axis, axis, seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(np.unique(seen)) > units
    assert np.diff(seen).max() < 2 / units


@pytest.mark.parametrize(("kind", "options"), BIG)
def test_cancel(kind: str, options: dict[str, object], small: Dataset) -> None:
    calls = []

    def stop(fraction: float) -> None:
        calls.append(fraction)
        raise Cancelled

    options = {name: value for name, value in options.items() if name != "landmarks"}
    objective = MODELS[kind](**options).bind(small)
    with pytest.raises(Cancelled):
        objective.loss_grid(random_plane(objective.n_params), np.arange(300.0), np.arange(300.0), stop)
    assert len(calls) == 1


def test_hinge_axis_in_any_order_and_uneven() -> None:
    rng = np.random.default_rng(6)
    q = Affine(*rng.normal(size=(3, 50)))
    x, y = rng.uniform(-3, 3, 40), rng.uniform(-3, 3, 30)
    x[7] = x[3]
    for power in (1, 2):
        np.testing.assert_allclose(hinge_grid(q, power, x, y), plain_hinge(q, power, x, y), rtol=1e-12, atol=1e-13)


def test_hinge_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    q = Affine(*rng.normal(size=(3, 50)))
    x, y = np.linspace(-3, 3, 40), np.linspace(-2, 2, 9)
    monkeypatch.setattr(fast_grids, "BLOCK", 16)
    for power in (1, 2):
        np.testing.assert_allclose(hinge_grid(q, power, x, y), plain_hinge(q, power, x, y), rtol=1e-12, atol=1e-13)
