"""Charts of this session: what leads from places on a terrain back to parameters.

They are not kept with the file, since they hold the data; what is not known any more is found again by training.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine import Experiment
from ..engine.survey import Survey, View
from ..scene.library import role

_KNOWN: dict[Experiment, Survey] = {}


def remember_surveys(views: Iterable[tuple[Experiment, View]]) -> None:
    """Keep the surveys among these, and no others: a landscape that was read from a file has no chart."""
    _KNOWN.clear()
    found = ((experiment, view) for experiment, view in views if isinstance(view, Survey))
    _KNOWN.update((replace(experiment, n_jobs=1), survey) for experiment, survey in found)


def known_survey(experiment: Experiment) -> Survey | None:
    """The experiment's survey, if it was made in this session."""
    return _KNOWN.get(replace(experiment, n_jobs=1))


def forget_surveys() -> None:
    """Let go of all of them."""
    _KNOWN.clear()


def place_on(survey: Survey, width: float, scene: Any, number: int, point: Any) -> NDArray[np.float64]:
    """The chart's coordinates (2,) under a point of the world, on shot `number`'s terrain (from 0) of a width in
    metres; where that is not built, as if it stood at the world's origin.
    """
    terrain = terrain_object(scene, number)
    local = np.array(point if terrain is None else terrain.matrix_world.inverted() @ point)
    low = np.array([survey.x[0], survey.y[0]])
    extent = np.array([np.ptp(survey.x), np.ptp(survey.y)])
    return np.asarray(low + (local[:2] / width + 0.5) * extent)


def terrain_object(scene: Any, number: int) -> Any:
    """The built terrain of a shot (from 0), None where there is none."""
    name = f"Terrain {number + 1}"
    terrains = (item for item in scene.objects if role(item) == "terrain")
    return next((item for item in terrains if item.name.partition(".")[0] == name), None)
