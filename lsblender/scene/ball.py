"""The ball: a sphere with keyed position and rotation."""

from __future__ import annotations

import bmesh
import bpy

from ..storyboard.motion import BallMotion
from .animation import set_keyframes
from .library import new_object

#: Segments around and rings from pole to pole: round at 1080p.
SEGMENTS, RINGS = 96, 48


def build_ball(
    motion: BallMotion, radius: float, name: str, material: bpy.types.Material, into: bpy.types.Collection
) -> bpy.types.Object:
    """The ball with its keys."""
    data = bpy.data.meshes.new(name)
    sphere = bmesh.new()
    bmesh.ops.create_uvsphere(sphere, u_segments=SEGMENTS, v_segments=RINGS, radius=radius)
    sphere.to_mesh(data)
    sphere.free()
    data.polygons.foreach_set("use_smooth", [True] * len(data.polygons))
    data.materials.append(material)
    ball = new_object(name, data, into, "ball")
    ball.rotation_mode = "QUATERNION"
    set_keyframes(ball, "location", motion.frames, motion.location)
    set_keyframes(ball, "rotation_quaternion", motion.frames, motion.rotation)
    return ball
