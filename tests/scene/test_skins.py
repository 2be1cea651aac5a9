"""Looks that give way to each other: materials, lamps, floors and air."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import bpy
import numpy as np
import pytest

from lsblender.look.lighting import LIGHTS
from lsblender.look.materials import MATERIALS
from lsblender.look.palettes import PALETTES
from lsblender.render.pictures import read_picture, render_picture
from lsblender.render.quality import set_quality
from lsblender.scene.build import build_scene
from lsblender.scene.library import empty_scene, role
from lsblender.storyboard.film import Film
from lsblender.storyboard.storyboard import Results, Storyboard
from lsblender.storyboard.transitions import TRANSITIONS
from tests.conftest import SHORT, make_shot
from tests.landscapes import landscape


@pytest.fixture
def scene() -> bpy.types.Scene:
    return empty_scene()


def built(scene: bpy.types.Scene, kind: str, **second: str) -> Film:
    """Half a second of ice, a transition, and half a second of another look."""
    names = {"material": MATERIALS, "palette": PALETTES, "light": LIGHTS}
    look = {key: names[key][value]() for key, value in second.items()}
    shots = (make_shot(0.5), dataclasses.replace(make_shot(0.5, **look), transition=TRANSITIONS[kind](seconds=1.0)))
    results = Results.of(landscape("bumps", SHORT), landscape("bowl", SHORT[::-1]))
    return build_scene(Storyboard(fps=12, shots=shots), results, scene)


def keyed(tree: bpy.types.NodeTree, name: str) -> float:
    return float(tree.nodes[name].outputs[0].default_value)


def material(scene: bpy.types.Scene, part: str, slot: int = 0) -> bpy.types.Material:
    (item,) = (item for item in scene.objects if role(item) == part and not item.hide_render)
    return item.material_slots[slot].material


def test_a_deforming_ground_goes_from_one_look_to_the_other(scene: bpy.types.Scene) -> None:
    film = built(scene, "morph", material="sand", palette="dune")
    middle = film.segments[1]
    for k in (0, 5, len(middle.frames) - 1):
        scene.frame_set(int(middle.frames[k]))
        for part, slot in (("terrain", 0), ("terrain", 1), ("ball", 0)):
            tree = material(scene, part, slot).node_tree
            assert keyed(tree, "Blend") == pytest.approx(middle.grounds[0].blend[k], abs=1e-5)
            outputs = [node for node in tree.nodes if node.type == "OUTPUT_MATERIAL"]
            assert len(outputs) == 1


def test_equal_looks_are_one_material(scene: bpy.types.Scene) -> None:
    built(scene, "morph")
    scene.frame_set(1)
    first = material(scene, "terrain")
    scene.frame_set(10)
    assert material(scene, "terrain") == first
    assert "Blend" not in first.node_tree.nodes


def test_light_and_air_cross_over(scene: bpy.types.Scene) -> None:
    film = built(scene, "morph", palette="ember", light="neon")
    lamps = {lamp.name: lamp for lamp in scene.objects if lamp.type == "LIGHT"}
    suns = [lamp for name, lamp in lamps.items() if name.endswith(" 1")]
    tubes = [lamp for name, lamp in lamps.items() if name.endswith(" 2")]
    assert suns
    assert tubes
    full = {}
    for frame, k in ((1, 0), (scene.frame_end, 1)):
        scene.frame_set(frame)
        for lamp in (suns, tubes)[k]:
            full[lamp.name] = lamp.data.energy
            assert not lamp.hide_render
        for lamp in (tubes, suns)[k]:
            assert lamp.hide_render
            assert lamp.data.energy == 0.0
    frame = int(film.segments[1].frames[4])
    scene.frame_set(frame)
    share = film.presence[1, frame - 1]
    assert 0.1 < share < 0.9
    for lamp in suns:
        assert lamp.data.energy == pytest.approx((1 - share) * full[lamp.name], rel=1e-4)
    for lamp in tubes:
        assert lamp.data.energy == pytest.approx(share * full[lamp.name], rel=1e-4)
    assert keyed(scene.world.node_tree, "Air 2") == pytest.approx(share, abs=1e-5)


def test_islands_have_one_floor_that_moves_along(scene: bpy.types.Scene) -> None:
    film = built(scene, "fly")
    (floor,) = (item for item in scene.objects if item.name.startswith("Floor"))
    scene.frame_set(1)
    assert tuple(floor.location) == pytest.approx((0.0, 0.0, film.bases[0]), abs=1e-5)
    scene.frame_set(scene.frame_end)
    assert tuple(floor.location) == pytest.approx((*film.places[1][:2], film.bases[1]), abs=1e-4)


def test_a_drop_has_two_floors_and_the_upper_one_goes(scene: bpy.types.Scene) -> None:
    film = built(scene, "drop")
    upper, lower = sorted((item for item in scene.objects if item.name.startswith("Floor")), key=lambda item: item.name)
    assert film.bases[1] < film.bases[0]
    scene.frame_set(1)
    assert (upper.hide_render, lower.hide_render) == (False, True)
    assert keyed(upper.material_slots[0].material.node_tree, "Presence") == 1.0
    scene.frame_set(int(film.segments[1].frames[-1]))
    assert keyed(upper.material_slots[0].material.node_tree, "Presence") == 0.0
    assert keyed(lower.material_slots[0].material.node_tree, "Presence") == 1.0


@pytest.mark.parametrize("kind", ["drop", "dissolve"])
def test_ground_that_is_gone_is_not_seen(kind: str, scene: bpy.types.Scene, tmp_path: Path) -> None:
    """With what has a presence of 0 taken out of the scene the picture is the same, also its shadows."""
    film = built(scene, kind)
    set_quality(scene, "draft")
    scene.cycles.use_denoising, scene.cycles.samples = False, 160
    scene.render.resolution_x, scene.render.resolution_y = 64, 36
    middle = film.segments[1]
    gone = int(np.argmax(middle.grounds[0].presence <= 0.0))
    assert middle.grounds[0].presence[gone] == 0.0
    scene.frame_set(int(middle.frames[gone]))
    pictures = []
    for hidden in (False, True):
        if hidden:
            for item in scene.objects:
                if item.name == "Terrain Into shot 2 1":
                    item.animation_data_clear()
                    item.hide_render = True
        render_picture(scene, tmp_path / f"{hidden}.png")
        shown = read_picture(tmp_path / f"{hidden}.png")[..., :3]
        # the noise of single pixels is another one where rays go another way
        pictures.append(shown.reshape(9, 4, 16, 4, 3).mean(axis=(1, 3)))
    assert np.abs(pictures[0] - pictures[1]).mean() < 0.006
    assert np.abs(pictures[0] - pictures[1]).max() < 0.08
