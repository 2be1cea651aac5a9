"""The whole experiment: from a scene's table to a landscape, and every mistake that a scene can make."""

from __future__ import annotations

import threading
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from lsblender.engine import MODELS, OPTIMIZERS, PROJECTIONS, Experiment, train
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


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("projection", PROJECTIONS)
@pytest.mark.parametrize("model", MODELS)
def test_every_choice_by_its_bare_name(optimizer: str, projection: str, model: str) -> None:
    table = {"features": "feature_pca", "optimizers": [optimizer], "projection": projection, "model": model}
    landscape = read(table).run()
    assert np.isfinite(landscape.loss).all()
    assert landscape.paths[0].name == optimizer


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
    assert 0 < seen[0] < 0.1
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


# -- mistakes ------------------------------------------------------------------------------------------------

WRONG_TABLES: list[tuple[dict[str, Any], str]] = [
    ({"stepz": 3}, "unknown key 'stepz'; did you mean 'steps'? choose from dataset, features, model"),
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
        {"optimizers": ["sgd", {"kind": "sgd", "learning_rate": 1e9}], "model": {"kind": "svm", "l2": 1}},
        "optimizers[1]: training diverged at step ",
    ),
    (
        {"dataset": {"kind": "iris", "standardize": True}, "model": "svm", "start": [50, 50, -90, -90]},
        "projection: the path does not move, so there is no direction of highest variance; train for",
    ),
]


@pytest.mark.parametrize(("table", "message"), WRONG_RUNS)
def test_wrong_run(table: dict[str, Any], message: str) -> None:
    experiment = read(table)
    with pytest.raises(LsbError) as error:
        experiment.run()
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
