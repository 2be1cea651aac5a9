"""The terrain's mesh: the block with the loss, the level and the slope stored on its vertices."""

from __future__ import annotations

import bpy
import numpy as np

from ..storyboard.terrain import Mesh, Terrain, block_mesh
from .library import new_object


def fill_mesh(data: bpy.types.Mesh, mesh: Mesh) -> None:
    """Write a block into an empty mesh through its arrays: material 0 is the top, 1 the sides and the floor."""
    n_quads, n_floor = len(mesh.quads), len(mesh.floor)
    n_loops = 4 * n_quads + n_floor
    data.vertices.add(len(mesh.vertices))
    data.vertices.foreach_set("co", mesh.vertices.astype(np.float32).ravel())
    data.loops.add(n_loops)
    data.loops.foreach_set("vertex_index", np.concatenate([mesh.quads.ravel(), mesh.floor]).astype(np.int32))
    data.polygons.add(n_quads + 1)
    data.polygons.foreach_set("loop_start", np.arange(n_quads + 1, dtype=np.int32) * 4)
    smooth = np.arange(n_quads + 1) < mesh.n_top
    data.polygons.foreach_set("use_smooth", smooth)
    data.polygons.foreach_set("material_index", np.where(smooth, 0, 1).astype(np.int32))
    for name, values in (("loss", mesh.loss), ("level", mesh.level), ("slope", mesh.slope)):
        data.attributes.new(name, "FLOAT", "POINT").data.foreach_set("value", values.astype(np.float32))
    data.update(calc_edges=True)


def build_terrain_object(
    terrain: Terrain, name: str, materials: tuple[bpy.types.Material, bpy.types.Material], into: bpy.types.Collection
) -> bpy.types.Object:
    """The terrain as an object with the materials of its top and of its sides."""
    data = bpy.data.meshes.new(name)
    fill_mesh(data, block_mesh(terrain))
    for material in materials:
        data.materials.append(material)
    return new_object(name, data, into, "terrain")
