"""Axes, grid walls and the floor as Blender objects."""

from __future__ import annotations

import dataclasses

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from lsblender.scene.build import build_scene
from lsblender.scene.library import empty_scene, role
from lsblender.storyboard.surroundings import Surroundings
from tests.conftest import Film


@pytest.fixture
def scene() -> bpy.types.Scene:
    return empty_scene()


def dressed(film: Film, **around: bool) -> Film:
    storyboard, results = film
    shots = tuple(
        dataclasses.replace(shot, look=dataclasses.replace(shot.look, around=Surroundings(**around)))
        for shot in storyboard.shots
    )
    return dataclasses.replace(storyboard, shots=shots), results


def walls(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    return [item for item in scene.objects if role(item) == "wall"]


def corners(item: bpy.types.Object) -> np.ndarray:
    return np.array([item.matrix_world @ Vector(corner) for corner in item.bound_box])


def test_there_are_none_by_default(film: Film, scene: bpy.types.Scene) -> None:
    build_scene(*film, scene)
    assert walls(scene) == []
    assert any(item.name == "Floor" for item in scene.objects)


def test_walls_are_in_the_picture_and_throw_nothing(film: Film, scene: bpy.types.Scene) -> None:
    build_scene(*dressed(film, axes=True, walls=True), scene)
    bpy.context.view_layer.update()
    made = walls(scene)
    assert {item.name for item in made} >= {"Walls 1 Grid", "Walls 1 Axes", "Walls 1 Numbers x 1"}
    for item in made:
        assert not any((item.visible_shadow, item.visible_diffuse, item.visible_glossy))
        for corner in corners(item):
            x, y, depth = world_to_camera_view(scene, scene.camera, Vector(corner))
            assert 0 < x < 1
            assert 0 < y < 1
            assert depth > 0


def test_walls_go_with_their_landscape(two_shots: Film, scene: bpy.types.Scene) -> None:
    """Each shot's walls stand round its block, and are seen with it."""
    built = build_scene(*dressed(two_shots, walls=True), scene)
    bpy.context.view_layer.update()
    for number, place in enumerate(built.places, 1):
        (grid,) = [item for item in walls(scene) if item.name == f"Walls {number} Grid"]
        terrain = scene.objects[f"Terrain {number}"]
        low, high = (getattr(corners(grid), f)(axis=0) for f in ("min", "max"))
        width = terrain.dimensions.x
        assert (low[:2] > place[:2] - 0.55 * width).all()
        assert (high[:2] < place[:2] + 0.55 * width).all()
        for frame in (1, scene.frame_end):
            scene.frame_set(frame)
            assert grid.hide_render == terrain.hide_render


def test_a_block_without_a_floor(two_shots: Film, scene: bpy.types.Scene) -> None:
    build_scene(*dressed(two_shots, floor=False), scene)
    assert not [item for item in scene.objects if item.name.startswith("Floor")]


def test_building_again_takes_the_walls_away(film: Film, scene: bpy.types.Scene) -> None:
    build_scene(*dressed(film, axes=True, walls=True), scene)
    build_scene(*film, scene)
    assert walls(scene) == []
    assert not [data.name for data in bpy.data.curves if data.name.startswith("Walls")]
    assert not [data.name for data in bpy.data.materials if data.name.startswith("Walls")]
