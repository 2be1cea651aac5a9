"""Histories of trainings elsewhere: recorded from scikit-learn, shown on our models, with scikit-learn's own losses."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier, SGDRegressor
from sklearn.metrics import log_loss
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier

from lsblender.engine import (
    DATASETS,
    MODELS,
    PROJECTIONS,
    Experiment,
    History,
    Recorder,
    landscape_along,
    read_history,
)
from lsblender.engine.record import blocks_of
from lsblender.engine.survey import Survey
from lsblender.errors import LsbError

IRIS = DATASETS["iris"](standardize=True)
ALL = DATASETS["iris"](standardize=True, classes=("setosa", "versicolor", "virginica"))


def recorded_descent(folder: Path, **settings: Any) -> tuple[Path, list[float]]:
    """The history of scikit-learn's stochastic descent on irises, and its own losses of it."""
    data = IRIS.load()
    classifier = SGDClassifier(
        loss="log_loss", penalty=None, learning_rate="constant", eta0=0.002, random_state=0, **settings
    )
    recorder = Recorder(classifier, name="SGDClassifier")
    losses = []
    for _ in range(8):
        classifier.partial_fit(data.X, data.y, classes=[0, 1])
        losses.append(log_loss(data.y, classifier.predict_proba(data.X)))
        recorder.add(losses[-1])
    return recorder.save(folder / "history.npz"), losses


# -- the recorder --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("intercept", [True, False])
def test_linear_classifier_on_our_model(intercept: bool, tmp_path: Path) -> None:
    file, losses = recorded_descent(tmp_path, fit_intercept=intercept)
    model = MODELS["logistic_regression"](fit_intercept=intercept)
    experiment = Experiment(dataset=IRIS, model=model, history=str(file), resolution=(9, 8))
    landscape = experiment.run()
    (path,) = landscape.paths
    np.testing.assert_allclose(path.loss, losses, rtol=1e-9)
    assert (path.name, landscape.notes, landscape.model) == ("SGDClassifier", (), "logistic regression")
    assert landscape.loss.shape == (8, 9)


