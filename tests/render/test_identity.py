"""What a frame is a frame of: a change counts for the frames that show it, and for no others."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from lsblender.look.lighting import LIGHTS
from lsblender.look.palettes import PALETTES
from lsblender.render.folder import Identity
from lsblender.render.identity import Identities
from lsblender.render.quality import set_quality
from lsblender.scene.animation import set_keyframes
from lsblender.scene.library import role, save_file
from lsblender.storyboard.labels import Labels
from lsblender.storyboard.storyboard import Results, Storyboard
from lsblender.storyboard.terrain import Relief
from lsblender.storyboard.transitions import TRANSITIONS
from tests.conftest import SHORT, Film, make_shot
from tests.landscapes import landscape
from tests.render.conftest import prepared

#: Shot 1, the transition, shot 2, the transition, shot 3.
PARTS = [range(1, 5), range(5, 8), range(8, 12), range(12, 15), range(15, 19)]
ALL = set(range(1, 19))


def frames(*parts: int) -> set[int]:
    return {frame for part in parts for frame in PARTS[part]}


def three_shots() -> Film:
    """Shots of 4 frames in three palettes, with a morph and a dissolve of 3 frames between them, and titles."""
    labels = Labels(axes=False, counters=False, legend=False, captions=False)
    shots = []
    for number, palette in enumerate(("glacier", "ember", "batlow")):
        shot = make_shot(4 / 12, palette=PALETTES[palette](), relief=Relief(detail=8, finest=8))
        shots.append(dataclasses.replace(shot, title=f"Shot {number}", labels=labels))
    for number, kind in ((1, "morph"), (2, "dissolve")):
        transition = TRANSITIONS[kind](seconds=3 / 12)
        shots[number] = dataclasses.replace(shots[number], transition=transition)
    grids = [landscape(name, SHORT, x=(-1, 1, 15), y=(-1, 1, 15)) for name in ("bumps", "bowl", "cusp")]
    render = dataclasses.replace(Storyboard().render, size=(96, 54), quality="draft")
    return Storyboard(title="Three", fps=12, shots=tuple(shots), render=render), Results.of(*grids)


def of_scene(scene: bpy.types.Scene) -> dict[int, Identity]:
    found = Identities(scene)
    return {frame: found.of(frame) for frame in range(1, scene.frame_end + 1)}


def identities(film: Film) -> dict[int, Identity]:
    return of_scene(prepared(film))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[int, Identity], Path]:
    """The identities of the three shots, and their scene as a Blender file."""
    path = tmp_path_factory.mktemp("saved") / "film.blend"
    scene = prepared(three_shots())
    save_file(path)
    return of_scene(scene), path


@pytest.fixture(scope="module")
def before(saved: tuple[dict[int, Identity], Path]) -> dict[int, Identity]:
    return saved[0]


def opened_file(saved: tuple[dict[int, Identity], Path]) -> bpy.types.Scene:
    bpy.ops.wm.open_mainfile(filepath=str(saved[1]))
    scene = bpy.context.scene
    assert scene is not None
    return scene


def changed(before: dict[int, Identity], after: dict[int, Identity]) -> tuple[set[int], set[int]]:
    """The frames whose picture, and whose writing, is another."""
    pictures = {frame for frame in before if before[frame].picture != after[frame].picture}
    return pictures, {frame for frame in before if before[frame].writing != after[frame].writing}


def with_shot(number: int, change: Callable[[Any], Any]) -> Film:
    storyboard, results = three_shots()
    shots = list(storyboard.shots)
    shots[number] = change(shots[number])
    return dataclasses.replace(storyboard, shots=tuple(shots)), results


def look(**changes: Any) -> Callable[[Any], Any]:
    return lambda shot: dataclasses.replace(shot, look=dataclasses.replace(shot.look, **changes))


def test_building_again_changes_nothing(before: dict[int, Identity]) -> None:
    scene = prepared(three_shots())
    assert of_scene(scene) == before
    assert len({identity.picture for identity in before.values()}) == 18


@pytest.mark.parametrize(
    ("number", "change", "pictures"),
    [
        (0, look(palette=PALETTES["dune"]()), frames(0, 1)),
        (1, look(palette=PALETTES["dune"]()), frames(1, 2, 3)),
        (1, look(light=LIGHTS["golden_hour"]()), frames(1, 2, 3)),
    ],
    ids=["first palette", "second palette", "light"],
)
def test_a_look_is_that_of_its_shot_and_of_its_transitions(
    number: int, change: Callable[[Any], Any], pictures: set[int], before: dict[int, Identity]
) -> None:
    after = identities(with_shot(number, change))
    assert changed(before, after)[0] == pictures
    if number == 1:
        assert changed(before, after)[1] <= frames(2), "writing has the colours of its shot"


def test_a_title_is_writing_only(before: dict[int, Identity]) -> None:
    after = identities(with_shot(2, lambda shot: dataclasses.replace(shot, title="Another")))
    assert changed(before, after) == (set(), frames(4))


def test_other_numbers_are_another_ground(before: dict[int, Identity]) -> None:
    storyboard, results = three_shots()
    third = dataclasses.replace(results.landscapes[2], loss=results.landscapes[2].loss + results.landscapes[2].x ** 2)
    after = identities((storyboard, Results.of(*results.landscapes[:2], third)))
    assert changed(before, after)[0] == frames(3, 4)


# -- changes by hand -----------------------------------------------------------------------------------------


def terrain(number: int) -> bpy.types.Object:
    return bpy.data.objects[f"Terrain {number}"]


def move_vertex(scene: bpy.types.Scene) -> None:
    terrain(2).data.attributes["position"].data[5].vector = (0, 0, 9)


def drive(scene: bpy.types.Scene) -> None:
    terrain(1).driver_add("location", 2).driver.expression = "frame"


def key_once(scene: bpy.types.Scene) -> None:
    """Another value in frame 17 alone, of something that is not keyed otherwise."""
    lamp = bpy.data.objects.new("Lamp", bpy.data.lights.new("Lamp", "POINT"))
    scene.collection.objects.link(lamp)
    lamp.hide_render = True
    set_keyframes(lamp, "hide_render", np.array([16, 17, 18]), np.array([1.0, 0.0, 1.0]), "CONSTANT")


def add_hidden(scene: bpy.types.Scene) -> None:
    cube = bpy.data.objects.new("Cube", bpy.data.meshes.new("Cube"))
    scene.collection.objects.link(cube)
    cube.hide_render = True


def add_in_hidden_collection(scene: bpy.types.Scene) -> None:
    hidden = bpy.data.collections.new("Hidden")
    hidden.hide_render = True
    scene.collection.children.link(hidden)
    hidden.objects.link(bpy.data.objects.new("Cube", bpy.data.meshes.new("Cube")))


def change_node(scene: bpy.types.Scene) -> None:
    tree = terrain(2).data.materials[0].node_tree
    next(node for node in tree.nodes if node.bl_idname == "ShaderNodeBsdfPrincipled").inputs[
        "Roughness"
    ].default_value = 0.123


def rename(scene: bpy.types.Scene) -> None:
    item = terrain(1)
    item.name = item.data.name = item.data.materials[0].name = "Mine"


def another_camera(scene: bpy.types.Scene) -> None:
    camera = scene.camera.copy()
    camera.animation_data_clear()
    scene.collection.objects.link(camera)
    camera.location.z += 1
    scene.timeline_markers.new("Cut", frame=16).camera = camera


def tint_first_ball(scene: bpy.types.Scene) -> None:
    ball = next(item for item in scene.objects if role(item) == "ball" and item.name.startswith("Ball 1"))
    ball.data.materials[0].node_tree.nodes.new("ShaderNodeBsdfDiffuse")


def settle(name: str, value: Any) -> Callable[[bpy.types.Scene], None]:
    def change(scene: bpy.types.Scene) -> None:
        holder, _, attribute = name.rpartition(".")
        setattr(scene.path_resolve(holder), attribute, value)

    return change


BY_HAND: dict[str, tuple[Callable[[bpy.types.Scene], None], set[int]]] = {
    "a vertex": (move_vertex, frames(2)),
    "a node's input": (change_node, frames(2)),
    "a driver": (drive, frames(0)),
    "one frame": (key_once, {17}),
    "another camera": (another_camera, {16, 17, 18}),
    "samples": (settle("cycles.samples", 3), ALL),
    "exposure": (settle("view_settings.exposure", 0.5), ALL),
    "resolution": (settle("render.resolution_x", 98), ALL),
    "what is hidden": (add_hidden, set()),
    "what is in a hidden collection": (add_in_hidden_collection, set()),
    "names": (rename, set()),
    "a node that leads nowhere": (tint_first_ball, set()),
    "where it is written to": (settle("render.filepath", "elsewhere"), set()),
    "a region": (settle("render.use_border", True), set()),
    "threads": (settle("render.threads_mode", "FIXED"), set()),
    "the device": (settle("cycles.device", "GPU"), set()),
}


def test_a_file_that_is_opened_again(before: dict[int, Identity], saved: tuple[dict[int, Identity], Path]) -> None:
    """On another machine, say."""
    assert of_scene(opened_file(saved)) == before


@pytest.mark.parametrize("name", list(BY_HAND))
def test_changes_by_hand(name: str, before: dict[int, Identity], saved: tuple[dict[int, Identity], Path]) -> None:
    change, pictures = BY_HAND[name]
    scene = opened_file(saved)
    change(scene)
    assert changed(before, of_scene(scene))[0] == pictures


def test_another_quality_is_another_picture(film: Film) -> None:
    scene = prepared(film)
    found = set()
    for level in ("draft", "preview", "final"):
        set_quality(scene, level, "cpu")
        found.add(Identities(scene).of(3).picture)
    assert len(found) == 3


def test_identities_as_texts() -> None:
    for identity in (Identity("a", "b"), Identity("a")):
        assert Identity.read(str(identity)) == identity
