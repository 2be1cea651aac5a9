"""Optimizers: every one goes downhill, repeats itself and leaves what was recorded alone."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from lsblender.engine import MODELS, OPTIMIZERS, Dataset, Group, Objective, train
from lsblender.engine.objective import Array
from lsblender.engine.optimizers import SCHEDULES, GradientOptimizer, batches
from lsblender.errors import Cancelled, LsbError
from lsblender.settings import structure

DATA = Path(__file__).with_name("data")


class Given(Objective):
    """A loss and its gradient written out."""

    def __init__(self, loss: Callable[[Array], float], gradient: Callable[[Array], Array], n_params: int) -> None:
        self.name, self.n_params, self.n_rows = "Given", n_params, 1
        self.groups = (Group("theta", 0, n_params),)
        self.parameter_names = tuple(f"theta {k}" for k in range(n_params))
        self.of, self.slope = loss, gradient

    def losses(self, thetas: Array) -> Array:
        return np.array([self.of(theta) for theta in thetas])

    def gradient(self, theta: Array, rows: NDArray[np.int64] | None = None) -> Array:
        return self.slope(theta)

    def initial(self, rng: np.random.Generator) -> Array:
        return np.zeros(self.n_params)


BATCHED = [kind for kind, cls in OPTIMIZERS.items() if issubclass(cls, GradientOptimizer)]


@pytest.fixture(params=BATCHED)
def any_gradient_optimizer(request: pytest.FixtureRequest) -> GradientOptimizer:
    return OPTIMIZERS[request.param]()


@pytest.fixture
def convex(small: Dataset) -> Objective:
    return MODELS["logistic_regression"](l2=0.1, fit_intercept=True).bind(small)


def test_decreases_a_convex_loss(any_optimizer: Any, convex: Objective) -> None:
    loss = train(convex, any_optimizer(), 300, start=[2.0, -1.0, 1.0, -2.0]).loss
    assert loss[-1] < 0.8 * loss[0]
    assert loss[-1] < loss[len(loss) // 4]


def test_never_writes_into_recorded_arrays(any_optimizer: Any, convex: Objective) -> None:
    start = np.array([2.0, -1.0, 1.0, -2.0])
    start.flags.writeable = False
    copies = []
    thetas = [start]
    for theta in any_optimizer().iterates(convex, start, np.random.default_rng(0), 20):
        theta.flags.writeable = False
        thetas.append(theta)
        copies.append(theta.copy())
    assert 4 < len(thetas) <= 21
    np.testing.assert_array_equal(thetas[1:], copies)
    assert all((a != b).any() for a, b in pairwise(thetas))


def test_state_is_not_written_into(any_gradient_optimizer: GradientOptimizer) -> None:
    """The same state may be stepped from twice."""
    rng = np.random.default_rng(4)
    theta, state = rng.normal(size=5), any_gradient_optimizer.init(np.zeros(5))
    for grad in rng.normal(size=(3, 5)):
        before = repr(state)
        first, after = any_gradient_optimizer.step(theta, grad, state, 0.1)
        again, _ = any_gradient_optimizer.step(theta, grad, state, 0.1)
        np.testing.assert_array_equal(first, again)
        assert repr(state) == before
        theta, state = first, after


def test_monotone_on_a_convex_loss_with_short_steps(any_optimizer: Any, convex: Objective) -> None:
    optimizer = any_optimizer()
    if isinstance(optimizer, GradientOptimizer):
        optimizer = replace(optimizer, learning_rate=0.01)
    loss = train(convex, optimizer, 100, start=[2.0, -1.0, 1.0, -2.0]).loss
    assert (np.diff(loss) < 0).all()


def test_reaches_the_minimum(any_optimizer: Any, convex: Objective) -> None:
    """The minimum is scipy's; the learning rate falls so that what rings comes to rest."""
    best = minimize(convex.loss, np.zeros(4), method="BFGS", options={"gtol": 1e-7}).x
    optimizer = any_optimizer()
    if isinstance(optimizer, GradientOptimizer):
        no_decay = {"weight_decay": 0.0} if hasattr(optimizer, "weight_decay") else {}
        optimizer = replace(optimizer, schedule=SCHEDULES["cosine"](), **no_decay)
    theta = train(convex, optimizer, 3000, start=[2.0, -1.0, 1.0, -2.0]).theta[-1]
    np.testing.assert_allclose(theta, best, atol=1e-4)


