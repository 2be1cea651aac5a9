"""Computed landscapes on disk: NumPy's own loader finds every key; what is damaged or hostile is refused."""

from __future__ import annotations

import io
import os
import pickle
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsblender.engine import Experiment, Landscape
from lsblender.errors import LsbError
from lsblender.exchange import landscape_files, load_landscape, save_landscapes
from lsblender.version import package_version

SCENE = 'title = "Größe ∇"\n[[shots]]\nseconds = 5\n'


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def saved(landscapes: list[Landscape], tmp_path: Path) -> Path:
    return save_landscapes(landscapes[1:], tmp_path / "film.npz", SCENE)[0]


# -- Writing -------------------------------------------------------------------------------------------------


def test_numpy_finds_every_key(landscapes: list[Landscape], tmp_path: Path) -> None:
    files = save_landscapes(landscapes, tmp_path / "film.npz", SCENE)
    assert files == [tmp_path / "film.npz", tmp_path / "film_2.npz"]
    assert names_in(tmp_path) == {"film.npz", "film_2.npz"}
    for file, landscape in zip(files, landscapes, strict=True):
        with np.load(file, allow_pickle=False) as data:
            per_path = ("xy", "loss", "surface_loss", "theta")
            common = ["x", "y", "loss", "explained_variance", "axis_names", "path_names", "scene", "version"]
            common += ["height", "facts", "data", "model", "notes"]
            own = [f"path_{k}_{name}" for k in range(len(landscape.paths)) for name in (*per_path, "explained")]
            assert set(data.files) == {*common, *own}
            np.testing.assert_array_equal(data["x"], landscape.x)
            np.testing.assert_array_equal(data["y"], landscape.y)
            np.testing.assert_array_equal(data["loss"], landscape.loss)
            assert data["loss"].shape == (len(data["y"]), len(data["x"]))
            np.testing.assert_array_equal(data["explained_variance"], landscape.explained)
            assert data["axis_names"].tolist() == list(landscape.axis_names)
            assert data["path_names"].tolist() == [path.name for path in landscape.paths]
            assert (str(data["height"]), data["facts"].tolist()) == (landscape.height, list(landscape.facts))
            assert (str(data["data"]), str(data["model"])) == (landscape.data, landscape.model)
            assert data["notes"].tolist() == list(landscape.notes)
            assert str(data["scene"]) == SCENE
            assert str(data["version"]) == package_version()
            for k, path in enumerate(landscape.paths):
                for name in per_path:
                    np.testing.assert_array_equal(data[f"path_{k}_{name}"], getattr(path, name))


def test_same_landscape_gives_the_same_bytes(landscapes: list[Landscape], tmp_path: Path) -> None:
    first, second = (save_landscapes(landscapes, tmp_path / name / "a.npz", SCENE) for name in "ab")
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]
    for file in first:
        with zipfile.ZipFile(file) as archive:
            assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_computed_landscape_comes_back(tmp_path: Path) -> None:
    landscape = Experiment(steps=20, resolution=(9, 8)).run()
    (file,) = save_landscapes([landscape], tmp_path / "a.npz", "")
    assert_same(load_landscape(file).landscape, landscape)


def test_file_comes_back(landscapes: list[Landscape], tmp_path: Path) -> None:
    unusual = replace(
        landscapes[0],
        paths=(),
        explained=np.full(2, np.nan),
        axis_names=("", "θ₂"),
        height="accuracy",
        model="å",
        notes=("a", "b"),
    )
    unusual.loss[0, :3] = np.nan, np.inf, -np.inf
    for landscape in (*landscapes, unusual):
        (file,) = save_landscapes([landscape], tmp_path / "a.npz", SCENE)
        read = load_landscape(file)
        assert (read.scene, read.version) == (SCENE, package_version())
        assert_same(read.landscape, landscape)


