"""The ball: a sphere with keyed position, rotation and size, and the plumb line under one that floats."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ..storyboard.film import BallTrack, PlumbLine
from .animation import set_keyframes
from .library import new_object

Array = NDArray[np.float64]

#: Segments around and rings from pole to pole: round at 1080p.
SEGMENTS, RINGS = 96, 48
#: Sides of a plumb line.
SIDES = 12


def build_ball(
    track: BallTrack, frames: NDArray[np.int64], material: bpy.types.Material, into: bpy.types.Collection
) -> bpy.types.Object:
    """The ball with its keys."""
    radius = float(track.radius.max()) or 1.0
    angles = np.linspace(-np.pi / 2, np.pi / 2, RINGS + 1)
    data = _turned(track.name, radius * np.cos(angles), radius * np.sin(angles), SEGMENTS)
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
    data = _turned(name, line.radius * np.array([0.0, 1.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0, 1.0]), SIDES)
    data.materials.append(material)
    item = new_object(name, data, into, "plumb")
    set_keyframes(item, "location", frames, line.foot)
    thick = (line.length > 0).astype(float)
    set_keyframes(item, "scale", frames, np.column_stack([thick, thick, line.length]))
    return item


def _turned(name: str, radius: Array, height: Array, sides: int) -> bpy.types.Mesh:
    """A mesh turned on a lathe from a profile: radii (R,), of which the first and last are 0, and heights (R,).

    Blender's own spheres number their faces differently in every run; in these nothing is left to chance.
    """
    rings = len(radius) - 2
    angles = 2 * np.pi * np.arange(sides) / sides
    circles = [np.cos(angles), np.sin(angles)] * radius[1:-1, None, None]
    levels = np.broadcast_to(height[1:-1, None, None], (rings, 1, sides))
    vertices = np.concatenate([circles, levels], axis=1).transpose(0, 2, 1).reshape(-1, 3)
    ends = np.array([[0.0, 0.0, height[0]], [0.0, 0.0, height[-1]]])
    index = np.arange(rings * sides).reshape(rings, sides)
    after = np.roll(index, -1, axis=1)
    quads = np.stack([index[:-1], after[:-1], after[1:], index[1:]], axis=-1).reshape(-1, 4)
    bottom, top = rings * sides, rings * sides + 1
    fans = [(after[0], index[0], bottom), (index[-1], after[-1], top)]
    faces = [(int(a), int(b), tip) for first, second, tip in fans for a, b in zip(first, second, strict=True)]
    data = bpy.data.meshes.new(name)
    data.from_pydata(np.concatenate([vertices, ends]).tolist(), [], [*quads.tolist(), *faces])
    return data
