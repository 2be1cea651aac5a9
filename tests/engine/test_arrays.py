"""Arrays of one's own, from Python and from .npz files: as scikit-learn takes them, or refused with what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.datasets
from sklearn.preprocessing import LabelEncoder

from lsblender.engine import Arrays, Dataset, Experiment, dataset_from_arrays
from lsblender.engine.datasets import Npz
from lsblender.engine.models import LogisticRegression
from lsblender.errors import LsbError

X, Y = np.array([[1.0, 2], [3, 4], [5, 7], [2, 2]]), np.array(["red", "blue", "red", "green"])


def from_file(folder: Path, **arrays: Any) -> Callable[..., Dataset]:
    np.savez(folder / "mine.npz", **arrays)
    return lambda **settings: Npz(path=str(folder / "mine.npz"), **settings).load()


@pytest.mark.parametrize("y", [Y, Y.astype(object), np.array([10, 9, 10, -1]), np.array([0.5, 0.25, 0.5, 2])], ids=str)
def test_labels_are_those_of_scikit_learn(y: Any, tmp_path: Path) -> None:
    """In their order too: texts by the alphabet, numbers by value."""
    encoder = LabelEncoder().fit(y)
    sources = [dataset_from_arrays(X, y), Arrays(X, y).load()]
    if y.dtype != object:
        sources.append(from_file(tmp_path, X=X, y=y)())
    for dataset in sources:
        np.testing.assert_array_equal(dataset.y, encoder.transform(y))
        assert dataset.target_names == tuple(str(name).removesuffix(".0") for name in encoder.classes_)
        np.testing.assert_array_equal(dataset.X, X)
    assert sources[-1].name == ("Arrays" if y.dtype == object else "mine")


def test_names_and_pictures(tmp_path: Path) -> None:
    digits = sklearn.datasets.load_digits()
    names = [f"pixel {k}" for k in range(64)]
    load = from_file(
        tmp_path, X=digits.images, y=digits.target, feature_names=names, target_names=list("0123456789"), name="Ziffern"
    )
    dataset = load()
    np.testing.assert_array_equal(dataset.X, digits.data)
    np.testing.assert_array_equal(dataset.y, digits.target)
    assert (dataset.name, dataset.feature_names, dataset.target_names) == ("Ziffern", tuple(names), tuple("0123456789"))
    some = load(classes=("7", "1"))
    np.testing.assert_array_equal(some.y, np.where(digits.target[np.isin(digits.target, (1, 7))] == 7, 0, 1))


def test_a_data_frame_brings_its_names() -> None:
    class Frame:
        """What of a data frame is asked for."""

        columns = ("width", "height")

        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
            return X

    assert dataset_from_arrays(Frame(), Y).feature_names == ("width", "height")


def test_regression(tmp_path: Path) -> None:
    y = np.array([1, 2.5, 3, 4])
    for dataset in (dataset_from_arrays(X, y, task="regression"), from_file(tmp_path, X=X, y=y)(task="regression")):
        assert dataset.is_regression
        np.testing.assert_array_equal(dataset.y, y)


def test_an_experiment_takes_arrays() -> None:
    """The same loss as scikit-learn's, and the picture says what the data are called."""
    from sklearn.metrics import log_loss

    y = np.array(["b", "a", "a", "b"])
    experiment = Experiment(dataset=Arrays(X, y, name="Four points"), model=LogisticRegression(), resolution=(8, 8))
    landscape = experiment.run()
    theta = landscape.paths[0].theta[-1]
    assert landscape.paths[0].loss[-1] == pytest.approx(log_loss(y == "a", 1 / (1 + np.exp(-X @ theta))))
    assert (landscape.data, landscape.model) == ("Four points", "logistic regression")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"y": Y[:3]}, "y: the shape is (3,); (4,) is needed"),
    ({"X": X[:, 0]}, "X: the shape is (4,); (samples, features) is needed"),
    ({"X": np.empty((0, 2)), "y": []}, "X: the shape is (0, 2); (samples, features) is needed"),
    ({"X": np.where(X == 7, np.nan, X)}, "X: nan at (2, 1); finite numbers are needed"),
    ({"X": X.astype(str)}, "X: the type is '<U32'; numbers are needed"),
    ({"X": X * 1j}, "X: the type is 'complex128'; numbers are needed"),
    ({"y": np.array([1.0, np.inf, 2, 1])}, "y: inf at (1,); finite numbers are needed"),
    ({"y": ["a"] * 4}, "all samples of "),
    ({"feature_names": ["a"]}, "feature_names: 1 names for 2 features"),
    ({"y": [0, 1, 2, 1], "target_names": ["a", "b"]}, "y: 2 is no class; with 2 target_names"),
    ({"y": [0, 0.5, 1, 1], "target_names": ["a", "b"]}, "y: 0.5 is no class"),
]


@pytest.mark.parametrize(("changes", "message"), WRONG, ids=[message for _, message in WRONG])
def test_wrong_arrays(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    arrays = {"X": X, "y": Y} | changes
    with pytest.raises(LsbError) as error:
        dataset_from_arrays(**arrays)
    assert str(error.value).startswith(message)
    with pytest.raises(LsbError) as error:
        from_file(tmp_path, **arrays)()
    assert message in str(error.value)
    assert str(error.value).startswith(f"path: {tmp_path / 'mine.npz'}: ")


def test_numbers_that_are_hardly_classes() -> None:
    with pytest.raises(LsbError, match="40 different numbers in 40 rows, which are hardly classes; set task to"):
        dataset_from_arrays(np.arange(80.0).reshape(40, 2), np.arange(40) / 3)


def test_objects_and_missing_arrays(tmp_path: Path) -> None:
    for arrays, message in (
        ({"X": X, "y": np.array([1, "a", None, 2], dtype=object)}, "y: holds Python objects (a pickle), which may run"),
        ({"X": X}, "y: this array is missing"),
        ({"y": Y}, "X: this array is missing"),
    ):
        with pytest.raises(LsbError) as error:
            from_file(tmp_path, **arrays)()  # type: ignore[arg-type]
        assert message in str(error.value)
    with pytest.raises(LsbError) as error:
        from_file(tmp_path, X=X, y=[1.0, 2, 3, 4])(task="regression", classes=("1",))
    assert str(error.value).startswith("classes: a regression has no classes")
