"""The trail: the optimizer's true path, drawn as far as the ball has come."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ..storyboard.film import Trail
from .animation import set_keyframes
from .library import new_object


def build_trail(
    trail: Trail, frames: NDArray[np.int64], material: bpy.types.Material, into: bpy.types.Collection
) -> bpy.types.Object:
    """A round line through the trail's points, of which keys say from where to where it is there."""
    data = bpy.data.curves.new(trail.name, "CURVE")
    data.dimensions = "3D"
    fill_spline(data, trail)
    data.bevel_depth = trail.radius
    data.bevel_resolution = 3
    data.use_fill_caps = True
    data.bevel_factor_mapping_start = data.bevel_factor_mapping_end = "SPLINE"
    data.materials.append(material)
    item = new_object(trail.name, data, into, "trail")
    set_keyframes(data, "bevel_factor_start", frames, trail.start)
    set_keyframes(data, "bevel_factor_end", frames, trail.end)
    return item


def fill_spline(data: bpy.types.Curve, trail: Trail) -> None:
    """The trail's points in a curve that has none."""
    spline = data.splines.new("POLY")
    spline.points.add(len(trail.points) - 1)
    places = np.column_stack([trail.points, np.ones(len(trail.points))])
    spline.points.foreach_set("co", places.astype(np.float32).ravel())
    spline.points.foreach_set("radius", trail.thickness.astype(np.float32))
