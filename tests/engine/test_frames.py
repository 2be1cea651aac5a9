"""A landscape that changes: each frame is the loss of the very batch that led to the step."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from lsblender.engine import MODELS, OPTIMIZERS, Dataset, Experiment, train
from lsblender.engine.frames import epochs, evaluate_frames, seen_batches
from lsblender.engine.objective import Objective
from lsblender.engine.optimizers import GradientOptimizer
from lsblender.errors import Cancelled
from lsblender.settings import structure

SMALL: dict[str, Any] = {"resolution": [9, 8], "steps": 7, "optimizers": [{"kind": "sgd", "batch_size": 30}]}


def read(table: dict[str, Any]) -> Experiment:
    return structure({**SMALL, **table}, Experiment)


class Watched(Objective):
    """Another objective that remembers the rows whose gradient was asked for."""

    def __init__(self, objective: Objective) -> None:
        self.inner = objective
        self.name, self.groups = objective.name, objective.groups
        self.n_params, self.n_rows = objective.n_params, objective.n_rows
        self.parameter_names = objective.parameter_names
        self.asked: list[Any] = []

    def losses(self, thetas: Any) -> Any:
        return self.inner.losses(thetas)

    def gradient(self, theta: Any, rows: Any = None) -> Any:
        self.asked.append(rows)
        return self.inner.gradient(theta, rows)

    def initial(self, rng: np.random.Generator) -> Any:
        return self.inner.initial(rng)


class DrawnStart(Watched):
    """Its start comes from the generator, as that of a network does."""

    def initial(self, rng: np.random.Generator) -> Any:
        return rng.normal(size=self.n_params)


GRADIENT = [kind for kind in OPTIMIZERS if issubclass(OPTIMIZERS[kind], GradientOptimizer)]


@pytest.mark.parametrize("kind", GRADIENT)
@pytest.mark.parametrize("watched", [Watched, DrawnStart])
@pytest.mark.parametrize("start", [None, (0.1, 0.2, 0.3)])
def test_batches_are_those_that_training_saw(kind: str, watched: type[Watched], start: Any, small: Dataset) -> None:
    objective = watched(MODELS["logistic_regression"]().bind(small))
    optimizer = OPTIMIZERS[kind](batch_size=16)
    train(objective, optimizer, 9, start, seed=5)
    seen = list(seen_batches(objective, optimizer, 9, start, seed=5))
    assert len(seen) == len(objective.asked) == 9
    for ours, asked in zip(seen, objective.asked, strict=True):
        np.testing.assert_array_equal(ours, asked)
    assert [len(rows) for rows in seen if rows is not None] == [16, 16, 8] * 3


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_all_samples_at_once_are_none(kind: str, small: Dataset) -> None:
    objective = MODELS["logistic_regression"]().bind(small)
    assert list(seen_batches(objective, OPTIMIZERS[kind](), 3)) == [None] * 3


def test_epochs() -> None:
    assert epochs(100, 30, 12).tolist() == [4, 8, 12]
    assert epochs(100, 50, 5).tolist() == [2, 4]
    assert epochs(100, 0, 3).tolist() == epochs(100, 100, 3).tolist() == [1, 2, 3]
    assert epochs(100, 1, 50).tolist() == []


def test_frame_is_the_loss_of_its_batch() -> None:
    experiment = read({"dataset": {"kind": "iris", "standardize": True}, "model": {"kind": "logistic_regression"}})
    survey = experiment.survey()
    data, path = experiment.data(), survey.trajectories[0].theta
    sign = np.where(data.y == 0, 1.0, -1.0)
    seen = list(seen_batches(survey.trained, experiment.optimizers[0], 7, seed=0))
    frames = list(survey.frames())
    assert [step for step, _ in frames] == [1, 2, 3, 4, 5, 6, 7]
    for (step, loss), rows in zip(frames, seen, strict=True):
        assert rows is not None
        for j, i in ((0, 0), (3, 8), (7, 2)):
            theta = survey.chart.inverse_transform(np.array([survey.x[i], survey.y[j]]))
            expected = np.mean(np.log1p(np.exp(-sign[rows] * (data.X[rows] @ theta))))
            assert loss[j, i] == pytest.approx(expected, rel=1e-12)
        # the step went down this very surface
        slope = -((1 / (1 + np.exp(sign[rows] * (data.X[rows] @ path[step - 1])))) * sign[rows]) @ data.X[rows]
        np.testing.assert_allclose(path[step], path[step - 1] - 0.1 * slope / len(rows), atol=1e-12)


@pytest.mark.parametrize("kind", MODELS)
def test_batches_of_an_epoch_add_up_to_the_whole(kind: str) -> None:
    """Whatever the model, theta means the same on a batch, and the mean of the batches is the loss of all."""
    experiment = read(
        {
            "dataset": {"kind": "iris", "standardize": True},
            "model": kind,
            "optimizers": [{"kind": "sgd", "batch_size": 25, "learning_rate": 1e-4}],
            "steps": 4,
        }
    )
    survey = experiment.survey()
    frames = [loss for _, loss in survey.frames()]
    whole = survey.landscape().loss
    np.testing.assert_allclose(np.mean(frames, axis=0), whole, rtol=2e-6)


def test_error_rate_of_the_batches() -> None:
    experiment = read({"height": "error_rate", "steps": 4, "optimizers": [{"kind": "sgd", "batch_size": 25}]})
    for _, loss in experiment.frames():
        np.testing.assert_allclose(loss * 25, np.round(loss * 25), atol=1e-9)
        assert 0 <= loss.min() < loss.max() <= 1


def test_epochs_show_the_whole_loss() -> None:
    """100 samples in batches of 30: an epoch is 4 steps; the surface stays, the path moves."""
    experiment = read({"steps": 13})
    frames = list(experiment.frames(per_epoch=True))
    assert [step for step, _ in frames] == [4, 8, 12]
    whole = experiment.run().loss
    for _, loss in frames:
        np.testing.assert_array_equal(loss, whole)
        assert not loss.flags.writeable


def test_every_other_frame() -> None:
    experiment = read({"steps": 9})
    all_frames = dict(experiment.frames())
    some = dict(experiment.frames(every=3))
    assert list(some) == [3, 6, 9]
    for step, loss in some.items():
        np.testing.assert_array_equal(loss, all_frames[step])


def test_frames_of_the_second_optimizer() -> None:
    experiment = read({"optimizers": [{"kind": "sgd"}, {"kind": "sgd", "batch_size": 50}], "steps": 4})
    first, second = (list(experiment.frames(run)) for run in (0, 1))
    np.testing.assert_array_equal(first[0][1], first[3][1])
    assert not np.allclose(second[0][1], second[1][1])
    np.testing.assert_allclose((second[0][1] + second[1][1]) / 2, first[0][1], rtol=1e-12)


def test_one_grid_at_a_time() -> None:
    survey = read({"resolution": [200, 200], "steps": 40}).survey()
    tracemalloc.start()
    for _, loss in survey.frames():
        assert loss.shape == (200, 200)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # forty grids are 12.8 MB; what one evaluation takes is far below
    assert peak < 8e6


def test_progress_and_cancel() -> None:
    seen: list[float] = []
    for _ in read({}).frames(progress=seen.append):
        pass
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0, abs=1e-12)

    def stop(fraction: float) -> None:
        if fraction > 0.7:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(read({}).frames(progress=stop))


def test_same_frames_from_any_number_of_threads() -> None:
    survey = read({"resolution": [10, 300]}).survey()
    seen = [(3, np.arange(20)), (4, None)]
    one, four = (
        list(evaluate_frames(survey.on_rows, survey.chart, survey.x, survey.y, seen, 2, n_jobs=jobs)) for jobs in (1, 4)
    )
    for (step, loss), (other_step, other) in zip(one, four, strict=True):
        assert step == other_step
        np.testing.assert_array_equal(loss, other)
