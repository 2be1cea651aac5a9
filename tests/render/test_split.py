"""Light and lines apart: the same picture with fewer samples, and the scene as it was."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from lsblender.look.looks import LOOKS
from lsblender.render.frames import render_frame
from lsblender.render.likeness import ssim
from lsblender.render.pictures import Region, read_picture, render_picture
from lsblender.render.quality import LEVELS, Apart, level_of, set_quality
from lsblender.render.split import Brush, SplitBrush, blur, brush_for, smoothed
from lsblender.scene.build import build_scene
from lsblender.scene.library import empty_scene, role
from lsblender.scene.parting import LINES, SWITCH
from lsblender.storyboard.storyboard import Results
from lsblender.storyboard.transitions import TRANSITIONS
from tests.look.test_looks import bowl, build, storyboard
from tests.render.conftest import pixels

#: Looks whose lines or lights can be taken off, and the least likeness to the whole picture at many samples.
PARTED = {"topographic": 0.985, "satin": 0.985, "night": 0.985, "weather": 0.98, "lava": 0.975, "ice": 0.97}
#: Looks that are always rendered whole, and those that are at the final level.
WHOLE = {"all": {"glass", "alabaster", "paper", "sand"}, "final": {"ice", "lava", "volcano", "weather"}}
MANY = Apart(12, "HIGH", "ACCURATE", 48)


def scene_of(look: str, size: tuple[int, int] = (192, 108), level: str = "preview") -> bpy.types.Scene:
    scene = build(storyboard(LOOKS[look], size), bowl())
    set_quality(scene, level, "cpu")
    return scene


def materials_of(scene: bpy.types.Scene) -> list[tuple[str, list[Any]]]:
    return [(item.name, [slot.material for slot in item.material_slots]) for item in scene.objects]


@pytest.mark.parametrize("look", PARTED)
def test_both_pictures_together_are_the_whole(look: str, tmp_path: Path) -> None:
    scene = scene_of(look)
    with brush_for(scene) as brush:
        assert isinstance(brush, SplitBrush)
        brush.level = replace(LEVELS["preview"], apart=MANY, deep=MANY)
        brush.picture(tmp_path / "parted.png")
    scene.cycles.samples = 2 * MANY.samples
    render_picture(scene, tmp_path / "whole.png")
    parted, whole = pixels(tmp_path / "parted.png"), pixels(tmp_path / "whole.png")
    assert ssim(parted, whole) > PARTED[look]
    assert abs(parted - whole).mean() < 2.0


def test_the_scene_is_as_it_was(tmp_path: Path) -> None:
    scene = scene_of("topographic", (96, 54))
    before, known = materials_of(scene), set(bpy.data.materials)
    settings = [(prop.identifier, getattr(scene.cycles, prop.identifier)) for prop in scene.cycles.bl_rna.properties]
    layer = scene.view_layers[0]
    with brush_for(scene) as brush:
        brush.picture(tmp_path / "a.png")
        assert materials_of(scene) != before
        assert LINES in layer.aovs
    assert materials_of(scene) == before
    assert set(bpy.data.materials) == known
    assert not len(layer.aovs)
    assert not any(SWITCH in item for item in scene.objects)
    assert (layer.use_pass_diffuse_direct, layer.use_pass_diffuse_indirect) == (False, False)
    assert not scene.render.film_transparent
    after = [(prop.identifier, getattr(scene.cycles, prop.identifier)) for prop in scene.cycles.bl_rna.properties]
    assert repr(after) == repr(settings)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png"]


def test_the_scene_is_as_it_was_after_an_error() -> None:
    scene = scene_of("topographic", (96, 54))
    before, known = materials_of(scene), set(bpy.data.materials)
    with pytest.raises(KeyboardInterrupt), brush_for(scene):
        raise KeyboardInterrupt
    assert materials_of(scene) == before
    assert set(bpy.data.materials) == known


@pytest.mark.parametrize("look", sorted(LOOKS))
def test_what_can_not_be_parted_is_whole(look: str, caplog: pytest.LogCaptureFixture) -> None:
    """Lines in glass can not be taken off; where nothing is fine there is nothing to take off; and at the highest level
    lines that light sinks into or that a coat covers stay where they are. The log says why.
    """
    scene = scene_of(look, (96, 54))
    before, known = materials_of(scene), set(bpy.data.materials)
    for level in LEVELS:
        set_quality(scene, level, "cpu")
        caplog.clear()
        with caplog.at_level(logging.INFO), brush_for(scene) as brush:
            if look in WHOLE["all"] or (level == "final" and look in WHOLE["final"]):
                assert type(brush) is Brush
                assert "Frames are rendered whole: " in caplog.text
                assert materials_of(scene) == before
            else:
                assert isinstance(brush, SplitBrush)
                assert isinstance(brush.way, Apart)
        assert materials_of(scene) == before
        assert set(bpy.data.materials) == known


def test_what_is_done_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), brush_for(scene_of("satin", (96, 54))) as brush:
        brush.picture(tmp_path / "a.png")
    assert "Light and lines are rendered apart: 4 and 8 samples, the light at half the size" in caplog.text


def test_settings_of_a_persons_own_are_kept_to() -> None:
    """Whoever has set other samples gets them."""
    scene = scene_of("topographic", (96, 54))
    scene.cycles.samples = 7
    assert level_of(scene) is None
    with brush_for(scene) as brush:
        assert type(brush) is Brush


def test_large_pictures_take_fewer_samples() -> None:
    scene = scene_of("topographic", (96, 54))
    assert level_of(scene) == LEVELS["preview"]
    scene.render.resolution_x, scene.render.resolution_y = 1280, 720
    large = level_of(scene)
    assert large is not None
    assert large.apart == large.deep == replace(LEVELS["preview"].apart, lines=6)
    set_quality(scene, "final", "cpu")
    assert level_of(scene) == LEVELS["final"]


def test_light_has_half_the_size_where_pixels_come_in_pairs() -> None:
    scene = scene_of("topographic", (96, 54))
    with brush_for(scene) as brush:
        assert isinstance(brush, SplitBrush)
        assert brush.is_half(brush.way)
        scene.render.resolution_y = 55
        assert not brush.is_half(brush.way)
        scene.render.resolution_y, scene.render.resolution_percentage = 54, 75
        assert not brush.is_half(brush.way)


def test_what_the_lens_blurs_is_whole(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Frame by frame: the same pixels as without parting, and parted again when all is sharp."""
    scene = scene_of("topographic", (96, 54))
    render_picture(scene, tmp_path / "sharp.png")
    lens: Any = scene.camera.data.dof
    scene.camera.data.animation_data_clear()

    def blurred(f_stop: float) -> None:
        lens.use_dof, lens.aperture_fstop = True, f_stop

    blurred(0.01)
    render_picture(scene, tmp_path / "whole.png")
    with caplog.at_level(logging.INFO), brush_for(scene) as brush:
        brush.picture(tmp_path / "a.png")
        blurred(1.0)
        brush.picture(tmp_path / "b.png")
        blurred(0.01)
        brush.picture(tmp_path / "c.png")
    assert np.array_equal(pixels(tmp_path / "a.png"), pixels(tmp_path / "whole.png"))
    assert np.array_equal(pixels(tmp_path / "c.png"), pixels(tmp_path / "whole.png"))
    assert ssim(pixels(tmp_path / "b.png"), pixels(tmp_path / "sharp.png")) > 0.9
    assert caplog.text.count("Frames are rendered whole: the lens blurs the ground") == 1


