"""Pictures as arrays, through Blender's own readers and writers.

A picture is (H, W, 4) float32, 0 to 1, rows from the bottom up as Blender keeps them, in the values that the
file holds.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled, LsbError
from ..scene.compat import output_path

Picture = NDArray[np.float32]

#: The chunks of a PNG file that hold texts and times.
TEXTS = {b"tEXt", b"zTXt", b"iTXt", b"tIME"}


def read_picture(path: Path) -> Picture:
    """The picture in a file. Raises `LsbError` if it is not one."""
    try:
        image = bpy.data.images.load(str(path))
    except RuntimeError:
        raise LsbError(f"'{path}' is not a picture that can be read") from None
    try:
        width, height = image.size
        if not width * height:
            raise LsbError(f"'{path}' is not a picture that can be read")
        pixels = np.empty(width * height * image.channels, dtype=np.float32)
        image.pixels.foreach_get(pixels)
        return pixels.reshape(height, width, image.channels)
    finally:
        bpy.data.images.remove(image)


def write_picture(picture: Picture, path: Path) -> None:
    """Write a picture as PNG without alpha, its values as they are."""
    height, width, _ = picture.shape
    image = bpy.data.images.new("Picture", width, height, alpha=False)
    opaque = np.ones((height, width, 4), dtype=np.float32)
    opaque[..., :3] = picture[..., :3]
    try:
        image.pixels.foreach_set(opaque.ravel())
        image.filepath_raw = str(path)
        image.file_format = "PNG"
        image.save()
    finally:
        bpy.data.images.remove(image)
    _remove_texts(path)


def _remove_texts(path: Path) -> None:
    """Remove a PNG file's texts: dates, times and folder names, which would make equal pictures unequal files."""
    data = path.read_bytes()
    kept, place = [data[:8]], 8
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        end = place + 12 + length
        if kind not in TEXTS:
            kept.append(data[place:end])
        place = end
    path.write_bytes(b"".join(kept))


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
    scene.render.filepath = output_path(path)
    scene.render.use_file_extension = False
    scene.render.use_sequencer = False
    with bpy.context.temp_override(scene=scene):
        result: Any = bpy.ops.render.render(write_still=True, scene=scene.name)
    if "CANCELLED" in result:
        raise Cancelled
    if not path.exists():
        raise LsbError(f"Blender did not write '{path}'")
    _remove_texts(path)
