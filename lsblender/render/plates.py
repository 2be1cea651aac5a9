"""What stands still is not rendered twice.

Under a camera that does not move, one frame differs from the one before only round the ball: where it was,
where it is, and where its shadows fall. So only that region is rendered and laid into the frame before, with
a soft edge; a frame in which nothing moves is a copy. This holds while nothing but balls and trails is
animated (a trail grows where its ball is).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from ..scene.library import role
from .pictures import Picture

#: Room round the ball, in radii, for its contact shadow and the light that it throws on the ground.
REACH = 2.0
#: Pixels over which a region fades into the frame before, and the free ones around what moves.
FEATHER, PAD = 8, 6


@dataclass(frozen=True)
class Region:
    """Pixels [left, right) x [bottom, top) of the picture; empty where left is not below right."""

    left: int
    right: int
    bottom: int
    top: int

    def union(self, other: Region) -> Region:
        return Region(
            min(self.left, other.left),
            max(self.right, other.right),
            min(self.bottom, other.bottom),
            max(self.top, other.top),
        )

    @property
    def pixels(self) -> int:
        return max(0, self.right - self.left) * max(0, self.top - self.bottom)


def stands_still(scene: bpy.types.Scene, frames: list[int]) -> bool:
    """Whether nothing but balls and trails moves during these frames."""
    if len(frames) < 2 or any(frames[0] < marker.frame <= frames[-1] for marker in scene.timeline_markers):
        return False
    for item in scene.objects:
        animated = any(
            owner is not None and owner.animation_data is not None and owner.animation_data.action is not None
            for owner in (item, item.data)
        )
        if animated and role(item) not in {"ball", "trail"}:
            return False
    return True


def balls(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The balls that are rendered in the present frame."""
    return [item for item in scene.objects if role(item) == "ball" and not item.hide_render]


def pose(scene: bpy.types.Scene) -> tuple[float, ...]:
    """All that moves in the present frame, as numbers: equal poses give equal pictures."""
    numbers: list[float] = []
    for item in scene.objects:
        if role(item) == "ball":
            numbers += [value for row in item.matrix_world for value in row]
        elif role(item) == "trail":
            numbers.append(item.data.bevel_factor_end)
    return tuple(round(number, 6) for number in numbers)


def trail_ends(scene: bpy.types.Scene) -> dict[str, float]:
    """How far each trail has grown in the present frame, as a share of its length."""
    return {item.name: item.data.bevel_factor_end for item in scene.objects if role(item) == "trail"}


def moving_region(scene: bpy.types.Scene, ends_before: dict[str, float]) -> Region:
    """The part of the present frame that the balls, their shadows and their light can reach, and in which trails have
    grown since they ended at `ends_before`.
    """
    spots = [*_grown(scene, ends_before)]
    for ball in balls(scene):
        radius = ball.dimensions.z / 2
        centre = ball.matrix_world.translation
        spots += [(centre, REACH * radius), *((end, radius) for end in _shadows(scene, ball, centre))]
    corners = [Vector((x, y, z)) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    points = [spot + corner * reach for spot, reach in spots for corner in corners]
    size = np.array([scene.render.resolution_x, scene.render.resolution_y])
    if not points or scene.camera is None:
        return Region(int(size[0]), 0, int(size[1]), 0)
    camera = scene.camera
    seen = np.array([world_to_camera_view(scene, camera, point)[:2] for point in points]) * size
    low = np.clip(np.floor(seen.min(axis=0)) - PAD - FEATHER, 0, size).astype(int)
    high = np.clip(np.ceil(seen.max(axis=0)) + PAD + FEATHER, 0, size).astype(int)
    return Region(int(low[0]), int(high[0]), int(low[1]), int(high[1]))


def _grown(scene: bpy.types.Scene, ends_before: dict[str, float]) -> Iterator[tuple[Vector, float]]:
    """Places on the pieces of trails that are new, each with the trail's reach."""
    for item in scene.objects:
        if role(item) != "trail":
            continue
        before, now = sorted((ends_before.get(item.name, 0.0), item.data.bevel_factor_end))
        points = item.data.splines[0].points
        line = np.empty(4 * len(points), dtype=np.float32)
        points.foreach_get("co", line)
        line = line.reshape(-1, 4)[:, :3]
        arc = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1)))
        share = arc / (arc[-1] or 1.0)
        first, last = np.searchsorted(share, (before, now))
        for place in line[max(0, first - 2) : last + 2]:
            yield item.matrix_world @ Vector(place.tolist()), 3 * item.data.bevel_depth


def _shadows(scene: bpy.types.Scene, ball: bpy.types.Object, centre: Vector) -> list[Vector]:
    """Where the shadow of a ball ends, for each lamp: the far rim of the ball carried on to the ground."""
    ends = []
    graph = bpy.context.evaluated_depsgraph_get()
    radius = ball.dimensions.z / 2
    for lamp in scene.objects:
        if lamp.type != "LIGHT":
            continue
        along = (
            lamp.matrix_world.to_quaternion() @ Vector((0.0, 0.0, -1.0))
            if lamp.data.type == "SUN"
            else (centre - lamp.matrix_world.translation).normalized()
        )
        top = centre + Vector((0.0, 0.0, radius)) + along * (1.05 * radius)
        hit, place, *_ = scene.ray_cast(graph, top, along)
        ends.append(place if hit else top + along * (4 * radius))
    return ends


def lay_in(frame: Picture, patch: Picture, region: Region) -> Picture:
    """The frame with the patch in the region; its rim fades in, except where the region ends with the
    picture.
    """
    height, width, _ = frame.shape
    weight = np.minimum(
        _rise(region.bottom, region.top, height)[:, None], _rise(region.left, region.right, width)[None, :]
    )[..., None]
    result = frame.copy()
    window = result[region.bottom : region.top, region.left : region.right]
    window += weight * (patch - window)
    return result


def _rise(start: int, stop: int, size: int) -> Picture:
    """Weights from 0 to 1 within FEATHER pixels of each end that is not an end of the picture."""
    place = np.arange(start, stop) + 0.5
    near = np.minimum(
        place - start if start > 0 else np.full(len(place), np.inf),
        stop - place if stop < size else np.full(len(place), np.inf),
    )
    return np.asarray(np.clip(near / FEATHER, 0.0, 1.0).astype(np.float32))
