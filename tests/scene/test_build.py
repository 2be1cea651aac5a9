"""What build_scene leaves in a Blender file, and what it leaves alone."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector
from scipy.spatial import cKDTree

from lsblender.look.lighting import LIGHTS
from lsblender.look.materials import MATERIALS
from lsblender.look.palettes import PALETTES
from lsblender.scene.build import build_scene
from lsblender.scene.library import empty_scene, role, save_file
from lsblender.storyboard.block import block_mesh
from lsblender.storyboard.camera import CAMERAS
from lsblender.storyboard.motion import BallMotion
from lsblender.storyboard.motion.roll import roll_all
from lsblender.storyboard.scene_file import read_storyboard
from lsblender.storyboard.storyboard import Results, Storyboard
from lsblender.storyboard.terrain import build_terrain
from tests.conftest import Film, make_shot
from tests.landscapes import landscape, zigzag

SCENES = sorted((Path(__file__).parents[2] / "scenes").glob("*.toml"))
FAMILIES = [
    name
    for name in dir(bpy.data)
    if isinstance(getattr(bpy.data, name), bpy.types.bpy_prop_collection)
    and name not in ("libraries", "window_managers")
]


@pytest.fixture
def scene() -> bpy.types.Scene:
    return empty_scene()


def motions(film: Film) -> dict[str, BallMotion]:
    """The motion of each ball, by the object's name."""
    storyboard, results = film
    made = {}
    shots = zip(storyboard.shots, results.landscapes, storyboard.shot_frames(), strict=True)
    for number, (shot, ground, frames) in enumerate(shots, 1):
        terrain = build_terrain(ground, shot.look.relief)
        rolled = roll_all(ground.paths, terrain, shot.ball, frames, storyboard.fps)
        for path, motion in zip(ground.paths, rolled, strict=True):
            made[f"Ball {number} {path.name}"] = motion
    return made


def parts(scene: bpy.types.Scene, part: str) -> list[bpy.types.Object]:
    return sorted((item for item in scene.objects if role(item) == part), key=lambda item: item.name)


def curves(owner: bpy.types.ID) -> dict[tuple[str, int], np.ndarray]:
    """The keys (K, 2) of each channel that is animated: frame and value."""
    data = owner.animation_data
    if data is None or data.action is None:
        return {}
    from bpy_extras import anim_utils

    bag = anim_utils.action_get_channelbag_for_slot(data.action, data.action_slot)
    made = {}
    for curve in bag.fcurves:
        keys = np.empty(2 * len(curve.keyframe_points), dtype=np.float32)
        curve.keyframe_points.foreach_get("co", keys)
        made[curve.data_path, curve.array_index] = keys.reshape(-1, 2)
    return made


def numbers(data, name: str, size: int = 1) -> np.ndarray:
    values = np.empty(len(data) * size, dtype=np.float32)
    data.foreach_get(name, values)
    return values.reshape(-1, size) if size > 1 else values


def contents() -> dict:
    """Everything in the file: the names in each family, and what the objects are made of."""
    names: dict = {family: sorted(item.name for item in getattr(bpy.data, family)) for family in FAMILIES}
    for item in bpy.data.objects:
        facts = [item.type, [list(row) for row in item.matrix_basis], item.rotation_mode, item.hide_render]
        facts += [
            {str(key): keys.tolist() for key, keys in curves(owner).items()} for owner in (item, item.data) if owner
        ]
        if item.type == "MESH":
            facts.append(numbers(item.data.vertices, "co", 3).tolist())
        names[f"object {item.name}"] = facts
    scene = bpy.context.scene
    names["markers"] = [(marker.name, marker.frame, marker.camera.name) for marker in scene.timeline_markers]
    names["links"] = sorted((c.name, o.name) for c in bpy.data.collections for o in c.objects)
    return names


