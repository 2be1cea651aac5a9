"""How one frame is rendered: by Blender's own way, or, in drafts, at half the size and enlarged."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .pictures import (
    Picture,
    Region,
    only,
    read_picture,
    render_linear,
    render_picture,
    write_linear,
    write_seen,
)
from .quality import level_of

LOG = logging.getLogger(__name__)

#: The percentage of a picture of full size, and of one of half the size.
WHOLE, HALF = 100, 50


@dataclass(eq=False)
class Brush:
    """How frames are rendered: as a whole, by Blender's own way."""

    scene: bpy.types.Scene

    def picture(self, path: Path, linear: Path | None = None) -> None:
        """Render the scene's present frame (or its border) into a PNG file; `linear` is an EXR file for the same before
        the view transform.
        """
        render_picture(self.scene, path, linear=linear)

    def region(self, region: Region, path: Path, linear: Path | None = None) -> Picture:
        """Render only a region of the present frame; its picture. `path` is a file for the time between."""
        with only(self.scene, region):
            self.picture(path, linear)
        return read_picture(path)


@dataclass(eq=False)
class HalfBrush(Brush):
    """Frames of half the size, enlarged."""

    def picture(self, path: Path, linear: Path | None = None) -> None:
        """Render the present frame (or its border, of whole pairs of pixels) at half the size."""
        render: Any = self.scene.render
        render.resolution_percentage = HALF
        try:
            small = render_linear(self.scene, path.with_suffix(".half.exr"))
        finally:
            render.resolution_percentage = WHOLE
        seen = doubled(small)
        write_seen(self.scene, seen, path)
        if linear is not None:
            write_linear(self.scene, seen, linear)

    def region(self, region: Region, path: Path, linear: Path | None = None) -> Picture:
        """Render only the pairs of pixels that a region of the present frame touches."""
        left, bottom = region.left // 2 * 2, region.bottom // 2 * 2
        pairs = Region(left, -(-region.right // 2) * 2, bottom, -(-region.top // 2) * 2)
        window = Region(region.left - left, region.right - left, region.bottom - bottom, region.top - bottom).window
        picture = super().region(pairs, path, linear)[window]
        if linear is not None:
            write_linear(self.scene, read_picture(linear)[window], linear)
        return picture


def brush_for(scene: bpy.types.Scene) -> Brush:
    """What the scene's frames are rendered with. The log says it where that is not Blender's own way."""
    level, render = level_of(scene), scene.render
    even = render.resolution_x % 2 == render.resolution_y % 2 == 0
    if level is None or not level.half or not even or render.resolution_percentage != WHOLE:
        return Brush(scene)
    LOG.info("Frames are rendered at half the size, and enlarged")
    return HalfBrush(scene)


def doubled(picture: Picture) -> Picture:
    """A picture (H, W, C) of twice the size, (2 H, 2 W, C), interpolated linearly between the middles of pixels."""
    from scipy.ndimage import zoom

    return np.asarray(zoom(picture, (2, 2, 1), order=1, mode="nearest", grid_mode=True))
