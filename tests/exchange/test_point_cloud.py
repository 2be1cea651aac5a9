"""Point clouds, read by others: csv, NumPy, plyfile, and a reader with the rules of Unity's Pcx."""

from __future__ import annotations

import csv
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plyfile import PlyData

from lsblender.engine import Landscape
from lsblender.exchange import EXPORTERS, CsvTables, PlyClouds, export_landscapes
from lsblender.exchange.axes import in_unity
from lsblender.look.palettes import PALETTES
from lsblender.storyboard.colours import ball_colours
from lsblender.storyboard.storyboard import Look, Shot, Storyboard
from lsblender.storyboard.terrain import Relief, build_terrain
from tests.exchange.productions import production_of


def points_of(landscape: Landscape) -> np.ndarray[Any, Any]:
    """x, y, loss (Nx * Ny, 3), x fastest, by plain loops."""
    return np.array(
        [(x, y, landscape.loss[j, i]) for j, y in enumerate(landscape.y) for i, x in enumerate(landscape.x)]
    )


def srgb_of(text: str) -> list[int]:
    return [int(text[k : k + 2], 16) for k in (1, 3, 5)]


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# -- Every exporter ------------------------------------------------------------------------------------------


@pytest.fixture(params=["csv", "ply"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_files_of_every_shot_and_path(
    kind: str, storyboard: Storyboard, landscapes: list[Landscape], folder: Path
) -> None:
    stems = "surface_1 path_1 surface_2 path_2 path_2_sgd-2 path_2_Gr-e path_2_SGD-2_2"
    names = [f"{stem}.{kind}" for stem in stems.split()]
    files = export_landscapes(EXPORTERS[kind](), production_of(storyboard, *landscapes), folder)
    assert files == [folder / name for name in names]
    assert all(file.stat().st_size > 3 for file in files)
    others = {"mine.txt", "surface_1.csv", "surface_1.ply"}
    assert names_in(folder) == others | set(names)
    assert len({name.casefold() for name in names_in(folder)}) == len(names_in(folder))


def test_path_names_that_become_the_same(
    kind: str, storyboard: Storyboard, landscapes: list[Landscape], tmp_path: Path
) -> None:
    names = ["", "", "AB", "ab", "a b", "a?b", "a-b 2", "a-b_2", "///", "x" * 300]
    paths = tuple(replace(landscapes[0].paths[0], name=name) for name in names)
    one = replace(storyboard, shots=storyboard.shots[:1])
    files = export_landscapes(EXPORTERS[kind](), production_of(one, replace(landscapes[0], paths=paths)), tmp_path)
    assert len({file.name.casefold() for file in files}) == len(names) + 1
    assert all(file.is_file() and len(file.name) < 100 for file in files)


# -- CSV -----------------------------------------------------------------------------------------------------


def test_csv_reads_back_exactly(storyboard: Storyboard, landscapes: list[Landscape], folder: Path) -> None:
    files = export_landscapes(CsvTables(), production_of(storyboard, *landscapes), folder)
    expected = []
    for landscape in landscapes:
        expected.append(points_of(landscape))
        expected += [np.column_stack([path.xy, path.loss]) for path in landscape.paths]
    for file, table in zip(files, expected, strict=True):
        np.testing.assert_array_equal(np.loadtxt(file, delimiter=",", skiprows=1), table)
        with file.open(newline="", encoding="ascii") as stream:
            rows = list(csv.reader(stream))
        assert rows[0] == ["theta_0", "theta_1", "loss"]
        assert [[float(text) for text in row] for row in rows[1:]] == table.tolist()
        assert b"\r" not in file.read_bytes()
        assert file.read_bytes().endswith(b"\n")


def test_csv_keeps_hard_numbers(landscapes: list[Landscape], tmp_path: Path) -> None:
    hard = [0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.0, np.inf, -np.inf, np.nan, 1 / 3, 1e22]
    loss = landscapes[1].loss.copy()
    loss[3] = hard
    files = export_landscapes(CsvTables(), production_of(Storyboard(), replace(landscapes[1], loss=loss)), tmp_path)
    read = np.loadtxt(files[0], delimiter=",", skiprows=1)[:, 2].reshape(loss.shape)
    assert read.tobytes() == loss.tobytes()


# -- PLY -----------------------------------------------------------------------------------------------------


def read_like_pcx(data: bytes) -> list[dict[str, float]]:
    """Points by the rules of Pcx's importer: exact first lines, one byte per line end, positions as float,
    colours as uchar, any other scalar skipped by its size, only the element "vertex".
    """
    sizes = {"char": 1, "uchar": 1, "short": 2, "ushort": 2, "int": 4, "uint": 4, "float": 4, "double": 8}
    lines: list[str] = []
    offset = 0
    while not lines or lines[-1] != "end_header":
        line = data[offset : data.index(b"\n", offset)].decode("ascii")
        lines.append(line)
        offset += len(line) + 1
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"]
    words = [line.split() for line in lines[2:-1] if not line.startswith("comment ")]
    (keyword, element, count), properties = words[0], words[1:]
    assert (keyword, element) == ("element", "vertex")
    points: list[dict[str, float]] = []
    for _ in range(int(count)):
        point: dict[str, float] = {}
        for word, type_name, name in properties:
            assert word == "property"
            if name in ("x", "y", "z"):
                assert type_name == "float"
                (point[name],) = struct.unpack_from("<f", data, offset)
            elif name in ("red", "green", "blue", "alpha"):
                assert type_name == "uchar"
                point[name] = data[offset]
            offset += sizes[type_name]
        points.append(point)
    assert offset == len(data)
    return points


@pytest.fixture
def clouds(storyboard: Storyboard, landscapes: list[Landscape], folder: Path) -> dict[str, Path]:
    files = export_landscapes(PlyClouds(), production_of(storyboard, *landscapes), folder)
    return {file.stem: file for file in files}


def vertices(file: Path) -> Any:
    return PlyData.read(file)["vertex"].data


def place(cloud: Any) -> np.ndarray[Any, Any]:
    """(N, 3) in Blender's axes: Unity's (-x, z, -y) undone."""
    return np.column_stack([-cloud["x"], -cloud["z"], cloud["y"]]).astype(np.float64)


def test_pcx_reads_what_plyfile_reads(clouds: dict[str, Path]) -> None:
    names = ("x", "y", "z", "red", "green", "blue", "alpha")
    for file in clouds.values():
        ours, cloud = read_like_pcx(file.read_bytes()), vertices(file)
        assert len(ours) == len(cloud) > 0
        for name in names:
            np.testing.assert_array_equal([point[name] for point in ours], cloud[name])


@pytest.mark.parametrize("shot", [0, 1])
def test_surface_cloud_lies_on_the_terrain(
    shot: int, clouds: dict[str, Path], storyboard: Storyboard, landscapes: list[Landscape]
) -> None:
    landscape, cloud = landscapes[shot], vertices(clouds[f"surface_{shot + 1}"])
    terrain = build_terrain(landscape, storyboard.shots[shot].look.relief)
    expected = points_of(landscape)
    metres = terrain.to_metres(expected[:, :2])
    height = terrain.height(metres)
    np.testing.assert_allclose(place(cloud), np.column_stack([metres, height]), atol=1e-6)
    np.testing.assert_array_equal(cloud["loss"], expected[:, 2].astype(np.float32))


@pytest.mark.parametrize("shot", [0, 1])
def test_surface_cloud_has_the_palette_of_its_shot(
    shot: int, clouds: dict[str, Path], storyboard: Storyboard, landscapes: list[Landscape]
) -> None:
    look, cloud = storyboard.shots[shot].look, vertices(clouds[f"surface_{shot + 1}"])
    colours = np.column_stack([cloud[name] for name in ("red", "green", "blue")]).astype(int)
    level = cloud["y"].astype(np.float64) / build_terrain(landscapes[shot], look.relief).relief
    table = look.palette.table(256).astype(int)
    entry = level * 255
    nearest = np.abs(entry[:, None] - np.arange(256)) <= 0.5 + 1e-3
    fits = (colours[:, None, :] == table).all(axis=2) & nearest
    assert fits.any(axis=1).all()
    assert (cloud["alpha"] == 255).all()
    assert colours[level.argmin()].tolist() == srgb_of(look.palette.stops[0][1])
    assert colours[level.argmax()].tolist() == srgb_of(look.palette.stops[-1][1])


def test_path_clouds_lie_on_the_terrain(
    clouds: dict[str, Path], storyboard: Storyboard, landscapes: list[Landscape]
) -> None:
    files = [["path_1"], ["path_2", "path_2_sgd-2", "path_2_Gr-e", "path_2_SGD-2_2"]]
    for shot, landscape, stems in zip(storyboard.shots, landscapes, files, strict=True):
        terrain = build_terrain(landscape, shot.look.relief)
        colours = ball_colours(shot, len(stems))
        assert colours[0] == shot.look.palette.accent
        assert len(set(colours)) == len(stems)
        for path, stem, colour in zip(landscape.paths, stems, colours, strict=True):
            cloud, metres = vertices(clouds[stem]), terrain.to_metres(path.xy)
            expected = np.column_stack([metres, terrain.height(metres)])
            np.testing.assert_allclose(place(cloud), expected, atol=1e-6)
            np.testing.assert_array_equal(cloud["loss"], path.loss.astype(np.float32))
            for name, value in zip(("red", "green", "blue"), srgb_of(colour), strict=True):
                assert (cloud[name] == value).all()


def test_unity_sees_the_first_axis_to_the_left_and_the_loss_upwards(landscapes: list[Landscape]) -> None:
    """By hand: a GLB of Blender's (1, 2, 3) holds (1, 3, -2), and Unity's importer flips x."""
    assert in_unity(np.array([[1.0, 2.0, 3.0]])).tolist() == [[-1.0, 3.0, -2.0]]


@pytest.mark.parametrize(
    ("relief", "scale"),
    [
        (Relief(), 1.0),
        (Relief(width=20.0, height=0.5), 1.0),
        (Relief(width=100.0), 0.2),
        (Relief(width=10.0, height=4.0), 0.25),
    ],
)
def test_clouds_stay_near_the_origin(relief: Relief, scale: float, landscapes: list[Landscape], tmp_path: Path) -> None:
    storyboard = Storyboard(shots=(Shot(look=Look(relief=relief)),))
    files = export_landscapes(PlyClouds(), production_of(storyboard, landscapes[0]), tmp_path)
    terrain = build_terrain(landscapes[0], relief)
    for file in files:
        assert np.abs(place(vertices(file))).max() <= 10.0
        assert f"comment Unity axes, metres times {scale:g}" in file.read_bytes()[:200].decode("ascii")
    surface, path = (place(vertices(file)) for file in files)
    assert np.ptp(surface[:, 0]) == pytest.approx(relief.width * scale)
    assert surface[:, 2].max() == pytest.approx(relief.height * relief.width * scale)
    ground = terrain.height(path[:, :2] / scale) * scale
    np.testing.assert_allclose(path[:, 2], ground, atol=2e-5)


def test_flat_and_unfinished_surfaces(landscapes: list[Landscape], tmp_path: Path) -> None:
    """A surface without relief is drawn flat in the lowest colour; points that are not finite are drawn at
    the cap and keep their loss.
    """
    flat = replace(landscapes[0], loss=np.full_like(landscapes[0].loss, 0.7))
    holes = replace(landscapes[0], loss=landscapes[0].loss.copy())
    holes.loss[0, :4] = np.nan, np.inf, -np.inf, 1e300
    storyboard = Storyboard(shots=(Shot(), Shot(look=Look(palette=PALETTES["atlas"](), relief=Relief(clip=90.0)))))
    files = export_landscapes(PlyClouds(), production_of(storyboard, flat, holes), tmp_path)
    level, broken = vertices(files[0]), vertices(files[2])
    assert (level["y"] == 0).all()
    assert {tuple(map(int, p)) for p in zip(level["red"], level["green"], level["blue"], strict=True)} == {
        tuple(srgb_of(storyboard.shots[0].look.palette.stops[0][1]))
    }
    np.testing.assert_array_equal(broken["loss"][:4], np.array([np.nan, np.inf, -np.inf, np.inf], np.float32))
    np.testing.assert_allclose(broken["y"][:4], 2.6, atol=1e-6)
