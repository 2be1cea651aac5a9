"""Contour maps and height maps, against scikit-image's contours and other readers of the files."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage.measure import find_contours

from lsblender.exchange import ContourMaps, HeightMaps, Production, export_landscapes
from lsblender.exchange.contours import contour_lines
from lsblender.exchange.pictures import palette_strip, raw_heights, write_png
from lsblender.look.palettes import PALETTES
from lsblender.storyboard.terrain import Relief, build_terrain
from tests.exchange.productions import grounds_of, small_film
from tests.landscapes import landscape

Array = NDArray[np.float64]
SVG = "{http://www.w3.org/2000/svg}"
LAYER = "{http://www.inkscape.org/namespaces/inkscape}label"


@pytest.fixture
def production() -> Production:
    return small_film()


# -- contours ------------------------------------------------------------------------------------------------


def crossings(lines: list[Array]) -> list[tuple[float, ...]]:
    """The points of lines in order, a closed one's first point once."""
    parts = [line[:-1] if len(line) > 1 and (line[0] == line[-1]).all() else line for line in lines]
    return sorted(tuple(point) for part in parts for point in part.round(9).tolist())


@pytest.mark.parametrize("level", [-1.2, 0.0, 0.4, 1.5, 9.0, -9.0])
def test_lines_cross_where_scikit_image_has_them(level: float) -> None:
    """On noise, where nearly every cell is crossed; which ends meet in a saddle is a matter of taste."""
    z = np.random.default_rng(0).normal(size=(23, 31))
    ours = contour_lines(np.arange(31.0), np.arange(23.0), z, level)
    theirs = [line[:, ::-1] for line in find_contours(z, level)]
    assert crossings(ours) == crossings(theirs)
    for line in ours:
        # from one crossing to the next lies one cell
        assert abs(np.diff(line, axis=0)).max(initial=0.0) <= 1.0 + 1e-9


def test_smooth_hills_give_the_same_lines() -> None:
    x, y = np.linspace(-3, 3, 60), np.linspace(-2, 2, 41)
    z = np.sin(2 * x)[None, :] * np.cos(2 * y)[:, None]
    ours = contour_lines(x, y, z, 0.5)
    theirs = find_contours(z, 0.5)
    assert len(ours) == len(theirs) > 3
    spacing = np.array([x[1] - x[0], y[1] - y[0]])
    wanted = sorted(sorted((line[:, ::-1] * spacing + (x[0], y[0])).round(6).tolist()) for line in theirs)
    found = sorted(sorted(line.round(6).tolist()) for line in ours)
    # a closed line is the same from wherever it begins: its points once
    unique = [[list(point) for point in dict.fromkeys(map(tuple, line))] for line in (*found, *wanted)]
    assert np.allclose(np.concatenate(sorted(unique[: len(found)])), np.concatenate(sorted(unique[len(found) :])))


def test_higher_ground_is_on_the_left() -> None:
    x = np.linspace(-1, 1, 21)
    for line in contour_lines(x, x, 1.0 - x[None, :] ** 2 - x[:, None] ** 2, 0.5):
        a, b = line[:-1], line[1:]
        assert np.sum(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) > 0


# -- SVG -----------------------------------------------------------------------------------------------------


def layers(file: Path) -> dict[str, ET.Element]:
    root = ET.parse(file).getroot()
    assert root.get("viewBox") == "0 0 190 172"
    assert (root.get("width"), root.get("height")) == ("190mm", "172mm")
    return {group.get(LAYER, ""): group for group in root.iter(f"{SVG}g")}


def places(data: str) -> list[Array]:
    """The lines of a path's data, which has only M, L and Z."""
    assert set(re.findall("[A-Za-z]", data)) <= set("MLZ")
    return [
        np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", part), dtype=float) for part in data.split("M") if part.strip()
    ]


def test_contour_maps_show_the_terrain(production: Production, tmp_path: Path) -> None:
    """Every point of a line is, back in metres, as high as the line says; the paths end where they end."""
    files = export_landscapes(ContourMaps(levels=10), production, tmp_path)
    assert [file.name for file in files] == ["map_1.svg", "lines_1.svg", "map_2.svg", "lines_2.svg"]
    for k, (terrain, ground) in enumerate(zip(grounds_of(production), production.results.landscapes, strict=True)):
        for file in files[2 * k : 2 * k + 2]:
            shown = layers(file)
            lines = shown["Contours"].findall(f"{SVG}path")
            assert len(lines) == 10
            for number, line in enumerate(lines):
                for way in places(line.get("d", "")):
                    share = (way - (26.0, 14.0)) / 136.0
                    metres = np.column_stack([terrain.x[0] + share[:, 0] * np.ptp(terrain.x),
                                              terrain.y[-1] - share[:, 1] * np.ptp(terrain.y)])  # fmt: skip
                    level = terrain.height(metres) / terrain.relief
                    np.testing.assert_allclose(level, (number + 0.5) / 10, atol=0.03)
            ends = [(float(c.get("cx", "")), float(c.get("cy", ""))) for c in shown["Paths"].findall(f"{SVG}circle")]
            last = np.array([path.xy[-1] for path in ground.paths])
            share = (last - (ground.x[0], ground.y[0])) / (np.ptp(ground.x), np.ptp(ground.y))
            np.testing.assert_allclose(ends, np.array([26.0, 150.0]) + share * (136.0, -136.0), atol=0.006)


