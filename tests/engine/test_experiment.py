"""The whole experiment: from a scene's table to a landscape, and every mistake that a scene can make."""

from __future__ import annotations

import re
import threading
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, log_loss

from lsblender.engine import DATASETS, MODELS, OPTIMIZERS, PROJECTIONS, Experiment, Landscape, train
from lsblender.errors import Cancelled, LsbError
from lsblender.settings import structure

SMALL: dict[str, Any] = {"resolution": [8, 8], "steps": 10}


def read(table: dict[str, Any], folder: Path | None = None) -> Experiment:
    return structure({**SMALL, **table}, Experiment, folder)


def test_figure_6() -> None:
    """The report's method 3 on breast cancer with an SVM, small."""
    experiment = read(
        {
            "dataset": {"kind": "breast_cancer", "standardize": True},
            "model": {"kind": "svm", "l2": 0.01},
            "optimizers": [{"kind": "sgd", "learning_rate": 0.1}, {"kind": "sgd", "batch_size": 32}],
            "steps": 100,
            "resolution": [20, 12],
        }
    )
    landscape = experiment.run()
    assert landscape.loss.shape == (12, 20)
    assert [path.name for path in landscape.paths] == ["sgd", "sgd 2"]
    assert landscape.explained[0] > landscape.explained[1] > 0
    for path in landscape.paths:
        assert path.theta.shape == (101, 30)
        assert path.xy.shape == (101, 2)
        assert landscape.x[0] < path.xy[:, 0].min() < path.xy[:, 0].max() < landscape.x[-1]
        assert landscape.y[0] < path.xy[:, 1].min() < path.xy[:, 1].max() < landscape.y[-1]
        assert path.loss[-1] < path.loss[0]


def test_paths_are_those_of_train() -> None:
    experiment = read({"optimizers": [{"kind": "sgd", "batch_size": 7}], "seed": 3})
    expected = train(experiment.objective(), experiment.optimizers[0], 10, seed=3)
    np.testing.assert_array_equal(experiment.run().paths[0].theta, expected.theta)


def every_choice() -> list[tuple[str, str, str]]:
    """Every optimizer, projection and model by its bare name, each with plain ones of the other families."""
    return [
        *((optimizer, "pca", "logistic_regression") for optimizer in OPTIMIZERS),
        *(("sgd", projection, "logistic_regression") for projection in PROJECTIONS),
        *(("adam", "pca", model) for model in MODELS),
    ]


@pytest.mark.parametrize(("optimizer", "projection", "model"), every_choice())
def test_every_choice_by_its_bare_name(optimizer: str, projection: str, model: str) -> None:
    table = {"features": "feature_pca", "optimizers": [optimizer], "projection": projection, "model": model}
    landscape = read(table).run()
    assert np.isfinite(landscape.loss).all()
    assert landscape.paths[0].name == optimizer
    assert all(isinstance(fact, str) and fact for fact in landscape.facts)


@pytest.mark.parametrize("kind", DATASETS)
def test_every_dataset_by_its_bare_name(kind: str, own_files: dict[str, dict[str, Any]]) -> None:
    dataset: dict[str, Any] = {"kind": kind, "standardize": True} | own_files.get(kind, {})
    regression = kind == "diabetes"
    model = "least_squares" if regression else "softmax_regression"
    landscape = read({"dataset": dataset | {"held_out": 0.2}, "model": model, "evaluate_on": "held_out"}).run()
    assert np.isfinite(landscape.loss).all()


def test_seed_is_part_of_the_experiment() -> None:
    experiment = read({"optimizers": [{"kind": "sgd", "batch_size": 10}]})
    zero, again, one = (replace(experiment, seed=seed).run() for seed in (0, 0, 1))
    np.testing.assert_array_equal(zero.loss, again.loss)
    np.testing.assert_array_equal(zero.paths[0].theta, again.paths[0].theta)
    assert not np.allclose(zero.paths[0].theta, one.paths[0].theta)


def test_runs_in_a_thread() -> None:
    results = []
    thread = threading.Thread(target=lambda: results.append(read({}).run()))
    thread.start()
    thread.join(30)
    np.testing.assert_array_equal(results[0].loss, read({}).run().loss)


@pytest.mark.parametrize("count", [1, 3])
def test_progress_is_monotone_and_ends_at_1(count: int) -> None:
    seen: list[float] = []
    read({"optimizers": ["sgd"] * count}).run(seen.append)
    assert seen == sorted(seen)
    assert 0 <= seen[0] < 0.1
    assert seen[-1] == 1.0