@pytest.mark.parametrize("kind", BATCHED)
def test_seed_decides_the_batches(kind: str, convex: Objective) -> None:
    optimizer = OPTIMIZERS[kind](batch_size=8)
    first, again, other = (train(convex, optimizer, 30, seed=seed).theta for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


@pytest.mark.parametrize("kind", BATCHED)
@pytest.mark.parametrize("batch_size", [40, 41, 1000])
def test_a_batch_of_everything_is_gradient_descent(kind: str, batch_size: int, convex: Objective) -> None:
    whole = train(convex, OPTIMIZERS[kind](), 30, seed=0).theta
    batched = train(convex, OPTIMIZERS[kind](batch_size=batch_size), 30, seed=5).theta
    np.testing.assert_array_equal(batched, whole)


@pytest.mark.parametrize(("n_rows", "batch_size", "sizes"), [(10, 3, [3, 3, 3, 1]), (8, 4, [4, 4]), (3, 1, [1] * 3)])
def test_a_pass_visits_each_row_once(n_rows: int, batch_size: int, sizes: list[int]) -> None:
    stream = batches(n_rows, batch_size, np.random.default_rng(0))
    passes = [[rows for rows in islice(stream, len(sizes)) if rows is not None] for _ in range(2)]
    for one in passes:
        assert [len(rows) for rows in one] == sizes
        assert sorted(np.concatenate(one)) == list(range(n_rows))
    assert np.concatenate(passes[0]).tolist() != np.concatenate(passes[1]).tolist()


def test_sgd_step_by_hand(convex: Objective) -> None:
    theta = train(convex, OPTIMIZERS["sgd"](learning_rate=0.25), 2).theta
    first = -0.25 * convex.gradient(np.zeros(4))
    np.testing.assert_array_equal(theta, [np.zeros(4), first, first - 0.25 * convex.gradient(first)])


def test_minibatch_sgd_by_hand(small: Dataset) -> None:
    """The order of the rows is that of numpy's generator; the gradient is written out."""
    objective = MODELS["svm"]().bind(small)
    path = train(objective, OPTIMIZERS["sgd"](learning_rate=0.1, batch_size=16), 3, seed=7)
    order = np.random.default_rng(7).permutation(40)
    theta = np.zeros(3)
    for rows in (order[:16], order[16:32], order[32:]):
        s = np.where(small.y[rows] == 0, 1.0, -1.0)
        inside = s * (small.X[rows] @ theta) < 1
        theta = theta + 0.1 * (s[inside, None] * small.X[rows][inside]).sum(axis=0) / len(rows)
    np.testing.assert_allclose(path.theta[3], theta, atol=1e-14)


# -- against PyTorch and scipy -------------------------------------------------------------------------------


def _script() -> ModuleType:
    """The script that made the stored numbers: problems and settings are read from it."""
    spec = importlib.util.spec_from_file_location("make_torch_optimizers", DATA / "make_torch_optimizers.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = _script()
STORED = json.loads((DATA / "torch_optimizers.json").read_text(encoding="utf-8"))


def _ours(kind: str, options: dict[str, Any]) -> GradientOptimizer:
    options = dict(options)
    if "schedule" in options:
        name, arguments = options["schedule"]
        options["schedule"] = {cls.__name__: cls for cls in SCHEDULES.values()}[name](**arguments)
    return OPTIMIZERS[kind](**options)


@pytest.mark.parametrize("problem", ["quadratic", "logistic"])
@pytest.mark.parametrize("name", SCRIPT.RUNS)
def test_against_pytorch_over_200_steps(name: str, problem: str) -> None:
    start, loss, gradient = SCRIPT.problems()[problem]
    kind, options, cls, arguments = SCRIPT.RUNS[name]
    path = train(Given(loss, gradient, len(start)), _ours(kind, options), 200, start).theta
    stored = STORED["paths"][f"{problem}: {name}"]
    assert STORED["steps"][-1] == 200
    np.testing.assert_allclose(path[STORED["steps"]], stored, atol=1e-6, rtol=0)
    if importlib.util.find_spec("torch"):
        np.testing.assert_allclose(path, SCRIPT.torch_path(cls, arguments, start, gradient), atol=1e-6, rtol=0)


def test_every_gradient_optimizer_is_compared_with_pytorch() -> None:
    assert {kind for kind, *_ in SCRIPT.RUNS.values()} == set(BATCHED)


@pytest.mark.parametrize("problem", ["quadratic", "logistic"])
@pytest.mark.parametrize(("kind", "atol"), [("lbfgs", 1e-6), ("newton_cg", 5e-6)])
def test_methods_with_curvature_end_where_pytorchs_lbfgs_does(kind: str, atol: float, problem: str) -> None:
    """Newton's line search stops where the loss no longer falls, which is at the square root of rounding."""
    start, loss, gradient = SCRIPT.problems()[problem]
    path = train(Given(loss, gradient, len(start)), OPTIMIZERS[kind](), 200, start)
    assert len(path.theta) < 60
    np.testing.assert_allclose(path.theta[-1], STORED["minima"][problem], atol=atol)


def test_lbfgs_takes_scipys_steps(convex: Objective) -> None:
    """The iterates after k steps are where scipy stops when it is given k steps."""
    start = np.array([2.0, -1.0, 1.0, -2.0])
    path = train(convex, OPTIMIZERS["lbfgs"](memory=3), 6, start).theta
    assert len(path) == 7
    for k in range(1, 7):
        options = {"maxiter": k, "maxcor": 3, "gtol": 1e-8, "ftol": 1e-15}
        end = minimize(convex.loss, start, jac=convex.gradient, method="L-BFGS-B", options=options).x
        np.testing.assert_allclose(path[k], end, atol=1e-12)


def test_newton_solves_a_quadratic_in_one_step() -> None:
    a = np.diag([1.0, 10.0, 100.0])
    quadratic = Given(lambda t: float(0.5 * t @ a @ t - t.sum()), lambda t: a @ t - 1.0, 3)
    path = train(quadratic, OPTIMIZERS["newton_cg"](), 50, start=np.full(3, 3.0)).theta
    # Conjugate gradients are stopped early where the minimum is far, so it may take some steps more.
    assert len(path) < 12
    np.testing.assert_allclose(path[-1], [1.0, 0.1, 0.01], atol=1e-7)


@pytest.mark.parametrize("kind", ["lbfgs", "newton_cg"])
def test_methods_with_curvature_can_be_cancelled_within_a_step(kind: str, convex: Objective) -> None:
    calls = 0

    def stop(fraction: float) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        train(convex, OPTIMIZERS[kind](), 100, start=[2.0, -1.0, 1.0, -2.0], progress=stop)
    assert calls == 3


@pytest.mark.parametrize("kind", ["lbfgs", "newton_cg"])
def test_start_at_the_minimum_is_the_whole_path(kind: str) -> None:
    bowl = Given(lambda t: float(t @ t), lambda t: 2.0 * t, 2)
    assert train(bowl, OPTIMIZERS[kind](), 10).theta.shape == (1, 2)


# -- schedules and clipping ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SCHEDULES)
def test_schedules_start_at_1_and_never_rise(kind: str) -> None:
    factors = [SCHEDULES[kind]().factor(k, 200) for k in range(200)]
    assert factors[0] == 1.0
    assert all(0 <= after <= before for before, after in pairwise(factors))


def test_schedules_by_hand() -> None:
    cosine = SCHEDULES["cosine"](final=0.2)
    np.testing.assert_allclose([cosine.factor(k, 8) for k in (0, 4, 8)], [1.0, 0.6, 0.2])
    step = SCHEDULES["step"](every=3, gamma=0.5)
    assert [step.factor(k, 100) for k in range(7)] == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]


def test_schedule_of_a_scene_file(convex: Objective) -> None:
    table = {"learning_rate": 0.5, "schedule": {"kind": "step", "every": 1, "gamma": 0.5}}
    optimizer = structure(table, OPTIMIZERS["sgd"])
    theta = train(convex, optimizer, 2).theta
    first = -0.5 * convex.gradient(np.zeros(4))
    np.testing.assert_allclose(theta[1:], [first, first - 0.25 * convex.gradient(first)], rtol=1e-15)
    with pytest.raises(LsbError, match=r"schedule\.kind: unknown schedule 'cosin'; did you mean 'cosine'"):
        structure({"schedule": "cosin"}, OPTIMIZERS["sgd"])


def test_clipping_shortens_but_keeps_the_direction(any_gradient_optimizer: GradientOptimizer) -> None:
    steep = Given(lambda t: float(500 * t @ t), lambda t: 1000.0 * t, 3)
    start = np.array([3.0, -4.0, 12.0])
    optimizer = replace(any_gradient_optimizer, clip=2.0)
    theta = next(optimizer.iterates(steep, start, np.random.default_rng(0), 5))
    by_hand, _ = optimizer.step(start, 2.0 * start / 13.0, optimizer.init(start), optimizer.learning_rate)
    np.testing.assert_allclose(theta, by_hand, atol=1e-8)


def test_a_short_gradient_is_not_clipped(convex: Objective) -> None:
    plain = train(convex, OPTIMIZERS["sgd"](), 20).theta
    np.testing.assert_array_equal(train(convex, OPTIMIZERS["sgd"](clip=1e6), 20).theta, plain)
