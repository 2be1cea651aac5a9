"""A shot while a person changes it: coarse as long as the hand moves, and only what the change touches.

Training is kept for changes of the view, the grid for changes of the look. A coarse shot has a grid of at most
`COARSE` points along a side, drawn as it is, and a ball that is worked out in a few frames, between which it glides.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..engine import Experiment, Landscape
from ..engine.objective import Progress, part_of
from ..engine.survey import Trained
from ..errors import LsbError, within
from .physics import Fall, Keyed, Release
from .staging import StagedShot, stage_shot
from .storyboard import Shot, Storyboard
from .surfaces import Fixed

#: Points of a coarse grid along a side, at most, and the frames in which a coarse ball is worked out.
COARSE, FRAMES = 128, 9


def coarse_shot(shot: Shot) -> Shot:
    """The shot with a coarse grid, a mesh that is the grid, and nothing that takes its time."""
    nx, ny = shot.experiment.resolution
    relief = replace(shot.look.relief, detail=8, finest=8)
    return replace(
        shot,
        experiment=replace(shot.experiment, resolution=(min(nx, COARSE), min(ny, COARSE)), n_jobs=1),
        surface=Fixed(),
        physics=Keyed(),
        look=replace(shot.look, relief=relief),
    )


class Preview:
    """Computes coarse shots, one after the other, and remembers what the next one may need."""

    def __init__(self) -> None:
        self.trained: Trained | None = None
        self.landscape: tuple[Experiment, Landscape] | None = None

    def stage(self, storyboard: Storyboard, progress: Progress | None = None) -> tuple[StagedShot, NDArray[np.int64]]:
        """The storyboard's first shot, coarse, and the frames (K,) that it is worked out in. Raises `LsbError`."""
        shot = coarse_shot(storyboard.shots[0])
        with within("shots[0]"):
            shot.check_sizes()
            with within("experiment"):
                landscape = self._landscape(shot.experiment, progress)
            last = storyboard.shot_frames()[0][-1]
            frames = np.unique(np.linspace(1, last, min(FRAMES, last)).round().astype(np.int64))
            pace = storyboard.fps * max(1, len(frames) - 1) / max(1, int(last) - 1)
            return stage_shot(0, shot, landscape, None, frames, pace, _no_fall), frames

    def _landscape(self, experiment: Experiment, progress: Progress | None) -> Landscape:
        if self.landscape is not None and self.landscape[0] == experiment:
            return self.landscape[1]
        computed = experiment.landscape.is_computed
        if computed and (self.trained is None or self.trained.key != experiment.training()):
            self.trained = experiment.train(part_of(progress, 0.0, 0.5))
        view = experiment.view(part_of(progress, 0.5, 0.6), self.trained if computed else None)
        self.landscape = (experiment, view.landscape(part_of(progress, 0.6, 1.0)))
        return self.landscape[1]


def _no_fall(release: Release) -> Fall:
    """A coarse ball is never let go."""
    raise LsbError("a ball that is let go is worked out in full only")