def test_softmax_and_network_on_our_models() -> None:
    data = ALL.load()
    network = MLPClassifier(hidden_layer_sizes=(5, 4), activation="tanh", alpha=0.0, random_state=0, max_iter=1)
    softmax = LogisticRegression(C=1e9, max_iter=3)
    for estimator, model in (
        (network, MODELS["mlp"](hidden=(5, 4), activation="tanh")),
        (softmax, MODELS["softmax_regression"](fit_intercept=True)),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            estimator.fit(data.X, data.y)
        recorder = Recorder(estimator)
        recorder.add()
        theta = recorder.history().theta[0]
        expected = log_loss(data.y, estimator.predict_proba(data.X))
        assert model.bind(data).loss(theta) == pytest.approx(expected, rel=1e-9)


def test_regression_on_our_model() -> None:
    data = DATASETS["diabetes"](standardize=True, standardize_target=True).load()
    for regressor in (LinearRegression(), SGDRegressor(penalty=None, random_state=0)):
        regressor.fit(data.X, data.y)
        recorder = Recorder(regressor)
        recorder.add()
        objective = MODELS["least_squares"](fit_intercept=True).bind(data)
        errors = (regressor.predict(data.X) - data.y) ** 2
        assert objective.loss(recorder.history().theta[0]) in (
            pytest.approx(errors.mean()),
            pytest.approx(errors.mean() / 2),
        )


def test_arrays_functions_and_what_is_neither() -> None:
    weights, bias = np.arange(6.0).reshape(2, 3), np.array([7.0, 8])
    for model in ([weights, bias], {"W": weights, "b": bias}, lambda: (weights, bias)):
        recorder = Recorder(model, every=2)
        for _ in range(3):
            recorder.add()
            weights[0, 0] += 1
        history = recorder.history()
        assert [(group.stop, group.is_bias, group.n_filters) for group in history.groups] == [
            (6, False, 2),
            (8, True, 1),
        ]
        np.testing.assert_array_equal(history.theta[1] - history.theta[0], [2, *[0] * 7])
        assert history.loss is None
    with pytest.raises(LsbError, match="KNeighborsClassifier has no coefficients yet, or none at all; fit it first"):
        blocks_of(KNeighborsClassifier())
    with pytest.raises(LsbError, match="nothing was recorded; call add"):
        Recorder([weights]).history()
    with pytest.raises(LsbError, match="every: every 0 calls is never"):
        Recorder([weights], every=0).add()
    changing = [weights]
    recorder = Recorder(changing)
    recorder.add()
    changing.append(bias)
    with pytest.raises(LsbError, match="the model has 8 parameters now and had 6 before"):
        recorder.add()


def test_recorded_rows_stay_what_they_were() -> None:
    """The model goes on changing its arrays in place."""
    weights = np.zeros(3)
    recorder = Recorder([weights])
    recorder.add()
    weights += 5
    recorder.add()
    np.testing.assert_array_equal(recorder.history().theta, [[0, 0, 0], [5, 5, 5]])


def test_file_comes_back(tmp_path: Path) -> None:
    """And NumPy reads it."""
    recorder = Recorder({"conv": np.ones((4, 2, 3), np.float32), "bias": np.zeros(4, np.float32)}, every=3, name="Adam")
    for k in range(7):
        recorder.add(k if k else None)
    file = recorder.save(tmp_path / "new" / "h.npz")
    ours, read = recorder.history(), read_history(file)
    np.testing.assert_array_equal(read.theta, ours.theta)
    np.testing.assert_array_equal(read.loss, [np.nan, 3, 6])
    assert (read.groups, read.name, read.every) == (ours.groups, "Adam", 3)
    with np.load(file, allow_pickle=False) as arrays:
        assert arrays["theta"].dtype == np.float32
        assert arrays["groups"].tolist() == [24, 4]
        assert arrays["group_filters"].tolist() == [4, 1]
    with pytest.raises(LsbError, match=r"the name of a history must end in \.npz"):
        recorder.save(tmp_path / "h.pkl")


# -- a history in an experiment ------------------------------------------------------------------------------


def test_a_history_is_trained_once_for_several_planes_and_turns(tmp_path: Path) -> None:
    """`unfold` goes between two planes of one history; its paths are those of the file."""
    file, _ = recorded_descent(tmp_path, fit_intercept=False)
    first = Experiment(dataset=IRIS, history=str(file), resolution=(8, 8))
    second = Experiment(dataset=IRIS, history=str(file), resolution=(8, 8), projection=PROJECTIONS["pca"](i=1, j=2))
    assert first.training() == second.training() != Experiment(dataset=IRIS).training()
    trained = first.train()
    surveys = [experiment.survey(None, trained) for experiment in (first, second)]
    theta = read_history(file).theta
    between = list(surveys[0].turn(surveys[1], [0.5], theta))
    assert between[0].xy.shape == (8, 2)
    assert between[0].landscape.model == "logistic regression"
    for survey in surveys:
        np.testing.assert_array_equal(survey.trajectories[0].theta, theta)


def test_steps_that_were_not_made_here_have_no_batches(tmp_path: Path) -> None:
    file, _ = recorded_descent(tmp_path, fit_intercept=False)
    survey = Experiment(dataset=IRIS, history=str(file), resolution=(8, 8)).survey()
    assert isinstance(survey, Survey)
    with pytest.raises(LsbError, match="nothing is trained here, so the ground can not change with the steps"):
        next(survey.frames())


def test_recorded_losses_that_are_not_the_models_are_told(tmp_path: Path) -> None:
    file, losses = recorded_descent(tmp_path, fit_intercept=False)
    with np.load(file) as arrays:
        changed = {**arrays, "loss": arrays["loss"] + 0.1 * np.ptp(losses), "every": 5}
    np.savez(tmp_path / "other.npz", **changed)
    landscape = Experiment(dataset=IRIS, history=str(tmp_path / "other.npz"), resolution=(8, 8)).run()
    assert landscape.notes == (
        "Each step here is 5 steps of the training.",
        "The losses that were recorded differ from this model's by up to 10 % of their range.",
    )


def test_landscapes_along_several_histories(tmp_path: Path) -> None:
    """The plane of all of them, as scikit-learn's PCA has it."""
    from sklearn.decomposition import PCA

    file, losses = recorded_descent(tmp_path, fit_intercept=False)
    objective = MODELS["logistic_regression"]().bind(IRIS.load())
    history = read_history(file)
    other = History(history.theta[::-1] + 0.1, None, history.groups, "back")
    landscape = landscape_along(objective, file, other, resolution=(7, 5))
    assert [path.name for path in landscape.paths] == ["SGDClassifier", "back"]
    np.testing.assert_allclose(landscape.paths[0].loss, losses, rtol=1e-9)
    pca = PCA(2).fit(np.concatenate([history.theta, other.theta]))
    np.testing.assert_allclose(np.abs(landscape.explained), pca.explained_variance_ratio_, rtol=1e-6)
    with pytest.raises(LsbError, match="give at least one path"):
        landscape_along(objective)
