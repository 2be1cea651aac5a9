"""A landscape as its grid points on their way into the next one's: a point cloud that Geometry Nodes moves."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..storyboard.film import Cloud
from .animation import set_keyframes
from .library import new_object
from .states import GeometryNodes, add_nodes


def build_cloud(
    cloud: Cloud, name: str, frames: NDArray[np.int64], material: bpy.types.Material, into: bpy.types.Collection
) -> bpy.types.Object:
    """The cloud with its keys; `level` is stored on its points for the material."""
    data = bpy.data.meshes.new(name)
    data.vertices.add(len(cloud.start))
    store: Any = data.attributes
    store["position"].data.foreach_set("vector", cloud.start.astype(np.float32).ravel())
    for key, vectors in (("goal", cloud.goal), ("swerve", cloud.swerve)):
        store.new(key, "FLOAT_VECTOR", "POINT").data.foreach_set("vector", vectors.astype(np.float32).ravel())
    for key, values in (("delay", cloud.delay), ("first", cloud.start_level), ("last", cloud.goal_level)):
        store.new(key, "FLOAT", "POINT").data.foreach_set("value", values.astype(np.float32))
    item = new_object(name, data, into, "cloud")
    tree = add_nodes(item, "Drift")
    _fill(GeometryNodes(tree), cloud, material)
    for key, values in (("Share", cloud.share), ("Presence", cloud.presence)):
        set_keyframes(tree, f'nodes["{key}"].outputs[0].default_value', frames, values)
    return item


def _fill(nodes: GeometryNodes, cloud: Cloud, material: bpy.types.Material) -> None:
    """Each point goes its way from start to goal, some later than others, and swerves in the middle."""
    share, presence = nodes.value("Share"), nodes.value("Presence")
    late = nodes.math("MULTIPLY", nodes.named("delay"), cloud.spread)
    own = nodes.new(
        "ShaderNodeMapRange",
        {"Value": share, "From Min": late, "From Max": nodes.math("ADD", late, 1.0 - cloud.spread)},
        interpolation_type="SMOOTHSTEP",
    ).outputs[0]
    there = nodes.new("ShaderNodeMix", {0: own}, data_type="VECTOR")
    vectors = [socket for socket in there.inputs if socket.type == "VECTOR" and socket.enabled]
    ends = [socket for socket in vectors if socket.name in ("A", "B")]
    nodes.put(ends[0], nodes.new("GeometryNodeInputPosition").outputs[0])
    nodes.put(ends[1], nodes.named("goal", "FLOAT_VECTOR"))
    straight = next(socket for socket in there.outputs if socket.enabled)
    # 4 s (1 - s) is 1 in the middle of a point's way
    aside = nodes.math("MULTIPLY", nodes.math("MULTIPLY", own, 4.0), nodes.math("SUBTRACT", 1.0, own))
    drift = nodes.new(
        "ShaderNodeVectorMath", {0: nodes.named("swerve", "FLOAT_VECTOR"), "Scale": aside}, operation="SCALE"
    )
    position = nodes.new("ShaderNodeVectorMath", {0: straight, 1: drift.outputs[0]}, operation="ADD").outputs[0]
    source = nodes.new("NodeGroupInput").outputs[0]
    moved = nodes.new("GeometryNodeSetPosition", {"Geometry": source, "Position": position}).outputs[0]
    first, last = nodes.named("first"), nodes.named("last")
    level = nodes.math("ADD", first, nodes.math("MULTIPLY", own, nodes.math("SUBTRACT", last, first)))
    levelled = nodes.stored(moved, "level", level)
    radius = nodes.math("MULTIPLY", presence, cloud.radius)
    points = nodes.new("GeometryNodeMeshToPoints", {"Mesh": levelled, "Radius": radius}).outputs[0]
    dressed = nodes.new("GeometryNodeSetMaterial", {"Geometry": points, "Material": material}).outputs[0]
    nodes.new("NodeGroupOutput", {0: dressed})
