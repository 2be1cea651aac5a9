"""The tab "Landscape" in the 3-D view's sidebar: its main panel, and what its sub-panels share.

A sub-panel says which settings it shows, by their paths in the storyboard; the controls draw themselves. What is about
a shot shows the active one.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import bpy

from ..errors import LsbError
from .following import live
from .properties import controls_of, read
from .results import has_results, is_built, is_current
from .rows import active_shot
from .session import running, session
from .state import settings, storyboard_of

#: Letters on a line of the sidebar at its default width.
LINE = 32

if TYPE_CHECKING:
    Mixin = bpy.types.Panel
else:
    Mixin = object


class Side(Mixin):
    """A panel in the sidebar's tab."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Landscape"


class Landscape(Side, bpy.types.Panel):
    """The work: compute and build."""

    bl_idname = "LSBLENDER_PT_landscape"
    bl_label = "Loss Landscape"

    def draw_header_preset(self, context: Any) -> None:
        """The menu of presets."""
        self.layout.popover("LSBLENDER_PT_presets", text="", icon="PRESET")

    def draw(self, context: Any) -> None:
        """Buttons and what there is to say."""
        layout: Any = self.layout
        if active_shot(context.scene) is None:
            column = layout.column()
            column.scale_y = 1.3
            column.operator("lsblender.getting_started", icon="PLAY")
            column.operator("lsblender.add_entry", text="New Storyboard", icon="ADD").row = "shots"
            layout.operator("lsblender.load_scene", icon="FILE_FOLDER")
            return
        if running() is not None:
            row = layout.row(align=True)
            row.progress(factor=session().progress, text=session().text)
            row.operator("lsblender.cancel", text="", icon="X")
        else:
            row = layout.row(align=True)
            row.scale_y = 1.3
            row.operator("lsblender.compute", icon="FILE_REFRESH")
            row.operator("lsblender.build", icon="MESH_GRID")
            row = layout.row()
            row.prop(session(), "live", toggle=True, icon="RADIOBUT_ON" if session().live else "RADIOBUT_OFF")
        self._draw_state(layout, context.scene)

    def _draw_state(self, layout: Any, scene: Any) -> None:
        following = live()
        if following is not None and following.error:
            draw_text(layout, following.error, "ERROR")
            return
        try:
            storyboard = storyboard_of(scene)
        except LsbError as error:
            draw_text(layout, str(error), "ERROR")
            return
        if following is not None or running() is not None:
            return
        if not has_results(scene):
            layout.label(text="Nothing computed yet", icon="INFO")
        elif not is_current(scene, storyboard):
            layout.label(text="Settings changed: compute again", icon="ERROR")
        elif is_built(storyboard) is False:
            layout.label(text="Settings changed: build again", icon="ERROR")


def draw_text(layout: Any, text: str, icon: str) -> None:
    """A text of several lines, so that nothing of it is cut off."""
    column = layout.column(align=True)
    for number, line in enumerate(textwrap.wrap(text, LINE)):
        column.label(text=line, icon=icon if number == 0 else "BLANK1")


class Sub(Side):
    """A sub-panel of settings."""

    bl_parent_id = Landscape.bl_idname
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012  (Blender reads a set)
    #: What is shown: paths of settings in the active shot, and in the storyboard.
    of_shot: tuple[str, ...] = ()
    of_film: tuple[str, ...] = ()
    #: Whether it is only about landscapes that are computed here, and not about those read from files.
    of_computing = False

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where there is a storyboard."""
        return active_shot(context.scene) is not None

    def draw(self, context: Any) -> None:
        """The settings, after what the panel has besides."""
        layout: Any = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        shot = active_shot(context.scene)
        layout.active = not self.of_computing or read(shot.experiment.landscape).is_computed
        self.draw_before(layout, shot, context)
        for root, paths in ((shot, self.of_shot), (settings(context.scene).storyboard, self.of_film)):
            for path in paths:
                draw_path(layout, root, path)
        self.draw_after(layout, shot, context)

    def draw_before(self, layout: Any, shot: Any, context: Any) -> None:
        """What is above the settings."""

    def draw_after(self, layout: Any, shot: Any, context: Any) -> None:
        """What is below the settings."""


def draw_path(layout: Any, root: Any, path: str) -> None:
    """Draw the setting that a path of names leads to."""
    *way, name = path.split(".")
    for part in way:
        root = getattr(root, part)
    controls_of(root)[name].draw(layout.column(), root)
