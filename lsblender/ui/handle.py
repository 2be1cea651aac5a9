"""The handle: an object over the terrain that stands where training starts. Dragged, it takes the start along."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ..engine import Landscape
from ..engine.survey import Survey, View
from ..storyboard.film import Film
from .charts import place_on
from .properties import controls_of
from .rows import active_shot

#: The object's name, the property that marks it, and its size as a share of the terrain's width.
NAME, MARK, SIZE = "Start of Descent", "lsblender_handle", 0.05
#: Metres that it has to be moved by.
MOVED = 1e-4


class Handle:
    """The handle of one scene: where it was put, and on which chart."""

    def __init__(self) -> None:
        self.survey: Survey | None = None
        self.put: tuple[float, float, float] | None = None

    def object_in(self, scene: Any) -> Any:
        """The object, None where it is not there."""
        return next((item for item in scene.objects if MARK in item), None)

    def place(self, scene: Any, film: Film, landscape: Landscape, view: View) -> None:
        """Put it where the film's first ball starts; a landscape that is not computed here has no place for it."""
        if not landscape.paths or not isinstance(view, Survey):
            self.remove(scene)
            return
        item = self.object_in(scene)
        if item is None:
            item = bpy.data.objects.new(NAME, None)
            item[MARK] = True
            item.empty_display_type = "SPHERE"
            item.show_in_front = item.show_name = True
            scene.collection.objects.link(item)
        terrain = film.segments[0].grounds[0].terrain(0)
        item.empty_display_size = SIZE * float(np.ptp(terrain.x))
        start = terrain.points(terrain.to_metres(landscape.paths[0].xy[:1]))[0] + film.places[0]
        item.location = tuple(float(value) for value in start)
        self.survey, self.put = view, tuple(item.location)

    def read(self, scene: Any) -> None:
        """Let training start where the object was dragged to, on the chart that it was put on."""
        item = self.object_in(scene)
        if item is None or self.put is None or self.survey is None:
            return
        here = tuple(item.location)
        if max(abs(a - b) for a, b in zip(here, self.put, strict=True)) < MOVED:
            return
        self.put = here
        shot = active_shot(scene)
        xy = place_on(self.survey, shot.look.relief.width, scene, 0, item.location)
        theta = self.survey.chart.inverse_transform(xy[None])[0]
        if np.isfinite(theta).all():
            controls_of(shot.experiment)["start"].write(shot.experiment, tuple(float(value) for value in theta))
            shot.experiment.random_start = 0.0

    def remove(self, scene: Any) -> None:
        """Take it away."""
        self.survey = self.put = None
        item = self.object_in(scene)
        if item is not None:
            bpy.data.objects.remove(item)
