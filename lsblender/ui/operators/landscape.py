"""The work itself: compute and build."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

from ...engine.survey import View
from ...storyboard.storyboard import Results
from ..charts import remember_surveys
from ..job import Progress
from ..results import keep_results, mark_built, results_of
from ..state import storyboard_of
from .base import LongOperator, LsbOperator


class Compute(LongOperator, bpy.types.Operator):
    """Train, project and evaluate every shot; the numbers are kept with the file"""

    bl_idname = "lsblender.compute"
    bl_label = "Compute"
    task = "Computing"

    def work(self, context: Any) -> Callable[[Progress], Results]:
        """The storyboard's numbers."""
        self.storyboard = storyboard_of(context.scene)
        self.views: list[View] = []
        return lambda progress: self.storyboard.run(progress, self.views.append)

    def finish(self, context: Any, result: Results) -> None:
        """Keep them."""
        keep_results(context.scene, self.storyboard, result)
        experiments = [shot.experiment for shot in self.storyboard.shots]
        remember_surveys(zip(experiments, self.views, strict=True))


class Build(LsbOperator, bpy.types.Operator):
    """Build the film into the scene, in place of what was built before; nothing else in the scene is touched"""

    bl_idname = "lsblender.build"
    bl_label = "Build"

    def run(self, context: Any) -> None:
        """The film from the numbers that are there."""
        from ...scene.build import build_scene

        storyboard = storyboard_of(context.scene)
        build_scene(storyboard, results_of(context.scene, storyboard), context.scene)
        mark_built(storyboard)
