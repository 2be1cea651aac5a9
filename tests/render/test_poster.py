"""The poster's file, by independent readers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lsblender.look.palettes import PALETTES
from lsblender.render.frames import render_frame
from lsblender.render.poster import render_poster, set_density, window_region
from lsblender.storyboard.labels.items import Box
from lsblender.storyboard.labels.poster import PosterFacts, lay_out_poster, window_of
from tests.conftest import Film
from tests.render.conftest import pixels, prepared

SIZE = (80, 120)


def test_the_window_in_pixels() -> None:
    region = window_region(Box(-0.25, -0.25, 0.25, 0.5), (100, 200))
    assert (region.left, region.right, region.bottom, region.top) == (0, 100, 50, 200)


def test_the_picture_lies_in_its_window_on_the_mat(film: Film, tmp_path: Path) -> None:
    palette = PALETTES["ember"]()
    facts = PosterFacts("One", (("Date", "2026-11-23", ()),), palette.backdrop, palette.stops, ("0", "1"))
    poster = lay_out_poster(facts, SIZE[0] / SIZE[1])
    region = window_region(poster.window, SIZE)
    scene = prepared(film)
    scene.frame_set(3)
    scene.render.resolution_x, scene.render.resolution_y = region.right - region.left, region.top - region.bottom
    render_frame(scene, tmp_path / "plain.png")
    render_poster(scene, poster, SIZE, tmp_path / "poster.png")
    page, plain = pixels(tmp_path / "poster.png"), pixels(tmp_path / "plain.png")
    assert page.shape == (120, 80, 3)
    inside = page[SIZE[1] - region.top : SIZE[1] - region.bottom, region.left : region.right]
    assert np.array_equal(inside[2:-2, 2:-2], plain[2:-2, 2:-2])
    mat = np.round(poster.paper * 255)
    for place in ((0, 0), (0, -1), (-1, 0), (-1, -1), (40, 2)):
        assert page[place] == pytest.approx(mat, abs=1)
    # there is writing under the picture
    assert (page[SIZE[1] - region.bottom + 2 :].astype(int) < mat - 60).any()


def test_the_file_says_300_dots_per_inch(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    grey = Image.fromarray(np.full((4, 6, 3), 77, dtype=np.uint8))
    grey.save(path, dpi=(72, 72))
    set_density(path, 300)
    with Image.open(path) as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
        assert np.asarray(image).tolist() == np.asarray(grey).tolist()
    with Image.open(path) as image:
        image.verify()
    assert path.read_bytes().count(b"pHYs") == 1


def test_window_of_a_page_keeps_its_shape() -> None:
    for size in ((2362, 3543), (600, 900)):
        region = window_region(window_of(size[0] / size[1]), size)
        shape = (region.right - region.left) / (region.top - region.bottom)
        assert shape == pytest.approx((1 - 2 * 0.085) / (1.5 - 0.085 - 0.43), abs=0.005)
