"""MNIST as it is shipped: real digits with the right labels, small, plain, and remade by its script."""

from __future__ import annotations

import importlib.util
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsblender.engine.datasets import MNIST
from lsblender.engine.datasets.mnist import FILE
from lsblender.errors import LsbError
from lsblender.settings import structure

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script() -> Any:
    spec = importlib.util.spec_from_file_location("build_mnist", ROOT / "scripts" / "build_mnist.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def everything() -> Any:
    return MNIST(size=0).load()


def test_all_of_it(everything: Any, script: Any) -> None:
    assert everything.X.shape == (10_000, 784)
    assert everything.target_names == tuple("0123456789")
    assert tuple(np.bincount(everything.y)) == script.COUNTS
    assert (everything.X.min(), everything.X.max()) == (0.0, 1.0)
    np.testing.assert_allclose(everything.X * 255, np.round(everything.X * 255), atol=1e-10)
    # LeCun's training pictures have a mean of 0.1307
    assert everything.X.mean() == pytest.approx(0.1307, abs=0.002)
    assert everything.feature_names[29] == "pixel_1_1"


def test_labels_belong_to_the_pictures(everything: Any) -> None:
    """The nearest mean picture of one half names four fifths of the other half; by chance it would be a tenth."""
    X, y = everything.X, everything.y
    means = np.stack([X[:5000][y[:5000] == digit].mean(axis=0) for digit in range(10)])
    distances = (means**2).sum(axis=1) - 2 * X[5000:] @ means.T
    assert np.mean(distances.argmin(axis=1) == y[5000:]) > 0.79


def test_order_has_no_pattern(everything: Any) -> None:
    for part in np.split(everything.y, 10):
        assert np.bincount(part).min() > 60


def test_file_is_small_and_plain(script: Any) -> None:
    assert FILE.stat().st_size < 2_000_000
    assert (FILE.parent / "mnist-licence.txt").read_text(encoding="utf-8").count("LeCun") >= 2
    with zipfile.ZipFile(FILE) as archive:
        assert sorted(archive.namelist()) == ["images.npy", "labels.npy"]
    with np.load(FILE, allow_pickle=False) as file:
        assert script.digest(file["images"], file["labels"]) == script.DIGEST
        assert {file[key].dtype for key in file} == {np.dtype(np.uint8)}


@pytest.mark.parametrize("size", [10, 999, 1000])
def test_subset_is_balanced(size: int) -> None:
    counts = np.bincount(MNIST(size=size).load().y, minlength=10)
    assert counts.sum() == size
    assert np.ptp(counts) <= 1


def test_subset_of_two_digits() -> None:
    dataset = MNIST(classes=("7", "1"), size=500).load()
    assert dataset.target_names == ("7", "1")
    assert np.bincount(dataset.y).tolist() == [250, 250]
    # a one has less ink than a seven
    assert dataset.X[dataset.y == 0].mean() > dataset.X[dataset.y == 1].mean()


def test_subsets_follow_their_seed(everything: Any) -> None:
    first, again, other = (MNIST(size=100, seed=seed).load() for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.X, again.X)
    assert not np.array_equal(first.X, other.X)
    rows = {row.tobytes(): label for row, label in zip(everything.X, everything.y, strict=True)}
    assert all(rows[row.tobytes()] == label for row, label in zip(first.X, first.y, strict=True))


def test_more_than_there_are() -> None:
    with pytest.raises(LsbError) as error:
        MNIST(classes=("5", "8"), size=2000).load()
    assert str(error.value) == "size: 2000 pictures of 1807 that there are of these classes"
    with pytest.raises(LsbError) as error:
        structure({"size": 10_001}, MNIST)
    assert str(error.value) == "size: 10001 is out of range; allowed: 0 to 10000"


# -- the script ----------------------------------------------------------------------------------------------


def test_script_reads_grey_values_exactly(script: Any, tmp_path: Path) -> None:
    """The package has them as grey / 255 to three decimals."""
    grey = np.resize(np.arange(256), (3, 784))
    folder = tmp_path / "src" / "digits"
    folder.mkdir(parents=True)
    (folder / "4.json").write_text(json.dumps({"data": np.round(grey / 255, 3).ravel().tolist()}))
    np.testing.assert_array_equal(script.read_digit(tmp_path, 4), grey)


@pytest.mark.parametrize("data", [[0.5] * 783, [0.002] * 784, [-0.5] * 784, [1.2] * 784])
def test_script_refuses_other_things(script: Any, tmp_path: Path, data: list[float]) -> None:
    folder = tmp_path / "src" / "digits"
    folder.mkdir(parents=True)
    (folder / "0.json").write_text(json.dumps({"data": data}))
    with pytest.raises(SystemExit, match=r"0\.json is not whole pictures"):
        script.read_digit(tmp_path, 0)


def test_script_writes_the_same_bytes(script: Any, tmp_path: Path) -> None:
    with np.load(FILE, allow_pickle=False) as file:
        arrays = {key: file[key][:200] for key in file}
    for name in ("a.npz", "b.npz"):
        script.write(tmp_path / name, **arrays)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["images"], arrays["images"])
