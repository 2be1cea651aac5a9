"""The panel "Landscape" in the 3-D view's sidebar, with sub-panels in the order of the work.

A sub-panel says which settings it shows, by their paths in the storyboard; the controls draw themselves. What is about
a shot shows the active one.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import bpy

from ..errors import LsbError
from .following import live
from .lists import draw_row
from .properties import active_name, controls_of, draw, settings_of
from .results import has_results, is_current
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
            current = is_current(scene, storyboard_of(scene))
        except LsbError as error:
            draw_text(layout, str(error), "ERROR")
            return
        if not has_results(scene):
            layout.label(text="Nothing computed yet", icon="INFO")
        elif not current:
            layout.label(text="Settings changed: compute again", icon="ERROR")


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


class Problem(Sub, bpy.types.Panel):
    """What is learnt from what."""

    bl_idname = "LSBLENDER_PT_problem"
    bl_label = "Problem"
    of_shot = (
        "experiment.landscape",
        "experiment.dataset",
        "experiment.features",
        "experiment.model",
        "experiment.evaluate_on",
    )


class Descent(Sub, bpy.types.Panel):
    """Who goes down, and from where."""

    bl_idname = "LSBLENDER_PT_descent"
    bl_label = "Descent"
    of_shot = ("experiment.steps", "experiment.seed", "experiment.history")

    def draw_before(self, layout: Any, shot: Any, context: Any) -> None:
        """The optimizers, and the settings of the active one."""
        experiment = shot.experiment
        draw_row(layout, "optimizers", experiment, active_name("optimizers"))
        layout.operator("lsblender.own_colours", icon="COLOR", depress=bool(len(shot.ball.colours)))
        optimizers = experiment.optimizers
        if len(optimizers):
            chosen = settings_of(optimizers[min(experiment.active_optimizers, len(optimizers) - 1)])
            draw(layout.column(), chosen)
        layout.separator()


class Start(Sub, bpy.types.Panel):
    """Where training starts."""

    bl_idname = "LSBLENDER_PT_start"
    bl_label = "Start"
    bl_parent_id = Descent.bl_idname
    of_shot = ("experiment.start", "experiment.random_start")

    def draw_before(self, layout: Any, shot: Any, context: Any) -> None:
        """Where from."""
        row = layout.row(align=True)
        row.operator("lsblender.clear_start", icon="LOOP_BACK")
        row.operator("lsblender.random_start", icon="FILE_REFRESH")
        row.operator("lsblender.start_at_cursor", text="Cursor", icon="CURSOR")


class View(Sub, bpy.types.Panel):
    """From many parameters to two."""

    bl_idname = "LSBLENDER_PT_view"
    bl_label = "View"
    of_shot = (
        "experiment.projection", "experiment.margin", "experiment.x_range", "experiment.y_range",
        "experiment.equal_axes", "experiment.resolution", "experiment.height", "experiment.n_jobs",
    )  # fmt: skip


class Look(Sub, bpy.types.Panel):
    """What it looks like."""

    bl_idname = "LSBLENDER_PT_look"
    bl_label = "Look"
    of_shot = ("look.material", "look.palette", "look.light")
    of_film = ("render.quality",)


class Relief(Sub, bpy.types.Panel):
    """How the loss becomes ground."""

    bl_idname = "LSBLENDER_PT_relief"
    bl_label = "Relief"
    bl_parent_id = Look.bl_idname
    of_shot = ("look.relief",)


class Around(Sub, bpy.types.Panel):
    """What stands round the block."""

    bl_idname = "LSBLENDER_PT_around"
    bl_label = "Surroundings"
    bl_parent_id = Look.bl_idname
    of_shot = ("look.around",)


class StoryboardPanel(Sub, bpy.types.Panel):
    """The shots."""

    bl_idname = "LSBLENDER_PT_storyboard"
    bl_label = "Storyboard"
    of_shot = ("title", "seconds", "part", "surface", "transition")

    def draw_before(self, layout: Any, shot: Any, context: Any) -> None:
        """The list of shots."""
        storyboard = settings(context.scene).storyboard
        draw_row(layout, "shots", storyboard, active_name("shots"))


class BallPanel(Sub, bpy.types.Panel):
    """The ball and its way."""

    bl_idname = "LSBLENDER_PT_ball"
    bl_label = "Ball"

    def draw_after(self, layout: Any, shot: Any, context: Any) -> None:
        """All but the colours, which are with the optimizers."""
        draw(layout.column(), shot.ball, skip=("colours",))


class Physics(Sub, bpy.types.Panel):
    """What the ball does when it is let go."""

    bl_idname = "LSBLENDER_PT_physics"
    bl_label = "Physics"
    bl_parent_id = BallPanel.bl_idname
    of_shot = ("physics",)


class CameraPanel(Sub, bpy.types.Panel):
    """From where it is seen."""

    bl_idname = "LSBLENDER_PT_camera"
    bl_label = "Camera"
    of_shot = ("look.camera",)


class LabelsPanel(Sub, bpy.types.Panel):
    """What is written in the picture."""

    bl_idname = "LSBLENDER_PT_labels"
    bl_label = "Labels"
    of_shot = ("labels",)


class OutputPanel(Sub, bpy.types.Panel):
    """What comes out."""

    bl_idname = "LSBLENDER_PT_output"
    bl_label = "Output"
    of_film = ("title", "render.size", "fps", "render.film", "render.linear", "render.poster")

    def draw_after(self, layout: Any, shot: Any, context: Any) -> None:
        """Frames, films, stills and files for other programs."""
        output = settings(context.scene).output
        column = layout.column()
        column.prop(output, "device")
        column.prop(output, "use_range")
        if output.use_range:
            rows = layout.column(align=True)
            rows.prop(output, "first")
            rows.prop(output, "last")
        for name, operator, icon in (("film", "render", "RENDER_ANIMATION"), ("still", "render_still", "RENDER_STILL")):
            column = layout.column(align=True)
            column.prop(output, name)
            column.operator(f"lsblender.{operator}", icon=icon)
        column = layout.column(align=True)
        column.operator("lsblender.save_scene", icon="FILE_TICK")
        column.operator("lsblender.load_scene", icon="FILE_FOLDER")
        column.menu("LSBLENDER_MT_export", text="Export", icon="EXPORT")


PANELS = (
    Landscape, Problem, Descent, Start, View, Look, Relief, Around, StoryboardPanel, BallPanel, Physics, CameraPanel,
    LabelsPanel, OutputPanel,
)  # fmt: skip