# -- what is built -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_every_scene_builds(path: Path, scene: bpy.types.Scene) -> None:
    storyboard, _ = read_storyboard(path)
    shots = []
    for shot in storyboard.shots:
        experiment = dataclasses.replace(shot.experiment, resolution=(12, 12), steps=min(shot.experiment.steps, 40))
        relief = dataclasses.replace(shot.look.relief, detail=16, finest=16)
        shots.append(
            dataclasses.replace(shot, experiment=experiment, look=dataclasses.replace(shot.look, relief=relief))
        )
    storyboard = dataclasses.replace(storyboard, shots=tuple(shots))
    build_scene(storyboard, storyboard.run(), scene)
    shots_alone = [item for item in parts(scene, "terrain") if "Into" not in item.name]
    assert len(shots_alone) == len(storyboard.shots)
    assert len(parts(scene, "ball")) >= len(storyboard.shots)
    assert scene.camera is not None
    assert (scene.frame_start, scene.frame_end) == (1, storyboard.n_frames)
    assert scene.render.fps == storyboard.fps
    assert (scene.render.resolution_x, scene.render.resolution_y) == storyboard.render.size


def test_terrain_is_the_block_with_its_numbers(film: Film, scene: bpy.types.Scene) -> None:
    build_scene(*film, scene)
    (ground,) = parts(scene, "terrain")
    mesh = block_mesh(build_terrain(film[1].landscapes[0], film[0].shots[0].look.relief))
    data = ground.data
    assert numbers(data.vertices, "co", 3) == pytest.approx(mesh.vertices, abs=1e-6)
    faces = [list(polygon.vertices) for polygon in data.polygons]
    assert faces == [*mesh.quads.tolist(), mesh.floor.tolist()]
    for name in ("loss", "level", "slope"):
        attribute = data.attributes[name]
        assert (attribute.domain, attribute.data_type) == ("POINT", "FLOAT")
        assert numbers(attribute.data, "value") == pytest.approx(getattr(mesh, name), rel=1e-6, abs=1e-6)
    assert [polygon.material_index for polygon in data.polygons] == [int(k >= mesh.n_top) for k in range(len(faces))]
    assert [polygon.use_smooth for polygon in data.polygons] == [k < mesh.n_top for k in range(len(faces))]
    assert [slot.name for slot in data.materials] == ["Surface 1", "Block 1"]
    # Blender finds nothing to mend, and the faces look outwards
    assert not data.validate()
    assert data.polygons[0].normal.z > 0
    assert data.polygons[len(faces) - 1].normal.z == pytest.approx(-1.0)


def test_keys_are_the_motion(film: Film, scene: bpy.types.Scene) -> None:
    build_scene(*film, scene)
    for ball, (name, motion) in zip(parts(scene, "ball"), sorted(motions(film).items()), strict=True):
        assert ball.name == name
        keys = curves(ball)
        for path, values in (("location", motion.location), ("rotation_quaternion", motion.rotation)):
            for k in range(values.shape[1]):
                expected = np.column_stack([motion.frames, values[:, k]]).astype(np.float32)
                assert np.array_equal(keys[path, k], expected)
        assert ball.rotation_mode == "QUATERNION"
        bag = ball.animation_data.action.layers[0].strips[0].channelbags[0]
        assert {key.interpolation for curve in bag.fcurves for key in curve.keyframe_points} == {"LINEAR"}


def test_trail_grows_along_the_path_with_the_ball(film: Film, scene: bpy.types.Scene) -> None:
    build_scene(*film, scene)
    made = motions(film)
    for frame in (1, 4, 7, 12):
        scene.frame_set(frame)
        graph = bpy.context.evaluated_depsgraph_get()
        for ball, trail in zip(parts(scene, "ball"), parts(scene, "trail"), strict=True):
            mesh = trail.evaluated_get(graph).to_mesh()
            points = numbers(mesh.vertices, "co", 3) if mesh else np.zeros((0, 3))
            line, walked = made[ball.name].trail, made[ball.name].trail.share[frame - 1]
            way = line.points
            distance = cKDTree(points).query(way)[0] if len(points) else np.full(len(way), 9.0)
            arc = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(way, axis=0), axis=1)))
            share = arc / arc[-1]
            thick = 0.17 * 0.6
            assert distance[share <= walked - 0.01].max(initial=0.0) < 1.2 * thick
            assert distance[share > walked + 0.05].min(initial=9.0) > 1.2 * thick
            trail.evaluated_get(graph).to_mesh_clear()


