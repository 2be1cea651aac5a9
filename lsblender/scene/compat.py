"""What differs between Blender's versions (4.2 LTS to 5.2), in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy


def use_nodes(owner: Any) -> Any:
    """The node tree of a material or world, emptied. Before 5.0 it has to be switched on; from then on it is
    always there.
    """
    if bpy.app.version < (5, 0, 0):
        owner.use_nodes = True
    owner.node_tree.nodes.clear()
    return owner.node_tree


def eevee() -> str:
    """EEVEE's engine id."""
    return "BLENDER_EEVEE_NEXT" if bpy.app.version < (5, 0, 0) else "BLENDER_EEVEE"


def video_settings(render: bpy.types.RenderSettings) -> Any:
    """Switch the output to video and give its encoder's settings."""
    if bpy.app.version >= (5, 0, 0):
        render.image_settings.media_type = "VIDEO"
    else:
        render.image_settings.file_format = "FFMPEG"
    return render.ffmpeg


def output_path(path: Path) -> str:
    """An absolute path as Blender's outputs want it: from 5.0 on, braces in it would be templates."""
    text = str(path.resolve())
    return text.replace("{", "{{").replace("}", "}}") if bpy.app.version >= (5, 0, 0) else text


def strips(editor: bpy.types.SequenceEditor) -> Any:
    """The collection that new strips are made in."""
    return editor.sequences if bpy.app.version < (4, 4, 0) else editor.strips
