"""An experiment: everything that decides a landscape, from the data to the grid, and its run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..errors import LsbError, within
from ..settings import check, setting
from .blas import one_blas_thread
from .datasets import Dataset, DataSource, Iris
from .features import AllFeatures, FeatureReduction
from .frames import Rows
from .heights import HEIGHTS, measured
from .history import history_tracks, read_history
from .imported import Computed, LandscapeSource, Track
from .landscape import Landscape, axes_around, on_chart
from .models import MODELS, LogisticRegression, Model
from .objective import Array, Objective, Progress, losses_in_blocks, no_progress, part_of
from .optimizers import SGD, Optimizer
from .projections import PathPCA, Projection
from .survey import Given, Survey, Trained, Training, View
from .training import Diverged, Trajectory, checked_start, train
from .untrusted import in_file
from .watching import watched

#: The share of a run's progress that training and chart take; the grid takes the rest.
TRAINING_SHARE = 0.3
#: What the chart takes alone, where the training is given.
CHART_SHARE = 0.05
#: Of that share, where training ends and the fit of the chart begins.
FITTING_SHARE = 0.9
#: Of that share, where the fit ends and the paths are laid onto the chart.
FITTED_SHARE = 0.97
#: The share that the coarse landscape takes, where one is asked for.
PREVIEW_SHARE = 0.05
#: Keeps the random start apart from the batches, which come from the same seed.
START_STREAM = 1


@dataclass(frozen=True)
class Experiment:
    """A model, trained on data and seen through a projection."""

    landscape: LandscapeSource = setting(
        Computed(), "Computed here, or read from a file: then nothing is trained, and only `history` matters besides"
    )
    dataset: DataSource = setting(Iris(), "The data")
    features: FeatureReduction = setting(AllFeatures(), "What becomes of the features before training")
    model: Model = setting(LogisticRegression(), "The model and its loss")
    optimizers: tuple[Optimizer, ...] = setting((SGD(),), "The optimizers; all start at the same point", min_length=1)
    projection: Projection = setting(PathPCA(), "From many parameters to two")
    history: str = setting(
        "", "An .npz file with theta (T, P) of a training of your own, instead of optimizers; empty: none", is_path=True
    )
    steps: int = setting(200, "Steps of training", min=1, max=10**7, soft_max=10_000)
    seed: int = setting(0, "Decides the batches and random starts; 0 is a seed like any other", min=0, max=2**32 - 1)
    start: tuple[float, ...] = setting(
        (), "Where training starts, a number per parameter; empty: the model's own start"
    )
    random_start: float = setting(
        0.0, "Standard deviation of a random step away from the start, from the seed", min=0.0, max=1e6, soft_max=5.0
    )
    evaluate_on: str = setting(
        "training", "The samples whose loss is shown; training is on the others", choices=("training", "held_out")
    )
    height: str = setting("loss", "What the height of the landscape is", choices=HEIGHTS)
    resolution: tuple[int, int] = setting((129, 129), "Points of the grid along x and y", min=8, max=8192)
    margin: float = setting(0.25, "Room around the paths, as a share of their extent", min=0.0, max=100.0, soft_max=2.0)
    x_range: tuple[float, ...] = setting(
        (),
        "First and last coordinate along x, instead of room around the paths; empty: around the paths",
        lengths=(0, 2),
    )
    y_range: tuple[float, ...] = setting(
        (),
        "First and last coordinate along y, instead of room around the paths; empty: around the paths",
        lengths=(0, 2),
    )
    equal_axes: bool = setting(False, "Make both axes equally long, so that distances along them can be compared")
    n_jobs: int = setting(1, "Threads that compute the grid; -1 is one for each processor", min=-1, max=256)

    def data(self) -> Dataset:
        """The training samples, and within them the held-out ones. Raises `LsbError` with the setting at fault."""
        with within("dataset"):
            dataset = self.dataset.load()
        with within("features"):
            return self.features.apply(dataset)

    def objective(self) -> Objective:
        """The model's loss on the training data. Raises `LsbError` with the setting that is at fault."""
        dataset = self.data()
        with within("model"):
            return self.model.bind(dataset)

    def trajectories(self, objective: Objective, progress: Progress | None = None) -> list[Trajectory]:
        """Every optimizer's path from the common start; names are made unique.

        A path that diverged ends where its losses were still sane, and its name says so. Raises `Diverged` where
        all did.
        """
        start = self.starting_point(objective)
        paths: list[Trajectory] = []
        kinds: list[str] = []
        failures: list[Diverged] = []
        count = len(self.optimizers)
        for k, optimizer in enumerate(self.optimizers):
            part = part_of(progress, k / count, (k + 1) / count)
            ending = ""
            try:
                with within(f"optimizers[{k}]"):
                    path = train(objective, optimizer, self.steps, start, self.seed, part)
            except Diverged as error:
                failures.append(error)
                path, ending = error.trajectory, f" (diverged at step {error.step})"
            same = kinds.count(path.name)
            kinds.append(path.name)
            paths.append(replace(path, name=f"{path.name} {same + 1}{ending}" if same else f"{path.name}{ending}"))
        if len(failures) == count:
            raise failures[0]
        return paths

    def starting_point(self, objective: Objective) -> Array | None:
        """Where all optimizers start (P,); None where that is the model's own start."""
        if not self.start and not self.random_start:
            return None
        rng = np.random.default_rng(self.seed)
        theta = checked_start(objective, self.start) if self.start else objective.initial(rng)
        if not self.random_start:
            return theta
        away = np.random.default_rng([self.seed, START_STREAM]).normal(size=objective.n_params)
        with within("random_start"):
            return checked_start(objective, theta + self.random_start * away)

    def training(self) -> Experiment:
        """The same experiment with the default for everything that does not decide the training.

        Equal, and of equal hash, for experiments that train alike: the key by which one training can be shared.
        """
        return Experiment(
            dataset=self.dataset,
            features=self.features,
            model=self.model,
            optimizers=self.optimizers,
            history=self.history,
            steps=self.steps,
            seed=self.seed,
            start=self.start,
            random_start=self.random_start,
        )

    def train(self, progress: Progress | None = None) -> Trained:
        """Every optimizer's whole path, to be seen by this experiment and by all with the same `training()`."""
        return watched(self._train, progress)

    def _train(self, progress: Progress) -> Trained:
        self.checked()
        dataset = self.data()
        with within("model"):
            objective = self.model.bind(dataset)
        self._shown(objective, dataset)  # what is wrong there is told before the long work
        if self.history:
            with in_file("history"):
                history = read_history(self.history)
                path = history.trajectory(objective, progress)
            return Trained(self.training(), dataset, objective, (path,), (), history.notes(path.loss))
        start = self.starting_point(objective)
        trajectories = tuple(self.trajectories(objective, progress))
        runs = tuple(
            Training(optimizer, len(path.theta) - 1, start, self.seed)
            for optimizer, path in zip(self.optimizers, trajectories, strict=True)
        )
        return Trained(self.training(), dataset, objective, trajectories, runs)

    def view(self, progress: Progress | None = None, trained: Trained | None = None) -> View:
        """What is to be seen: the survey of what is computed, or the landscape that is read."""
        if self.landscape.is_computed:
            return self.survey(progress, trained)
        tracks: tuple[Track, ...] = ()
        if self.history:
            with in_file("history"):
                tracks = history_tracks(self.history)
        with within("landscape"):
            return Given(self.landscape.read(tracks))

    def survey(self, progress: Progress | None = None, trained: Trained | None = None) -> Survey:
        """Train, fit the chart and choose the axes: all but the grid. A training that is given is not done again.

        Raises `ValueError` for the training of an experiment that trains differently.
        """
        return watched(lambda report: self._survey(report, trained), progress)

    def _survey(self, progress: Progress, trained: Trained | None) -> Survey:
        self.checked()
        fitting = FITTING_SHARE if trained is None else 0.0
        trained = self._train(part_of(progress, 0.0, fitting)) if trained is None else trained
        if trained.key != self.training():
            raise ValueError("this is the training of another experiment")
        dataset, objective = trained.dataset, trained.objective
        shown = self._shown(objective, dataset)
        with within("projection"), one_blas_thread():
            trajectories = self.projection.part(trained.trajectories)
            chart = self.projection.fit(trajectories, objective, part_of(progress, fitting, FITTED_SHARE))
            places = part_of(progress, FITTED_SHARE, 1.0)
            points = chart.window(on_chart(chart, np.concatenate([path.theta for path in trajectories]), places))
        if shown is not objective:
            trajectories = [_measured_path(path, shown) for path in trajectories]
        x, y = axes_around(
            points, self.resolution, self.margin, ranges=(self.x_range, self.y_range), equal=self.equal_axes
        )

        def on_rows(rows: Rows) -> Objective:
            batch = objective if rows is None else self.model.rebind(dataset.rows(rows), dataset)
            return measured(batch, self.height)

        return Survey(
            objective,
            shown,
            chart,
            tuple(trajectories),
            trained.runs,
            x,
            y,
            on_rows,
            facts=self._facts(shown),
            n_jobs=self.n_jobs,
            meaning=(trained.key, self.evaluate_on, self.height),
            data=self.dataset.title(dataset) if shown.n_rows > 1 else "",
            model=MODELS.kind(self.model).replace("_", " "),
            notes=trained.notes,
        )

    def run(
        self,
        progress: Progress | None = None,
        preview: Callable[[Landscape], None] | None = None,
        trained: Trained | None = None,
    ) -> Landscape:
        """Train, project and evaluate. Touches nothing outside itself, so it may run in a thread.

        `preview` is called with a coarse version of the landscape as soon as training is over. A training that is
        given, by `train` of an experiment with the same `training()`, is not done again; the result is the same.
        """
        share = TRAINING_SHARE if trained is None else CHART_SHARE
        view = self.view(part_of(progress, 0.0, share), trained)
        if preview is None:
            return view.landscape(part_of(progress, share, 1.0))
        coarse = view.coarse(part_of(progress, share, share + PREVIEW_SHARE))
        preview(coarse)
        return view.landscape(part_of(progress, share + PREVIEW_SHARE, 1.0), coarse.paths)

    def frames(
        self,
        run: int = 0,
        *,
        per_epoch: bool = False,
        every: int = 1,
        progress: Progress | None = None,
        trained: Trained | None = None,
    ) -> Iterator[tuple[int, Array]]:
        """(step, loss (Ny, Nx)): the landscape as the optimizer (number `run`) saw it; see `Survey.frames`."""
        share = TRAINING_SHARE if trained is None else CHART_SHARE
        survey = self.survey(part_of(progress, 0.0, share), trained)
        rest = part_of(progress, share, 1.0)
        return survey.frames(run, per_epoch=per_epoch, every=every, progress=rest)

    def checked(self) -> None:
        """Raise `LsbError` for a setting outside of its limits."""
        check(self)
        for key, values in (("x_range", self.x_range), ("y_range", self.y_range)):
            if values and not values[0] < values[1]:
                raise LsbError(f"{list(values)} is no range; give the first and a greater last coordinate", key)
        if self.n_jobs == 0:
            raise LsbError("0 threads compute nothing; give 1 or more, or -1", "n_jobs")

    def _facts(self, shown: Objective) -> tuple[str, ...]:
        """What the height is; nothing for a function that has no samples."""
        if shown.n_rows < 2:
            return ()
        return (f"{self.height.replace('_', ' ')} over {shown.n_rows} {self.evaluate_on.replace('_', '-')} samples",)

    def _shown(self, trained: Objective, dataset: Dataset) -> Objective:
        """What the landscape is of: the loss that was trained, or that of the held-out samples, or an error rate."""
        shown = trained
        if self.evaluate_on == "held_out":
            if dataset.held_out is None:
                raise LsbError("no samples are held out; set dataset.held_out, for example to 0.25", "evaluate_on")
            with within("model"):
                shown = self.model.rebind(dataset.held_out, dataset)
        with within("height"):
            return measured(shown, self.height)


def _measured_path(path: Trajectory, shown: Objective) -> Trajectory:
    """The trajectory with the losses of another objective."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        return replace(path, loss=losses_in_blocks(shown.losses, path.theta, shown.points_at_once, no_progress))
