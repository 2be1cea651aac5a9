"""Test functions against published values, and a loss of one's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq, rosen, rosen_der

from lsblender.engine import MODELS, OPTIMIZERS, PROJECTIONS, Group, Plane, evaluate_landscape, objective_from, train
from lsblender.engine.models import Surface
from lsblender.errors import Cancelled, LsbError

SURFACES = [kind for kind, cls in MODELS.items() if issubclass(cls, Surface)]

#: Lowest points and their heights (Surjanovic & Bingham; Himmelblau 1972).
MINIMA = [
    ("rosenbrock", (1, 1), 0.0, 1e-15),
    ("himmelblau", (3, 2), 0.0, 1e-15),
    ("himmelblau", (-2.805118086952745, 3.131312518250573), 0.0, 1e-15),
    ("himmelblau", (-3.779310253377747, -3.283185991286170), 0.0, 1e-15),
    ("himmelblau", (3.584428340330492, -1.848126526964404), 0.0, 1e-15),
    ("beale", (3, 0.5), 0.0, 1e-15),
    ("rastrigin", (0, 0), 0.0, 1e-15),
    ("ackley", (0, 0), 0.0, 1e-15),
    ("six_hump_camel", (0.0898420131, -0.7126564030), -1.0316284535, 1e-10),
    ("six_hump_camel", (-0.0898420131, 0.7126564030), -1.0316284535, 1e-10),
]
#: Heights elsewhere, by hand.
HEIGHTS = [
    ("rosenbrock", (-1.2, 1), 24.2),
    ("himmelblau", (0, 0), 170.0),
    ("himmelblau", (1, 1), 106.0),
    ("beale", (0, 0), 1.5**2 + 2.25**2 + 2.625**2),
    ("beale", (1, 2), 2.5**2 + 5.25**2 + 9.625**2),
    ("saddle", (3, 2), 5.0),
    ("rastrigin", (0.5, 0.5), 40.5),
    ("ackley", (1, 1), 3.6253849384403627),
    ("six_hump_camel", (1, 1), 4 - 2.1 + 1 / 3 + 1),
]


@pytest.fixture(params=SURFACES)
def surface(request: pytest.FixtureRequest, small: Any) -> Any:
    return MODELS[request.param]().bind(small)


@pytest.mark.parametrize(("kind", "place", "height", "tolerance"), MINIMA)
def test_minima(kind: str, place: tuple[float, float], height: float, tolerance: float, small: Any) -> None:
    objective = MODELS[kind]().bind(small)
    theta = np.array(place, dtype=float)
    assert objective.loss(theta) == pytest.approx(height, abs=max(tolerance, 1e-15))
    np.testing.assert_allclose(objective.gradient(theta), 0, atol=1e-7)
    ring = theta + 0.01 * np.stack([np.cos(np.arange(12)), np.sin(np.arange(12))], axis=1)
    assert (objective.losses(ring) > objective.loss(theta)).all()


def test_every_surface_is_checked_by_hand() -> None:
    assert {kind for kind, *_ in HEIGHTS} == set(SURFACES)


@pytest.mark.parametrize(("kind", "place", "height"), HEIGHTS)
def test_heights(kind: str, place: tuple[float, float], height: float, small: Any) -> None:
    assert MODELS[kind]().bind(small).loss(np.array(place, dtype=float)) == pytest.approx(height, rel=1e-13)


def test_rosenbrock_against_scipy(small: Any) -> None:
    objective = MODELS["rosenbrock"]().bind(small)
    for theta in np.random.default_rng(0).normal(size=(20, 2)) * 2:
        assert objective.loss(theta) == pytest.approx(rosen(theta), rel=1e-13)
        np.testing.assert_allclose(objective.gradient(theta), rosen_der(theta), rtol=1e-12, atol=1e-11)


def test_settings_of_surfaces(small: Any) -> None:
    assert MODELS["rosenbrock"](a=2.0, b=7.0).bind(small).loss(np.array([2.0, 4.0])) == 0.0
    assert MODELS["rosenbrock"](a=2.0, b=7.0).bind(small).loss(np.array([1.0, 0.0])) == pytest.approx(8.0)
    assert MODELS["rastrigin"](amplitude=0.0).bind(small).loss(np.array([0.3, 0.4])) == pytest.approx(0.25)
    flat = MODELS["ackley"](depth=0.0, waves=0.0).bind(small)
    assert flat.loss(np.array([3.0, 4.0])) == pytest.approx(0.0, abs=1e-15)
    hole = MODELS["ackley"](depth=5.0, width=1.0, waves=0.0).bind(small)
    assert hole.loss(np.array([1.0, 1.0])) == pytest.approx(5 * (1 - np.exp(-1)))
    tilted = MODELS["saddle"](l2=4.0).bind(small)
    assert tilted.loss(np.array([1.0, 2.0])) == pytest.approx(1 - 4 + 2 * 5)


def test_surfaces_do_not_read_the_data(surface: Any) -> None:
    """No batches of one sample either: every step sees all there is."""
    assert surface.n_rows == 1
    theta = surface.initial(np.random.default_rng(0))
    np.testing.assert_array_equal(surface.gradient(theta, np.array([0])), surface.gradient(theta))


def test_optimizers_come_down_from_the_usual_start(surface: Any) -> None:
    path = train(surface, OPTIMIZERS["sgd"](learning_rate=1e-3), 200)
    assert path.loss[-1] < path.loss[0] - 1e-3
    np.testing.assert_array_equal(path.theta[0], surface.surface.start)


@pytest.mark.filterwarnings("error")
def test_surfaces_far_out(surface: Any) -> None:
    """Numbers too large to square are infinite or nan, without a warning."""
    assert not np.isnan(surface.losses(np.array([[1e3, -1e3]]))).any()
    surface.losses(np.array([[1e200, 1e200]]))
    surface.gradient(np.array([1e200, -1e200]))


# -- a loss of one's own -------------------------------------------------------------------------------------


def bowl(theta: np.ndarray) -> float:
    return float(((theta - 1.0) ** 2).sum() + np.sin(theta[0]))


def bowls(thetas: np.ndarray) -> np.ndarray:
    return ((thetas - 1.0) ** 2).sum(axis=1) + np.sin(thetas[:, 0])


def slope(theta: np.ndarray) -> np.ndarray:
    grad = 2 * (theta - 1.0)
    grad[0] += np.cos(theta[0])
    return grad


OWN = [
    objective_from(bowl, 5),
    objective_from(bowls, 5, batched=True),
    objective_from(bowl, 5, slope),
    objective_from(bowls, 5, gradient=slope, batched=True),
]


@pytest.mark.parametrize("objective", OWN, ids=["function", "batched", "with gradient", "batched with gradient"])
def test_own_loss(objective: Any) -> None:
    thetas = np.random.default_rng(0).normal(size=(4, 5)) * 10
    np.testing.assert_allclose(objective.losses(thetas), [bowl(theta) for theta in thetas], rtol=1e-14)
    np.testing.assert_allclose(objective.gradient(thetas[0]), slope(thetas[0]), rtol=1e-7)
    plane = Plane(*np.random.default_rng(1).normal(size=(3, 5)))
    x, y = np.array([-1.0, 0.5, 2.0]), np.array([0.0, 1.0])
    expected = [[bowl(plane.origin + a * plane.u + b * plane.v) for a in x] for b in y]
    np.testing.assert_allclose(objective.loss_grid(plane, x, y), expected, rtol=1e-13)


@pytest.mark.parametrize("objective", OWN[:3], ids=["function", "batched", "with gradient"])
def test_own_loss_from_training_to_landscape(objective: Any) -> None:
    path = train(objective, OPTIMIZERS["sgd"](learning_rate=0.1), 100)
    first = brentq(lambda t: 2 * (t - 1) + np.cos(t), 0, 1)
    np.testing.assert_allclose(path.theta[-1], [first, 1, 1, 1, 1], atol=1e-6)
    chart = PROJECTIONS["pca"]().fit([path], objective)
    landscape = evaluate_landscape(objective, chart, [path], np.linspace(-1, 1, 9), np.linspace(-1, 1, 8))
    np.testing.assert_allclose(landscape.paths[0].surface_loss, path.loss, atol=1e-9)


def test_own_names_groups_and_start() -> None:
    groups = [Group("w", 0, 4, n_filters=2), Group("b", 4, 5, is_bias=True)]
    objective = objective_from(bowl, 5, groups=groups, names=list("abcde"), initial=[1, 2, 3, 4, 5], name="bowl")
    assert objective.groups == tuple(groups)
    assert objective.parameter_names == ("a", "b", "c", "d", "e")
    assert objective.name == "bowl"
    start = objective.initial(np.random.default_rng(0))
    start[:] = 0
    np.testing.assert_array_equal(objective.initial(np.random.default_rng(0)), [1, 2, 3, 4, 5])


def test_own_function_may_write_into_its_argument() -> None:
    def careless(theta: np.ndarray) -> float:
        theta *= 0
        return 1.0

    thetas = np.ones((2, 3))
    objective = objective_from(careless, 3, lambda theta: theta.__imul__(0))
    objective.losses(thetas)
    objective.gradient(thetas[0])
    np.testing.assert_array_equal(thetas, 1.0)


def test_own_gradient_of_many_parameters_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    import lsblender.engine.models.custom as custom

    monkeypatch.setattr(custom, "BLOCK", 7)
    np.testing.assert_allclose(OWN[1].gradient(np.arange(5.0)), slope(np.arange(5.0)), rtol=1e-7)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"function": lambda t: t}, "the loss function of 'custom' gives an array of shape (2,) for one theta; it must"),
    ({"function": lambda t: "low"}, "the loss function of 'custom' gives a str; it must give numbers"),
    ({"function": lambda t: None, "batched": True}, "the loss function of 'custom' gives shape () for thetas of"),
    (
        {"function": lambda t: t, "batched": True},
        "the loss function of 'custom' gives shape (1, 2) for thetas of shape (1, 2); with batched=True it must give "
        "one number per row, (1,)",
    ),
    ({"gradient": lambda t: t[:1]}, "the gradient of 'custom' has shape (1,); it must be (2,)"),
    ({"gradient": lambda t: object()}, "the gradient of 'custom' gives a object; it must give numbers"),
    ({"n_params": 0}, "n_params: 0 parameters; at least 1 is needed"),
    ({"names": ["a"]}, "names: 1 names for 2 parameters"),
    ({"initial": [1.0]}, "initial: the start has shape (1,); it must be (2,)"),
    ({"initial": "here"}, "initial gives a str; it must give numbers"),
    ({"groups": [Group("w", 0, 1)]}, "groups: the groups must cover the parameters 0 to 1 in order, each once"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_wrong_functions(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(LsbError) as error:
        objective = objective_from(**({"function": lambda t: 0.0, "n_params": 2} | arguments))
        objective.losses(np.zeros((1, 2)))
        objective.gradient(np.zeros(2))
    assert str(error.value).startswith(message)


def test_own_slow_function_can_be_cancelled_within_a_row() -> None:
    import time

    calls = []

    def slow(theta: np.ndarray) -> float:
        calls.append(1)
        time.sleep(0.03)
        return 0.0

    def stop(fraction: float) -> None:
        if fraction > 0.001:
            raise Cancelled

    with pytest.raises(Cancelled):
        objective_from(slow, 2).loss_grid(Plane(np.zeros(2), *np.eye(2)), np.arange(100.0), np.arange(100.0), stop)
    assert len(calls) < 15