@pytest.mark.parametrize("kind", list(CAMERAS))
@pytest.mark.parametrize("size", [(1920, 1080), (800, 800), (1080, 1920)])
def test_blender_sees_everything_inside_the_margins(kind: str, size: tuple[int, int], scene: bpy.types.Scene) -> None:
    """Blender's own projection is the oracle for the camera's."""
    shot = make_shot(1.0, kind)
    camera = dataclasses.replace(shot.look.camera, margin=0.08)
    shot = dataclasses.replace(shot, look=dataclasses.replace(shot.look, camera=camera))
    storyboard = Storyboard(fps=12, shots=(shot,))
    storyboard = dataclasses.replace(storyboard, render=dataclasses.replace(storyboard.render, size=size))
    build_scene(storyboard, Results.of(landscape("bumps", zigzag())), scene)
    (ground,) = parts(scene, "terrain")
    (ball,) = parts(scene, "ball")
    for frame in (1, 7, 12):
        scene.frame_set(frame)
        points = [vertex.co for vertex in ground.data.vertices] if camera.shows_all() else []
        points += [
            ball.matrix_world @ Vector(corner) for corner in ((0, 0, 0.6), (0, 0, -0.6), (0.6, 0, 0), (0, 0.6, 0))
        ]
        seen = np.array([world_to_camera_view(scene, scene.camera, point) for point in points])
        assert seen[:, :2].min() >= 0.08 - 0.005
        assert seen[:, :2].max() <= 0.92 + 0.005
        if camera.shows_all():
            assert min(seen[:, :2].min(), 1 - seen[:, :2].max()) < 0.12, "the picture is filled"
        assert seen[:, 2].min() > scene.camera.data.clip_start
        assert seen[:, 2].max() < scene.camera.data.clip_end


@pytest.mark.parametrize(
    ("family", "kind"),
    [
        (name, kind)
        for name, family in (("material", MATERIALS), ("palette", PALETTES), ("light", LIGHTS))
        for kind in family
    ],
)
def test_every_look_builds(family: str, kind: str, film: Film, scene: bpy.types.Scene) -> None:
    registry = {"material": MATERIALS, "palette": PALETTES, "light": LIGHTS}[family]
    storyboard, results = film
    shot = dataclasses.replace(
        storyboard.shots[0], look=dataclasses.replace(storyboard.shots[0].look, **{family: registry[kind]()})
    )
    build_scene(dataclasses.replace(storyboard, shots=(shot,)), results, scene)
    for material in bpy.data.materials:
        outputs = [node for node in material.node_tree.nodes if node.type == "OUTPUT_MATERIAL"]
        assert len(outputs) == 1
        assert outputs[0].inputs["Surface"].is_linked
        assert all(link.is_valid for link in material.node_tree.links)
    lamps = [item for item in scene.objects if item.type == "LIGHT"]
    assert lamps
    for lamp in (lamp for lamp in lamps if lamp.data.type != "POINT"):
        # an area lamp looks at the terrain
        towards = lamp.matrix_world.to_quaternion() @ Vector((0, 0, -1))
        assert towards.dot(-lamp.matrix_world.translation.normalized()) == pytest.approx(1.0, abs=1e-5)
        assert lamp.matrix_world.translation.z > 0
    wanted = shot.look.material.view or shot.look.light.stage(shot.look.palette).view
    assert scene.view_settings.view_transform == wanted.transform
    assert scene.view_settings.look == wanted.look


def test_no_code_in_the_file(two_shots: Film, scene: bpy.types.Scene) -> None:
    lists = {
        name: value for name in dir(bpy.app.handlers) if isinstance(value := getattr(bpy.app.handlers, name), list)
    }
    before = {name: list(value) for name, value in lists.items()}
    build_scene(*two_shots, scene)
    assert len(lists) > 20
    assert lists == before
    assert len(bpy.data.texts) == 0
    for family in FAMILIES:
        for item in getattr(bpy.data, family):
            data = getattr(item, "animation_data", None)
            assert data is None or len(data.drivers) == 0
            tree = getattr(item, "node_tree", None)
            assert tree is None or all(node.type != "SCRIPT" for node in tree.nodes)