@pytest.mark.parametrize("share", [0.1, 0.29, 0.9])
def test_cancel_keeps_its_message(share: float) -> None:
    def stop(fraction: float) -> None:
        if fraction > share:
            raise Cancelled

    with pytest.raises(Cancelled) as error:
        read({"steps": 100, "resolution": [30, 30]}).run(stop)
    assert str(error.value) == "Cancelled"


def test_relative_csv_path_starts_at_the_scene(csv_file: Path) -> None:
    experiment = read({"dataset": {"kind": "csv", "path": csv_file.name, "target": "label"}}, csv_file.parent)
    assert experiment.objective().n_rows == 60


# -- several optimizers, and those that diverge --------------------------------------------------------------

WILD = {"kind": "sgd", "learning_rate": 1e6}


def test_divergence_stops_one_path_and_keeps_the_others() -> None:
    table = {"model": {"kind": "logistic_regression", "l2": 1.0}, "optimizers": ["sgd", WILD, "adam", "sgd"]}
    landscape = read(table).run()
    names = [path.name for path in landscape.paths]
    assert [names[k] for k in (0, 2, 3)] == ["sgd", "adam", "sgd 3"]
    found = re.fullmatch(r"sgd 2 \(diverged at step (\d+)\)", names[1])
    assert found is not None
    alone = [read(table | {"optimizers": [kind]}).run().paths[0] for kind in ("sgd", "adam")]
    np.testing.assert_array_equal(landscape.paths[0].theta, alone[0].theta)
    np.testing.assert_array_equal(landscape.paths[2].theta, alone[1].theta)
    wild = landscape.paths[1]
    assert 1 <= len(wild.theta) <= int(found.group(1))
    assert np.isfinite(wild.loss).all()
    assert np.isfinite(landscape.loss).all()


def test_all_diverge() -> None:
    with pytest.raises(LsbError) as error:
        read({"model": {"kind": "logistic_regression", "l2": 1.0}, "optimizers": [WILD, WILD]}).run()
    assert str(error.value).startswith("optimizers[0]: training diverged at step ")
    assert str(error.value).endswith("; lower the learning_rate")


# -- the start -----------------------------------------------------------------------------------------------


def test_random_start_is_shared_and_follows_the_seed() -> None:
    table = {"random_start": 0.5, "optimizers": ["sgd", "adam", {"kind": "sgd", "batch_size": 7}]}
    first, again, other = (read(table | {"seed": seed}).run() for seed in (0, 0, 1))
    for path in first.paths:
        np.testing.assert_array_equal(path.theta[0], first.paths[0].theta[0])
    np.testing.assert_array_equal(first.paths[2].theta, again.paths[2].theta)
    assert not np.allclose(first.paths[0].theta[0], other.paths[0].theta[0])


def test_random_start_is_around_the_start() -> None:
    table = {"dataset": {"kind": "mnist", "size": 20}, "model": "softmax_regression"}
    experiment = read(table)
    objective = experiment.objective()
    own = objective.initial(np.random.default_rng(0))
    moved = replace(experiment, random_start=0.2).starting_point(objective)
    assert moved is not None
    assert np.std(moved - own) == pytest.approx(0.2, rel=0.03)
    assert np.mean(moved - own) == pytest.approx(0.0, abs=0.01)
    placed = read({"start": [1, 2, 3, 4], "random_start": 1e-9})
    np.testing.assert_allclose(placed.run().paths[0].theta[0], [1, 2, 3, 4], atol=1e-7)
    assert not np.array_equal(placed.run().paths[0].theta[0], [1, 2, 3, 4])


# -- what is shown -------------------------------------------------------------------------------------------

SPLIT = {"dataset": {"kind": "breast_cancer", "standardize": True, "held_out": 0.3}, "steps": 30}


def test_landscape_of_the_test_loss() -> None:
    """Against scikit-learn's log loss of the held-out samples; training does not know of them."""
    experiment = read(SPLIT | {"evaluate_on": "held_out", "model": {"kind": "logistic_regression", "l2": 0.0}})
    landscape, trained = experiment.run(), read(SPLIT).run()
    path = landscape.paths[0]
    np.testing.assert_array_equal(path.theta, trained.paths[0].theta)
    held = experiment.data().held_out
    assert held is not None

    def oracle(theta: Any) -> float:
        shares = 1 / (1 + np.exp(-held.X @ theta))
        return float(log_loss(held.y == 0, shares))

    np.testing.assert_allclose(path.loss[::10], [oracle(theta) for theta in path.theta[::10]], rtol=1e-9)
    chart = experiment.survey().chart
    for j, i in ((0, 0), (4, 5), (7, 7)):
        theta = chart.inverse_transform(np.array([landscape.x[i], landscape.y[j]]))
        assert landscape.loss[j, i] == pytest.approx(oracle(theta), rel=1e-9)
    assert not np.allclose(landscape.loss, trained.loss)
    assert landscape.facts[0] == f"loss over {len(held.y)} held-out samples"
    assert trained.facts[0] == f"loss over {569 - len(held.y)} training samples"


