"""Drafts of half the size: the same picture, coarser; regions of it are what they are in the whole."""

from __future__ import annotations

import logging
from pathlib import Path

import bpy
import numpy as np
import pytest

from lsblender.errors import LsbError
from lsblender.look.looks import LOOKS
from lsblender.render.brush import Brush, HalfBrush, brush_for, doubled
from lsblender.render.likeness import ssim
from lsblender.render.pictures import Region, read_picture, render_picture
from lsblender.render.quality import LEVELS, level_of, set_quality
from tests.look.test_looks import bowl, build, storyboard
from tests.render.conftest import pixels


def scene_of(size: tuple[int, int] = (192, 108), level: str = "draft") -> bpy.types.Scene:
    scene = build(storyboard(LOOKS["topographic"], size), bowl())
    set_quality(scene, level, "cpu")
    return scene


def test_doubling_keeps_ramps_and_means() -> None:
    ramp = np.tile(np.arange(8, dtype=np.float32)[None, :, None], (4, 1, 1))
    twice = doubled(ramp)
    assert twice.shape == (8, 16, 1)
    assert twice[3, 1:-1, 0] == pytest.approx(np.arange(1, 15) / 2 - 0.25)
    assert twice.reshape(4, 2, 8, 2).mean((1, 3))[:, 1:-1] == pytest.approx(ramp[:, 1:-1, 0])


def test_a_draft_is_the_same_picture_of_half_the_size(tmp_path: Path) -> None:
    """Its pairs of pixels are near the means of the whole picture's, and it has the size that was asked for."""
    scene = scene_of()
    brush_for(scene).picture(tmp_path / "draft.png", tmp_path / "draft.exr")
    set_quality(scene, "best", "cpu")
    render_picture(scene, tmp_path / "whole.png", linear=tmp_path / "whole.exr")
    draft, whole = pixels(tmp_path / "draft.png"), pixels(tmp_path / "whole.png")
    assert draft.shape == whole.shape == (108, 192, 3)
    small = [picture.reshape(54, 2, 96, 2, 3).mean((1, 3)) for picture in (draft, whole)]
    assert ssim(*small) > 0.9
    assert abs(small[0] - small[1]).mean() < 6.0
    linear = [read_picture(tmp_path / f"{name}.exr")[..., :3] for name in ("draft", "whole")]
    assert linear[0].mean((0, 1)) == pytest.approx(linear[1].mean((0, 1)), rel=0.05)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["draft.exr", "draft.png", "whole.exr", "whole.png"]


def test_the_scene_is_as_it_was(tmp_path: Path) -> None:
    """Also after an error."""
    scene = scene_of((96, 54))
    brush_for(scene).picture(tmp_path / "a.png")
    assert scene.render.resolution_percentage == 100
    (tmp_path / "b.half.exr").mkdir()
    with pytest.raises(LsbError, match="could not write"):
        brush_for(scene).picture(tmp_path / "b.png")
    assert scene.render.resolution_percentage == 100
    assert not (tmp_path / "b.png").exists()


def test_only_drafts_whose_pixels_come_in_pairs_have_half_the_size(caplog: pytest.LogCaptureFixture) -> None:
    scene = scene_of((96, 54))
    with caplog.at_level(logging.INFO):
        assert isinstance(brush_for(scene), HalfBrush)
    assert "half the size" in caplog.text
    for name in ("resolution_x", "resolution_y"):
        before = getattr(scene.render, name)
        setattr(scene.render, name, before + 1)
        assert type(brush_for(scene)) is Brush
        setattr(scene.render, name, before)
    scene.render.resolution_percentage = 75
    assert type(brush_for(scene)) is Brush
    scene.render.resolution_percentage = 100
    for level in ("preview", "final", "best"):
        set_quality(scene, level, "cpu")
        assert type(brush_for(scene)) is Brush


def test_settings_of_a_persons_own_are_kept_to() -> None:
    """Whoever has set other samples gets them."""
    scene = scene_of((96, 54))
    assert level_of(scene) == LEVELS["draft"]
    scene.cycles.samples = 7
    assert level_of(scene) is None
    assert type(brush_for(scene)) is Brush


def test_a_region_is_a_part_of_the_picture(tmp_path: Path) -> None:
    """A region with odd ends too."""
    scene = scene_of()
    region = Region(41, 155, 31, 99)
    brush = brush_for(scene)
    brush.picture(tmp_path / "all.png", tmp_path / "all.exr")
    piece = brush.region(region, tmp_path / "piece.png", tmp_path / "piece.exr")
    whole = read_picture(tmp_path / "all.png")[region.window]
    assert piece.shape == whole.shape
    assert np.abs(piece - whole)[..., :3].mean() < 0.015
    linear = read_picture(tmp_path / "all.exr")[region.window]
    assert np.abs(read_picture(tmp_path / "piece.exr") - linear)[..., :3].mean() < 0.03
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.exr", "all.png", "piece.exr", "piece.png"]
