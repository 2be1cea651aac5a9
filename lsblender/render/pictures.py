"""Pictures as arrays, through Blender's own readers and writers.

A picture is (H, W, 4) float32, 0 to 1, rows from the bottom up as Blender keeps them, in the values that the
file holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled, LsbError
from ..scene.compat import output_path, output_text
from .png import remove_texts

Picture = NDArray[np.float32]


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

    @property
    def window(self) -> tuple[slice, slice]:
        """Its rows and columns in a picture."""
        return slice(self.bottom, self.top), slice(self.left, self.right)


def region_of(low: Any, high: Any, size: Any) -> Region:
    """The region of whole pixels that holds the corners low and high (2,), as far as it lies in the picture (2,)."""
    left, bottom = np.clip(np.floor(low), 0, size).astype(int)
    right, top = np.clip(np.ceil(high), 0, size).astype(int)
    return Region(int(left), int(right), int(bottom), int(top))


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
    with _image(picture) as image:
        image.filepath_raw = str(path)
        image.file_format = "PNG"
        image.save()
    remove_texts(path)


def write_linear(scene: bpy.types.Scene, picture: Picture, path: Path) -> None:
    """Write a picture as EXR, its values as they are in half floats; nothing in the file but the picture."""
    _set_exr(scene, "16")
    _save(scene, picture, path)


def write_seen(scene: bpy.types.Scene, picture: Picture, path: Path) -> None:
    """Write a picture in linear light as PNG, as the scene's view transform shows it."""
    _set_png(scene, "RGB")
    _save(scene, picture, path)
    remove_texts(path)


def _save(scene: bpy.types.Scene, picture: Picture, path: Path) -> None:
    """Write a picture in linear light in the scene's format."""
    with _image(picture, deep=True) as image:
        try:
            image.save_render(str(path), scene=scene)
        except RuntimeError as error:
            raise LsbError(f"Blender could not write '{path}' ({str(error).splitlines()[0]})") from None


@contextmanager
def _image(picture: Picture, deep: bool = False) -> Iterator[Any]:
    """A picture (H, W, 3 or more) as Blender's image, for a while; `deep` keeps values that are no steps of 256."""
    height, width, _ = picture.shape
    image = bpy.data.images.new("Picture", width, height, alpha=False, float_buffer=deep)
    opaque = np.ones((height, width, 4), dtype=np.float32)
    opaque[..., :3] = picture[..., :3]
    try:
        image.pixels.foreach_set(opaque.ravel())
        yield image
    finally:
        bpy.data.images.remove(image)


def render_picture(scene: bpy.types.Scene, path: Path, alpha: bool = False, linear: Path | None = None) -> None:
    """Render the scene's present frame (or its border) into a PNG file: the scene alone, without its compositor.

    With `alpha`, what is not covered stays clear. `linear` is a file for the same picture before the view transform.
    """
    _set_png(scene, "RGBA" if alpha else "RGB")
    _render(scene, path)
    remove_texts(path)
    if linear is not None:
        _save_linear(scene, linear)


def render_linear(scene: bpy.types.Scene, path: Path) -> Picture:
    """Render the scene's present frame (or its border): (H, W, 3) in linear light. `path` is a file for the time
    between.
    """
    _set_exr(scene, "32")
    _render(scene, path)
    try:
        return read_picture(path)[..., :3]
    finally:
        path.unlink()


def _render(scene: bpy.types.Scene, path: Path) -> None:
    """Render into a file whose format is set."""
    render: Any = scene.render
    render.filepath = output_path(path)
    render.use_file_extension = render.use_sequencer = False
    composed, render.use_compositing = render.use_compositing, False
    try:
        with bpy.context.temp_override(scene=scene):
            result: Any = bpy.ops.render.render(write_still=True, scene=scene.name)
    except RuntimeError as error:
        # a full disk, for one
        raise LsbError(f"Blender could not write '{path}' ({str(error).splitlines()[0]})") from None
    finally:
        render.use_compositing = composed
    if "CANCELLED" in result:
        raise Cancelled
    if not path.exists():
        raise LsbError(f"Blender did not write '{path}'")


def set_output(scene: bpy.types.Scene, name: str) -> None:
    """Let Blender, where it renders without this program, write the frames with all that is laid over them into the
    folder `name` beside its file: 000001.png and so on.
    """
    _set_png(scene, "RGB")
    render = scene.render
    render.filepath = f"//{output_text(name)}/######"
    render.use_file_extension = render.use_compositing = render.use_overwrite = True
    render.use_sequencer = render.use_placeholder = False


def _set_png(scene: bpy.types.Scene, mode: str) -> None:
    settings: Any = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_depth, settings.compression = "PNG", "8", 30
    settings.color_mode = mode


def _set_exr(scene: bpy.types.Scene, depth: str) -> None:
    settings: Any = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_depth, settings.exr_codec = "OPEN_EXR", depth, "ZIP"
    settings.color_mode = "RGB"


def _save_linear(scene: bpy.types.Scene, path: Path) -> None:
    """Write what was rendered last as EXR, before any view transform, without the date and times that Blender adds."""
    _set_exr(scene, "16")
    bpy.data.images["Render Result"].save_render(str(path), scene=scene)
    write_linear(scene, read_picture(path), path)


@contextmanager
def only(scene: bpy.types.Scene, region: Region) -> Iterator[None]:
    """Let only a region of the picture be rendered for a while."""
    render = scene.render
    width, height = render.resolution_x, render.resolution_y
    # a border's edges are rounded: aim at the middle of the pixels
    render.border_min_x, render.border_max_x = (region.left + 1e-3) / width, (region.right + 1e-3) / width
    render.border_min_y, render.border_max_y = (region.bottom + 1e-3) / height, (region.top + 1e-3) / height
    render.use_border = render.use_crop_to_border = True
    try:
        yield
    finally:
        render.use_border = render.use_crop_to_border = False


def drop_persistent_data(scene: bpy.types.Scene) -> None:
    """Let Blender forget what it has kept for the scene's next frame."""
    render = scene.render
    kept, render.use_persistent_data = render.use_persistent_data, False
    render.use_persistent_data = kept
