"""What is built, changed in place: the geometry and keys of one shot, and its look, without building anew."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..storyboard.block import Mesh, block_mesh
from ..storyboard.colours import ball_colours
from ..storyboard.film import Film, Trail
from ..storyboard.staging import StagedShot
from ..storyboard.storyboard import Look, Storyboard
from .animation import set_keyframes
from .backdrop import build_backdrop, set_view
from .build import ground_materials, thing_material
from .library import role
from .rebuilding import BUILT_AS, VIEW, built_collection
from .skins import Wardrobe
from .terrain import fill_mesh, store_passed
from .trail import fill_spline


def built_shot(scene: bpy.types.Scene) -> dict[str, list[Any]]:
    """The terrains, balls and trails that are built, each in the order in which they were."""
    found: dict[str, list[Any]] = {"terrain": [], "ball": [], "trail": []}
    for item in scene.objects:
        found.get(role(item), []).append(item)
    return found


def fits(staged: StagedShot, scene: bpy.types.Scene) -> bool:
    """Whether what is built is one shot with as many balls, whose ground stays what it is."""
    found = built_shot(scene)
    counts = [len(found[part]) for part in ("terrain", "ball", "trail")]
    return counts == [1, len(staged.balls), len(staged.trails)] and not found["terrain"][0].modifiers


def update_shot(staged: StagedShot, frames: NDArray[np.int64], scene: bpy.types.Scene) -> None:
    """Give the built shot the terrain, the balls and the trails of another, over the frames (K,)."""
    found = built_shot(scene)
    (ground,) = found["terrain"]
    update_mesh(ground.data, block_mesh(staged.terrain))
    if staged.ground.passed is not None:
        store_passed(ground, staged.ground.passed, frames)
    for item, track in zip(found["ball"], staged.balls, strict=True):
        size = item.data.vertices[0].co.length or 1.0
        set_keyframes(item, "location", frames, track.location)
        set_keyframes(item, "rotation_quaternion", frames, track.rotation)
        set_keyframes(item, "scale", frames, np.repeat(track.radius[:, None] / size, 3, axis=1))
    for item, trail in zip(found["trail"], staged.trails, strict=True):
        _update_trail(item, trail, frames)


def update_mesh(data: Any, mesh: Mesh) -> None:
    """Give a block's mesh another shape: its numbers only, where it has as many points in the same order."""
    same = len(data.vertices) == len(mesh.vertices) and len(data.polygons) == len(mesh.quads) + 1
    # the fourth corner of the first cell lies in the second row: as many columns
    if not same or data.loops[3].vertex_index != mesh.quads[0, 3]:
        data.clear_geometry()
        fill_mesh(data, mesh)
        return
    store = data.attributes
    store["position"].data.foreach_set("vector", mesh.vertices.astype(np.float32).ravel())
    for name, values in (("loss", mesh.loss), ("level", mesh.level), ("slope", mesh.slope)):
        store[name].data.foreach_set("value", values.astype(np.float32))
    data.update()


def _update_trail(item: Any, trail: Trail, frames: NDArray[np.int64]) -> None:
    data = item.data
    data.splines.clear()
    fill_spline(data, trail)
    data.bevel_depth = trail.radius
    set_keyframes(data, "bevel_factor_start", frames, trail.start)
    set_keyframes(data, "bevel_factor_end", frames, trail.end)


def show_whole_trails(scene: bpy.types.Scene) -> None:
    """Show the trails from end to end in every frame, as no film does: to be seen while the shot is changed."""
    for item in built_shot(scene)["trail"]:
        for path, value in (("bevel_factor_start", 0.0), ("bevel_factor_end", 1.0)):
            set_keyframes(item.data, path, np.array([1]), np.array([value]))


def show_growing_trails(film: Film, scene: bpy.types.Scene) -> None:
    """Let the trails of the film's one shot grow with the ball again."""
    segment = film.segments[0]
    for item, trail in zip(built_shot(scene)["trail"], segment.trails, strict=False):
        set_keyframes(item.data, "bevel_factor_start", segment.frames, trail.start)
        set_keyframes(item.data, "bevel_factor_end", segment.frames, trail.end)


def update_look(storyboard: Storyboard, film: Film, scene: bpy.types.Scene) -> None:
    """Give the built shot, which the film was directed for, the materials, lamps, air and view of another look."""
    shot, segment = storyboard.shots[0], film.segments[0]
    wardrobe = Wardrobe((shot.look,), (ball_colours(shot, len(segment.balls)),), {})
    found = built_shot(scene)
    new: dict[Any, Any] = {}
    made = ground_materials(segment.grounds[0], "1", segment, wardrobe)
    for slot, material in zip(found["terrain"][0].material_slots, made, strict=True):
        new[slot.material] = material
    for part, things in (("ball", segment.balls), ("trail", segment.trails)):
        for item, thing in zip(found[part], things, strict=True):
            new[item.material_slots[0].material] = thing_material(thing.name, part, thing.skin, segment, wardrobe)
    for old, material in new.items():
        _take_over(old, material)
    _update_backdrop(film, shot.look, scene)


def _update_backdrop(film: Film, look: Look, scene: bpy.types.Scene) -> None:
    stage, top = built_collection("Stage"), built_collection()
    assert stage is not None
    assert top is not None
    objects = [item for item in stage.objects if role(item)]
    materials = {slot.material for item in objects for slot in item.material_slots}
    world = scene.world
    bpy.data.batch_remove({*objects, *(item.data for item in objects), *materials})
    build_backdrop(film, (look,), stage, scene, False)
    top[VIEW] = set_view(look, scene, str(top[VIEW]))
    if world is not None and world != scene.world:
        _take_over(world, scene.world)


def _take_over(old: Any, new: Any) -> None:
    """Let a new data-block of ours take an old one's place and name."""
    name = old.name
    old.user_remap(new)
    bpy.data.batch_remove({old})
    new.name = new[BUILT_AS] = name
