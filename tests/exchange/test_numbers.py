"""Tables of numbers for other programs: h5py as loss-landscape's scripts use it, VTK, NumPy."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOXML import vtkXMLPolyDataReader

from lsblender.errors import LsbError
from lsblender.exchange import LiFiles, NpzFiles, Production, VtpFiles, export_landscapes, load_landscape
from lsblender.storyboard.storyboard import Results
from tests.exchange.productions import small_film
from tests.exchange.test_point_cloud import points_of


@pytest.fixture
def production() -> Production:
    return small_film()


def with_loss(
    production: Production, loss: np.ndarray[tuple[int, int], np.dtype[np.float64]], height: str
) -> Production:
    """The first shot with other heights."""
    ground = replace(production.results.landscapes[0], loss=loss, height=height)
    storyboard = replace(production.storyboard, shots=production.storyboard.shots[:1])
    return Production(storyboard, Results.of(ground), production.simulate)


# -- Li et al. -----------------------------------------------------------------------------------------------


def test_their_contour_plot_reads_it(production: Production, tmp_path: Path) -> None:
    """As plot_2D.py does: meshgrid of the coordinates, the values in the same shape, ratios from the directions."""
    files = {file.stem: file for file in export_landscapes(LiFiles(), production, tmp_path)}
    assert set(files) == {"surface_1", "directions_1", "path_1", "path_1_path-2", "surface_2", "directions_2", "path_2"}
    for number, ground in enumerate(production.results.landscapes, 1):
        with h5py.File(files[f"surface_{number}"]) as file:
            x, y = np.array(file["xcoordinates"][:]), np.array(file["ycoordinates"][:])
            z = np.array(file["train_loss"][:])
            directions = file["dir_file"][()].decode()
        shown_x, shown_y = np.meshgrid(x, y)
        assert z.shape == shown_x.shape == shown_y.shape
        np.testing.assert_array_equal(np.column_stack([shown_x.ravel(), shown_y.ravel(), z.ravel()]), points_of(ground))
        with h5py.File(tmp_path / directions) as file:
            np.testing.assert_array_equal(file["explained_variance_ratio_"][:], ground.explained)
        with h5py.File(files[f"path_{number}"]) as file:
            way = np.column_stack([file["proj_xcoord"], file["proj_ycoord"]])
            np.testing.assert_array_equal(way, ground.paths[0].xy)
            np.testing.assert_array_equal(file["loss"][:], ground.paths[0].loss)


def test_accuracy_is_in_percent(production: Production, tmp_path: Path) -> None:
    share = np.linspace(0.0, 1.0, 143).reshape(11, 13)
    for height, accuracy in (("accuracy", share), ("error_rate", 1.0 - share)):
        files = export_landscapes(LiFiles(), with_loss(production, share, height), tmp_path / height)
        with h5py.File(files[0]) as file:
            assert "train_loss" not in file
            np.testing.assert_allclose(file["train_acc"][:], 100.0 * accuracy)
            np.testing.assert_allclose(file["train_err"][:], 100.0 - 100.0 * accuracy)


def test_without_h5py_one_line(production: Production, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(LsbError, match="h5py, which is not installed; choose npz or vtp"):
        export_landscapes(LiFiles(), production, tmp_path / "new")
    assert not (tmp_path / "new").exists()


# -- ParaView ------------------------------------------------------------------------------------------------


def read_vtp(file: Path) -> vtkXMLPolyDataReader:
    reader = vtkXMLPolyDataReader()
    reader.SetFileName(str(file))
    reader.Update()
    assert reader.GetErrorCode() == 0
    return reader.GetOutput()


def test_vtk_reads_surfaces_and_paths(production: Production, tmp_path: Path) -> None:
    files = {file.stem: file for file in export_landscapes(VtpFiles(), production, tmp_path)}
    for number, ground in enumerate(production.results.landscapes, 1):
        surface = read_vtp(files[f"surface_{number}"])
        np.testing.assert_array_equal(vtk_to_numpy(surface.GetPoints().GetData()), points_of(ground))
        np.testing.assert_array_equal(vtk_to_numpy(surface.GetPointData().GetScalars()), ground.loss.ravel())
        assert surface.GetPointData().GetScalars().GetName() == "loss"
        assert surface.GetNumberOfPolys() == (len(ground.x) - 1) * (len(ground.y) - 1)
        first, last = (np.array(surface.GetCell(k).GetBounds()) for k in (0, surface.GetNumberOfCells() - 1))
        np.testing.assert_allclose(first[:4], [*ground.x[:2], *ground.y[:2]])
        np.testing.assert_allclose(last[:4], [*ground.x[-2:], *ground.y[-2:]])
        way = read_vtp(files[f"path_{number}"])
        path = ground.paths[0]
        np.testing.assert_array_equal(vtk_to_numpy(way.GetPoints().GetData())[:, :2], path.xy)
        assert way.GetNumberOfLines() == 1
        assert way.GetCell(0).GetNumberOfPoints() == len(path.xy)
        for name, values in (("loss", path.loss), ("surface_loss", path.surface_loss), ("step", range(len(path.xy)))):
            np.testing.assert_array_equal(vtk_to_numpy(way.GetPointData().GetArray(name)), values)


def test_vtp_keeps_hard_numbers(production: Production, tmp_path: Path) -> None:
    """What is not finite is drawn at the cap and keeps its number."""
    loss = production.results.landscapes[0].loss.copy()
    loss[2, :5] = 0.1 + 0.2, 5e-324, np.nan, np.inf, -np.inf
    surface = read_vtp(export_landscapes(VtpFiles(), with_loss(production, loss, "loss"), tmp_path)[0])
    np.testing.assert_array_equal(vtk_to_numpy(surface.GetPointData().GetScalars()), loss.ravel())
    drawn = vtk_to_numpy(surface.GetPoints().GetData())[:, 2].reshape(loss.shape)
    assert np.isfinite(drawn).all()
    assert (drawn[2, 2:5] == loss[np.isfinite(loss)].max()).all()


# -- NumPy ---------------------------------------------------------------------------------------------------


def test_npz_is_what_compute_writes(production: Production, tmp_path: Path) -> None:
    files = export_landscapes(NpzFiles(), production, tmp_path)
    assert [file.name for file in files] == ["landscape_1.npz", "landscape_2.npz"]
    for file, ground in zip(files, production.results.landscapes, strict=True):
        with np.load(file, allow_pickle=False) as archive:
            np.testing.assert_array_equal(archive["loss"], ground.loss)
            np.testing.assert_array_equal(archive["path_0_theta"], ground.paths[0].theta)
            assert str(archive["scene"]) == 'title = "Test"'
        np.testing.assert_array_equal(load_landscape(file).landscape.loss, ground.loss)
