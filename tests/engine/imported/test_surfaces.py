"""Surfaces of other programs, written by others' writers: every number is where it was."""

from __future__ import annotations

import csv
import itertools
import logging
from pathlib import Path
from typing import Any

import h5py
import hypothesis
import numpy as np
import pytest
import vtk
from hypothesis import strategies as st
from vtk.util.numpy_support import numpy_to_vtk

from lsblender.engine import Experiment, Landscape, landscape_from_arrays, missing
from lsblender.engine.imported import CsvSurface, H5Surface, NpzSurface, VtpSurface
from lsblender.engine.imported.points import grid_of
from lsblender.engine.missing import filled
from lsblender.errors import LsbError
from tests.engine.imported.conftest import Example, write_li

READ_OFF = "The path's losses are read off the surface."


def assert_is(landscape: Landscape, example: Example) -> None:
    np.testing.assert_array_equal(landscape.x, example.x)
    np.testing.assert_array_equal(landscape.y, example.y)
    np.testing.assert_array_equal(landscape.loss, example.loss)


# -- HDF5 of Li et al. ---------------------------------------------------------------------------------------


def test_li_surface_and_trajectory(example: Example, tmp_path: Path) -> None:
    surface = write_li(tmp_path / "resnet.h5", example)
    with h5py.File(tmp_path / "path.h5", "w") as data:
        data["proj_xcoord"], data["proj_ycoord"] = example.xy.T
    landscape = H5Surface(path=str(surface), trajectory=str(tmp_path / "path.h5")).read()
    assert_is(landscape, example)
    assert (landscape.model, landscape.height) == ("resnet.h5", "train loss")
    assert landscape.facts == ("3 of 117 points have no loss",)
    (path,) = landscape.paths
    np.testing.assert_array_equal(path.xy, example.xy)
    assert landscape.notes == (READ_OFF,)
    assert path.name == "path"


@pytest.mark.parametrize(
    "options", [{"compression": "gzip", "shuffle": True, "chunks": (5, 4)}, {"chunks": (13, 9)}, {"dtype": "f4"}]
)
def test_li_packed(options: dict[str, Any], example: Example, tmp_path: Path) -> None:
    """As h5py itself reads it, whatever way it is stored."""
    file = write_li(tmp_path / "s.h5", example)
    with h5py.File(file, "a") as data:
        values = data["train_loss"][()]
        del data["train_loss"]
        data.create_dataset("train_loss", data=values, **options)
    with h5py.File(file) as data:
        expected = data["train_loss"][()].ravel().reshape(9, 13).astype(float)
    np.testing.assert_array_equal(np.nan_to_num(H5Surface(path=str(file)).read().loss, nan=-1.0), expected)


def test_li_accuracy(example: Example, tmp_path: Path) -> None:
    landscape = H5Surface(path=str(write_li(tmp_path / "s.h5", example)), quantity="train_acc").read()
    np.testing.assert_allclose(landscape.loss, 50 + example.loss)
    assert landscape.height == "train acc"


# -- tables --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["theta_i,theta_j,loss", "theta0, theta1, loss", "x;y;loss", "# x y loss", ""])
@pytest.mark.parametrize("fastest", ["x", "y"])
def test_pairs_of_2018(header: str, fastest: str, example: Example, tmp_path: Path) -> None:
    points = example.points
    if fastest == "y":
        points = points[np.lexsort((points[:, 1], points[:, 0]))]
    delimiter = ";" if ";" in header else "," if header[:1] in "tx" else " "
    np.savetxt(tmp_path / "a.csv", points, delimiter=delimiter, header=header, comments="", fmt="%.17g")
    landscape = CsvSurface(path=str(tmp_path / "a.csv")).read()
    assert_is(landscape, example)
    names = [name.strip("# ") for name in header.replace(";", ",").replace("# x y ", "x,y,").split(",")[:2]]
    assert landscape.axis_names == (tuple(names) if header else ("x", "y"))


