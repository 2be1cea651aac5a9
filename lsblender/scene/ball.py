"""The ball: a sphere with keyed position and rotation, and the plumb line under one that floats."""

from __future__ import annotations

import bmesh
import bpy
import numpy as np
from numpy.typing import NDArray

from ..storyboard.motion import BallMotion
from .animation import set_keyframes
from .library import new_object

#: Segments around and rings from pole to pole: round at 1080p.
SEGMENTS, RINGS = 96, 48
#: Radius of the plumb line as a share of the ball's, and its sides.
PLUMB, SIDES = 0.08, 12


def build_ball(
    motion: BallMotion,
    radius: float,
    name: str,
    material: bpy.types.Material,
    into: bpy.types.Collection,
    growth: NDArray[np.float64] | None = None,
) -> bpy.types.Object:
    """The ball with its keys; `growth` (K,) multiplies its radius in each frame."""
    data = bpy.data.meshes.new(name)
    sphere = bmesh.new()
    bmesh.ops.create_uvsphere(sphere, u_segments=SEGMENTS, v_segments=RINGS, radius=radius)
    _fill(data, sphere, material)
    ball = new_object(name, data, into, "ball")
    ball.rotation_mode = "QUATERNION"
    set_keyframes(ball, "location", motion.frames, motion.location)
    set_keyframes(ball, "rotation_quaternion", motion.frames, motion.rotation)
    if growth is not None:
        set_keyframes(ball, "scale", motion.frames, np.repeat(growth[:, None], 3, axis=1))
    return ball


def build_plumb_line(
    motion: BallMotion, radius: float, name: str, material: bpy.types.Material, into: bpy.types.Collection
) -> bpy.types.Object:
    """A thin line from the ground up to a ball of this radius that floats: of no length while it does not."""
    data = bpy.data.meshes.new(name)
    line = bmesh.new()
    bmesh.ops.create_cone(
        line, cap_ends=True, segments=SIDES, radius1=PLUMB * radius, radius2=PLUMB * radius, depth=1.0
    )
    bmesh.ops.translate(line, verts=list(line.verts), vec=(0.0, 0.0, 0.5))
    _fill(data, line, material)
    plumb = new_object(name, data, into, "plumb line")
    length = motion.plumb
    thick = (length > 0).astype(float)
    set_keyframes(plumb, "location", motion.frames, motion.foot)
    set_keyframes(plumb, "scale", motion.frames, np.column_stack([thick, thick, length]))
    return plumb


def _fill(data: bpy.types.Mesh, made: bmesh.types.BMesh, material: bpy.types.Material) -> None:
    """Move what was made into the mesh, smooth and with its material."""
    made.to_mesh(data)
    made.free()
    data.polygons.foreach_set("use_smooth", [True] * len(data.polygons))
    data.materials.append(material)
