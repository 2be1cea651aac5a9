"""The trail: the optimizer's true path, drawn on the ground as far as the ball has come."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ..storyboard.motion import BallMotion, walk_of
from ..storyboard.terrain import Terrain
from .animation import set_keyframes
from .library import new_object

#: Points of the curve at most, and their distance at least (m per metre of terrain width).
MOST, SPACING = 3000, 0.002


def build_trail(
    xy: NDArray[np.float64],
    terrain: Terrain,
    motion: BallMotion,
    thickness: float,
    name: str,
    material: bpy.types.Material,
    into: bpy.types.Collection,
) -> bpy.types.Object:
    """A round line along the iterates xy (T, 2) that grows behind the ball; `thickness` is its radius in
    metres.
    """
    width = terrain.x[-1] - terrain.x[0]
    walk = walk_of(terrain, xy, SPACING, MOST)
    apart = max(SPACING * width / 2, walk.arc[-1] / MOST)
    keep = np.unique(np.searchsorted(walk.arc, np.append(np.arange(0.0, walk.arc[-1], apart), walk.arc[-1])))
    places = walk.xy[keep]
    points = terrain.points(places) + 0.25 * thickness * terrain.normals(places)
    data = bpy.data.curves.new(name, "CURVE")
    data.dimensions = "3D"
    spline = data.splines.new("POLY")
    spline.points.add(len(points) - 1)
    spline.points.foreach_set("co", np.column_stack([points, np.ones(len(points))]).astype(np.float32).ravel())
    data.bevel_depth = thickness
    data.bevel_resolution = 3
    data.use_fill_caps = True
    data.bevel_factor_mapping_end = "SPLINE"
    data.materials.append(material)
    trail = new_object(name, data, into, "trail")
    set_keyframes(data, "bevel_factor_end", motion.frames, motion.walked)
    return trail
