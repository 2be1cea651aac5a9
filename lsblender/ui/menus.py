"""Blender's own menus: import, export, add; files that are dropped onto the view; and the way to the manual."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

from ..exchange import EXPORTERS
from ..exchange.readers import suffixes
from ..version import website

#: The README's section on the panel.
SECTION = "#in-blender"


class ExportMenu(bpy.types.Menu):
    """Every format"""

    bl_idname = "LSBLENDER_MT_export"
    bl_label = "Loss Landscape"

    def draw(self, context: Any) -> None:
        """An entry for each exporter."""
        layout: Any = self.layout
        for name, label, _ in EXPORTERS.menu_items():
            layout.operator("lsblender.export", text=label).format = name


def draw_import(menu: Any, context: Any) -> None:
    """The entry of File > Import."""
    menu.layout.operator("lsblender.import_landscape", text=f"Loss Landscape ({', '.join(suffixes())})")


def draw_export(menu: Any, context: Any) -> None:
    """The entry of File > Export."""
    menu.layout.menu(ExportMenu.bl_idname)


def draw_add(menu: Any, context: Any) -> None:
    """The entry of Add > Mesh."""
    menu.layout.operator("lsblender.add_mesh", icon="MESH_GRID")


#: Blender's menus and what we add to them.
ENTRIES: tuple[tuple[str, Callable[[Any, Any], None]], ...] = (
    ("TOPBAR_MT_file_import", draw_import),
    ("TOPBAR_MT_file_export", draw_export),
    ("VIEW3D_MT_mesh_add", draw_add),
)


class SceneDrop(bpy.types.FileHandler):
    """Scene files that are dropped onto the view"""

    bl_idname = "LSBLENDER_FH_scene"
    bl_label = "Loss landscape scene"
    bl_import_operator = "lsblender.load_scene"
    bl_file_extensions = ".toml"

    @classmethod
    def poll_drop(cls, context: Any) -> bool:
        """Only onto the 3-D view."""
        return context.area is not None and context.area.type == "VIEW_3D"


class LandscapeDrop(bpy.types.FileHandler):
    """Computed landscapes that are dropped onto the view"""

    bl_idname = "LSBLENDER_FH_landscape"
    bl_label = "Loss landscape"
    bl_import_operator = "lsblender.import_landscape"
    bl_file_extensions = ";".join(suffixes())

    @classmethod
    def poll_drop(cls, context: Any) -> bool:
        """Only onto the 3-D view."""
        return context.area is not None and context.area.type == "VIEW_3D"


MENUS = (ExportMenu, SceneDrop, LandscapeDrop)


def manual() -> tuple[str, tuple[tuple[str, str], ...]]:
    """Where "Online Manual" leads from our controls: to the README's section, on the project's site if it has one."""
    readme = Path(__file__).parents[1] / "README.md"
    readme = readme if readme.is_file() else readme.parents[1] / "README.md"
    return website() or readme.as_uri(), (("bpy.ops.lsblender.*", SECTION), ("bpy.types.lsblender*", SECTION))


def add_entries() -> None:
    """Add our entries to Blender's menus."""
    for menu, draw in ENTRIES:
        getattr(bpy.types, menu).append(draw)
    bpy.utils.register_manual_map(manual)


def remove_entries() -> None:
    """Take them out again."""
    bpy.utils.unregister_manual_map(manual)
    for menu, draw in ENTRIES:
        getattr(bpy.types, menu).remove(draw)
