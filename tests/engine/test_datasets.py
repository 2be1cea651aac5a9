"""Data: every source standardises; a CSV file is read exactly, or refused with its line and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
import sklearn.datasets
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from lsblender.engine import DATASETS
from lsblender.engine.datasets import Csv, standardized
from lsblender.errors import LsbError


def test_source_gives_classes_in_order(any_source: Callable[..., Any]) -> None:
    dataset = any_source().load()
    n, n_features = dataset.X.shape
    assert dataset.y.shape == (n,)
    assert len(dataset.feature_names) == len(set(dataset.feature_names)) == n_features
    assert dataset.X.dtype == np.float64
    assert dataset.X.flags.c_contiguous
    assert np.isfinite(dataset.X).all()
    assert dataset.held_out is None
    if dataset.is_regression:
        assert dataset.y.dtype == np.float64
        assert np.isfinite(dataset.y).all()
    else:
        assert set(dataset.y) == set(range(len(dataset.target_names)))
        assert dataset.y.dtype == np.int64


def test_source_standardizes(any_source: Callable[..., Any]) -> None:
    plain, dataset = any_source().load(), any_source(standardize=True).load()
    varies = np.ptp(plain.X, axis=0) > 0
    np.testing.assert_allclose(dataset.X.mean(axis=0), 0, atol=1e-10)
    np.testing.assert_allclose(dataset.X.std(axis=0), varies, atol=1e-10)
    np.testing.assert_allclose(dataset.X, StandardScaler().fit_transform(plain.X), atol=1e-9)
    np.testing.assert_array_equal(dataset.y, plain.y)


def test_source_is_the_same_each_time(any_source: Callable[..., Any]) -> None:
    first, second = any_source().load(), any_source().load()
    np.testing.assert_array_equal(first.X, second.X)
    np.testing.assert_array_equal(first.y, second.y)


def test_constant_column_standardizes_to_zero() -> None:
    """The mean of many 0.1 differs from 0.1 by rounding, so the computed deviation is not 0."""
    X = np.column_stack([np.full(569, 0.1), np.arange(569.0)])
    assert X[:, 0].std() > 0
    assert (standardized(X)[:, 0] == 0).all()
    assert standardized(X)[:, 1].std() == pytest.approx(1)


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e160, 1e307])
def test_standardizes_numbers_of_any_size(size: float) -> None:
    X = np.random.default_rng(0).normal(size=(50, 3)) + 2
    np.testing.assert_allclose(standardized(X * size), StandardScaler().fit_transform(X), atol=1e-12)


def test_iris_pair() -> None:
    iris = sklearn.datasets.load_iris()
    dataset = DATASETS["iris"](classes=("virginica", "setosa")).load()
    np.testing.assert_array_equal(dataset.X, iris.data[iris.target != 1])
    np.testing.assert_array_equal(dataset.y, np.where(iris.target[iris.target != 1] == 2, 0, 1))
    assert dataset.target_names == ("virginica", "setosa")


def test_iris_defaults_to_setosa_and_versicolor_and_can_have_all() -> None:
    assert DATASETS["iris"]().load().target_names == ("setosa", "versicolor")
    np.testing.assert_array_equal(np.bincount(DATASETS["iris"](classes=()).load().y), [50, 50, 50])


def test_breast_cancer_has_malignant_first() -> None:
    dataset = DATASETS["breast_cancer"]().load()
    assert dataset.X.shape == (569, 30)
    assert dataset.target_names == ("malignant", "benign")
    assert np.bincount(dataset.y).tolist() == [212, 357]


def test_wine_and_digits_are_those_of_scikit_learn() -> None:
    wine, digits = sklearn.datasets.load_wine(), sklearn.datasets.load_digits()
    dataset = DATASETS["wine"]().load()
    np.testing.assert_array_equal(dataset.X, wine.data)
    np.testing.assert_array_equal(dataset.y, wine.target)
    dataset = DATASETS["digits"]().load()
    np.testing.assert_array_equal(dataset.X * 16, digits.data)
    np.testing.assert_array_equal(dataset.y, digits.target)
    pair = DATASETS["digits"](classes=("8", "3")).load()
    np.testing.assert_array_equal(pair.X * 16, digits.data[np.isin(digits.target, (3, 8))])
    assert np.bincount(pair.y).tolist() == [174, 183]


def test_diabetes_is_a_regression() -> None:
    diabetes = sklearn.datasets.load_diabetes()
    dataset = DATASETS["diabetes"]().load()
    assert dataset.is_regression
    np.testing.assert_array_equal(dataset.X, diabetes.data)
    np.testing.assert_array_equal(dataset.y, diabetes.target)
    assert (dataset.y.min(), dataset.y.max()) == (25, 346)


# -- made-up data --------------------------------------------------------------------------------------------

GENERATED = ["moons", "circles", "spirals"]


@pytest.mark.parametrize("kind", GENERATED)
def test_generated_data_follow_their_settings(kind: str) -> None:
    make = DATASETS[kind]
    first, again, other = (make(n_samples=301, seed=seed).load() for seed in (0, 0, 1))
    assert first.X.shape == (301, 2)
    assert abs(np.diff(np.bincount(first.y))[0]) <= 1
    np.testing.assert_array_equal(first.X, again.X)
    assert not np.allclose(first.X, other.X)
    # the same seed draws the same points, further off or nearer
    exact, far = (make(n_samples=2000, seed=5, noise=noise).load() for noise in (0.0, 0.2))
    np.testing.assert_array_equal(exact.y, far.y)
    assert np.std(far.X - exact.X) == pytest.approx(0.2, rel=0.05)
    assert np.flatnonzero(np.diff(exact.y)).size > 500


def test_moons_lie_on_half_circles() -> None:
    dataset = DATASETS["moons"](noise=0.0).load()
    upper, lower = (dataset.X[dataset.y == number] for number in (0, 1))
    np.testing.assert_allclose(np.linalg.norm(upper, axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(lower - (1, 0.5), axis=1), 1, atol=1e-12)
    assert (upper[:, 1] >= -1e-12).all()
    assert (lower[:, 1] <= 0.5 + 1e-12).all()
    assert dataset.target_names == ("upper", "lower")


def test_circles_lie_on_circles() -> None:
    dataset = DATASETS["circles"](noise=0.0, factor=0.3).load()
    np.testing.assert_allclose(np.linalg.norm(dataset.X, axis=1), np.where(dataset.y == 0, 1, 0.3), atol=1e-12)
    assert dataset.target_names == ("outer", "inner")


@pytest.mark.parametrize(("classes", "turns"), [(2, 1.5), (3, 0.5), (5, 2.0)])
def test_spirals_lie_on_their_arms(classes: int, turns: float) -> None:
    dataset = DATASETS["spirals"](noise=0.0, classes=classes, turns=turns, n_samples=500).load()
    radius = np.linalg.norm(dataset.X, axis=1)
    angle = np.arctan2(dataset.X[:, 1], dataset.X[:, 0])
    off = angle / (2 * np.pi) - turns * radius - dataset.y / classes
    np.testing.assert_allclose(off, np.round(off), atol=1e-9)
    assert radius.max() <= 1
    # as many points to every stretch of the radius squared
    assert np.median(radius) == pytest.approx(np.sqrt(0.5), abs=0.05)
    assert len(dataset.target_names) == classes


def test_too_few_points_for_the_arms() -> None:
    with pytest.raises(LsbError) as error:
        DATASETS["spirals"](n_samples=5, classes=6).load()
    assert str(error.value) == "n_samples: 5 points are too few for 6 classes"


@pytest.mark.parametrize("kind", ["iris", "breast_cancer"])
@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (("setosa", "rose"), "classes[1]: unknown class 'rose'"),
        (("setosa", "setosa"), "classes: a class is named twice in setosa, setosa"),
        (("setosa",), "all samples of Iris are of class 'setosa'; at least two classes are needed"),
    ],
)
def test_wrong_classes(kind: str, classes: tuple[str, ...], message: str) -> None:
    with pytest.raises(LsbError) as error:
        DATASETS[kind](classes=tuple(c if kind == "iris" else c.replace("setosa", "benign") for c in classes)).load()
    expected = message if kind == "iris" else message.replace("setosa", "benign").replace("Iris", "Breast cancer")
    assert str(error.value).startswith(expected)


# -- CSV -----------------------------------------------------------------------------------------------------


def written(tmp_path: Path, text: str | bytes, **settings: Any) -> Csv:
    path = tmp_path / "data.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Csv(path=str(path), **settings)


def test_csv_reads_exactly(tmp_path: Path) -> None:
    dataset = written(tmp_path, "a,b,kind\n0.1,2,x\n-3e-5, 7 ,y\n1e3,4,x\n").load()
    np.testing.assert_array_equal(dataset.X, [[0.1, 2], [-3e-5, 7], [1e3, 4]])
    np.testing.assert_array_equal(dataset.y, [0, 1, 0])
    assert dataset.feature_names == ("a", "b")
    assert dataset.target_names == ("x", "y")
    assert dataset.name == "data"


def test_csv_order_of_classes(tmp_path: Path) -> None:
    text = "a,kind\n1,x\n2,y\n3,z\n"
    dataset = written(tmp_path, text, classes=("z", "x")).load()
    np.testing.assert_array_equal(dataset.X, [[1], [3]])
    np.testing.assert_array_equal(dataset.y, [1, 0])
    assert written(tmp_path, text).load().target_names == ("x", "y", "z")


def test_csv_numbers_as_classes_are_sorted_by_value(tmp_path: Path) -> None:
    dataset = written(tmp_path, "a,n\n1,10\n2,9\n3,-1\n").load()
    assert dataset.target_names == ("-1", "9", "10")


def test_csv_without_header_and_with_semicolons(tmp_path: Path) -> None:
    dataset = written(tmp_path, "x;1;2\ny;3;5\n", header=False, delimiter=";", target="0").load()
    np.testing.assert_array_equal(dataset.X, [[1, 2], [3, 5]])
    assert dataset.feature_names == ("1", "2")


def test_csv_from_a_spreadsheet(tmp_path: Path) -> None:
    """A byte order mark, CRLF, quotes round a comma, blank lines at the end."""
    dataset = written(tmp_path, b'\xef\xbb\xbfa,"kind, of"\r\n1,"x, or so"\r\n2,y\r\n\r\n', target="kind, of").load()
    np.testing.assert_array_equal(dataset.X, [[1], [2]])
    assert dataset.feature_names == ("a",)
    assert dataset.target_names == ("x, or so", "y")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
def test_csv_finds_encoding_and_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    """As the csv module writes it: names with a delimiter in quotes, words that are no ASCII."""
    rows = [["Länge, x", "b; y|z", "Art"], [1.5, -2, "Körner"], [3, 4e-3, "Gräser"], [5, 6, "Körner"]]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    dataset = written(tmp_path, text.getvalue().encode(encoding)).load()
    assert dataset.feature_names == ("Länge, x", "b; y|z")
    assert dataset.target_names == ("Gräser", "Körner")
    np.testing.assert_array_equal(dataset.X, [[1.5, -2], [3, 4e-3], [5, 6]])
    np.testing.assert_array_equal(dataset.y, [1, 0, 1])


def test_csv_in_a_given_encoding(tmp_path: Path) -> None:
    text = "a,вид\n1,роза\n2,мак\n".encode("koi8-r")
    assert written(tmp_path, text, encoding="koi8-r").load().target_names == ("мак", "роза")


def test_csv_of_columns_in_blanks(tmp_path: Path) -> None:
    dataset = written(tmp_path, "  a    b  kind \n  1  2.5   x\n 10  3.5   y\n").load()
    np.testing.assert_array_equal(dataset.X, [[1, 2.5], [10, 3.5]])
    assert dataset.feature_names == ("a", "b")


def test_csv_ignores_text_in_samples_of_other_classes(tmp_path: Path) -> None:
    dataset = written(tmp_path, "a,kind\n1,x\n?,unknown\n2,y\n", classes=("x", "y")).load()
    np.testing.assert_array_equal(dataset.X, [[1], [2]])


def test_csv_of_many_classes(tmp_path: Path) -> None:
    names = [f"class {k:03}" for k in range(150)]
    lines = "".join(f"{k},{k * k},{name}\n" for k, name in enumerate([*names, *reversed(names)]))
    dataset = written(tmp_path, "a,b,kind\n" + lines).load()
    assert dataset.target_names == tuple(names)
    np.testing.assert_array_equal(dataset.y, [*range(150), *range(149, -1, -1)])


def test_csv_regression(tmp_path: Path) -> None:
    text = "a,price,b\n1,10.5,2\n3,-2e3,5\n4,10.5,1\n"
    dataset = written(tmp_path, text, target="price", task="regression").load()
    assert dataset.is_regression
    assert dataset.target_names == ()
    np.testing.assert_array_equal(dataset.y, [10.5, -2000, 10.5])
    np.testing.assert_array_equal(dataset.X, [[1, 2], [3, 5], [4, 1]])
    scaled = written(tmp_path, text, target="price", task="regression", standardize_target=True).load()
    np.testing.assert_allclose(scaled.y, StandardScaler().fit_transform(dataset.y[:, None])[:, 0], atol=1e-12)


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        ("a,b\n1,x\n2,y\n", {}, "path: '{}', line 2, column 'b' holds 'x'; a number is needed"),
        ("a,b\n1,2\n2,\n", {}, "path: '{}', line 3, column 'b' is empty; a number is needed"),
        ("a,b\n1,2\n2,nan\n", {}, "path: '{}', line 3, column 'b' holds 'nan'; a finite number is needed"),
        ("a,b\n1,2\nNA,3\n", {}, "path: '{}', line 3, column 'a' holds 'NA'; a number is needed"),
        ("a,b\n1,2\n2,2\n", {}, "all targets of data are 2; at least two different ones are needed"),
        ("a,b\n1,2\n2,3\n", {"classes": ("2", "3")}, "classes: a regression has no classes; leave them out"),
    ],
)
def test_wrong_csv_regression(tmp_path: Path, text: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(LsbError) as error:
        written(tmp_path, text, task="regression", **settings).load()
    assert str(error.value).startswith(message.format(tmp_path / "data.csv"))


def test_csv_numbers_that_are_hardly_classes(tmp_path: Path) -> None:
    text = "a,price\n" + "".join(f"{k},{k * 1.5}\n" for k in range(40))
    with pytest.raises(LsbError) as error:
        written(tmp_path, text).load()
    assert str(error.value) == (
        "target: column 'price' has 40 different numbers in 40 rows, which are hardly classes; "
        "set task to 'regression', or choose another target"
    )
    assert len(written(tmp_path, text, task="regression").load().y) == 40


WRONG_FILES: dict[str, tuple[str | bytes, str]] = {
    "text in a number column": (
        "a,b,kind\n1,2,x\n1,two,y\n",
        "line 3, column 'b' holds 'two'; a number is needed",
    ),
    "empty cell": ("a,b,kind\n1,2,x\n,3,y\n", "line 3, column 'a' is empty; a number is needed"),
    "empty class": ("a,kind\n1,x\n2,\n", "line 3, column 'kind' is empty; a class is needed"),
    "row of empty cells": (
        "a,b,kind\n1,2,x\n,,\n3,4,y\n",
        "line 3, column 'kind' is empty; a class is needed",
    ),
    "nan": ("a,kind\n1,x\nNaN,y\n", "line 3, column 'a' holds 'NaN'; a finite number is needed"),
    "infinity": ("a,kind\n1,x\n-inf,y\n", "line 3, column 'a' holds '-inf'; a finite number is needed"),
    "too large": ("a,kind\n1,x\n1e999,y\n", "line 3, column 'a' holds '1e999'; a finite number is needed"),
    "text of two lines": (
        'a,kind\n1,x\n"2\n3",y\n',
        "line 4, column 'a' holds '2\\n3'; a number is needed",
    ),
    "ragged": ("a,b,kind\n1,2,x\n1,y\n", "line 3 has 2 columns instead of 3"),
    "one class": (
        "a,kind\n1,x\n2,x\n",
        "all samples of data are of class 'x'; at least two classes are needed",
    ),
    "constant column": ("a,b,kind\n1,2,x\n1,3,y\n", "column 'a' has the same value in every row"),
    "empty": ("", "is empty"),
    "blank lines": ("\n\n\n", "holds no samples"),
    "header only": ("a,b,kind\n", "holds no samples"),
    "target only": ("kind\nx\ny\n", "has only a target column; at least one feature is needed"),
    "binary": (bytes(range(256)), "is not a text in UTF-8, UTF-16 or Windows' Western encoding"),
    "half of UTF-16": (b"\xff\xfea\x00,", "is not a text in utf-16"),
    "open quote": ('a,kind\n1,"x\n2,y\n', "is not a CSV file (unexpected end of data)"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(50), "is not a text: it holds zero bytes"),
    "decimal commas": ("a;kind\n1,5;x\n2,5;y\n", "line 2, column 'a' holds '1,5'; a number is needed"),
}


@pytest.mark.parametrize("case", WRONG_FILES)
def test_wrong_csv(tmp_path: Path, case: str) -> None:
    text, message = WRONG_FILES[case]
    with pytest.raises(LsbError) as error:
        written(tmp_path, text).load()
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert "data" in str(error.value)


GOOD = "a,b,kind\n1,2,x\n3,4,y\n5,6,z\n"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "kinds"}, "target: unknown column 'kinds'; did you mean 'kind'? choose from a, b, kind"),
        ({"target": "2"}, "target: unknown column '2'; choose from a, b, kind"),
        ({"target": "3", "header": False}, "target: unknown column '3'; choose from 0, 1, 2"),
        ({"classes": ("x", "w")}, "classes[1]: unknown class 'w'; choose from x, y, z"),
        ({"classes": ("x", "x")}, "classes: a class is named twice in x, x"),
        ({"classes": ("x",)}, "all samples of data are of class 'x'"),
        ({"encoding": "klingon"}, "path: 'klingon' is no encoding of texts"),
        ({"encoding": "hex"}, "path: 'hex' is no encoding of texts"),
        ({"encoding": "utf-16"}, "path: '{}' is not a text in utf-16"),
        ({"delimiter": "::"}, "delimiter: '::' is not one character"),
        ({"delimiter": '"'}, "delimiter: '\"' is not one character, or one that separates nothing"),
        ({"delimiter": "\n"}, "delimiter: '\\n' is not one character, or one that separates nothing"),
    ],
)
def test_wrong_csv_settings(tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(LsbError) as error:
        written(tmp_path, GOOD, **settings).load()
    assert str(error.value).startswith(message.replace("{}", str(tmp_path / "data.csv")))


def test_target_named_twice(tmp_path: Path) -> None:
    with pytest.raises(LsbError, match=r"has 2 columns called 'kind'"):
        written(tmp_path, "kind,a,kind\nx,1,x\ny,2,y\n", target="kind").load()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "path: the name of a CSV file is missing"),
        ("absent.csv", "(No such file or directory)"),
        (".", "is not a file"),
        ("a\0b", "embedded null"),
    ],
)
def test_no_such_file(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(LsbError) as error:
        Csv(path=str(tmp_path / name) if name else "").load()
    assert str(error.value).startswith("path: ")
    assert message in str(error.value)


def test_many_columns_are_not_all_listed(tmp_path: Path) -> None:
    names = ",".join(f"pixel{k}" for k in range(784))
    values = ",".join(map(str, range(784)))
    with pytest.raises(LsbError) as error:
        written(tmp_path, f"{names}\n{values}\n{values}\n", target="digit").load()
    assert "... (784 in all)" in str(error.value)
    assert len(str(error.value)) < 300


cells = st.sampled_from(["1", "2.5", "-3e200", "1e308", "x", "y", "", " ", "nan", '"', ",", "\n", "\r", "\0", "é"])


@hypothesis.settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
@hypothesis.given(
    content=st.binary(max_size=60) | st.lists(cells, max_size=30).map(lambda parts: ",".join(parts).encode()),
    settings=st.fixed_dictionaries(
        {},
        optional={
            "header": st.booleans(),
            "delimiter": st.text(max_size=1),
            "standardize": st.booleans(),
            "standardize_target": st.booleans(),
            "task": st.sampled_from(["classification", "regression"]),
            "held_out": st.sampled_from([0.0, 0.4]),
            "target": st.sampled_from(["", "0", "1"]),
        },
    ),
)
def test_any_file_is_read_or_refused_in_one_line(tmp_path: Path, content: bytes, settings: dict[str, Any]) -> None:
    try:
        dataset = written(tmp_path, content, **settings).load()
    except LsbError as error:
        message = str(error)
    else:
        assert np.isfinite(dataset.X).all()
        return
    assert len(message.splitlines()) == 1