# -- twice, and in a file with other things ------------------------------------------------------------------


def test_building_twice_is_building_once(two_shots: Film, film: Film, scene: bpy.types.Scene) -> None:
    build_scene(*two_shots, scene)
    once = contents()
    build_scene(*two_shots, scene)
    assert contents() == once
    # also with something else in between
    build_scene(*film, scene)
    build_scene(*two_shots, scene)
    assert contents() == once


def test_nothing_is_left_without_a_user(two_shots: Film, film: Film, scene: bpy.types.Scene) -> None:
    build_scene(*two_shots, scene)
    build_scene(*film, scene)
    orphans = [
        (family, item.name)
        for family in FAMILIES
        for item in getattr(bpy.data, family)
        if item.users == 0 and family not in ("screens", "workspaces", "brushes")
    ]
    assert orphans == []


def test_what_the_person_made_is_left_alone(film: Film, scene: bpy.types.Scene) -> None:
    data = bpy.data.meshes.new("Terrain 1")
    data.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    mine = bpy.data.objects.new("Terrain 1", data)
    scene.collection.objects.link(mine)
    mine.keyframe_insert("location", frame=3)
    material = bpy.data.materials.new("Surface 1")
    data.materials.append(material)
    collection = bpy.data.collections.new("Loss Landscape")
    scene.collection.children.link(collection)
    camera = bpy.data.objects.new("Camera 1", bpy.data.cameras.new("Camera 1"))
    collection.objects.link(camera)
    scene.timeline_markers.new("Shot list", frame=7)
    scene.timeline_markers.new("Shot 9", frame=9).camera = camera
    world = bpy.data.worlds.new("Sky")
    scene.world = world
    other = bpy.data.scenes.new("Other")

    build_scene(*film, scene)
    materials = len(bpy.data.materials)
    for _ in range(2):
        build_scene(*film, scene)
    assert scene.objects["Terrain 1"] == mine
    assert len(mine.data.vertices) == 3
    assert mine.animation_data.action is not None
    assert mine.active_material == material
    assert list(collection.objects) == [camera]
    markers = {marker.name: marker for marker in scene.timeline_markers}
    assert markers["Shot list"].frame == 7
    assert markers["Shot 9"].camera == camera
    assert sorted(markers) == ["Shot 1", "Shot 9", "Shot list"]
    # its sky is not seen any more, but it is kept with the file
    assert world in set(bpy.data.worlds)
    assert world.use_fake_user
    assert other in set(bpy.data.scenes)
    assert len(other.collection.objects) == 0
    assert len(bpy.data.materials) == materials


def test_a_rigid_body_world_of_the_person_is_kept(film: Film, scene: bpy.types.Scene) -> None:
    with bpy.context.temp_override(scene=scene):
        bpy.ops.rigidbody.world_add()
    scene.rigidbody_world.collection = bpy.data.collections.new("Bodies")
    scene.rigidbody_world.substeps_per_frame = 17
    mine = bpy.data.objects.new("Crate", bpy.data.meshes.new("Crate"))
    scene.collection.objects.link(mine)
    scene.rigidbody_world.collection.objects.link(mine)
    for _ in range(2):
        build_scene(*film, scene)
        assert scene.rigidbody_world.substeps_per_frame == 17
        names = sorted(item.name for item in scene.rigidbody_world.collection.objects)
        assert names == ["Ball 1 path 1", "Ball 1 path 2", "Crate", "Terrain 1"]
    assert mine.rigid_body is not None


def test_building_into_a_scene_that_is_not_shown(film: Film, scene: bpy.types.Scene) -> None:
    other = bpy.data.scenes.new("Other")
    build_scene(*film, other)
    assert len(scene.objects) == 0
    assert scene.rigidbody_world is None
    assert len(parts(other, "ball")) == 2
    assert other.rigidbody_world is not None
    assert other.camera in set(other.objects)


# -- physics -------------------------------------------------------------------------------------------------


