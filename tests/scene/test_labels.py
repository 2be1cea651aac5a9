"""The writing as Blender objects: the right letters in the right places, and nothing left behind."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import bpy
import numpy as np
import pytest
from mathutils import Vector
from scipy.spatial import cKDTree

from lsblender.look.palettes import hex_colour
from lsblender.scene.build import build_scene
from lsblender.scene.compat import compositor, new_compositor
from lsblender.scene.labels import NAME, build_labels, build_lying
from lsblender.scene.library import empty_scene, labels_of, new_collection, role
from lsblender.scene.rebuilding import give_way, set_aside
from lsblender.storyboard.labels import Labels
from lsblender.storyboard.labels.items import Counter, Item, Patch, TextItem, Times, text_width
from lsblender.storyboard.labels.layout import lay_out
from lsblender.storyboard.labels.lying import axis_places
from lsblender.storyboard.labels.readings import readings
from lsblender.storyboard.terrain import Relief, build_terrain
from tests.conftest import Film
from tests.landscapes import landscape
from tests.storyboard.test_labels import ALL, FRAMES, make_facts

ASPECT = 16 / 9


@pytest.fixture
def scene() -> bpy.types.Scene:
    scene = empty_scene()
    scene.frame_end = 200
    return scene


def built(scene: bpy.types.Scene, labels: Labels = ALL, n_paths: int = 3) -> tuple[bpy.types.Scene, tuple[Item, ...]]:
    items = lay_out(labels, make_facts(n_paths), ASPECT)
    flat = build_labels([items], scene, ASPECT)
    assert flat is not None
    return flat, items


def evaluated(flat: bpy.types.Scene, name: str) -> bpy.types.Object:
    return flat.objects[name].evaluated_get(flat.view_layers[0].depsgraph)


def outline(item: bpy.types.Object) -> np.ndarray:
    """The corners (V, 2) of an evaluated object's mesh, in the world."""
    mesh = item.to_mesh()
    points = np.array([(item.matrix_world @ vertex.co)[:2] for vertex in mesh.vertices])
    item.to_mesh_clear()
    return points


def apart(first: np.ndarray, second: np.ndarray) -> float:
    """How far the farthest point of either is from the other."""
    return max(cKDTree(a).query(b)[0].max() for a, b in ((first, second), (second, first)))


def plain(text: str, size: float, where: tuple[float, float]) -> np.ndarray:
    """The same corners of a plain text object in a scene of its own."""
    other = bpy.data.scenes.new("Other")
    data: Any = bpy.data.curves.new("Plain", "FONT")
    data.body, data.size = text, size
    item = bpy.data.objects.new("Plain", data)
    item.location = (*where, 0.0)
    other.collection.objects.link(item)
    other.view_layers[0].update()
    points = outline(item.evaluated_get(other.view_layers[0].depsgraph))
    bpy.data.scenes.remove(other)
    bpy.data.batch_remove([item, data])
    return points


# -- letters -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frame", [FRAMES[0], FRAMES[0] + 7, FRAMES[0] + 60, FRAMES[-1]])
def test_counters_show_their_numbers(frame: int, scene: bpy.types.Scene) -> None:
    """The letters have the corners of those of a plain text that says what it should say."""
    flat, items = built(scene)
    flat.frame_set(int(frame))
    shown = 0
    for item in items:
        if isinstance(item, Counter) and item.times.first <= frame <= item.times.last:
            ours = outline(evaluated(flat, f"Label 1 {item.name}"))
            text = item.readings.text(int(frame) - item.times.first)
            expected = plain(text, item.size, (item.x, item.y))
            assert len(ours) == len(expected) >= 4, text
            assert apart(ours, expected) < 2e-5, text
            shown += 1
    assert shown >= 3


@pytest.mark.parametrize("value", [0.0, 1352.4, -2.5, 9.87e-5, 1.234e-29, 5e7])
def test_counter_forms(value: float, scene: bpy.types.Scene) -> None:
    numbers = readings([1.0, value])
    counter = Counter("n", 0.0, 0.0, "#ffffff", Times(1, 2), numbers, 0.1)
    flat = build_labels([[counter]], scene, ASPECT)
    assert flat is not None
    flat.frame_set(2)
    ours, expected = outline(evaluated(flat, "Label 1 n")), plain(numbers.text(1), 0.1, (0.0, 0.0))
    assert len(ours) == len(expected)
    assert apart(ours, expected) < 2e-5


