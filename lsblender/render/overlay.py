"""The writing, laid over finished frames.

The scene of the writing is rendered apart, with a clear ground, and only where something in it has changed. It is
laid over in the values that the files hold, so that its colours are exactly the ones that were asked for and a plate
can be used again under numbers that count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from ..scene.library import labels_of, role
from .keyed import Numbers, curves, owners, placed, values
from .pictures import Picture, Region, only, read_picture, region_of, render_picture

#: Pixels round an object into which the soft edges of its letters reach.
SOFT = 3
#: Two regions are rendered as one if that has at most so many times their pixels.
TOGETHER = 1.3


class Writing:
    """The writing over a scene's frames: `picture` (H, W, 4) in the values of the file, alpha not multiplied in."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        self.main = scene
        self.scene = labels_of(scene)
        self.picture: Picture = np.zeros((0, 0, 4), dtype=np.float32)
        self._seen: dict[str, tuple[Numbers, Region]] = {}
        objects = [] if self.scene is None else [item for item in self.scene.objects if role(item) == "label"]
        self._curves = {item: curves([item, *owners(item)]) for item in objects}

    def update(self, frame: int, folder: Path) -> bool:
        """Make `picture` that of a frame; whether it differs from the one before. `folder` is for temporary files."""
        if self.scene is None:
            return False
        self._resize()
        self.scene.frame_set(frame)
        # Blender writes the frame's values back into objects only in its window's scene: ask the evaluated ones
        graph: Any = self.scene.view_layers[0].depsgraph
        seen = {}
        for item, keyed in self._curves.items():
            shape = item.evaluated_get(graph)
            if not shape.hide_render:
                seen[item.name] = ((*placed(shape), *values(keyed, frame)), self._region(shape))
        changed = [
            state[1]
            for old, new in ((self._seen, seen), (seen, self._seen))
            for name, state in old.items()
            if new.get(name) != state
        ]
        self._seen = seen
        for region in together(changed):
            with only(self.scene, region):
                render_picture(self.scene, folder / "writing.png", alpha=True)
            self.picture[region.window] = read_picture(folder / "writing.png")
        return bool(changed)

    def over(self, below: Picture) -> Picture:
        """The writing laid over a picture of the same size."""
        return below if self.scene is None else laid_over(below, self.picture)

    def _resize(self) -> None:
        """Take the main scene's size, should it have changed."""
        assert self.scene is not None
        for name in ("resolution_x", "resolution_y", "resolution_percentage"):
            setattr(self.scene.render, name, getattr(self.main.render, name))
        width, height = self._size()
        if self.picture.shape[:2] != (height, width):
            self.picture = np.zeros((height, width, 4), dtype=np.float32)
            self._seen = {}

    def _size(self) -> tuple[int, int]:
        render = self.main.render
        return render.resolution_x, render.resolution_y

    def _region(self, shape: bpy.types.Object) -> Region:
        """The pixels that an evaluated object covers: the picture is one unit high, and its middle is the origin."""
        size = np.array(self._size())
        corners = np.array([shape.matrix_world @ Vector(corner) for corner in shape.bound_box])[:, :2]
        pixels = corners * size[1] + size / 2
        return region_of(pixels.min(axis=0) - SOFT, pixels.max(axis=0) + SOFT, size)


def laid_over(below: Picture, above: Picture) -> Picture:
    """One picture over another, both in display values, by the alpha of the one above (which is not multiplied in)."""
    result = below.copy()
    covered = above[..., 3] > 0
    alpha = above[covered][:, 3:]
    result[covered, :3] += alpha * (above[covered][:, :3] - result[covered, :3])
    return result


def together(regions: Iterable[Region]) -> Sequence[Region]:
    """Regions that cover the given ones: those that lie close are made one."""
    left = [region for region in regions if region.pixels]
    merged = True
    while merged:
        merged = False
        for first in left:
            for second in left:
                both = first.union(second)
                if first is not second and both.pixels <= TOGETHER * (first.pixels + second.pixels):
                    left = [region for region in left if region is not first and region is not second] + [both]
                    merged = True
                    break
            if merged:
                break
    return left
