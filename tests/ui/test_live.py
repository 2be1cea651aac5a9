"""Live: what is shown is what the panel wants, never what it wanted before."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import bpy
import numpy as np
import pytest

from lsblender.scene.build import build_scene
from lsblender.scene.library import role
from lsblender.storyboard.block import block_mesh
from lsblender.storyboard.preview import COARSE, coarse_shot
from lsblender.storyboard.scene_file import storyboard_from
from lsblender.storyboard.storyboard import Results
from lsblender.storyboard.terrain import build_terrain
from lsblender.ui.following import _tick, live
from lsblender.ui.handle import NAME
from lsblender.ui.live import REST, Live, active_storyboard
from lsblender.ui.properties import read
from lsblender.ui.results import results_of
from lsblender.ui.rows import active_shot
from lsblender.ui.state import settings, show_storyboard, storyboard_of

SCENE = """
fps = 12
[[shots]]
seconds = 1.0
experiment = { dataset = { kind = "iris", standardize = true }, steps = 20, resolution = [161, 41] }
look = { relief = { detail = 170, finest = 170 } }
labels = { title = false, counters = false, captions = false, axes = false }
"""


@pytest.fixture
def following(scene: Any, tmp_path: Any) -> Live:
    """Live, with the scene built in full; it is stepped by hand."""
    show_storyboard(scene, storyboard_from(SCENE, tmp_path))
    made = Live(scene)
    made.update(in_full=True)
    return made


def vertices(scene: Any) -> np.ndarray:
    (terrain,) = (item for item in scene.objects if role(item) == "terrain")
    found = np.empty(3 * len(terrain.data.vertices), dtype=np.float32)
    terrain.data.attributes["position"].data.foreach_get("vector", found)
    return found.reshape(-1, 3)


def part(scene: Any, name: str) -> Any:
    return next(item for item in scene.objects if role(item) == name)


def expected_vertices(scene: Any, coarse: bool) -> np.ndarray:
    """The block of the landscape that the panel's shot has, computed anew."""
    shot = read(active_shot(scene))
    shot = coarse_shot(shot) if coarse else shot
    return block_mesh(build_terrain(shot.experiment.run(), shot.look.relief)).vertices


def until_in_full(following: Live, now: float = 1e6) -> None:
    """Step until all is built; a step is a second apart."""
    for step in range(200):
        following.step(now + step)
        if following.shown_in_full and following.shown == active_storyboard(following.scene):
            return
        time.sleep(0.02)
    raise AssertionError(following.error)


# -- what is shown -------------------------------------------------------------------------------------------

