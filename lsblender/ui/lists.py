"""The lists as they are drawn."""

from __future__ import annotations

from typing import Any

import bpy

from .properties import KIND
from .rows import active_shot


class Shots(bpy.types.UIList):
    """Shots with their titles and lengths"""

    bl_idname = "LSBLENDER_UL_shots"

    def draw_item(
        self, context: Any, layout: Any, data: Any, item: Any, icon: Any, active: Any, name: Any, index: Any = 0,
        flag: Any = 0,
    ) -> None:  # fmt: skip
        """One shot: its title, or what it shows, and its length."""
        layout.use_property_split = False
        row = layout.row(align=True)
        row.prop(item, "title", text="", emboss=False, icon="SEQUENCE", placeholder=f"Shot {index + 1}")
        side = row.row()
        side.alignment = "RIGHT"
        side.label(text=f"{item.seconds:.3g} s")


class Optimizers(bpy.types.UIList):
    """Optimizers with the colours of their balls"""

    bl_idname = "LSBLENDER_UL_optimizers"

    def draw_item(
        self, context: Any, layout: Any, data: Any, item: Any, icon: Any, active: Any, name: Any, index: Any = 0,
        flag: Any = 0,
    ) -> None:  # fmt: skip
        """One optimizer: its kind and its ball's colour."""
        layout.use_property_split = False
        row = layout.row(align=True)
        row.prop(item, KIND, text="", emboss=False)
        colours = active_shot(context.scene).ball.colours
        if index < len(colours):
            side = row.row()
            side.ui_units_x = 2
            side.prop(colours[index], "colour", text="")


LISTS = (Shots, Optimizers)


def draw_row(layout: Any, row: str, owner: Any, active: str) -> None:
    """A list with its buttons beside it."""
    line = layout.row()
    rows = 3 if len(getattr(owner, row)) < 2 else 5
    line.template_list(f"LSBLENDER_UL_{row}", row, owner, row, owner, active, rows=rows)
    buttons = line.column(align=True)
    for operator, icon in (("add_entry", "ADD"), ("remove_entry", "REMOVE")):
        buttons.operator(f"lsblender.{operator}", text="", icon=icon).row = row
    buttons.separator()
    buttons.operator("lsblender.duplicate_entry", text="", icon="DUPLICATE").row = row
    if rows > 3:
        buttons.separator()
        for steps, icon in ((-1, "TRIA_UP"), (1, "TRIA_DOWN")):
            button = buttons.operator("lsblender.move_entry", text="", icon=icon)
            button.row, button.steps = row, steps