@pytest.mark.parametrize(
    "text",
    [
        "".join(map(chr, range(33, 127))),
        "Downhill in thirty dimensions",
        "WWWMMM@@@%%%",
        "θ ∈ ℝ, 1.2 × 10 − 3 · 4 – 5 … ≥ ✓",
        "下り坂の風景",
        "Zürich, Élan, Ærø",
        *map(chr, range(33, 127)),
    ],
)
def test_layout_knows_how_wide_letters_are(text: str, scene: bpy.types.Scene) -> None:
    """It may think them wider than they are, not narrower."""
    text = text * 20 if len(text) == 1 else text
    points = plain(text, 1.0, (0.0, 0.0))
    width = np.ptp(points[:, 0])
    assert width <= text_width(text, 1.0) + 0.06
    if text.isascii() and len(set(text)) > 5:
        assert width >= 0.9 * text_width(text, 1.0)


@pytest.mark.parametrize("aspect", [16 / 9, 9 / 16])
def test_objects_lie_in_the_boxes_of_the_layout(aspect: float, scene: bpy.types.Scene) -> None:
    items = lay_out(ALL, make_facts(6), aspect)
    flat = build_labels([items], scene, aspect)
    assert flat is not None
    for frame in (int(FRAMES[0]) + 20, int(FRAMES[-1])):
        flat.frame_set(frame)
        boxes = []
        for item in items:
            if not item.times.first <= frame <= item.times.last or isinstance(item, Patch):
                continue
            made = evaluated(flat, f"Label 1 {item.name}")
            assert not made.hide_render
            corners = np.array([made.matrix_world @ Vector(corner) for corner in made.bound_box])
            (left, bottom), (right, top) = corners.min(axis=0)[:2], corners.max(axis=0)[:2]
            slack = 0.06 * getattr(item, "size", 0.0) + 1e-6
            assert left >= item.box.left - slack, item.name
            assert right <= item.box.right + slack, item.name
            assert bottom >= item.box.bottom - slack, item.name
            assert top <= item.box.top + slack, item.name
            boxes.append((left, bottom, right, top))
        assert len(boxes) > 10
        for a, b in itertools.combinations(boxes, 2):
            assert min(min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])) < 1e-6


def test_camera_sees_the_whole_picture_and_no_more(scene: bpy.types.Scene) -> None:
    from bpy_extras.object_utils import world_to_camera_view

    scene.render.resolution_x, scene.render.resolution_y = 360, 640
    flat = build_labels([lay_out(ALL, make_facts(), 9 / 16)], scene, 9 / 16)
    assert flat is not None
    flat.view_layers[0].update()
    for x, y in ((0.0, 0.0), (1.0, 1.0), (0.0, 1.0)):
        place = Vector(((x - 0.5) * 9 / 16, y - 0.5, 0.0))
        assert world_to_camera_view(flat, flat.camera, place)[:2] == pytest.approx((x, y), abs=1e-6)


# -- times ---------------------------------------------------------------------------------------------------


def test_items_show_in_their_time_and_fade(scene: bpy.types.Scene) -> None:
    flat, items = built(scene)
    for frame in (FRAMES[0] - 1, FRAMES[0], FRAMES[0] + 30, FRAMES[0] + 59, FRAMES[0] + 60, FRAMES[-1], FRAMES[-1] + 1):
        flat.frame_set(int(frame))
        for item in items:
            made = evaluated(flat, f"Label 1 {item.name}")
            times = item.times
            assert made.hide_render == (not times.first <= frame <= times.last)
            inside = min(frame - times.first, times.last - frame)
            if inside >= 0 and times.fade and times.last - times.first > 2 * times.fade:
                assert made.color[3] == pytest.approx(min(1.0, (1 + inside) / (times.fade + 1)), abs=0.1)
            if inside >= 0:
                assert made.color[3] > 0.05, "a still of any frame has its writing"


def test_colours_are_those_of_the_items(scene: bpy.types.Scene) -> None:
    flat, items = built(scene)
    for item in items:
        assert flat.objects[f"Label 1 {item.name}"].color[:3] == pytest.approx(hex_colour(item.colour), abs=1e-6)


# -- what is in the file -------------------------------------------------------------------------------------


def contents() -> dict[str, Any]:
    families = [name for name in dir(bpy.data) if isinstance(getattr(bpy.data, name), bpy.types.bpy_prop_collection)]
    names = {name: sorted(item.name for item in getattr(bpy.data, name)) for name in families}
    names["objects in scenes"] = sorted((s.name, o.name) for s in bpy.data.scenes for o in s.objects)
    return names


def test_building_twice_gives_the_same(scene: bpy.types.Scene) -> None:
    built(scene)
    once = contents()
    built(scene)
    assert contents() == once


