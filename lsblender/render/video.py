"""The film: frames encoded by Blender's own FFmpeg."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from ..errors import Cancelled, LsbError
from ..files import whole_file
from ..scene.compat import output_path, strips, video_settings


def encode(frames: Sequence[Path], film: Path, fps: int, size: tuple[int, int]) -> None:
    """Write the frames as an H.264 MP4 without sound. The pictures' values are taken as they are.

    Sizes are made even (H.264 needs that) by leaving out a last row or column. Raises `LsbError` if nothing
    was written.
    """
    scene = bpy.data.scenes.new("Film")
    try:
        scene.render.resolution_x, scene.render.resolution_y = (side - side % 2 for side in size)
        scene.render.resolution_percentage = 100
        scene.render.fps, scene.render.fps_base = fps, 1.0
        scene.frame_start, scene.frame_end = 1, len(frames)
        scene.view_settings.view_transform = "Standard"
        scene.view_settings.look = "None"
        scene.render.use_sequencer, scene.render.use_compositing = True, False
        scene.render.use_file_extension = True
        _add_frames(scene, frames)
        codec = video_settings(scene.render)
        codec.format, codec.codec, codec.audio_codec = "MPEG4", "H264", "NONE"
        codec.constant_rate_factor, codec.ffmpeg_preset, codec.gopsize = "HIGH", "GOOD", fps
        with whole_file(film) as temporary:
            scene.render.filepath = output_path(temporary.with_name("film"))
            with bpy.context.temp_override(scene=scene):
                result: Any = bpy.ops.render.render(animation=True, scene=scene.name)
            if "CANCELLED" in result:
                raise Cancelled
            written = list(temporary.parent.glob("film*"))
            if len(written) != 1:
                raise LsbError(f"Blender's encoder did not write the film '{film}'")
            written[0].rename(temporary)
    finally:
        bpy.data.scenes.remove(scene)


def _add_frames(scene: bpy.types.Scene, frames: Sequence[Path]) -> None:
    editor = scene.sequence_editor_create()
    strip = strips(editor).new_image("Frames", str(frames[0].resolve()), 1, 1)
    for frame in frames[1:]:
        strip.elements.append(frame.name)
