"""An experiment: everything that decides a landscape, from the data to the grid, and its run."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..errors import within
from ..settings import check, setting
from .datasets import DataSource, Iris
from .features import AllFeatures, FeatureReduction
from .landscape import Landscape, axes_around, evaluate_landscape
from .models import LogisticRegression, Model
from .objective import Objective, Progress, part_of
from .optimizers import SGD, Optimizer
from .projections import PathPCA, Projection
from .training import Trajectory, checked_start, train

#: The share of a run's progress that training takes; the grid takes the rest.
TRAINING_SHARE = 0.3


@dataclass(frozen=True)
class Experiment:
    """A model, trained on data and seen through a projection."""

    dataset: DataSource = setting(Iris(), "The data")
    features: FeatureReduction = setting(AllFeatures(), "What becomes of the features before training")
    model: Model = setting(LogisticRegression(), "The model and its loss")
    optimizers: tuple[Optimizer, ...] = setting((SGD(),), "The optimizers; all start at the same point", min_length=1)
    projection: Projection = setting(PathPCA(), "From many parameters to two")
    steps: int = setting(200, "Steps of training", min=1, max=10**7, soft_max=10_000)
    seed: int = setting(0, "Decides the batches and random starts; 0 is a seed like any other", min=0, max=2**32 - 1)
    start: tuple[float, ...] = setting(
        (), "Where training starts, a number per parameter; empty: the model's own start"
    )
    resolution: tuple[int, int] = setting((129, 129), "Points of the grid along x and y", min=8, max=8192)
    margin: float = setting(0.25, "Room around the paths, as a share of their extent", min=0.0, max=100.0, soft_max=2.0)

    def objective(self) -> Objective:
        """The model's loss on the data. Raises `LsbError` with the setting that is at fault."""
        with within("dataset"):
            dataset = self.dataset.load()
        with within("features"):
            dataset = self.features.apply(dataset)
        with within("model"):
            return self.model.bind(dataset)

    def trajectories(self, objective: Objective, progress: Progress | None = None) -> list[Trajectory]:
        """Every optimizer's path from the common start; names are made unique."""
        if self.start:
            checked_start(objective, self.start)
        paths: list[Trajectory] = []
        count = len(self.optimizers)
        for k, optimizer in enumerate(self.optimizers):
            part = part_of(progress, k / count, (k + 1) / count)
            with within(f"optimizers[{k}]"):
                path = train(objective, optimizer, self.steps, self.start or None, self.seed, part)
            same = sum(other.name.split(" ")[0] == path.name for other in paths)
            paths.append(replace(path, name=f"{path.name} {same + 1}") if same else path)
        return paths

    def run(self, progress: Progress | None = None) -> Landscape:
        """Train, project and evaluate. Touches nothing outside itself, so it may run in a thread."""
        check(self)
        objective = self.objective()
        trajectories = self.trajectories(objective, part_of(progress, 0.0, TRAINING_SHARE))
        with within("projection"):
            chart = self.projection.fit(trajectories, objective)
            points = chart.transform(np.concatenate([path.theta for path in trajectories]))
        x, y = axes_around(points, self.resolution, self.margin)
        return evaluate_landscape(objective, chart, trajectories, x, y, part_of(progress, TRAINING_SHARE, 1.0))
