"""Building again: what the person did in the meantime stays, and refers to the new."""

from __future__ import annotations

import bpy
import pytest

from lsblender.errors import LsbError
from lsblender.scene.build import build_scene
from lsblender.scene.library import NAME, empty_scene, role
from lsblender.storyboard.storyboard import Results
from tests.conftest import Film
from tests.landscapes import landscape
from tests.scene.test_build import contents, parts


@pytest.fixture
def scene(film: Film) -> bpy.types.Scene:
    """A scene in which the film is built."""
    made = empty_scene()
    build_scene(*film, made)
    return made


def an_object(name: str, into: bpy.types.Collection) -> bpy.types.Object:
    made = bpy.data.objects.new(name, bpy.data.meshes.new(name))
    into.objects.link(made)
    return made


def test_what_refers_to_the_ball_refers_to_the_new_one(film: Film, scene: bpy.types.Scene) -> None:
    mine = an_object("Mine", scene.collection)
    ball = parts(scene, "ball")[0]
    mine.constraints.new("TRACK_TO").target = ball
    child = an_object("Child", scene.collection)
    child.parent = ball
    child.modifiers.new("Wrap", "SHRINKWRAP").target = parts(scene, "terrain")[0]
    child.data.materials.append(ball.active_material)
    build_scene(*film, scene)
    new = parts(scene, "ball")[0]
    assert mine.constraints[0].target == child.parent == new
    assert child.modifiers[0].target == parts(scene, "terrain")[0]
    assert child.active_material == new.active_material
    assert new.active_material is not None


def test_guests_in_our_collection_stay_in_it(film: Film, scene: bpy.types.Scene) -> None:
    guest = an_object("Guest", scene.collection.children[NAME])
    inner = bpy.data.collections.new("Inner")
    bpy.data.collections["Stage"].children.link(inner)
    an_object("Deep", inner)
    for _ in range(2):
        build_scene(*film, scene)
        assert guest.users_collection == (bpy.data.collections[NAME],)
        assert "Deep" in scene.objects


def test_copies_are_the_persons(film: Film, scene: bpy.types.Scene) -> None:
    terrain = parts(scene, "terrain")[0]
    copy, linked = terrain.copy(), terrain.copy()
    copy.data = terrain.data.copy()
    for item in (copy, linked):
        scene.collection.objects.link(item)
    vertices = len(copy.data.vertices)
    for _ in range(2):
        build_scene(*film, scene)
        assert not role(copy)
        assert len(copy.data.vertices) == len(linked.data.vertices) == vertices
        assert [item.name for item in parts(scene, "terrain")] == [terrain.name for terrain in parts(scene, "terrain")]
        assert len(parts(scene, "terrain")) == 1
        assert copy.active_material is not None


def test_a_renamed_part_of_ours_is_ours(film: Film, scene: bpy.types.Scene) -> None:
    parts(scene, "terrain")[0].name = "My mountain"
    build_scene(*film, scene)
    assert [item.name for item in parts(scene, "terrain")] == ["Terrain 1"]
    assert "My mountain" not in bpy.data.objects


def test_a_collection_that_was_moved_stays_there(film: Film, scene: bpy.types.Scene) -> None:
    folder = bpy.data.collections.new("Folder")
    scene.collection.children.link(folder)
    ours = scene.collection.children[NAME]
    folder.children.link(ours)
    scene.collection.children.unlink(ours)
    build_scene(*film, scene)
    assert [child.name for child in scene.collection.children] == ["Folder"]
    assert [child.name for child in folder.children] == [NAME]


def test_camera_sky_and_view_that_the_person_chose_stay(film: Film, scene: bpy.types.Scene) -> None:
    camera = bpy.data.objects.new("Mine", bpy.data.cameras.new("Mine"))
    scene.collection.objects.link(camera)
    sky = bpy.data.worlds.new("Sky")
    scene.camera, scene.world = camera, sky
    scene.view_settings.exposure = 1.5
    for _ in range(2):
        build_scene(*film, scene)
        assert scene.camera == camera
        assert scene.world == sky
        assert scene.view_settings.exposure == pytest.approx(1.5)
    # given back, they follow the look again
    scene.camera, scene.world = bpy.data.objects["Camera"], None
    build_scene(*film, scene)
    assert role(scene.camera) == role(scene.world) == "part"


def test_what_can_not_be_filmed_leaves_what_is_there(film: Film, scene: bpy.types.Scene) -> None:
    storyboard, _ = film
    before = contents()
    nothing = landscape(lambda x, y: x * float("nan"), x=(-1, 1, 9), y=(-1, 1, 9))
    with pytest.raises(LsbError, match="no point of the landscape has a finite loss"):
        build_scene(storyboard, Results.of(nothing), scene)
    assert contents() == before