CHANGES = {
    "learning rate": lambda shot: setattr(shot.experiment.optimizers[0].sgd, "learning_rate", 0.4),
    "optimizer": lambda shot: setattr(shot.experiment.optimizers[0], "kind", "adam"),
    "start": lambda shot: setattr(shot.experiment, "start", "1, -1, 0.5, 2"),
    "seed": lambda shot: (setattr(shot.experiment, "seed", 5), setattr(shot.experiment, "random_start", 1.0)),
    "batch size": lambda shot: setattr(shot.experiment.optimizers[0].sgd, "batch_size", 9),
    "projection": lambda shot: setattr(shot.experiment.projection, "kind", "random"),
    "range": lambda shot: setattr(shot.experiment, "margin", 1.5),
    "relief": lambda shot: setattr(shot.look.relief, "scale", "log"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_shown_coarsely_in_place(change: Any, scene: Any, following: Live) -> None:
    terrain, ball, trail = (part(scene, name) for name in ("terrain", "ball", "trail"))
    mesh = terrain.data
    change(active_shot(scene))
    following.update()
    assert not following.shown_in_full
    # the same objects with other numbers
    assert (part(scene, "terrain"), part(scene, "ball"), part(scene, "trail")) == (terrain, ball, trail)
    assert terrain.data == mesh
    expected = expected_vertices(scene, coarse=True)
    np.testing.assert_allclose(vertices(scene), expected, atol=1e-5)
    # the ball begins on the new path, and the trail is it
    landscape = following.preview.landscape[1]
    made = build_terrain(landscape, coarse_shot(read(active_shot(scene))).look.relief)
    start = made.points(made.to_metres(landscape.paths[0].xy[:1]))[0]
    scene.frame_set(1)
    assert np.array(trail.data.splines[0].points[0].co)[:2] == pytest.approx(start[:2], abs=0.05)
    radius = active_shot(scene).ball.radius
    assert np.linalg.norm(np.array(ball.location) - start) == pytest.approx(radius, abs=0.2)


def test_coarse_is_coarse(scene: Any, following: Live) -> None:
    active_shot(scene).experiment.margin = 0.9
    following.update()
    n = COARSE * 41
    assert len(vertices(scene)) == n + 2 * 2 * (COARSE + 41) + 2 * (COARSE - 1 + 40)


def test_in_full_is_what_build_makes(scene: Any, following: Live) -> None:
    active_shot(scene).experiment.optimizers[0].sgd.learning_rate = 0.7
    following.update()
    until_in_full(following)
    shown = vertices(scene), keys(part(scene, "ball"))
    storyboard = storyboard_of(scene)
    build_scene(storyboard, storyboard.run(), scene)
    np.testing.assert_array_equal(shown[0], vertices(scene))
    np.testing.assert_array_equal(shown[1], keys(part(scene, "ball")))
    # and needs no computing any more
    assert len(results_of(scene, storyboard).landscapes) == 1


def keys(item: Any) -> np.ndarray:
    places = []
    for frame in range(1, 13):
        bpy.context.scene.frame_set(frame)
        places.append([*item.location, *item.rotation_quaternion])
    return np.array(places)


def test_another_look_is_what_build_makes(scene: Any, following: Live) -> None:
    shot = active_shot(scene)
    before = vertices(scene)
    shot.look.palette.kind, shot.look.light.kind, shot.look.material.kind = "ember", "neon", "lava"
    following.update()
    np.testing.assert_array_equal(vertices(scene), before)
    shown = look_of(scene)
    storyboard = storyboard_of(scene)
    build_scene(storyboard, storyboard.run(), scene)
    assert look_of(scene) == shown


def look_of(scene: Any) -> list[Any]:
    """Nodes of all materials, lamps and colour view."""
    trees = {material.name: material.node_tree for material in bpy.data.materials if role(material)}
    trees["world"] = scene.world.node_tree
    lamps = [
        (item.name, item.data.energy, *item.data.color, *item.location)
        for item in scene.objects
        if item.type == "LIGHT"
    ]
    nodes = {name: [(node.bl_idname, values(node)) for node in tree.nodes] for name, tree in trees.items()}
    return [nodes, sorted(lamps), scene.view_settings.view_transform, scene.view_settings.exposure]


def values(node: Any) -> list[Any]:
    plain = [socket.default_value for socket in node.inputs if hasattr(socket, "default_value")]
    numbers = [value if isinstance(value, str) or not hasattr(value, "__len__") else tuple(value) for value in plain]
    ramp = [tuple(entry.color) for entry in node.color_ramp.elements] if hasattr(node, "color_ramp") else []
    return [*numbers, *ramp]


def test_the_whole_path_is_seen_while_live_is_on_and_grows_in_the_film(scene: Any, following: Live) -> None:
    def ends() -> list[float]:
        data = part(scene, "trail").data
        found = []
        for frame in (1, 6, 12):
            scene.frame_set(frame)
            found.append(data.bevel_factor_end)
        return found

    assert ends() == [1.0, 1.0, 1.0]
    active_shot(scene).experiment.margin = 0.7
    following.update()
    assert ends() == [1.0, 1.0, 1.0]
    following.close()
    shown = ends()
    assert shown[0] == 0.0
    assert shown[0] < shown[1] < shown[2]
    np.testing.assert_allclose(vertices(scene), expected_vertices(scene, coarse=False), atol=1e-5)
    storyboard = storyboard_of(scene)
    build_scene(storyboard, storyboard.run(), scene)
    assert ends() == pytest.approx(shown)


def test_more_balls_are_built(scene: Any, following: Live) -> None:
    bpy.ops.lsblender.add_entry(row="optimizers")
    active_shot(scene).experiment.optimizers[1].kind = "adam"
    following.update()
    assert following.shown_in_full
    assert sum(role(item) == "ball" for item in scene.objects) == 2


def test_only_the_active_shot_is_shown(scene: Any, following: Live) -> None:
    bpy.ops.lsblender.add_entry(row="shots")
    active_shot(scene).experiment.steps = 9
    active_shot(scene).look.relief.finest = active_shot(scene).look.relief.detail = 40
    until_in_full(following)
    assert sum(role(item) == "terrain" for item in scene.objects) == 1
    assert following.shown is not None
    assert following.shown.shots[0].experiment.steps == 9


# -- stepping ------------------------------------------------------------------------------------------------


def test_a_step_shows_coarsely_and_a_hand_at_rest_in_full(scene: Any, following: Live) -> None:
    shot = active_shot(scene)
    for k in range(3):
        shot.experiment.margin = 0.4 + 0.1 * k
        while following.shown.shots[0].experiment.margin != read(shot).experiment.margin:
            following.step(10.0 + k)
        assert not following.shown_in_full
    following.step(12.0 + REST / 2)
    assert not following.shown_in_full
    until_in_full(following, 13.0)
    np.testing.assert_allclose(vertices(scene), expected_vertices(scene, coarse=False), atol=1e-5)


def test_nothing_is_built_anew_under_the_hand(scene: Any, following: Live) -> None:
    active_shot(scene).experiment.margin = 0.6
    for step in range(30):
        following.step(100.0 + step, dragging=True)
    assert not following.shown_in_full
    assert following.job is None


def test_what_the_panel_does_not_want_any_more_is_never_shown(scene: Any, following: Live) -> None:
    """A long training is under way when the panel wants something else."""
    shot = active_shot(scene)
    shot.experiment.steps = 10**6
    before = vertices(scene)
    following.step(20.0)
    late = following.job
    assert late is not None
    assert not late.done
    np.testing.assert_array_equal(vertices(scene), before)
    shot.experiment.steps = 15
    until_in_full(following, 21.0)
    assert late.cancelled
    assert late.wait(5.0)
    following.step(400.0)
    assert following.shown.shots[0].experiment.steps == 15
    np.testing.assert_allclose(vertices(scene), expected_vertices(scene, coarse=False), atol=1e-5)


def test_a_wrong_setting_is_told_and_what_is_shown_stays(scene: Any, following: Live) -> None:
    before = vertices(scene)
    active_shot(scene).experiment.start = "1, 2"
    for step in range(5):
        following.step(50.0 + step)
        time.sleep(0.02)
    assert "the start has 2 numbers" in following.error
    np.testing.assert_array_equal(vertices(scene), before)
    active_shot(scene).experiment.start = ""
    until_in_full(following, 60.0)
    assert following.error == ""


def test_what_was_undone_is_shown_anew(scene: Any, following: Live) -> None:
    """The scene is not the one that was shown, though the panel wants the same."""
    for item in [item for item in scene.objects if role(item)]:
        bpy.data.objects.remove(item)
    collection = next(item for item in bpy.data.collections if role(item) and item.name == "Loss Landscape")
    bpy.data.collections.remove(collection)
    until_in_full(following, 70.0)
    np.testing.assert_allclose(vertices(scene), expected_vertices(scene, coarse=False), atol=1e-5)


# -- the handle ----------------------------------------------------------------------------------------------


def test_the_start_is_dragged_over_the_terrain(scene: Any, following: Live) -> None:
    handle = bpy.data.objects[NAME]
    landscape = results_of(scene, storyboard_of(scene)).landscapes[0]
    terrain = build_terrain(landscape, read(active_shot(scene)).look.relief)
    start = terrain.points(terrain.to_metres(landscape.paths[0].xy[:1]))[0]
    assert np.array(handle.location) == pytest.approx(start, abs=1e-4)
    # to the grid's point in row 30 and column 100
    place = terrain.to_metres(np.array([landscape.x[100], landscape.y[30]]))
    handle.location = (*place, 0.0)
    following.update()
    experiment = storyboard_of(scene).shots[0].experiment
    loss = experiment.objective().loss(np.array(experiment.start))
    assert loss == pytest.approx(landscape.loss[30, 100], rel=1e-4)
    np.testing.assert_allclose(following.preview.landscape[1].paths[0].theta[0], experiment.start)
    # where the hand lets go, it goes to where the new path starts on the new ground
    until_in_full(following)
    again = results_of(scene, storyboard_of(scene)).landscapes[0]
    made = build_terrain(again, read(active_shot(scene)).look.relief)
    start = made.points(made.to_metres(again.paths[0].xy[:1]))[0]
    assert np.array(handle.location) == pytest.approx(start, abs=1e-4)


def test_another_file_is_not_built_into(scene: Any, tmp_path: Any) -> None:
    """Its scene has the same name."""
    session = bpy.context.window_manager.lsblender
    assert not session.live
    session.live = True
    assert session.live
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "other.blend"), copy=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "other.blend"))
    assert not bpy.app.timers.is_registered(_tick)
    assert live() is None
    assert not bpy.context.window_manager.lsblender.live


def test_switched_off_it_leaves_nothing(scene: Any) -> None:
    bpy.ops.lsblender.getting_started()
    handlers = {
        name: list(getattr(bpy.app.handlers, name))
        for name in dir(bpy.app.handlers)
        if name.endswith(("_pre", "_post"))
    }
    bpy.context.window_manager.lsblender.live = True
    assert bpy.app.timers.is_registered(_tick)
    following = live()
    assert following is not None
    small = replace(storyboard_of(scene), shots=(replace(storyboard_of(scene).shots[0], seconds=0.2),))
    show_storyboard(scene, small)
    following.update(in_full=True)
    assert NAME in bpy.data.objects
    bpy.context.window_manager.lsblender.live = False
    assert not bpy.app.timers.is_registered(_tick)
    assert NAME not in bpy.data.objects
    assert handlers == {name: list(getattr(bpy.app.handlers, name)) for name in handlers}
    assert isinstance(results_of(scene, storyboard_of(scene)), Results)
    assert settings(scene).results is not None
