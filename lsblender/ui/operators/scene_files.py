"""Scene files: the panel's settings from a file and to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ...storyboard.scene_file import built_in_scenes, read_storyboard
from ..state import show_storyboard
from .base import LsbOperator

SUFFIX = ".toml"


class LoadScene(LsbOperator, bpy.types.Operator):
    """Show the settings of a scene file in the panel"""

    bl_idname = "lsblender.load_scene"
    bl_label = "Load Scene File"

    filepath: bpy.props.StringProperty(subtype="FILE_PATH")
    filter_glob: bpy.props.StringProperty(default=f"*{SUFFIX}", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def run(self, context: bpy.types.Context) -> None:
        storyboard, _ = read_storyboard(Path(bpy.path.abspath(self.filepath)))
        show_storyboard(context.scene, storyboard)


class GettingStarted(LsbOperator, bpy.types.Operator):
    """Show the settings of the first of the built-in scenes"""

    bl_idname = "lsblender.getting_started"
    bl_label = "Getting Started"

    def run(self, context: bpy.types.Context) -> None:
        storyboard, _ = read_storyboard(built_in_scenes() / "quickstart.toml")
        show_storyboard(context.scene, storyboard)