def test_plotters_get_lines_only(production: Production, tmp_path: Path) -> None:
    files = export_landscapes(ContourMaps(), production, tmp_path)
    slide, plot = layers(files[0]), layers(files[1])
    assert set(plot) == {"Contours", "Paths", "Frame", "Writing"}
    assert set(slide) == set(plot) | {"Fills", "Colour bar"}
    for name in ("Contours", "Paths", "Frame"):
        assert plot[name].get("fill") == "none"
        assert {shape.get("fill", "none") for shape in plot[name]} == {"none"}


def holds(data: str, point: Array) -> bool:
    """Whether a path holds a point, by the even-odd rule: how often a ray to the right crosses it."""
    crossed = 0
    for line in places(data):
        a, b = line, np.roll(line, -1, axis=0)
        spans = (a[:, 1] > point[1]) != (b[:, 1] > point[1])
        with np.errstate(divide="ignore", invalid="ignore"):
            at = a[:, 0] + (point[1] - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])
        crossed += int(np.sum(spans & (at > point[0])))
    return crossed % 2 == 1


def test_fills_are_the_palette_in_bands(production: Production, tmp_path: Path) -> None:
    """At any place, the last fill that holds it has the palette's colour of a height half a band from its own."""
    files = export_landscapes(ContourMaps(levels=10), production, tmp_path)
    terrain, palette = grounds_of(production)[0], production.storyboard.shots[0].look.palette
    fills = layers(files[0])["Fills"]
    lowest = str(fills.find(f"{SVG}rect").get("fill"))  # type: ignore[union-attr]
    shapes = [(str(shape.get("d")), str(shape.get("fill"))) for shape in fills.findall(f"{SVG}path")]
    table = ["#" + bytes(row.tolist()).hex() for row in palette.table(256)]
    rng = np.random.default_rng(2)
    shares = rng.uniform(0.02, 0.98, (60, 2))
    for share in shares:
        point = np.array([26.0 + 136.0 * share[0], 14.0 + 136.0 * (1.0 - share[1])])
        seen = [colour for data, colour in shapes if holds(data, point)]
        level = terrain.height(terrain.corners[0] + share * np.ptp(terrain.corners, axis=0)) / terrain.relief
        entry = table.index(seen[-1] if seen else lowest) / 255
        assert abs(entry - level) < 0.05 + 0.03
        assert len(seen) == 0 or seen == [colour for _, colour in shapes[: len(seen)]]


def test_words_of_people_are_escaped(production: Production, tmp_path: Path) -> None:
    paths = tuple(replace(path, name='<a> & "b"') for path in production.results.landscapes[0].paths)
    ground = replace(production.results.landscapes[0], paths=paths, axis_names=("<x>", "&y"))
    shown = Production(
        replace(production.storyboard, title="A < B", shots=production.storyboard.shots[:1]),
        type(production.results).of(ground),
        production.simulate,
    )
    files = export_landscapes(ContourMaps(), shown, tmp_path)
    texts = [text.text for text in ET.parse(files[0]).getroot().iter(f"{SVG}text")]
    assert {"<x>", "&y", "A < B"} <= set(texts)
    titles = {title.text for title in ET.parse(files[0]).getroot().iter(f"{SVG}title")}
    assert '<a> & "b"' in titles


# -- pictures ------------------------------------------------------------------------------------------------


def test_height_maps_are_16_bit_grey(production: Production, tmp_path: Path) -> None:
    files = export_landscapes(HeightMaps(), production, tmp_path)
    for file, terrain in zip(files, grounds_of(production), strict=True):
        with Image.open(file) as picture:
            assert picture.mode == "I;16"
            values = np.array(picture).astype(float)
            comment = picture.info["Comment"]
        np.testing.assert_allclose(values[::-1] / 65_535 * terrain.relief, terrain.z, atol=terrain.relief / 131_000)
        assert comment == f"white is {terrain.relief:.9g} m, width {np.ptp(terrain.x):.9g} m"


def test_colours_of_pictures(tmp_path: Path) -> None:
    palette = PALETTES["ember"]()
    write_png(tmp_path / "a.png", palette_strip(palette))
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.mode == "RGB"
        shown = np.array(picture)
    assert shown.shape == (4, 256, 3)
    for row in shown:
        np.testing.assert_array_equal(row, palette.table(256))


@pytest.mark.parametrize(("cells", "points"), [(8, 33), (32, 33), (33, 65), (320, 513)])
def test_raw_heights_for_unity(cells: int, points: int) -> None:
    """Row 0, column 0 is where Unity's x and z are lowest: Blender's highest x and y."""
    ground = landscape(lambda x, y: 2 * x + 5 * y + x * y, x=(-1, 1, cells + 1), y=(-1, 1, cells + 1))
    terrain = build_terrain(ground, Relief(detail=8))
    values = raw_heights(terrain)
    assert values.shape == (points, points)
    assert values.dtype == np.uint16
    loss = ground.loss
    low, span = loss.min(), np.ptp(loss)
    x = y = np.linspace(1, -1, points)
    wanted = (2 * x[None, :] + 5 * y[:, None] + x[None, :] * y[:, None] - low) / span
    np.testing.assert_allclose(values / 65_536, wanted, atol=1.6e-5)
    assert values[0, 0] == 65_535
    assert values[-1, -1] < 20_000


def test_level_ground_is_black(tmp_path: Path) -> None:
    terrain = build_terrain(landscape("level", x=(-1, 1, 9), y=(-1, 1, 9)), Relief(detail=8))
    assert not raw_heights(terrain).any()
