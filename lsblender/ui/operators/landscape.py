"""The work itself: compute and build."""

from __future__ import annotations

from typing import Any

import bpy

from ...storyboard.storyboard import Results
from ..state import storyboard_of
from .base import LsbOperator

RESULTS: dict[str, Results] = {}


class Compute(LsbOperator, bpy.types.Operator):
    """Train, project and evaluate every shot"""

    bl_idname = "lsblender.compute"
    bl_label = "Compute"

    def run(self, context: bpy.types.Context) -> None:
        storyboard = storyboard_of(context.scene)
        RESULTS[context.scene.name] = storyboard.run()


class Build(LsbOperator, bpy.types.Operator):
    """Build the film into the scene, in place of what was built before"""

    bl_idname = "lsblender.build"
    bl_label = "Build"

    def run(self, context: bpy.types.Context) -> None:
        from ...scene.build import build_scene

        scene: Any = context.scene
        build_scene(storyboard_of(scene), RESULTS[scene.name], scene)
