"""The storyboard: shots in sequence, when each is seen, and the numbers that they show."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..engine import Experiment, Landscape
from ..engine.grid import Workers
from ..engine.landscape import Path
from ..engine.objective import Progress, part_of
from ..engine.survey import Between, Trained, View
from ..errors import LsbError, within
from ..libraries import require_libraries
from ..look.lighting import LightRig, Studio
from ..look.materials import Ice, Material
from ..look.palettes import Glacier, Palette
from ..settings import check, setting
from .camera import CameraMove, Still
from .films import H264, FilmFormat
from .labels import Labels
from .motion import Ball
from .physics import Keyed, Physics
from .surfaces import Changes, Fixed, Surface
from .surroundings import Surroundings
from .terrain import Relief
from .transitions import Cut, Transition

#: Radius of the largest ball, as a share of the terrain's width.
LARGEST_BALL = 0.25


@dataclass(frozen=True)
class Look:
    """What a landscape looks like and from where it is seen."""

    material: Material = setting(Ice(), "What the landscape is made of")
    palette: Palette = setting(Glacier(), "Its colours, from the lowest loss to the highest")
    light: LightRig = setting(Studio(), "Lamps, air and floor")
    camera: CameraMove = setting(Still(), "Where it is seen from")
    relief: Relief = setting(Relief(), "How the loss becomes ground")
    around: Surroundings = setting(Surroundings(), "What stands round the block")


@dataclass(frozen=True)
class Shot:
    """One landscape for some seconds: what the 2018 report calls an episode."""

    inherit: bool = setting(False, "Take over from the shot before all that is not said here")
    title: str = setting("", "What is written on the shot's title card; empty: the film's title on the first shot")
    seconds: float = setting(5.0, "Duration", min=0.04, max=36_000.0, soft_max=60.0, unit="s")
    experiment: Experiment = setting(Experiment(), "What the landscape is")
    surface: Surface = setting(Fixed(), "What the ground shows over time")
    part: tuple[float, float] = setting(
        (0.0, 1.0), "Which part of the run the ball goes, as shares of its steps", min=0.0, max=1.0
    )
    look: Look = setting(Look(), "What it looks like")
    ball: Ball = setting(Ball(), "The ball and its way")
    physics: Physics = setting(Keyed(), "What the ball does when it is let go")
    labels: Labels = setting(Labels(), "What is written in the picture")
    transition: Transition = setting(Cut(), "How this shot begins, after another one")

    def check_sizes(self) -> None:
        """Raise `LsbError` for a ball that does not fit the terrain, and for a part of the run that is none."""
        largest = LARGEST_BALL * self.look.relief.width
        if self.ball.radius > largest:
            raise LsbError(
                f"{self.ball.radius:g} m is too large for a terrain {self.look.relief.width:g} m wide; "
                f"allowed: up to {largest:g}",
                "ball.radius",
            )
        check(self.ball, "ball")
        if not self.part[0] < self.part[1]:
            raise LsbError(f"{list(self.part)} is no part of a run; give its first and a greater last share", "part")

    def steps(self, path: Path) -> tuple[int, int]:
        """The first and the last step of a path that this shot's ball goes."""
        last = len(path.xy) - 1
        return round(self.part[0] * last), max(round(self.part[1] * last), min(1, last))


@dataclass(frozen=True)
class Render:
    """The pictures that come out."""

    size: tuple[int, int] = setting((1280, 720), "Width and height", min=16, max=16_384, unit="pixels")
    quality: str = setting("preview", "Time spent on each frame", choices=("draft", "preview", "final", "best"))
    linear: bool = setting(False, "Write each frame as EXR too: the light before any view, without the writing")
    film: FilmFormat = setting(H264(), "Into what kind of film the frames are encoded")
    poster: float = setting(0.7, "Where in the film its poster frame is, as a share of its length", min=0.0, max=1.0)

    @property
    def aspect(self) -> float:
        """Width / height."""
        return self.size[0] / self.size[1]


