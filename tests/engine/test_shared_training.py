"""Several landscapes of one training: trained once, and each as if it had been trained for it alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lsblender.engine import DATASETS, FEATURES, MODELS, OPTIMIZERS, PROJECTIONS, Experiment, Landscape
from lsblender.engine.models.linear import LogisticObjective
from lsblender.errors import LsbError
from lsblender.settings import structure

TABLE: dict[str, Any] = {
    "dataset": {"kind": "breast_cancer", "standardize": True, "held_out": 0.25},
    "optimizers": [{"kind": "sgd", "batch_size": 50}, "adam", "lbfgs"],
    "random_start": 0.1,
    "steps": 12,
    "resolution": [9, 8],
}

#: What may differ between landscapes that share a training.
SEEN: list[dict[str, Any]] = [
    {"projection": {"kind": "most_changed", "rank": 2}},
    {"projection": {"kind": "segment_pca", "segment": 1}},
    {"resolution": [8, 13]},
    {"margin": 1.0, "equal_axes": True},
    {"x_range": [-1, 2], "y_range": [0, 1]},
    {"height": "accuracy"},
    {"evaluate_on": "held_out"},
    {"n_jobs": 2},
]

#: What decides it.
DECIDING: list[dict[str, Any]] = [
    {"dataset": {"kind": "breast_cancer", "standardize": True, "held_out": 0.5}},
    {"features": "feature_pca"},
    {"model": {"kind": "logistic_regression", "l2": 0.1}},
    {"model": "svm"},
    {"optimizers": ["sgd", "adam", "lbfgs"]},
    {"optimizers": ["adam", {"kind": "sgd", "batch_size": 50}, "lbfgs"]},
    {"steps": 13},
    {"seed": 1},
    {"random_start": 0.2},
    {"start": [0.5] * 30},
]


def read(table: dict[str, Any]) -> Experiment:
    return structure({**TABLE, **table}, Experiment)


def assert_same(one: Landscape, other: Landscape) -> None:
    for name in ("x", "y", "loss", "explained"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert (one.axis_names, one.height, one.facts) == (other.axis_names, other.height, other.facts)
    for ours, theirs in zip(one.paths, other.paths, strict=True):
        assert ours.name == theirs.name
        for name in ("xy", "loss", "surface_loss", "theta", "explained"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


@pytest.fixture(scope="module")
def shared() -> Any:
    return read({}).train()


@pytest.mark.parametrize("table", SEEN, ids=str)
def test_same_bit_for_bit(table: dict[str, Any], shared: Any) -> None:
    experiment = read(table)
    assert_same(experiment.run(trained=shared), experiment.run())
    coarse: list[Landscape] = []
    assert_same(experiment.run(preview=coarse.append, trained=shared), experiment.run())
    own, given = (list(experiment.frames(every=5, trained=trained)) for trained in (None, shared))
    assert [step for step, _ in own] == [step for step, _ in given] == [5, 10]
    np.testing.assert_array_equal([loss for _, loss in own], [loss for _, loss in given])


@pytest.mark.parametrize("table", SEEN, ids=str)
def test_what_is_seen_does_not_decide_the_training(table: dict[str, Any]) -> None:
    key, other = read({}).training(), read(table).training()
    assert key == other
    assert hash(key) == hash(other)
    assert read(table) != read({})


@pytest.mark.parametrize("table", DECIDING, ids=str)
def test_what_decides_the_training(table: dict[str, Any], shared: Any) -> None:
    assert read(table).training() != read({}).training()
    with pytest.raises(ValueError, match="the training of another experiment"):
        read(table).survey(trained=shared)


def test_every_choice_can_be_a_key() -> None:
    """Also those that are not used by name above; a key of a key is itself."""
    for kind in DATASETS:
        required = {"csv": {"path": "a.csv", "target": "label"}}.get(kind, {})
        hash(Experiment(dataset=DATASETS[kind](**required)).training())
    for field, family in (("features", FEATURES), ("model", MODELS), ("projection", PROJECTIONS)):
        for kind in family:
            hash(replace(Experiment(), **{field: family[kind]()}).training())
    keys = {Experiment(optimizers=(OPTIMIZERS[kind](),)).training() for kind in OPTIMIZERS}
    assert len(keys) == len(OPTIMIZERS)
    assert read({}).training().training() == read({}).training()


def test_training_is_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gradients are what training takes; with a training at hand there are none to take."""
    taken = 0
    plain = LogisticObjective.gradient

    def counted(self: LogisticObjective, *arguments: Any) -> Any:
        nonlocal taken
        taken += 1
        return plain(self, *arguments)

    monkeypatch.setattr(LogisticObjective, "gradient", counted)
    experiment = read({"optimizers": ["sgd", "momentum"]})
    trained = experiment.train()
    assert taken == 2 * 12
    for table in SEEN:
        experiment = read({"optimizers": ["sgd", "momentum"], **table})
        experiment.run(trained=trained)
        list(experiment.frames(trained=trained))
    assert taken == 2 * 12


def test_divergence_is_shared_too() -> None:
    wild = {"optimizers": ["sgd", {"kind": "sgd", "learning_rate": 1e6}], "model": {"kind": "svm", "l2": 1.0}}
    experiment = read(wild)
    trained = experiment.train()
    assert trained.trajectories[1].name.startswith("sgd 2 (diverged at step ")
    assert_same(experiment.run(trained=trained), experiment.run())


@pytest.mark.parametrize("given", [False, True])
def test_progress(given: bool, shared: Any) -> None:
    seen: list[float] = []
    read({}).run(seen.append, lambda landscape: None, shared if given else None)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_mistakes_are_told_before_the_training() -> None:
    seen: list[float] = []
    with pytest.raises(LsbError, match="evaluate_on: no samples are held out"):
        read({"dataset": "iris", "evaluate_on": "held_out"}).train(seen.append)
    assert not any(seen)
