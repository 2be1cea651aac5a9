"""Where training starts: the 3-D cursor's place on the terrain, taken back into parameter space."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy
import numpy as np

from ...engine.survey import Survey
from ...errors import LsbError
from ..charts import known_survey, place_on, remember_surveys
from ..job import Progress
from ..properties import controls_of, read
from ..rows import active_shot
from ..state import settings
from .base import LongOperator, LsbOperator


class StartAtCursor(LongOperator, bpy.types.Operator):
    """Start training where the 3-D cursor is on the terrain. On a curved chart it is the chart's own point there, on a
    flat one the point of its plane; what the chart leaves out is as at the chart's origin
    """

    bl_idname = "lsblender.start_at_cursor"
    bl_label = "From 3D Cursor"
    task = "Looking for the chart"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where there is a shot."""
        return active_shot(context.scene) is not None and super().poll(context)

    def work(self, context: Any) -> Callable[[Progress], Survey]:
        """The shot's chart: of the last computation, or found again."""
        experiment = read(active_shot(context.scene)).experiment
        if not experiment.landscape.is_computed:
            raise LsbError("a landscape that is read from a file has no parameters to start from")
        known = known_survey(experiment)
        return experiment.survey if known is None else lambda progress: known

    def finish(self, context: Any, result: Survey) -> None:
        """The chart's parameters where the cursor is."""
        group = active_shot(context.scene)
        shot = read(group)
        remember_surveys([(shot.experiment, result)])
        number = settings(context.scene).storyboard.active_shots
        xy = place_on(result, shot.look.relief.width, context.scene, number, context.scene.cursor.location)
        theta = result.chart.inverse_transform(xy[None])[0]
        if not np.isfinite(theta).all():
            raise LsbError("the chart has no parameters at the cursor; move it closer to the path")
        controls_of(group.experiment)["start"].write(group.experiment, tuple(float(value) for value in theta))
        group.experiment.random_start = 0.0


class ClearStart(LsbOperator, bpy.types.Operator):
    """Start where the model starts by itself"""

    bl_idname = "lsblender.clear_start"
    bl_label = "Default"

    def run(self, context: Any) -> None:
        """Forget the start."""
        experiment = active_shot(context.scene).experiment
        experiment.start = ""
        experiment.random_start = 0.0


class RandomStart(LsbOperator, bpy.types.Operator):
    """Start a random step away from the model's own start; another one each time, by the seed"""

    bl_idname = "lsblender.random_start"
    bl_label = "Random"

    def run(self, context: Any) -> None:
        """The next seed, and a step where there was none."""
        experiment = active_shot(context.scene).experiment
        if experiment.random_start:
            experiment.seed += 1
        else:
            experiment.random_start = 1.0