@dataclass(frozen=True)
class Storyboard:
    """A film: its shots one after the other, `fps` frames per second, numbered from 1."""

    title: str = setting("", "Name of the film")
    fps: int = setting(24, "Frames per second", min=1, max=240)
    shots: tuple[Shot, ...] = setting((Shot(),), "The shots in their order", min_length=1)
    render: Render = setting(Render(), "Size and quality of the pictures")

    def timeline(self) -> list[Cue]:
        """When each shot and the transition before it are seen."""
        cues, last = [], 0
        for number, shot in enumerate(self.shots):
            lead = round(shot.transition.length * self.fps) if number else 0
            length = max(1, round(shot.seconds * self.fps))
            middle = last + lead
            cues.append(Cue(np.arange(last + 1, middle + 1), np.arange(middle + 1, middle + length + 1)))
            last = middle + length
        return cues

    def shot_frames(self) -> list[NDArray[np.int64]]:
        """The numbers (K,) of each shot's frames, without those of the transitions; a shot has at least one."""
        return [cue.shot for cue in self.timeline()]

    @property
    def n_frames(self) -> int:
        return int(self.shot_frames()[-1][-1])

    def numbers_key(self) -> str:
        """A hash of all settings that decide the numbers; looks, paces and cameras do not."""
        # where the plane turns, the balls' steps there are those of the parts
        turning = any(shot.transition.between for shot in self.shots)
        shots = [
            (replace(shot.experiment, n_jobs=1), shot.surface, shot.transition.between, turning and shot.part)
            for shot in self.shots
        ]
        return hashlib.sha256(repr(shots).encode()).hexdigest()

    def run(
        self,
        progress: Progress | None = None,
        viewed: Callable[[View], None] | None = None,
        workers: Workers | None = None,
    ) -> Results:
        """The numbers of every shot. Touches nothing outside itself, so it may run in a thread.

        A training that several shots show is done once. `viewed` is given what each shot's landscape is seen through;
        `workers`, where there are some, compute the large grids.
        """
        require_libraries()
        for k, shot in enumerate(self.shots):
            with within(f"shots[{k}]"):
                shot.check_sizes()
        views: list[View] = []
        found: list[tuple[Landscape, Changes | None, tuple[Between, ...]]] = []
        trainings: dict[Experiment, Trained] = {}
        for k, shot in enumerate(self.shots):
            part = part_of(progress, k / len(self.shots), (k + 1) / len(self.shots))
            with within(f"shots[{k}].experiment"):
                views.append(_view(shot.experiment, trainings, part_of(part, 0.0, SURVEYED)).by(workers))
                landscape = views[-1].landscape(part_of(part, SURVEYED, COMPUTED))
            with within(f"shots[{k}].surface"):
                changes = shot.surface.changes(views[-1], part_of(part, COMPUTED, CHANGED))
            turning: tuple[Between, ...] = ()
            if k and shot.transition.between:
                with within(f"shots[{k}].transition"):
                    turning = self._turning(k, views[k - 1], views[k], found[-1][0], landscape, part)
            found.append((landscape, changes, turning))
            if viewed is not None:
                viewed(views[-1])
            part_of(part, CHANGED, 1.0)(1.0)
        return Results(*(tuple(column) for column in zip(*found, strict=True)))

    def _turning(
        self, k: int, before: View, after: View, left: Landscape, entered: Landscape, progress: Progress
    ) -> tuple[Between, ...]:
        """The landscapes between shot k - 1's plane and shot k's, with where its balls are on each."""
        first_survey, second_survey = before.turning_into(after)
        count = self.shots[k].transition.between
        shares = np.arange(1, count + 1) / (count + 1)
        thetas = []
        for number, goal in enumerate(entered.paths):
            source = left.paths[number if number < len(left.paths) else 0]
            last, first = self.shots[k - 1].steps(source)[1], self.shots[k].steps(goal)[0]
            thetas.append([(1.0 - share) * source.theta[last] + share * goal.theta[first] for share in shares])
        resolution = (min(len(left.x), len(entered.x)), min(len(left.y), len(entered.y)))
        at = np.swapaxes(np.array(thetas), 0, 1)
        return tuple(first_survey.turn(second_survey, shares, at, resolution, part_of(progress, CHANGED, 1.0)))


def _view(experiment: Experiment, trainings: dict[Experiment, Trained], progress: Progress) -> View:
    """What the experiment shows, from a training that is there already or is kept for others."""
    if not experiment.landscape.is_computed:
        return experiment.view(progress)
    key = experiment.training()
    trained = trainings.get(key)
    if trained is None:
        trained = trainings[key] = experiment.train(part_of(progress, 0.0, TRAINED))
        progress = part_of(progress, TRAINED, 1.0)
    return experiment.survey(progress, trained)


#: Shares of a shot's progress at which it is trained and surveyed, its grid is there, and those of its changes are.
TRAINED, SURVEYED, COMPUTED, CHANGED = 0.8, 0.3, 0.6, 0.8


@dataclass(frozen=True, eq=False)
class Results:
    """The numbers of a storyboard: for every shot its landscape, how that changes (None: it does not), and the
    landscapes on the way to it from the shot before (none where they are not wanted).
    """

    landscapes: tuple[Landscape, ...]
    changes: tuple[Changes | None, ...]
    turnings: tuple[tuple[Between, ...], ...]

    @classmethod
    def of(cls, *landscapes: Landscape) -> Results:
        """Landscapes that stay what they are."""
        return cls(landscapes, (None,) * len(landscapes), ((),) * len(landscapes))

    def content_hash(self, storyboard: Storyboard) -> str:
        """A hash of all that decides the pictures: the settings and the numbers."""
        digest = hashlib.sha256(repr(storyboard).encode())
        for landscape in (*self.landscapes, *(between.landscape for turning in self.turnings for between in turning)):
            paths = [array for path in landscape.paths for array in (path.xy, path.loss, path.surface_loss)]
            for array in (landscape.x, landscape.y, landscape.loss, *paths):
                digest.update(np.ascontiguousarray(array).tobytes())
        for changes in self.changes:
            digest.update(b"" if changes is None else np.ascontiguousarray(changes.loss).tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Cue:
    """The numbers of a shot's frames (K,), and of those of the transition that leads into it, which may be none."""

    transition: NDArray[np.int64]
    shot: NDArray[np.int64]