def assert_same(first: Landscape, second: Landscape) -> None:
    for name in ("x", "y", "loss", "explained"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    assert first.axis_names == second.axis_names
    for name in ("height", "facts", "data", "model", "notes"):
        assert getattr(first, name) == getattr(second, name)
    assert [path.name for path in first.paths] == [path.name for path in second.paths]
    for ours, theirs in zip(first.paths, second.paths, strict=True):
        for name in ("xy", "loss", "surface_loss", "theta", "explained"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


@pytest.mark.parametrize("name", ["film", "film.npy", "film.npz.txt", ".npz"])
def test_other_suffixes_are_refused(name: str, landscapes: list[Landscape], tmp_path: Path) -> None:
    with pytest.raises(LsbError, match=r"must end in \.npz"):
        save_landscapes(landscapes, tmp_path / name, SCENE)
    assert names_in(tmp_path) == set()


def test_names_of_several_shots(tmp_path: Path) -> None:
    names = [file.name for file in landscape_files(tmp_path / "My film.v1.NPZ", 3)]
    assert names == ["My film.v1.NPZ", "My film.v1_2.NPZ", "My film.v1_3.NPZ"]


def test_failure_leaves_the_old_files(landscapes: list[Landscape], tmp_path: Path) -> None:
    """The second landscape can not be written; the first is complete by then."""
    file = tmp_path / "film.npz"
    file.write_text("old", encoding="utf-8")
    broken = replace(landscapes[1], loss=np.array([["text"]]))
    with pytest.raises(ValueError):
        save_landscapes([landscapes[0], broken], file, SCENE)
    assert names_in(tmp_path) == {"film.npz"}
    assert file.read_text(encoding="utf-8") == "old"


def test_name_taken_by_a_folder(landscapes: list[Landscape], tmp_path: Path) -> None:
    (tmp_path / "film_2.npz").mkdir()
    with pytest.raises(LsbError, match="is a folder"):
        save_landscapes(landscapes, tmp_path / "film.npz", SCENE)
    assert names_in(tmp_path) == {"film_2.npz"}


# -- Reading what others wrote -------------------------------------------------------------------------------


def rewrite(file: Path, save: Callable[..., None] = np.savez, **changes: Any) -> None:
    """The same file with some arrays changed; None takes one away."""
    with np.load(file) as data:
        arrays = {**data} | changes
    save(file, **{key: value for key, value in arrays.items() if value is not None})


def test_numpys_files_are_read(saved: Path, landscapes: list[Landscape]) -> None:
    """Compressed, single precision, whole numbers, big-endian, Fortran order, unknown keys: all fine."""
    rewrite(
        saved,
        np.savez_compressed,
        loss=np.asfortranarray(landscapes[1].loss.astype(">f8")),
        x=np.arange(9),
        path_0_theta=landscapes[1].paths[0].theta.astype(np.float32),
        more=np.zeros(3),
    )
    read = load_landscape(saved).landscape
    np.testing.assert_array_equal(read.loss, landscapes[1].loss)
    np.testing.assert_array_equal(read.x, np.arange(9.0))
    assert read.x.dtype == read.loss.dtype == read.paths[0].theta.dtype == np.float64


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": None}, "x: this array is missing"),
        ({"path_3_theta": None}, "path_3_theta: this array is missing"),
        ({"scene": None}, "scene: this array is missing"),
        ({"loss": np.zeros((9, 14))}, "loss: the shape is (9, 14); (14, 9) is needed"),
        ({"loss": np.zeros(126)}, "loss: the shape is (126,); (14, 9) is needed"),
        ({"x": np.zeros((3, 3))}, "x: the shape is (3, 3); (points,) is needed"),
        ({"x": np.arange(9.0)[::-1]}, "x: at least two finite, rising numbers are needed"),
        ({"y": np.full(14, np.nan)}, "y: at least two finite, rising numbers are needed"),
        ({"y": np.zeros(0)}, "y: at least two finite, rising numbers are needed"),
        ({"loss": np.full((14, 9), "a")}, "loss: the type is '<U1'; numbers are needed"),
        ({"loss": np.zeros((14, 9), complex)}, "loss: the type is 'complex128'; numbers are needed"),
        ({"loss": np.zeros((14, 9), "V8")}, "loss: the type is '|V8'; numbers are needed"),
        ({"explained_variance": np.zeros(3)}, "explained_variance: the shape is (3,); (2,) is needed"),
        ({"axis_names": np.array(["a"])}, "axis_names: the shape is (1,); (2,) is needed"),
        ({"path_names": np.arange(4, dtype=np.int64)}, "path_names: the type is 'int64'; text is needed"),
        ({"path_0_xy": np.zeros((6, 3))}, "path_0_xy: the shape is (6, 3); (steps, 2) is needed"),
        ({"path_1_loss": np.zeros(6)}, "path_1_loss: the shape is (6,); (7,) is needed"),
        ({"path_1_theta": np.zeros((6, 4))}, "path_1_theta: the shape is (6, 4); (7, parameters) is needed"),
        (
            {"path_0_xy": np.full((6, 2), np.inf)},
            "path_0_xy: at least one point, and only finite ones, are needed",
        ),
        ({"version": np.array(["a"])}, "version: the shape is (1,); () is needed"),
        (
            {"loss": np.array([[{}]], dtype=object)},
            "loss: holds Python objects (a pickle), which may run any code when read",
        ),
    ],
)
def test_wrong_arrays_are_named(saved: Path, changes: dict[str, Any], message: str) -> None:
    rewrite(saved, **changes)
    with pytest.raises(LsbError) as error:
        load_landscape(saved)
    assert str(error.value) == f"{saved}: {message}"


