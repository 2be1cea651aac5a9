"""Ground that changes and clouds, as Blender evaluates them."""

from __future__ import annotations

import dataclasses

import bpy
import numpy as np
import pytest

from lsblender.scene.build import build_scene
from lsblender.scene.clouds import build_cloud
from lsblender.scene.library import empty_scene, role
from lsblender.scene.terrain import build_ground
from lsblender.storyboard.block import block_mesh
from lsblender.storyboard.film import Cloud
from lsblender.storyboard.ground import changing_ground
from lsblender.storyboard.physics import PHYSICS
from lsblender.storyboard.storyboard import Results, Storyboard
from lsblender.storyboard.terrain import Relief, build_terrain
from lsblender.storyboard.transitions import TRANSITIONS
from tests.conftest import SHORT, make_shot
from tests.landscapes import landscape


@pytest.fixture
def scene() -> bpy.types.Scene:
    return empty_scene()


def evaluated(item: bpy.types.Object) -> bpy.types.Object:
    return item.evaluated_get(bpy.context.evaluated_depsgraph_get())


def numbers(collection, name: str, size: int = 1) -> np.ndarray:
    values = np.empty(len(collection) * size, dtype=np.float32)
    collection.foreach_get(name, values)
    return values.reshape(-1, size) if size > 1 else values


def test_the_mesh_goes_through_its_states(scene: bpy.types.Scene) -> None:
    relief = Relief(detail=24)
    reliefs = (relief, dataclasses.replace(relief, width=6.0, height=0.5, depth=0.2), relief)
    terrains = [
        build_terrain(landscape(name, x=(-1, 1, 25), y=(-1, 1, 25)), one)
        for name, one in zip(("bumps", "bowl", "ridge"), reliefs, strict=True)
    ]
    frames = np.arange(1, 6)
    state = np.array([0.0, 0.4, 1.0, 1.7, 2.0])
    ground = changing_ground(terrains, state, np.array([1.0, 2.0, 3.0]), (0, 1), state / 2)
    material = bpy.data.materials.new("M")
    item = build_ground(ground, "Ground", (material, material), frames, scene.collection)
    for k, frame in enumerate(frames):
        scene.frame_set(int(frame))
        shown = evaluated(item)
        mesh = block_mesh(ground.terrain(k))
        assert numbers(shown.data.vertices, "co", 3) == pytest.approx(mesh.vertices, abs=1e-5)
        attributes = {name: numbers(shown.data.attributes[name].data, "value") for name in ("level", "slope")}
        assert attributes["level"] == pytest.approx(mesh.level, abs=1e-5)
        # the slope comes from the mesh's normals here, and from differences of heights there
        inner = np.zeros(len(mesh.slope), dtype=bool)
        ny, nx = ground.states[0].z.shape
        inner[: ny * nx].reshape(ny, nx)[2:-2, 2:-2] = True
        assert np.abs(attributes["slope"] - mesh.slope)[inner].mean() < 0.08 * mesh.slope[inner].mean()
        assert tuple(shown.location) == pytest.approx((1.0, 2.0, 3.0))


def test_the_points_of_a_cloud_arrive(scene: bpy.types.Scene) -> None:
    rng = np.random.default_rng(0)
    start, goal, swerve = (rng.normal(size=(50, 3)) for _ in range(3))
    share = np.array([0.0, 0.5, 1.0])
    cloud = Cloud(
        start, goal, np.zeros(50), np.ones(50), np.linspace(0, 1, 50), swerve, 0.4, 0.1, share, np.ones(3),
        (0, 1), share,
    )  # fmt: skip
    build_cloud(cloud, "Cloud", np.arange(1, 4), bpy.data.materials.new("M"), scene.collection)
    seen = []
    for frame in (1, 2, 3):
        scene.frame_set(frame)
        for entry in bpy.context.evaluated_depsgraph_get().object_instances:
            if entry.object.type == "POINTCLOUD":
                store = entry.object.data.attributes
                seen.append((numbers(store["position"].data, "vector", 3), numbers(store["level"].data, "value")))
    assert len(seen) == 3
    assert seen[0][0] == pytest.approx(start, abs=1e-6)
    assert seen[2][0] == pytest.approx(goal, abs=1e-6)
    assert seen[0][1] == pytest.approx(np.zeros(50))
    assert seen[2][1] == pytest.approx(np.ones(50))
    own = np.clip((0.5 - 0.4 * cloud.delay) / 0.6, 0.0, 1.0)
    own = own**2 * (3 - 2 * own)
    expected = start + own[:, None] * (goal - start) + (4 * own * (1 - own))[:, None] * swerve
    assert seen[1][0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("kind", [kind for kind in TRANSITIONS if kind != "unfold"])
def test_every_transition_builds(kind: str, scene: bpy.types.Scene) -> None:
    second = dataclasses.replace(make_shot(0.5, palette=_palette("ember")), transition=TRANSITIONS[kind]())
    storyboard = Storyboard(fps=6, shots=(make_shot(0.5), second))
    results = Results.of(landscape("bumps", SHORT), landscape("bowl", SHORT[::-1]))
    film = build_scene(storyboard, results, scene)
    assert scene.frame_end == storyboard.n_frames
    for segment in film.segments:
        for k in (0, len(segment.frames) - 1):
            scene.frame_set(int(segment.frames[k]))
            shown = [item for item in scene.objects if not evaluated(item).hide_render]
            for part, wanted in (("ball", segment.balls), ("terrain", segment.grounds), ("cloud", segment.clouds)):
                assert len([item for item in shown if role(item) == part]) == len(wanted)
            for track in segment.balls:
                ball = evaluated(scene.objects[track.name])
                assert tuple(ball.location) == pytest.approx(track.location[k], abs=1e-4)
                assert ball.dimensions.z / 2 == pytest.approx(track.radius[k], rel=1e-3)
            expected = film.camera.location[segment.frames[k] - 1]
            assert tuple(evaluated(scene.camera).location) == pytest.approx(expected, abs=1e-4)


def test_a_ball_that_is_let_go_is_keyed_like_all_others(scene: bpy.types.Scene) -> None:
    one = dataclasses.replace(make_shot(2.0), physics=PHYSICS["release"]())
    storyboard = Storyboard(fps=12, shots=(one,))
    ways = [build_scene(storyboard, Results.of(landscape("bowl", SHORT)), scene).segments[0].balls[0] for _ in range(2)]
    assert np.array_equal(ways[0].location, ways[1].location)
    assert np.array_equal(ways[0].rotation, ways[1].rotation)
    assert not scene.rigidbody_world.enabled
    for frame in (20, 3, 24, 9):
        # backwards and forwards: there is nothing to simulate
        scene.frame_set(frame)
        ball = evaluated(scene.objects[ways[0].name])
        assert tuple(ball.matrix_world.translation) == pytest.approx(ways[0].location[frame - 1], abs=1e-5)


def _palette(kind: str):  # type: ignore[no-untyped-def]
    from lsblender.look.palettes import PALETTES

    return PALETTES[kind]()
