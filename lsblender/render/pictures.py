"""Pictures as arrays, through Blender's own readers and writers.

A picture is (H, W, 4) float32, 0 to 1, rows from the bottom up as Blender keeps them, in the values that the
file holds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..errors import LsbError

Picture = NDArray[np.float32]


def read_picture(path: Path) -> Picture:
    """The picture in a file. Raises `LsbError` if it is not one."""
    try:
        image = bpy.data.images.load(str(path))
    except RuntimeError:
        raise LsbError(f"'{path}' is not a picture that can be read") from None
    try:
        width, height = image.size
        pixels = np.empty(width * height * image.channels, dtype=np.float32)
        image.pixels.foreach_get(pixels)
        return pixels.reshape(height, width, image.channels)
    finally:
        bpy.data.images.remove(image)


def write_picture(picture: Picture, path: Path) -> None:
    """Write a picture as PNG, its values as they are."""
    height, width, _ = picture.shape
    image = bpy.data.images.new("Picture", width, height, alpha=True)
    try:
        image.pixels.foreach_set(np.ascontiguousarray(picture, dtype=np.float32).ravel())
        image.filepath_raw = str(path)
        image.file_format = "PNG"
        image.save()
    finally:
        bpy.data.images.remove(image)


def render_picture(scene: bpy.types.Scene, path: Path) -> None:
    """Render the scene's present frame (or its border) into a PNG file."""
    settings: Any = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_mode, settings.color_depth, settings.compression = (
        "PNG",
        "RGB",
        "8",
        30,
    )
    scene.render.filepath = str(path)
    scene.render.use_file_extension = False
    scene.render.use_sequencer = False
    with bpy.context.temp_override(scene=scene):
        bpy.ops.render.render(write_still=True, scene=scene.name)
    if not path.exists():
        raise LsbError(f"Blender did not write '{path}'")
