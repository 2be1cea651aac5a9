"""The trail: the optimizer's true path, drawn on the ground as far as the ball has come."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ..storyboard.motion import BallMotion, Trail
from ..storyboard.terrain import Terrain
from .animation import set_keyframes
from .library import new_object

Array = NDArray[np.float64]


def draw_trail(
    trail: Trail,
    frames: NDArray[np.int64],
    thickness: float,
    name: str,
    material: bpy.types.Material,
    into: bpy.types.Collection,
    start: Array | None = None,
) -> bpy.types.Object:
    """A round line through the trail's points that grows behind the ball; `thickness` is its radius in metres.

    `start` (K,) is the share of its length that is gone again at its beginning in each frame (none).
    """
    data = bpy.data.curves.new(name, "CURVE")
    data.dimensions = "3D"
    spline = data.splines.new("POLY")
    spline.points.add(len(trail.points) - 1)
    points = np.column_stack([trail.points, np.ones(len(trail.points))])
    spline.points.foreach_set("co", points.astype(np.float32).ravel())
    spline.points.foreach_set("radius", trail.thickness.astype(np.float32))
    data.bevel_depth = thickness
    data.bevel_resolution = 3
    data.use_fill_caps = True
    data.bevel_factor_mapping_start = data.bevel_factor_mapping_end = "SPLINE"
    data.materials.append(material)
    line = new_object(name, data, into, "trail")
    set_keyframes(data, "bevel_factor_end", frames, trail.share)
    if start is not None:
        set_keyframes(data, "bevel_factor_start", frames, start)
    return line


def build_trail(
    xy: Array,
    terrain: Terrain,
    motion: BallMotion,
    thickness: float,
    name: str,
    material: bpy.types.Material,
    into: bpy.types.Collection,
) -> bpy.types.Object:
    """`draw_trail` of a motion, whose trail knows the path and the terrain already."""
    return draw_trail(motion.trail, motion.frames, thickness, name, material, into)
