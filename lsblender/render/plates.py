"""What stands still is not rendered twice.

Where nothing but balls, plumb lines and the ends of trails differs from the frame before, one frame differs from it
only round the ball: where it was, where it is, and where its shadows fall. So only that region is rendered and laid
into the frame before, with a soft edge; a frame in which nothing at all differs is a copy. Whether that is so is
asked for every frame: the camera may move, stop and move again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from ..scene.library import role
from .keyed import Numbers, curves, owners, placed, trees, values
from .pictures import Picture, Region, region_of

#: Room round the ball, in radii, for its contact shadow and the light that it throws on the ground.
REACH = 2.0
#: Pixels over which a region fades into the frame before, and the free ones around what moves.
FEATHER, PAD = 8, 6
#: What may move while the rest stands still, and the part of a trail that may change.
MOVING = {"ball", "plumb"}
GROWING = {"bevel_factor_start", "bevel_factor_end"}
#: What tells the ground how far the balls have come: it changes nothing but beside the trails' ends.
PASSED = {'["time"]'}


class Backdrop:
    """All of a scene but what moves, as numbers of a frame."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        self.scene = scene
        blocks: list[Any] = [scene, *trees(scene)] if bpy.app.version < (5, 0, 0) else [scene]
        if scene.world is not None:
            blocks += [scene.world, *trees(scene.world)]
        self.common = curves(blocks, {"frame_current"})
        self.items = [(item, self._curves(item)) for item in scene.objects]

    def _curves(self, item: bpy.types.Object) -> list[Any]:
        """The curves that change an object, besides those that only let it move or grow."""
        part = role(item)
        blocks = list(owners(item))
        if part == "plumb":
            blocks = [block for block in blocks if isinstance(block, bpy.types.Material | bpy.types.NodeTree)]
        if part not in MOVING:
            blocks.append(item)
        return curves(blocks, {"trail": GROWING, "terrain": PASSED}.get(part, set()))

    def now(self) -> tuple[Any, ...]:
        """The present frame's numbers: two frames with equal ones differ in what moves only.

        They are the camera, what is hidden, where things are, and the value of everything that is keyed on what is
        seen: lenses, lamps, air, materials, Geometry Nodes, shape keys, custom properties.
        """
        scene = self.scene
        frame = scene.frame_current
        facts: list[Any] = [scene.camera.name if scene.camera else "", values(self.common, frame)]
        facts += [collection.hide_render for collection in scene.collection.children_recursive]
        for item, keyed in self.items:
            if item.hide_render and item is not scene.camera:
                facts.append(None)
            else:
                facts.append((() if role(item) in MOVING else placed(item), values(keyed, frame)))
        return tuple(facts)

    def camera_moves(self, first: int, second: int) -> bool:
        """Whether the camera's keys differ between two frames, so that none of the one can be in the other. The scene
        may be at any frame.
        """
        keyed = next((keyed for item, keyed in self.items if item is self.scene.camera), [])
        return values(keyed, first) != values(keyed, second)


def balls(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The balls that are rendered in the present frame."""
    return [item for item in scene.objects if role(item) == "ball" and not item.hide_render]


def pose(scene: bpy.types.Scene) -> Numbers:
    """All that moves in the present frame, as numbers: equal poses give equal pictures."""
    numbers: list[float] = []
    for item in scene.objects:
        if item.hide_render:
            continue
        if role(item) in MOVING:
            numbers += placed(item)
        if role(item) == "plumb":
            numbers += [round(value, 6) for corner in _corners(item) for value in corner]
        if role(item) == "trail":
            numbers += [round(value, 6) for value in _ends(item)]
    return tuple(numbers)


def _ends(trail: bpy.types.Object) -> tuple[float, float]:
    return trail.data.bevel_factor_start, trail.data.bevel_factor_end


def _corners(item: bpy.types.Object) -> list[Vector]:
    """The corners of an object's box in the world, as it is in the present frame."""
    shape = item.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return [shape.matrix_world @ Vector(corner) for corner in shape.bound_box]


def trail_ends(scene: bpy.types.Scene) -> dict[str, tuple[float, float]]:
    """Where each trail begins and ends in the present frame, as shares of its length."""
    return {item.name: _ends(item) for item in scene.objects if role(item) == "trail"}


def moving_region(scene: bpy.types.Scene, ends_before: dict[str, tuple[float, float]]) -> Region:
    """The part of the present frame that the balls, their shadows, their light and their plumb lines can reach, and in
    which trails have changed since they were drawn between `ends_before`.
    """
    spots = [*_grown(scene, ends_before)]
    for ball in balls(scene):
        radius = ball.dimensions.z / 2
        centre = ball.matrix_world.translation
        spots += [(centre, REACH * radius), *((end, radius) for end in _shadows(scene, ball, centre))]
    plumbs = [item for item in scene.objects if role(item) == "plumb" and not item.hide_render]
    spots += [(corner, 0.0) for plumb in plumbs for corner in _corners(plumb)]
    cube = [Vector((x, y, z)) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    points = [spot + corner * reach for spot, reach in spots for corner in cube]
    size = np.array([scene.render.resolution_x, scene.render.resolution_y])
    if not points or scene.camera is None:
        return Region(int(size[0]), 0, int(size[1]), 0)
    camera = scene.camera
    seen = np.array([world_to_camera_view(scene, camera, point)[:2] for point in points]) * size
    return region_of(seen.min(axis=0) - PAD - FEATHER, seen.max(axis=0) + PAD + FEATHER, size)


def _grown(scene: bpy.types.Scene, ends_before: dict[str, tuple[float, float]]) -> Iterator[tuple[Vector, float]]:
    """Places on the pieces of trails that are new or gone, each with the trail's reach."""
    for item in scene.objects:
        if role(item) != "trail" or item.hide_render:
            continue
        points = item.data.splines[0].points
        line = np.empty(4 * len(points), dtype=np.float32)
        points.foreach_get("co", line)
        line = line.reshape(-1, 4)[:, :3]
        arc = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1)))
        share = arc / (arc[-1] or 1.0)
        for ends in zip(ends_before.get(item.name, (0.0, 0.0)), _ends(item), strict=True):
            if ends[0] == ends[1]:
                continue
            first, last = np.searchsorted(share, sorted(ends))
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
    window = result[region.window]
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