def test_bodies(film: Film, scene: bpy.types.Scene) -> None:
    build_scene(*film, scene)
    (ground,) = parts(scene, "terrain")
    assert (ground.rigid_body.type, ground.rigid_body.collision_shape) == ("PASSIVE", "MESH")
    for ball in parts(scene, "ball"):
        assert (ball.rigid_body.type, ball.rigid_body.collision_shape) == ("ACTIVE", "SPHERE")
        assert ball.rigid_body.kinematic
    bodies = set(scene.rigidbody_world.collection.objects)
    assert bodies == {ground, *parts(scene, "ball")}


@pytest.mark.parametrize("frames", [range(1, 13), (9, 2, 12, 1)], ids=["stepped", "jumped"])
def test_balls_stay_on_their_keys(frames, film: Film, scene: bpy.types.Scene) -> None:
    build_scene(*film, scene)
    made = motions(film)
    for frame in frames:
        scene.frame_set(frame)
        graph = bpy.context.evaluated_depsgraph_get()
        for ball in parts(scene, "ball"):
            place = ball.evaluated_get(graph).matrix_world
            assert np.array(place.translation) == pytest.approx(made[ball.name].location[frame - 1], abs=1e-5)
            turn = np.array(place.to_quaternion())
            assert abs(np.dot(turn, made[ball.name].rotation[frame - 1])) == pytest.approx(1.0, abs=1e-5)


# -- several shots -------------------------------------------------------------------------------------------


def test_each_shot_is_shown_in_its_frames_only(two_shots: Film, scene: bpy.types.Scene) -> None:
    build_scene(*two_shots, scene)
    assert [(marker.name, marker.frame) for marker in scene.timeline_markers] == [("Shot 1", 1), ("Shot 2", 7)]
    for frame in range(1, 15):
        scene.frame_set(frame)
        shown, hidden = ("Shot 1", "Shot 2") if frame <= 6 else ("Shot 2", "Shot 1")
        for item in bpy.data.collections[shown].objects:
            assert not item.hide_render
            assert not item.hide_viewport
        for item in bpy.data.collections[hidden].objects:
            assert item.hide_render
            assert item.hide_viewport


def test_first_camera_is_active_before_any_frame_is_set(two_shots: Film, scene: bpy.types.Scene) -> None:
    build_scene(*two_shots, scene)
    assert scene.frame_current == 1
    assert scene.camera.name == "Camera"


# -- the file ------------------------------------------------------------------------------------------------

PLAY = """
import json, sys
sys.modules["lsblender"] = None
import bpy
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
scene = bpy.context.scene
places = {}
for frame in (11, 3, 6):
    scene.frame_set(frame)
    graph = bpy.context.evaluated_depsgraph_get()
    for item in scene.objects:
        if item.name.startswith("Ball"):
            places[f"{item.name}@{frame}"] = list(item.evaluated_get(graph).matrix_world.translation)
loaded = [name for name in sys.modules if name.startswith("lsblender.")]
print("RESULT", json.dumps([places, loaded, scene.frame_end, scene.camera.name]))
"""


def test_the_saved_file_plays_without_this_program(film: Film, scene: bpy.types.Scene, tmp_path: Path) -> None:
    build_scene(*film, scene)
    path = tmp_path / "sömé folder" / "out.blend"
    save_file(path)
    assert [item.name for item in path.parent.iterdir()] == ["out.blend"]
    done = subprocess.run(
        [sys.executable, "-I", "-c", PLAY, str(path)], capture_output=True, text=True, timeout=120, cwd=tmp_path
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    places, loaded, last, camera = json.loads(line.removeprefix("RESULT"))
    assert (loaded, last, camera) == ([], 12, "Camera")
    assert len(places) == 6
    for key, place in places.items():
        name, frame = key.split("@")
        assert place == pytest.approx(motions(film)[name].location[int(frame) - 1], abs=1e-5)


def test_saving_over_a_file_keeps_it_on_failure(film: Film, scene: bpy.types.Scene, tmp_path: Path) -> None:
    path = tmp_path / "out.blend"
    path.write_text("mine")
    build_scene(*film, scene)
    save_file(path)
    assert path.read_bytes()[:4] != b"mine"
    assert [item.name for item in tmp_path.iterdir()] == ["out.blend"]
