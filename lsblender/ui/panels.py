"""The sub-panels, in the order of the work."""

from __future__ import annotations

from typing import Any

import bpy

from .lists import draw_row
from .properties import active_name, draw, read, settings_of
from .sidebar import Landscape, Sub, draw_path
from .state import settings


class Problem(Sub, bpy.types.Panel):
    """What is learnt from what."""

    bl_idname = "LSBLENDER_PT_problem"
    bl_label = "Problem"
    of_shot = ("experiment.landscape",)
    #: What there is to be learnt, where something is.
    of_learning = ("experiment.dataset", "experiment.features", "experiment.model", "experiment.evaluate_on")

    def draw_after(self, layout: Any, shot: Any, context: Any) -> None:
        """The data and the model, unless the landscape is read from a file."""
        if read(shot.experiment.landscape).is_computed:
            for path in self.of_learning:
                draw_path(layout, shot, path)


class Descent(Sub, bpy.types.Panel):
    """Who goes down, and from where."""

    bl_idname = "LSBLENDER_PT_descent"
    of_computing = True
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
    of_computing = True
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
    of_computing = True
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