@pytest.mark.parametrize("samples", ["training", "held_out"])
def test_landscape_of_the_accuracy(samples: str) -> None:
    experiment = read(SPLIT | {"evaluate_on": samples, "height": "accuracy"})
    landscape, data = experiment.run(), experiment.data()
    shown = data if samples == "training" else data.held_out
    assert shown is not None
    path = landscape.paths[0]
    expected = [accuracy_score(shown.y, np.where(shown.X @ theta > 0, 0, 1)) for theta in path.theta[1:]]
    np.testing.assert_allclose(path.loss[1:], expected, atol=1e-12)
    assert landscape.height == "accuracy"
    assert landscape.loss.max() <= 1
    errors = read(SPLIT | {"evaluate_on": samples, "height": "error_rate"}).run()
    np.testing.assert_allclose(errors.loss, 1 - landscape.loss, atol=1e-12)
    assert errors.height == "error_rate"


def test_ranges() -> None:
    landscape = read({"x_range": [-3, 5], "y_range": [0.1, 0.7], "resolution": [9, 12]}).run()
    np.testing.assert_allclose(landscape.x, np.linspace(-3, 5, 9), atol=1e-14)
    np.testing.assert_allclose(landscape.y, np.linspace(0.1, 0.7, 12), atol=1e-14)
    assert (landscape.x[0], landscape.x[-1], landscape.y[0], landscape.y[-1]) == (-3, 5, 0.1, 0.7)
    assert landscape.loss.shape == (12, 9)
    equal = read({"equal_axes": True, "resolution": [9, 12]}).run()
    assert np.ptp(equal.x) == pytest.approx(np.ptp(equal.y))


def test_not_a_number_stays_so() -> None:
    """Far out the squares of Rosenbrock's banana overflow; the numbers say so."""
    table = {"model": "rosenbrock", "optimizers": ["adam"], "projection": "identity", "x_range": [-1e200, 1e200]}
    landscape = read(table).run()
    assert np.isinf(landscape.loss).all()
    assert landscape.facts == ()


@pytest.mark.parametrize("n_jobs", [2, -1])
def test_threads_give_the_same_landscape(n_jobs: int) -> None:
    one, many = (read({"resolution": [20, 400], "n_jobs": jobs}).run() for jobs in (1, n_jobs))
    np.testing.assert_array_equal(many.loss, one.loss)
    np.testing.assert_array_equal(many.paths[0].surface_loss, one.paths[0].surface_loss)


# -- a coarse one first --------------------------------------------------------------------------------------


def test_coarse_landscape_comes_first() -> None:
    experiment = read({"resolution": [65, 41], "optimizers": ["sgd", "adam"]})
    previews: list[Landscape] = []
    at: list[float] = []
    seen: list[float] = [0.0]

    def preview(landscape: Landscape) -> None:
        previews.append(landscape)
        at.append(seen[-1])

    full, plain = experiment.run(seen.append, preview), experiment.run()
    (coarse,) = previews
    assert coarse.loss.shape == (11, 17)
    assert at[0] < 0.4
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    # the same ground: every fourth point
    assert (coarse.x[0], coarse.x[-1], coarse.y[0], coarse.y[-1]) == (full.x[0], full.x[-1], full.y[0], full.y[-1])
    np.testing.assert_allclose(coarse.loss, full.loss[::4, ::4], rtol=1e-12)
    # and the full one is what it is without a preview
    np.testing.assert_array_equal(full.loss, plain.loss)
    for one, other in zip(full.paths, plain.paths, strict=True):
        np.testing.assert_array_equal(one.surface_loss, other.surface_loss)
    assert full.facts == plain.facts == coarse.facts


def test_cancelled_from_the_preview() -> None:
    def preview(landscape: Landscape) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read({}).run(preview=preview)


# -- mistakes ------------------------------------------------------------------------------------------------

