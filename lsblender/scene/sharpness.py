"""How sharp the camera sees the ground."""

from __future__ import annotations

from typing import Any, cast

import bpy
from mathutils import Vector

from .library import role

#: How near to the camera ground counts, as a share of the distance that is sharp.
NEAREST = 0.35


def blur(scene: bpy.types.Scene) -> float:
    """Pixels over which the lens spreads the point of the ground that is least sharp in the present frame."""
    camera, render = scene.camera, cast(Any, scene.render)
    grounds = [item for item in scene.objects if role(item) == "terrain" and not item.hide_render]
    if camera is None or not isinstance(camera.data, bpy.types.Camera) or not camera.data.dof.use_dof or not grounds:
        return 0.0
    lens: Any = camera.data
    sees = camera.matrix_world.inverted()
    depths = [-(sees @ item.matrix_world @ Vector(corner)).z for item in grounds for corner in item.bound_box]
    sharp = lens.dof.focus_distance
    if lens.dof.focus_object is not None:
        sharp = -(sees @ lens.dof.focus_object.matrix_world.translation).z
    length = lens.lens / 1000
    if sharp <= length:
        return 0.0
    spread = length**2 / (lens.dof.aperture_fstop * (sharp - length))
    off = max(abs(depth - sharp) / depth for depth in (max(edge, NEAREST * sharp) for edge in depths))
    return float(spread * off / (lens.sensor_width / 1000) * max(render.resolution_x, render.resolution_y))
