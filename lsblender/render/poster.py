"""The poster's file: the picture laid into the window of a page, the writing over it, and the size in print."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np

from ..scene.labels import build_labels
from ..storyboard.labels.items import Box
from ..storyboard.labels.poster import DPI, Poster
from .frames import render_frame
from .overlay import Writing
from .pictures import Picture, Region, read_picture, write_picture
from .png import set_density


def window_region(window: Box, size: tuple[int, int]) -> Region:
    """The pixels of a window in a page of so many."""
    width, height = size
    left, right = (round(x * height + width / 2) for x in (window.left, window.right))
    bottom, top = (round((y + 0.5) * height) for y in (window.bottom, window.top))
    return Region(left, right, bottom, top)


def render_poster(scene: bpy.types.Scene, poster: Poster, size: tuple[int, int], path: Path) -> None:
    """Render the scene's present frame, which has the window's size, and write it as a page of so many pixels.

    Leaves the scene with the page's size and the poster's writing.
    """
    render_frame(scene, path)
    region = window_region(poster.window, size)
    page = np.ones((size[1], size[0], 4), dtype=np.float32)
    page[..., :3] = poster.paper
    page[region.window] = _opaque(read_picture(path))
    frame = scene.frame_current
    scene.render.resolution_x, scene.render.resolution_y = size
    build_labels([poster.items], scene, size[0] / size[1])
    writing = Writing(scene)
    writing.update(1, path.parent)
    scene.frame_set(frame)
    write_picture(writing.over(page), path)
    set_density(path, DPI)


def _opaque(picture: Picture) -> Picture:
    whole = np.ones((*picture.shape[:2], 4), dtype=np.float32)
    whole[..., :3] = picture[..., :3]
    return whole