WRONG_TABLES: list[tuple[dict[str, Any], str]] = [
    ({"stepz": 3}, "unknown key 'stepz'; did you mean 'steps'? choose from landscape, dataset, features, model"),
    ({"dataset": {"kind": "iris", "classez": []}}, "dataset: unknown key 'classez'; did you mean 'classes'?"),
    (
        {"dataset": {"kind": "irish"}},
        "dataset.kind: unknown dataset 'irish'; did you mean 'iris'? choose from",
    ),
    ({"dataset": "irish"}, "dataset.kind: unknown dataset 'irish'; did you mean 'iris'?"),
    ({"dataset": {}}, "dataset.kind: this setting is missing; choose from iris"),
    ({"dataset": {"kind": ["iris"]}}, "dataset.kind: unknown dataset ['iris']; did you mean 'iris'?"),
    ({"dataset": 3}, "dataset: 3 is not a dataset; give a table with 'kind', or a name in quotes"),
    ({"dataset": ["iris"]}, "dataset: ['iris'] is not a dataset; give a table"),
    (
        {"dataset": {"kind": "iris", "classes": "setosa"}},
        "dataset.classes: 'setosa' is not a list in brackets",
    ),
    (
        {"dataset": {"kind": "iris", "classes": ["setosa", 1]}},
        "dataset.classes[1]: 1 is not a text in quotes",
    ),
    ({"dataset": {"kind": "iris", "standardize": 1}}, "dataset.standardize: 1 is neither true nor false"),
    ({"features": {"kind": "feature_pca", "n_components": 0}}, "features.n_components: 0 is out of range"),
    ({"model": {"kind": "svm", "l2": -1}}, "model.l2: -1 is out of range; allowed: 0 to 1000000"),
    (
        {"model": {"kind": "svm", "l2": float("nan")}},
        "model.l2: nan is not a number that can be used; allowed: 0",
    ),
    ({"model": {"kind": "svm", "l2": float("inf")}}, "model.l2: inf is not a number that can be used"),
    ({"model": {"kind": "svm", "l2": "1"}}, "model.l2: '1' is not a number"),
    ({"model": {"kind": "svm", "l2": True}}, "model.l2: True is not a number"),
    ({"model": {"kind": "svm", "l2": 10**400}}, "model.l2: the number is too large"),
    ({"optimizers": []}, "optimizers: 0 entries; at least 1 needed"),
    ({"optimizers": {"kind": "sgd"}}, "optimizers: {'kind': 'sgd'} is not a list in brackets"),
    ({"optimizers": "sgd"}, "optimizers: 'sgd' is not a list in brackets"),
    ({"optimizers": [{"kind": "adamm"}]}, "optimizers[0].kind: unknown optimizer 'adamm'"),
    ({"optimizers": ["sgd", {}]}, "optimizers[1].kind: this setting is missing; choose from sgd"),
    (
        {"optimizers": ["sgd", {"kind": "sgd", "learning_rate": "fast"}]},
        "optimizers[1].learning_rate: 'fast' is not a number",
    ),
    (
        {"optimizers": [{"kind": "sgd", "lr": 1}]},
        "optimizers[0]: unknown key 'lr'; choose from learning_rate",
    ),
    (
        {"optimizers": ["sgd", {"kind": "sgd", "learning_rate": 0}]},
        "optimizers[1].learning_rate: 0 is out of range; allowed: 1e-09 to 1000000000",
    ),
    (
        {"optimizers": [{"kind": "sgd", "batch_size": 2.5}]},
        "optimizers[0].batch_size: 2.5 is not a whole number",
    ),
    ({"steps": 0}, "steps: 0 is out of range; allowed: 1 to 10000000"),
    ({"steps": "many"}, "steps: 'many' is not a whole number"),
    ({"steps": 1.5}, "steps: 1.5 is not a whole number"),
    ({"steps": True}, "steps: True is not a whole number"),
    ({"steps": float("inf")}, "steps: inf is not a whole number"),
    ({"steps": float("nan")}, "steps: nan is not a whole number"),
    ({"steps": 1e300}, "steps: the number is too large"),
    ({"steps": 10**400}, "steps: the number is too large"),
    ({"seed": -1}, "seed: -1 is out of range; allowed: 0 to 4294967295"),
    ({"start": [0, float("nan")]}, "start[1]: nan is not a number that can be used; allowed: finite numbers"),
    ({"start": 0}, "start: 0 is not a list in brackets"),
    ({"resolution": 129}, "resolution: 129 is not a list in brackets"),
    ({"resolution": [129]}, "resolution: [129] has 1 entries; 2 are needed"),
    ({"resolution": [129, 129, 129]}, "resolution: [129, 129, 129] has 3 entries; 2 are needed"),
    ({"resolution": [129, 4]}, "resolution[1]: 4 is out of range; allowed: 8 to 8192"),
    ({"resolution": [129, "a"]}, "resolution[1]: 'a' is not a whole number"),
    ({"margin": -0.1}, "margin: -0.1 is out of range; allowed: 0 to 100"),
    ({"projection": {"kind": "pca", "i": -1}}, "projection.i: -1 is out of range; allowed: at least 0"),
]


