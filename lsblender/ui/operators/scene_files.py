"""Scene files: the panel's settings from a file and to a file; presets are scene files too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ...errors import LsbError
from ...storyboard.scene_file import built_in_scenes, read_storyboard
from ...storyboard.scene_text import save_storyboard
from ..state import show_storyboard, storyboard_of
from .base import LsbOperator

SUFFIX = ".toml"
#: The folder of presets below Blender's folders of scripts.
PRESETS = "lsblender"
#: The scene that a beginner is shown.
FIRST = "quickstart.toml"

if TYPE_CHECKING:
    Mixin = bpy.types.Operator
else:
    Mixin = object


class FileOperator(Mixin):
    """An operator that asks for a file."""

    def invoke(self, context: Any, event: Any) -> Any:
        """Ask for the file."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    @property
    def file(self) -> Path:
        """The file that is meant. Raises `LsbError` if none is."""
        path: str = self.filepath
        if not path:
            raise LsbError("no file is given; give filepath")
        return Path(bpy.path.abspath(path))


class LoadScene(FileOperator, LsbOperator, bpy.types.Operator):
    """Show the settings of a scene file in the panel"""

    bl_idname = "lsblender.load_scene"
    bl_label = "Load Scene File"

    filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: bpy.props.StringProperty(default=f"*{SUFFIX}", options={"HIDDEN"})

    def invoke(self, context: Any, event: Any) -> Any:
        """Ask for the file, unless it was dropped onto the view."""
        return self.execute(context) if self.filepath else super().invoke(context, event)

    def run(self, context: Any) -> None:
        """Read it and show it."""
        storyboard, _ = read_storyboard(self.file)
        show_storyboard(context.scene, storyboard)


class SaveScene(FileOperator, LsbOperator, bpy.types.Operator):
    """Write the settings of the panel into a scene file, which the command line renders too"""

    bl_idname = "lsblender.save_scene"
    bl_label = "Save Scene File"
    bl_options = {"REGISTER"}  # noqa: RUF012

    filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: bpy.props.StringProperty(default=f"*{SUFFIX}", options={"HIDDEN"})
    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})

    def invoke(self, context: Any, event: Any) -> Any:
        """Ask for the file, with a name that fits."""
        if not self.filepath:
            self.filepath = f"{file_name(storyboard_of(context.scene).title or 'scene')}{SUFFIX}"
        return super().invoke(context, event)

    def run(self, context: Any) -> None:
        """Write it."""
        file = self.file
        save_storyboard(
            storyboard_of(context.scene), file if file.suffix == SUFFIX else file.with_name(f"{file.name}{SUFFIX}")
        )
        self.report({"INFO"}, f"Saved {file.name}")


class GettingStarted(LsbOperator, bpy.types.Operator):
    """Show the settings of a small scene to begin with: a linear SVM on the breast cancer data"""

    bl_idname = "lsblender.getting_started"
    bl_label = "Getting Started"

    def run(self, context: Any) -> None:
        """Show the first of the built-in scenes."""
        storyboard, _ = read_storyboard(built_in_scenes() / FIRST)
        show_storyboard(context.scene, storyboard)


class AddPreset(LsbOperator, bpy.types.Operator):
    """Keep the settings of the panel as a preset, or remove the preset"""

    bl_idname = "lsblender.add_preset"
    bl_label = "Add Preset"
    bl_options = {"REGISTER", "INTERNAL"}  # noqa: RUF012

    name: bpy.props.StringProperty(name="Name", options={"SKIP_SAVE"})
    remove_name: bpy.props.BoolProperty(options={"HIDDEN", "SKIP_SAVE"})
    remove_active: bpy.props.BoolProperty(options={"HIDDEN", "SKIP_SAVE"})

    def run(self, context: Any) -> None:
        """Write or remove the preset's scene file."""
        name = file_name(self.name)
        folder = Path(bpy.utils.user_resource("SCRIPTS", path=f"presets/{PRESETS}", create=True))
        file = folder / f"{name}{SUFFIX}"
        if not name:
            raise LsbError("the preset needs a name")
        if self.remove_name or self.remove_active:
            file.unlink(missing_ok=True)
        else:
            save_storyboard(storyboard_of(context.scene), file)


def file_name(title: str) -> str:
    """A title as a file's name."""
    return re.sub(r"[^\w ()-]+", "", title).strip().replace(" ", "_")