@pytest.mark.parametrize("kind", ["dissolve", "morph"])
def test_frames_in_which_the_ground_changes_are_whole(kind: str) -> None:
    """Only those: the shots before and after are rendered apart, the one as its look wants, the other as its own."""
    film = storyboard(LOOKS["topographic"])
    other = replace(film.shots[0], look=storyboard(LOOKS["satin"]).shots[0].look, transition=TRANSITIONS[kind]())
    film = replace(film, shots=(film.shots[0], other))
    scene = empty_scene()
    built = build_scene(film, Results.of(bowl(), bowl()), scene)
    set_quality(scene, "preview", "cpu")
    ways = []
    with brush_for(scene) as brush:
        assert isinstance(brush, SplitBrush)
        for segment in built.segments:
            scene.frame_set(int(segment.frames[len(segment.frames) // 2]))
            ways.append(brush.way)
    assert ways == [LEVELS["preview"].apart, "the ground changes", LEVELS["preview"].apart]


def test_blur_is_that_of_a_thin_lens() -> None:
    """The ground's lowest point below the sharp distance, seen from above: the circle that the lens equation gives."""
    scene = scene_of("topographic", (100, 60))
    (ground,) = (item for item in scene.objects if role(item) == "terrain")
    top = max(corner[2] for corner in ground.bound_box)
    lowest = min(corner[2] for corner in ground.bound_box)
    camera = scene.camera
    camera.animation_data_clear()
    camera.data.animation_data_clear()
    camera.rotation_mode, camera.rotation_euler = "XYZ", (0, 0, 0)
    camera.location = (0, 0, top + 20.0)
    camera.data.dof.use_dof = True
    camera.data.dof.focus_distance, camera.data.dof.aperture_fstop = 20.0, 0.5
    camera.data.lens = 50.0
    bpy.context.view_layer.update()
    depth = 20.0 + top - lowest
    image = [1 / (1 / 0.05 - 1 / distance) for distance in (20.0, depth)]
    circle = 0.05 / 0.5 * abs(image[0] - image[1]) / image[1]
    assert blur(scene) == pytest.approx(circle / 0.036 * 100, rel=1e-3)
    camera.data.dof.use_dof = False
    assert blur(scene) == 0.0


def test_a_region_is_a_part_of_the_picture(tmp_path: Path) -> None:
    scene = scene_of("topographic")
    region = Region(40, 200, 30, 100)
    with brush_for(scene) as brush:
        brush.picture(tmp_path / "all.png", tmp_path / "all.exr")
        piece = brush.region(region, tmp_path / "piece.png", tmp_path / "piece.exr")
    whole = read_picture(tmp_path / "all.png")[region.window]
    assert piece.shape == whole.shape
    assert np.abs(piece - whole)[..., :3].mean() < 0.01
    linear = read_picture(tmp_path / "all.exr")[region.window]
    assert np.abs(read_picture(tmp_path / "piece.exr") - linear)[..., :3].mean() < 0.02
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.exr", "all.png", "piece.exr", "piece.png"]


def test_the_same_twice(tmp_path: Path) -> None:
    for name in ("a", "b"):
        render_frame(scene_of("night", (96, 54)), tmp_path / f"{name}.png")
    assert np.array_equal(pixels(tmp_path / "a.png"), pixels(tmp_path / "b.png"))


def test_smoothed_light_keeps_its_level_at_the_edges() -> None:
    light = np.zeros((40, 60, 3), dtype=np.float32)
    light[:, 30:] = 2.0
    found = smoothed(light)
    assert found[:, 30:] == pytest.approx(2.0, abs=1e-3)
    noise = np.random.default_rng(0).normal(1.0, 0.3, light.shape).astype(np.float32)
    assert smoothed(noise).std() < 0.2 * noise.std()
