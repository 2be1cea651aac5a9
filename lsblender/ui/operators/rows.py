"""What can be done to the lists: add, duplicate, remove, reorder; and the colours of the balls."""

from __future__ import annotations

from typing import Any

import bpy

from ..properties import controls_of, read
from ..properties.controls import title_of
from ..rows import ROWS, Row, active_shot
from ..state import show_storyboard, storyboard_of
from .base import LsbOperator

ITEMS = [(name, title_of(name), "") for name in ROWS]


class RowOperator(LsbOperator):
    """An operator on one of the lists."""

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where there is a storyboard."""
        return active_shot(context.scene) is not None

    def row_of(self, context: Any) -> Row:
        """The list."""
        return Row(context.scene, self.row)


class AddEntry(RowOperator, bpy.types.Operator):
    """Add an entry after the active one"""

    bl_idname = "lsblender.add_entry"
    bl_label = "Add"
    row: bpy.props.EnumProperty(items=ITEMS, options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Always: the first shot too is added so."""
        return True

    def run(self, context: Any) -> None:
        """Add it; the first one of a new storyboard is its default."""
        if active_shot(context.scene) is None:
            show_storyboard(context.scene, storyboard_of(context.scene))
        else:
            self.row_of(context).add()


class DuplicateEntry(RowOperator, bpy.types.Operator):
    """Add the active entry once more"""

    bl_idname = "lsblender.duplicate_entry"
    bl_label = "Duplicate"
    row: bpy.props.EnumProperty(items=ITEMS, options={"SKIP_SAVE"})

    def run(self, context: Any) -> None:
        """Duplicate it."""
        self.row_of(context).duplicate()


class RemoveEntry(RowOperator, bpy.types.Operator):
    """Remove the active entry"""

    bl_idname = "lsblender.remove_entry"
    bl_label = "Remove"
    row: bpy.props.EnumProperty(items=ITEMS, options={"SKIP_SAVE"})

    def run(self, context: Any) -> None:
        """Remove it, unless it is the last one."""
        row = self.row_of(context)
        if len(row.items) > controls_of(row.owner)[self.row].facts.min_length:
            row.remove()
        else:
            self.report({"WARNING"}, "The last one stays")


class MoveEntry(RowOperator, bpy.types.Operator):
    """Move the active entry up or down"""

    bl_idname = "lsblender.move_entry"
    bl_label = "Move"
    row: bpy.props.EnumProperty(items=ITEMS, options={"SKIP_SAVE"})
    steps: bpy.props.IntProperty(default=-1, options={"SKIP_SAVE"})

    def run(self, context: Any) -> None:
        """Move it."""
        self.row_of(context).move(self.steps)


class OwnColours(RowOperator, bpy.types.Operator):
    """Give the balls colours of their own, or those of the look again"""

    bl_idname = "lsblender.own_colours"
    bl_label = "Own Colours"

    def run(self, context: Any) -> None:
        """Switch between the two."""
        from ...storyboard.colours import ball_colours

        shot = active_shot(context.scene)
        count = len(shot.experiment.optimizers)
        wanted = [] if len(shot.ball.colours) else ball_colours(read(shot), count)
        controls_of(shot.ball)["colours"].write(shot.ball, wanted)
