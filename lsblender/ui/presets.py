"""The menu of presets: the built-in scenes, and what the person kept."""

from __future__ import annotations

from typing import Any

import bpy
from bl_ui.utils import PresetPanel

from ..storyboard.scene_file import built_in_scenes
from .operators.scene_files import PRESETS, SUFFIX, LoadScene


class Presets(PresetPanel, bpy.types.Panel):
    """Scenes to begin with"""

    bl_idname = "LSBLENDER_PT_presets"
    bl_label = "Landscape Presets"
    bl_space_type = "VIEW_3D"
    bl_region_type = "HEADER"
    bl_ui_units_x = 14
    preset_subdir = PRESETS
    preset_operator = LoadScene.bl_idname
    preset_add_operator = "lsblender.add_preset"
    preset_extensions = {SUFFIX}  # noqa: RUF012  (Blender reads a set)

    def draw(self, context: Any) -> None:
        """The person's own, as Blender draws them, below what comes along."""
        layout: Any = self.layout
        layout.emboss = "PULLDOWN_MENU"
        layout.operator_context = "EXEC_DEFAULT"
        layout.label(text="Built-in Scenes")
        for file in sorted(built_in_scenes().glob(f"*{SUFFIX}")):
            name = file.stem.replace("-", " ").capitalize()
            layout.operator(LoadScene.bl_idname, text=name).filepath = str(file)
        layout.separator()
        layout.label(text="Presets")
        if bpy.utils.preset_paths(PRESETS):
            super().draw(context)
            return
        # Blender's own drawing would complain of a folder that is made with the first preset
        manager = context.window_manager
        row = layout.row()
        row.emboss = "NORMAL"
        row.prop(manager, "preset_name", text="")
        row.operator(self.preset_add_operator, text="", icon="ADD").name = manager.preset_name