@pytest.mark.parametrize("order", list(itertools.permutations(["x", "y", "loss", "accuracy"])), ids="-".join)
def test_columns_in_any_order(order: tuple[str, ...], example: Example, tmp_path: Path) -> None:
    columns = dict(zip(("x", "y", "loss"), example.points.T, strict=True)) | {"accuracy": 1 - example.points[:, 2]}
    with (tmp_path / "a.csv").open("w", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(order)
        writer.writerows(zip(*(columns[name].tolist() for name in order), strict=True))
    assert_is(CsvSurface(path=str(tmp_path / "a.csv")).read(), example)
    other = CsvSurface(path=str(tmp_path / "a.csv"), quantity="accuracy").read()
    np.testing.assert_array_equal(other.loss, 1 - example.loss)


def test_transposed_surfaces_of_2018(example: Example, tmp_path: Path) -> None:
    """2018's script of principal components: coordinates with the first fastest, losses in the other order."""
    whole = np.nan_to_num(example.loss)
    points = example.points.copy()
    points[:, 2] = whole.T.ravel()
    np.savetxt(tmp_path / "pca.csv", points, delimiter=",", header="theta_i,theta_j,loss", comments="")
    wrong = CsvSurface(path=str(tmp_path / "pca.csv")).read()
    right = CsvSurface(path=str(tmp_path / "pca.csv"), transpose=True).read()
    assert not np.allclose(wrong.loss, whole)
    np.testing.assert_allclose(right.loss, whole, rtol=1e-12)
    by_columns = points[np.lexsort((points[:, 1], points[:, 0]))]
    by_columns[:, 2] = whole.ravel()
    np.savetxt(tmp_path / "pca.csv", by_columns, delimiter=",")
    np.testing.assert_allclose(CsvSurface(path=str(tmp_path / "pca.csv"), transpose=True).read().loss, whole)


@pytest.mark.parametrize("corner", ["", "y\\x"])
def test_matrix_with_coordinates(corner: str, example: Example, tmp_path: Path) -> None:
    """As pandas writes a pivot table; its rows may be turned over."""
    lines = [",".join([corner, *map(repr, example.x.tolist())])]
    for y, row in reversed(list(zip(example.y.tolist(), example.loss.tolist(), strict=True))):
        lines.append(",".join(map(repr, [y, *row])))
    (tmp_path / "m.csv").write_text("\n".join(lines), encoding="utf-8")
    assert_is(CsvSurface(path=str(tmp_path / "m.csv")).read(), example)


def test_bare_matrix(example: Example, tmp_path: Path) -> None:
    np.savetxt(tmp_path / "m.txt", example.loss, delimiter="\t")
    landscape = CsvSurface(path=str(tmp_path / "m.txt")).read()
    np.testing.assert_allclose(landscape.loss, example.loss, rtol=1e-12)
    assert landscape.axis_names == ("column", "row")
    assert (landscape.x[-1], landscape.y[-1]) == (12, 8)
    turned = CsvSurface(path=str(tmp_path / "m.txt"), transpose=True).read()
    np.testing.assert_array_equal(turned.loss, landscape.loss.T)


def test_points_that_are_there_twice(example: Example, caplog: pytest.LogCaptureFixture) -> None:
    points = np.concatenate([example.points, example.points[:4]])
    with caplog.at_level(logging.WARNING):
        assert grid_of(points, ("x", "y")).notes == ()
    assert caplog.messages == ["4 points are given more than once, each time with the same loss"]
    caplog.clear()
    points[-3:, 2] += 1
    with caplog.at_level(logging.WARNING):
        surface = grid_of(points, ("x", "y"))
    assert surface.notes == ("3 points of the file are there again with another loss; the last one counts.",)
    assert caplog.messages == ["3 points are given more than once with different losses; the last one counts"]
    np.testing.assert_array_equal(surface.loss[0, :4], example.loss[0, :4] + [0, 1, 1, 1])


@hypothesis.settings(max_examples=60, deadline=None, derandomize=True)
@hypothesis.given(st.randoms(use_true_random=False), st.integers(2, 7), st.integers(2, 6), st.floats(1e-6, 1e6))
def test_any_order_of_points_is_the_same_grid(random: Any, nx: int, ny: int, size: float) -> None:
    """Also where coordinates carry the rounding of a computation, and some points are left out."""
    rng = np.random.default_rng(random.randrange(2**32))
    x, y = np.sort(rng.permutation(40)[:nx]) * size, np.sort(rng.permutation(40)[:ny]) * size
    loss = rng.normal(size=(ny, nx))
    grid_x, grid_y = np.meshgrid(x, y)
    points = np.column_stack([grid_x.ravel(), grid_y.ravel(), loss.ravel()])
    points[:, :2] += rng.choice([0, 1e-12, -1e-12], size=(len(points), 2)) * size
    order = rng.permutation(len(points))
    left = order[: max(len(points) - 2, nx * ny // 2)]
    hypothesis.assume(len(set(left // nx)) == ny and len(set(left % nx)) == nx)
    surface = grid_of(points[left], ("x", "y"))
    np.testing.assert_allclose(surface.x, x, atol=1e-9 * size)
    np.testing.assert_allclose(surface.y, y, atol=1e-9 * size)
    expected = np.full(nx * ny, np.nan)
    expected[left] = loss.ravel()[left]
    np.testing.assert_array_equal(surface.loss, expected.reshape(ny, nx))


# -- ParaView ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["Ascii", "Binary", "Appended"])
@pytest.mark.parametrize("packed", [True, False], ids=["zlib", "plain"])
@pytest.mark.parametrize("encoded", [True, False], ids=["base64", "raw"])
@pytest.mark.parametrize("header", ["UInt32", "UInt64"])
def test_vtp_as_vtk_writes_it(
    mode: str, packed: bool, encoded: bool, header: str, example: Example, tmp_path: Path
) -> None:
    points, data = vtk.vtkPoints(), vtk.vtkPolyData()
    points.SetDataType(vtk.VTK_DOUBLE)
    scaled = example.points * (1, 1, 0.1)
    points.SetData(numpy_to_vtk(scaled, deep=True))
    data.SetPoints(points)
    for name, values in (("zvalue", example.points[:, 2]), ("other", np.arange(117))):
        array = numpy_to_vtk(values, deep=True)
        array.SetName(name)
        data.GetPointData().AddArray(array)
    writer = vtk.vtkXMLPolyDataWriter()
    writer.SetFileName(str(tmp_path / "s.vtp"))
    writer.SetInputData(data)
    getattr(writer, f"SetDataModeTo{mode}")()
    writer.SetEncodeAppendedData(encoded)
    getattr(writer, f"SetHeaderTypeTo{header}")()
    if not packed:
        writer.SetCompressorTypeToNone()
    writer.SetBlockSize(800)
    assert writer.Write() == 1
    landscape = VtpSurface(path=str(tmp_path / "s.vtp")).read()
    np.testing.assert_allclose(landscape.loss, example.loss, rtol=1e-6 if mode == "Ascii" else 0)
    np.testing.assert_allclose(landscape.x, example.x, rtol=1e-6 if mode == "Ascii" else 0)
    other = VtpSurface(path=str(tmp_path / "s.vtp"), quantity="other").read()
    np.testing.assert_array_equal(other.loss, np.arange(117).reshape(9, 13))


def test_vtp_with_heights_only(tmp_path: Path) -> None:
    rows = "\n".join(f"{x} {y} {x + 10 * y}" for y in range(3) for x in range(4))
    (tmp_path / "s.vtp").write_text(
        f'<VTKFile type="PolyData"><PolyData><Piece NumberOfPoints="12"><Points><DataArray type="Float32" '
        f'NumberOfComponents="3" format="ascii">{rows}</DataArray></Points></Piece></PolyData></VTKFile>'
    )
    np.testing.assert_array_equal(VtpSurface(path=str(tmp_path / "s.vtp")).read().loss[2], [20, 21, 22, 23])


# -- arrays --------------------------------------------------------------------------------------------------


def test_npz_of_ones_own(example: Example, tmp_path: Path) -> None:
    """With meshgrid's coordinates, a path with its losses, and the plane in parameter space."""
    rng = np.random.default_rng(0)
    origin, (u, v) = rng.normal(size=7), np.linalg.qr(rng.normal(size=(7, 2)))[0].T
    theta = origin + example.xy @ [u, v]
    grid_x, grid_y = np.meshgrid(example.x, example.y)
    for file, path in (("xy", {"xy": example.xy}), ("theta", {"theta": theta})):
        arrays = {"x": grid_x, "y": grid_y, "loss": example.loss, "origin": origin, "u": u, "v": v, "name": "Adam"}
        np.savez(tmp_path / f"{file}.npz", path_loss=np.arange(6.0), **arrays, **path)
        landscape = NpzSurface(path=str(tmp_path / f"{file}.npz")).read()
        assert_is(landscape, example)
        np.testing.assert_allclose(landscape.paths[0].xy, example.xy, atol=1e-12)
        np.testing.assert_array_equal(landscape.paths[0].loss, np.arange(6.0))
        assert (landscape.paths[0].name, landscape.notes) == ("Adam", ())
    assert landscape.paths[0].explained == pytest.approx(1.0)


def test_a_history_on_a_surface_of_theirs(example: Example, tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", x=example.x, y=example.y, loss=example.loss)
    np.savez(tmp_path / "h.npz", theta=example.xy, loss=np.arange(6), every=10)
    surface = NpzSurface(path=str(tmp_path / "s.npz"))
    landscape = Experiment(landscape=surface, history=str(tmp_path / "h.npz")).run()
    np.testing.assert_array_equal(landscape.paths[0].xy, example.xy)
    assert landscape.notes == ("Each step here is 10 steps of the training.",)
    np.savez(tmp_path / "h.npz", theta=np.zeros((4, 5)))
    with pytest.raises(LsbError) as error:
        Experiment(landscape=surface, history=str(tmp_path / "h.npz")).run()
    assert str(error.value).startswith("landscape.path: the path 'h' has 5 parameters, and the surface's file does not")


def test_surface_loss_is_bilinear(example: Example) -> None:
    """Between the points of the grid, and nan beside missing ones; off the grid there is none."""
    from scipy.interpolate import interpn

    inside = np.array([[-0.9, -0.2], [0.3, 1.7], [-0.71, 0.2], [3, 0]])
    landscape = landscape_from_arrays(example.x, example.y, example.loss, path=inside, path_loss=np.zeros(4))
    expected = interpn((example.y, example.x), example.loss, inside[:, ::-1], bounds_error=False)
    np.testing.assert_allclose(landscape.paths[0].surface_loss, expected)
    assert np.isnan(landscape.paths[0].surface_loss[2:]).all()
    assert landscape.notes == ()
    np.testing.assert_array_equal(landscape.paths[0].xy, inside)
    bare = landscape_from_arrays(example.x, example.y, example.loss, path=inside)
    assert np.isfinite(bare.paths[0].loss).all()
    assert READ_OFF in bare.notes


def test_an_uneven_grid_is_made_even_and_that_is_said() -> None:
    x, y = np.array([0, 1, 2, 4, 8.0]), np.linspace(0, 1, 5)
    landscape = landscape_from_arrays(x, y, 3 * x + 2 * y[:, None])
    assert np.ptp(np.diff(landscape.x)) == pytest.approx(0, abs=1e-12)
    assert len(landscape.x) == 9
    np.testing.assert_allclose(landscape.loss, 3 * landscape.x + 2 * landscape.y[:, None])
    assert landscape.notes == ("The file's grid is uneven; between its points the loss is interpolated.",)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": [3, 2, 1]}, "x: finite, rising numbers are needed"),
        ({"loss": np.zeros((3, 2))}, "loss: the shape is (3, 2); (y, x), (2, 3), is needed"),
        ({"loss": np.full((2, 3), np.nan)}, "'Arrays' has no point with a finite loss"),
        ({"loss": "abc"}, "loss: numbers are needed"),
        ({"path": [1, 2]}, "path: the shape is (2,); 2 dimensions are needed"),
        ({"path": [(1, np.nan)]}, "path: finite numbers of the shape (T, 2) are needed"),
        ({"path": [(1, 0)], "path_loss": [1, 2]}, "path_loss: 2 losses for 1 points"),
        ({"x": [1], "loss": [[1], [2]]}, "the grid has 1 by 2 points; at least 2 by 2 are needed"),
    ],
)
def test_wrong_arrays(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(LsbError) as error:
        landscape_from_arrays(**({"x": [1, 2, 3], "y": [0, 1], "loss": np.zeros((2, 3))} | changes))
    assert str(error.value).startswith(message)


# -- missing points ------------------------------------------------------------------------------------------


@hypothesis.settings(max_examples=40, deadline=None, derandomize=True)
@hypothesis.given(st.integers(0, 2**32 - 1), st.floats(0.01, 0.9))
def test_filled_is_the_membrane(seed: int, share: float) -> None:
    """Every filled point is the mean of its neighbours, and so between the lowest and highest that are known."""
    rng = np.random.default_rng(seed)
    loss = rng.normal(size=(rng.integers(2, 9), rng.integers(2, 9)))
    holes = rng.random(loss.shape) < share
    hypothesis.assume(not holes.all())
    given = np.where(holes, np.nan, loss)
    result = filled(given)
    np.testing.assert_array_equal(result[~holes], loss[~holes])
    padded = np.pad(result, 1, constant_values=np.nan)
    around = np.stack([padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]])
    np.testing.assert_allclose(result[holes], np.nanmean(around, axis=0)[holes], atol=1e-9)


def test_a_large_hole_is_filled_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """x y solves the equations exactly, so a hole in it comes back, whichever way it is computed."""
    x, y = np.meshgrid(np.linspace(-1, 1, 60), np.linspace(-1, 1, 50))
    given = x * y
    given[10:45, 10:40] = np.nan
    np.testing.assert_allclose(filled(given), x * y, atol=1e-12)
    monkeypatch.setattr(missing, "DIRECT", 100)
    stepped = filled(given)
    assert np.abs(stepped - x * y).max() > 0
    np.testing.assert_allclose(stepped, x * y, atol=1e-4)
