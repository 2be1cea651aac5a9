"""What all operators share: errors that a person can mend become one readable report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

from ...errors import LsbError

if TYPE_CHECKING:
    Mixin = bpy.types.Operator
else:
    Mixin = object


class LsbOperator(Mixin):
    """An operator that does its work in `run`; one undo step."""

    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012  (Blender reads a set)

    def run(self, context: bpy.types.Context) -> None:
        """The work. Raises `LsbError`."""
        raise NotImplementedError

    def execute(self, context: bpy.types.Context) -> Any:
        """Blender's call."""
        try:
            self.run(context)
        except LsbError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}