@pytest.mark.parametrize(("table", "message"), WRONG_TABLES)
def test_wrong_table(table: dict[str, Any], message: str) -> None:
    with pytest.raises(LsbError) as error:
        read(table)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


WRONG_RUNS: list[tuple[dict[str, Any], str]] = [
    (
        {"dataset": {"kind": "iris", "classes": ["setosa", "rose"]}},
        "dataset.classes[1]: unknown class 'rose'",
    ),
    (
        {"dataset": {"kind": "iris", "classes": ["setosa"]}},
        "dataset: all samples of Iris are of class 'setosa'",
    ),
    ({"dataset": {"kind": "iris", "classes": []}}, "model: this model separates two classes and Iris has 3"),
    ({"dataset": {"kind": "csv"}}, "dataset.path: the name of a CSV file is missing"),
    (
        {"dataset": {"kind": "csv", "path": "absent.csv"}},
        "dataset.path: can not read 'absent.csv' (No such file",
    ),
    ({"features": {"kind": "feature_pca", "n_components": 5}}, "features.n_components: 5 components of data"),
    (
        {"projection": "identity"},
        "projection: identity needs a model of two parameters; Logistic regression has 4",
    ),
    (
        {"projection": {"kind": "parameters", "j": 4}},
        "projection.j: 4 is out of range: Logistic regression has 4",
    ),
    (
        {"projection": {"kind": "pca", "i": 1}},
        "projection.j: i and j are both 1; two different ones are needed",
    ),
    ({"start": [1, 2]}, "start: the start has 2 numbers; Logistic regression has 4 parameters"),
    (
        {"optimizers": [{"kind": "sgd", "learning_rate": 1e9}] * 2, "model": {"kind": "svm", "l2": 1}},
        "optimizers[0]: training diverged at step ",
    ),
    ({"evaluate_on": "held_out"}, "evaluate_on: no samples are held out; set dataset.held_out, for example to 0.25"),
    ({"evaluate_on": "test"}, "evaluate_on: unknown evaluate_on 'test'; choose from training, held_out"),
    (
        {"model": "least_squares", "dataset": {"kind": "diabetes"}, "height": "accuracy"},
        "height: Least squares does not classify, so it has no error rate",
    ),
    ({"height": "depth"}, "height: unknown height 'depth'; choose from loss, error_rate, accuracy"),
    ({"x_range": [1, 1]}, "x_range: [1.0, 1.0] is no range; give the first and a greater last coordinate"),
    ({"y_range": [1, 2, 3]}, "y_range: 3 entries; allowed: 0 or 2"),
    ({"n_jobs": 0}, "n_jobs: 0 threads compute nothing; give 1 or more, or -1"),
    (
        {"random_start": 1e6, "model": "rosenbrock", "start": [1e300, 0]},
        "start: the loss at the start is ",
    ),
    (
        {"dataset": {"kind": "iris", "standardize": True}, "model": "svm", "start": [50, 50, -90, -90]},
        "projection: the path does not move, so there is no direction of highest variance; train for",
    ),
]


@pytest.mark.parametrize(("table", "message"), WRONG_RUNS)
def test_wrong_run(table: dict[str, Any], message: str) -> None:
    with pytest.raises(LsbError) as error:
        read(table).run()
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_run_checks_settings_made_in_python() -> None:
    with pytest.raises(LsbError) as error:
        Experiment(optimizers=(OPTIMIZERS["sgd"](), OPTIMIZERS["sgd"](learning_rate=-1.0))).run()
    assert str(error.value).startswith("optimizers[1].learning_rate: -1 is out of range")


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([10**400, "iris"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.just("kind"), inner, max_size=3)
    ),
    max_leaves=6,
)
keys = st.sampled_from([field.name for field in fields(Experiment)])


@hypothesis.settings(max_examples=300, deadline=None, derandomize=True)
@hypothesis.given(table=junk | st.dictionaries(keys | st.text(max_size=4), junk, max_size=3))
def test_any_table_is_read_or_refused_in_one_line(table: Any) -> None:
    try:
        experiment = structure(table, Experiment)
    except LsbError as error:
        message = str(error)
    else:
        assert isinstance(experiment, Experiment)
        return
    assert len(message.splitlines()) == 1