def test_nothing_to_write_leaves_nothing(scene: bpy.types.Scene) -> None:
    before = contents()
    built(scene)
    assert labels_of(scene) is not None
    assert build_labels([(), ()], scene, ASPECT) is None
    after = contents()
    assert compositor(scene) is None
    for names in (before, after):
        # Blender keeps its own font once it was asked for
        names.pop("fonts")
        names.pop("all_ids", None)
    assert after == before


def clear(scene: bpy.types.Scene) -> None:
    """Build nothing in place of what was built."""
    give_way(set_aside(scene), scene.collection)


def test_clearing_the_file_removes_the_scene(scene: bpy.types.Scene) -> None:
    built(scene)
    clear(scene)
    assert [other.name for other in bpy.data.scenes] == [scene.name]
    assert not [tree.name for tree in bpy.data.node_groups if tree.name.startswith("Label") or tree.name == NAME]
    assert not bpy.data.actions


def test_no_handlers_and_no_drivers(scene: bpy.types.Scene) -> None:
    built(scene)
    for block in (*bpy.data.objects, *bpy.data.node_groups, *bpy.data.materials, *bpy.data.scenes):
        assert block.animation_data is None or not block.animation_data.drivers
    for name in dir(bpy.app.handlers):
        handlers = getattr(bpy.app.handlers, name)
        for function in handlers if isinstance(handlers, list) else ():
            assert "lsblender" not in getattr(function, "__module__", "")


def test_a_persons_compositor_stays(scene: bpy.types.Scene) -> None:
    tree, _ = new_compositor(scene, "Mine")
    count = len(tree.nodes)
    built(scene)
    assert compositor(scene) == tree
    assert len(tree.nodes) == count
    build_labels([], scene, ASPECT)
    assert compositor(scene) == tree


def test_person_s_scenes_and_text_stay(scene: bpy.types.Scene) -> None:
    other = bpy.data.scenes.new("Mine")
    other.collection.objects.link(bpy.data.objects.new("Mine", bpy.data.curves.new("Mine", "FONT")))
    built(scene)
    clear(scene)
    assert "Mine" in bpy.data.scenes
    assert "Mine" in bpy.data.objects


def test_it_stands_beside_a_film(film: Film, scene: bpy.types.Scene) -> None:
    """In either order of building the film again."""
    build_scene(*film, scene)
    built(scene)
    build_scene(*film, scene)
    assert labels_of(scene) is None
    flat, _ = built(scene)
    assert (flat.frame_start, flat.frame_end) == (1, 12)
    assert flat.render.fps == 12


# -- lying ---------------------------------------------------------------------------------------------------


def test_lying_writing_lies(scene: bpy.types.Scene) -> None:
    terrain = build_terrain(landscape("bumps"), Relief(detail=24))
    places = axis_places(terrain, ("PC 1  (93 %)", "PC 2  (4 %)"), 37.0, "#17425a")
    made = build_lying(places, "Axis 1", new_collection("In", scene.collection))
    scene.view_layers[0].update()
    for item, place in zip(made, places, strict=True):
        assert item.data.body == place.text
        assert role(item) == "writing"
        matrix = np.array(item.matrix_world)
        assert matrix[:3, 0] == pytest.approx(place.right, abs=1e-6)
        assert matrix[:3, 1] == pytest.approx(place.up, abs=1e-6)
        assert matrix[:3, 3] == pytest.approx(place.place, abs=1e-6)
        corners = np.array([item.matrix_world @ Vector(corner) for corner in item.bound_box])
        assert (corners[:, 2] > terrain.base).all()
        low, high = terrain.corners
        clear_of_block = ((corners[:, :2] < low).all(axis=0) | (corners[:, :2] > high).all(axis=0)).any()
        assert clear_of_block
        assert abs(corners[:, :2]).max() < 1.3 * high.max()
    assert build_lying((), "None", scene.collection) == []


def test_text_item_can_end_at_its_place(scene: bpy.types.Scene) -> None:
    item = TextItem("r", 0.5, 0.1, "#ffffff", Times(1, 9), "to the left", 0.05)
    flat = build_labels([[dataclasses.replace(item, align="RIGHT")]], scene, ASPECT)
    assert flat is not None
    flat.frame_set(5)
    points = outline(evaluated(flat, "Label 1 r"))
    assert points[:, 0].max() == pytest.approx(0.5, abs=2e-3)
    assert points[:, 0].min() == pytest.approx(0.5 - text_width("to the left", 0.05), abs=0.02)
