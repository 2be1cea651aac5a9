"""The terrain's mesh: the block with the loss, the level and the slope stored on its vertices."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..look.materials.base import NEAR
from ..storyboard.block import Mesh, block_mesh
from ..storyboard.ground import Ground, Passed
from .animation import set_keyframes
from .library import new_object
from .states import add_states, store_states


def fill_mesh(data: bpy.types.Mesh, mesh: Mesh) -> None:
    """Write a block into an empty mesh through its arrays: material 0 is the top, 1 the sides and the floor.

    The edges are given too, since finding them would take Blender most of the time; and all is written through the
    attributes that hold it, not through the old properties, which are ten times slower.
    """
    n_quads = len(mesh.quads)
    sides = np.arange(n_quads + 1) >= mesh.n_top
    data.vertices.add(len(mesh.vertices))
    data.edges.add(len(mesh.edges))
    data.loops.add(4 * n_quads + len(mesh.floor))
    data.polygons.add(n_quads + 1)
    data.polygons.foreach_set("loop_start", np.arange(n_quads + 1, dtype=np.int32) * 4)
    store = data.attributes
    store["position"].data.foreach_set("vector", mesh.vertices.astype(np.float32).ravel())
    store[".edge_verts"].data.foreach_set("value", mesh.edges.ravel())
    store[".corner_vert"].data.foreach_set("value", np.concatenate([mesh.quads.ravel(), mesh.floor]))
    store[".corner_edge"].data.foreach_set("value", np.concatenate([mesh.quad_edges.ravel(), mesh.floor_edges]))
    store.new("material_index", "INT", "FACE").data.foreach_set("value", sides.astype(np.int32))
    store.new("sharp_face", "BOOLEAN", "FACE").data.foreach_set("value", sides)
    for name, values in (("loss", mesh.loss), ("level", mesh.level), ("slope", mesh.slope)):
        store.new(name, "FLOAT", "POINT").data.foreach_set("value", values.astype(np.float32))
    data.update()


def build_ground(
    ground: Ground,
    name: str,
    materials: tuple[bpy.types.Material, bpy.types.Material],
    frames: NDArray[np.int64],
    into: bpy.types.Collection,
) -> bpy.types.Object:
    """The ground as an object with the materials of its top and of its sides, keyed where it moves or changes."""
    data = bpy.data.meshes.new(name)
    fill_mesh(data, block_mesh(ground.states[0]))
    for material in materials:
        data.materials.append(material)
    item = new_object(name, data, into, "terrain")
    if len(ground.states) > 1:
        store_states(data, ground)
        add_states(item, ground, frames)
    if ground.passed is not None:
        store_passed(item, ground.passed, frames)
    set_keyframes(item, "location", frames, ground.place)
    return item


def store_passed(item: bpy.types.Object, passed: Passed, frames: NDArray[np.int64]) -> None:
    """How near each vertex is to a trail, when the ball comes by there, and the time: what materials ask for."""
    from scipy.spatial import cKDTree

    data: Any = item.data
    vertices = np.empty(3 * len(data.vertices), dtype=np.float32)
    data.attributes["position"].data.foreach_get("vector", vertices)
    distance, number = cKDTree(passed.points).query(vertices.reshape(-1, 3), distance_upper_bound=NEAR)
    near = np.where(np.isfinite(distance), 1.0 - distance / NEAR, 0.0)
    when = np.append(passed.when, 2.0)[number]
    for name, values in (("near", near), ("when", when)):
        store = data.attributes.get(name) or data.attributes.new(name, "FLOAT", "POINT")
        store.data.foreach_set("value", values.astype(np.float32))
    item["time"] = 0.0
    set_keyframes(item, '["time"]', frames, passed.time)