def test_pickle_is_not_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (os.mkdir, (str(tmp_path / "sprung"),))

    plain, inside = tmp_path / "a.npz", tmp_path / "b.npz"
    plain.write_bytes(pickle.dumps(Trap()))
    np.savez(inside, x=np.array([Trap()], dtype=object))
    for file in (plain, inside):
        with pytest.raises(LsbError, match="pickle"):
            load_landscape(file)
    assert names_in(tmp_path) == {"a.npz", "b.npz"}


@pytest.mark.parametrize("content", [b"", b"PK", b"x = 1\n", b"\x93NUMPY\x01\x00"])
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    file.write_bytes(content)
    with pytest.raises(LsbError) as error:
        load_landscape(file)
    assert str(error.value) == f"{file}: is not an .npz file, or is damaged"


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path, message in ((tmp_path / "a.npz", "No such file"), (tmp_path, "is not a file")):
        with pytest.raises(LsbError, match=message) as error:
            load_landscape(path)
        assert str(error.value).startswith(f"{path}: ")


def test_every_truncation_is_refused(saved: Path) -> None:
    whole = saved.read_bytes()
    for length in range(0, len(whole), 101):
        saved.write_bytes(whole[:length])
        with pytest.raises(LsbError) as error:
            load_landscape(saved)
        assert str(error.value).startswith(f"{saved}: ")


def loaded(file: Path) -> Landscape | LsbError:
    try:
        return load_landscape(file).landscape
    except LsbError as error:
        return error


def test_flipped_bytes_are_refused_or_harmless(landscapes: list[Landscape], tmp_path: Path) -> None:
    """Every member has a checksum; what it does not cover (dates, a zip's own fields) may change unseen."""
    small = replace(landscapes[1], paths=landscapes[1].paths[:1])
    (file,) = save_landscapes([small], tmp_path / "a.npz", SCENE)
    whole, rng = file.read_bytes(), np.random.default_rng(0)
    refused = 0
    for _ in range(600):
        data = bytearray(whole)
        data[rng.integers(len(data))] = rng.integers(256)
        file.write_bytes(data)
        result = loaded(file)
        if isinstance(result, LsbError):
            assert str(result).startswith(f"{file}: ")
            refused += 1
        else:
            assert_same(result, small)
    assert refused > 300


def claiming(shape: str, data: bytes, descr: str = "<f8") -> bytes:
    """A .npy whose header claims a shape, whatever the data."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode("latin1") + data


@pytest.mark.parametrize("shape", ["(1000000000000,)", "(10**30,)", "(-1,)", "(2, -1)", "(3,", "'x'", "(1.0,)"])
def test_claimed_shapes_cost_nothing(shape: str, tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.npy", claiming(shape, bytes(24)))
    start = time.perf_counter()
    tracemalloc.start()
    with pytest.raises(LsbError) as error:
        load_landscape(file)
    assert str(error.value).startswith(f"{file}: x: ")
    assert time.perf_counter() - start < 1.0
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20


def test_zip_bomb_is_refused(tmp_path: Path) -> None:
    """A few kilobytes that say that they unpack to four gigabytes; zipfile would believe it."""
    file = tmp_path / "a.npz"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", claiming("(100000,)", bytes(800_000)))
    data = bytearray(file.read_bytes())
    size = data.index(b"PK\x01\x02") + 24
    data[size : size + 4] = (2**32 - 2).to_bytes(4, "little")
    file.write_bytes(data)
    with pytest.raises(LsbError, match=f"claims to hold {2**32 - 2} bytes, too many for a file of {len(data)}"):
        load_landscape(file)


@pytest.mark.parametrize("code", [0x110000, 0x22222222, 0xFFFFFFFF])
def test_characters_that_do_not_exist(code: int, saved: Path) -> None:
    rewrite(saved, scene=np.array([code], dtype="<u4").view("<U1").reshape(()))
    with pytest.raises(LsbError) as error:
        load_landscape(saved)
    assert str(error.value) == f"{saved}: scene: holds characters that do not exist"


def test_encrypted_and_strange_members(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x.npy", claiming("(3,)", bytes(24)))
    data = bytearray(buffer.getvalue())
    centre = data.index(b"PK\x01\x02")
    for offset, value in ((8, 1), (10, 99)):  # flag "encrypted"; a compression that there is not
        changed = data.copy()
        changed[offset - 2] = changed[centre + offset] = value
        file = tmp_path / "a.npz"
        file.write_bytes(changed)
        with pytest.raises(LsbError) as error:
            load_landscape(file)
        assert str(error.value) == f"{file}: x: the data are damaged"
