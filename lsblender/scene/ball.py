"""The ball: a sphere with keyed position, rotation and size, and the plumb line under one that floats."""

from __future__ import annotations

import bmesh
import bpy
import numpy as np
from numpy.typing import NDArray

from ..storyboard.film import BallTrack, PlumbLine
from .animation import set_keyframes
from .library import new_object

#: Segments around and rings from pole to pole: round at 1080p.
SEGMENTS, RINGS = 96, 48
#: Sides of a plumb line.
SIDES = 12


def build_ball(
    track: BallTrack, frames: NDArray[np.int64], material: bpy.types.Material, into: bpy.types.Collection
) -> bpy.types.Object:
    """The ball with its keys."""
    radius = float(track.radius.max()) or 1.0
    data = bpy.data.meshes.new(track.name)
    sphere = bmesh.new()
    bmesh.ops.create_uvsphere(sphere, u_segments=SEGMENTS, v_segments=RINGS, radius=radius)
    sphere.to_mesh(data)
    sphere.free()
    data.polygons.foreach_set("use_smooth", [True] * len(data.polygons))
    data.materials.append(material)
    ball = new_object(track.name, data, into, "ball")
    ball.rotation_mode = "QUATERNION"
    set_keyframes(ball, "location", frames, track.location)
    set_keyframes(ball, "rotation_quaternion", frames, track.rotation)
    set_keyframes(ball, "scale", frames, np.repeat(track.radius[:, None] / radius, 3, axis=1))
    return ball


def build_plumb_line(
    line: PlumbLine,
    name: str,
    frames: NDArray[np.int64],
    material: bpy.types.Material,
    into: bpy.types.Collection,
) -> bpy.types.Object:
    """A thin rod, 1 m long and keyed to its length, that stands on the ground under the ball."""
    data = bpy.data.meshes.new(name)
    rod = bmesh.new()
    bmesh.ops.create_cone(rod, segments=SIDES, radius1=line.radius, radius2=line.radius, depth=1.0, cap_ends=True)
    bmesh.ops.translate(rod, verts=list(rod.verts), vec=(0.0, 0.0, 0.5))
    rod.to_mesh(data)
    rod.free()
    data.materials.append(material)
    item = new_object(name, data, into, "plumb")
    set_keyframes(item, "location", frames, line.foot)
    thick = (line.length > 0).astype(float)
    set_keyframes(item, "scale", frames, np.column_stack([thick, thick, line.length]))
    return item
