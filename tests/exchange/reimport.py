"""What Blender sees in a file that was exported: positions, colours, losses, balls on their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from lsblender.scene.library import empty_scene
from lsblender.terminal import quiet_stdout

Array = NDArray[np.float64]

#: How each kind of file is read, and with what options; FBX files begin at frame 1 without `anim_offset`.
READERS: dict[str, tuple[str, dict[str, Any]]] = {
    ".glb": ("import_scene.gltf", {}),
    ".fbx": ("import_scene.fbx", {"anim_offset": 0.0}),
    ".obj": ("wm.obj_import", {}),
    ".usdc": ("wm.usd_import", {}),
    ".abc": ("wm.alembic_import", {}),
    ".ply": ("wm.ply_import", {}),
    ".stl": ("wm.stl_import", {}),
}


@dataclass(frozen=True, eq=False)
class Seen:
    """Ground vertices (V, 3) in Blender's world, colours (V, 3) in sRGB bytes, losses (V,) and normals' upward share;
    per ball its vertices (F, B, 3) in each of the frames asked for; the lines' vertices.
    """

    ground: Array
    colours: Array | None
    loss: Array | None
    volume: float
    balls: tuple[Array, ...]
    lines: tuple[Array, ...]


def reimport(file: Path, fps: int, frames: Sequence[int] = (0,)) -> Seen:
    """The file in an empty scene of a frame rate."""
    scene = empty_scene()
    scene.render.fps = fps
    name, options = READERS[file.suffix]
    module, function = name.split(".")
    with quiet_stdout():
        getattr(getattr(bpy.ops, module), function)(filepath=str(file), **options)
    objects = {item.name: item for item in scene.objects if item.type == "MESH"}
    grounds = [item for name, item in objects.items() if not name.startswith(("Ball", "Trail", "Plumb"))]
    assert len(grounds) == 1, sorted(objects)
    balls: dict[str, list[Array]] = {name: [] for name in sorted(objects) if name.startswith("Ball")}
    for frame in frames:
        scene.frame_set(frame)
        for name, places in balls.items():
            places.append(world_vertices(objects[name]))
    lines = tuple(world_vertices(objects[name]) for name in sorted(objects) if name.startswith("Trail"))
    mesh: Any = grounds[0].data
    return Seen(
        world_vertices(grounds[0]),
        _colours(mesh),
        _loss(mesh),
        _volume(mesh, world_vertices(grounds[0])),
        tuple(np.array(places) for places in balls.values()),
        lines,
    )


def world_vertices(item: bpy.types.Object) -> Array:
    """The object's vertices (V, 3) where they are in the present frame."""
    graph = bpy.context.evaluated_depsgraph_get()
    shown: Any = item.evaluated_get(graph)
    flat = np.empty(3 * len(shown.data.vertices), np.float32)
    shown.data.vertices.foreach_get("co", flat)
    matrix = np.array(shown.matrix_world)
    return np.asarray(flat.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3], dtype=np.float64)


def _colours(mesh: Any) -> Array | None:
    if not mesh.color_attributes:
        return None
    attribute = mesh.color_attributes[0]
    flat = np.empty(4 * len(attribute.data), np.float32)
    attribute.data.foreach_get("color_srgb", flat)
    values = np.round(flat.reshape(-1, 4)[:, :3] * 255.0)
    if attribute.domain == "POINT":
        return values
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    found = np.empty((len(mesh.vertices), 3))
    found[corners] = values
    return found


def _loss(mesh: Any) -> Array | None:
    attribute = next((item for item in mesh.attributes if item.name.lower().strip("_") == "loss"), None)
    if attribute is None:
        return None
    values = np.empty(len(attribute.data), np.float32)
    attribute.data.foreach_get("value", values)
    return values.astype(np.float64)


def _volume(mesh: Any, vertices: Array) -> float:
    """The volume inside the mesh: negative where its faces look inwards."""
    mesh.calc_loop_triangles()
    corners = np.empty(3 * len(mesh.loop_triangles), np.int32)
    mesh.loop_triangles.foreach_get("vertices", corners)
    a, b, c = vertices[corners.reshape(-1, 3)].transpose(1, 0, 2)
    return float(np.sum(a * np.cross(b, c)) / 6.0)
