"""Benchmarks of the panel: how fast the view follows. See `benchmark.py`, which lists and runs them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from timings import Timing, seconds

from lsblender.storyboard.storyboard import Storyboard

#: Seconds that an update may take while a slider is dragged, and how many are timed: the quickest counts, as on a
#: machine that does nothing else.
LIMIT, UPDATES = 0.1, 15
#: The models and data that the view has to follow, as a scene file's choices, and their learning rate.
SEEDS = {
    "svm": ("breast_cancer", 0.3),
    "logistic_regression": ("iris", 0.5),
    "least_squares": ("diabetes", 0.05),
}


def seed_storyboard(model: str) -> Storyboard:
    """A shot of a seed model on a grid of 128 x 128."""
    from lsblender.engine import DATASETS, MODELS, OPTIMIZERS

    dataset, rate = SEEDS[model]
    storyboard = Storyboard()
    descent: Any = OPTIMIZERS["sgd"]
    experiment = replace(
        storyboard.shots[0].experiment,
        dataset=DATASETS[dataset](standardize=True),
        model=MODELS[model](),
        optimizers=(descent(learning_rate=rate),),
        resolution=(128, 128),
    )
    return replace(storyboard, shots=(replace(storyboard.shots[0], experiment=experiment),))


def quickest_update(model: str, change: Callable[[Any, int], None]) -> float:
    """Seconds from a change of the panel to the updated scene, at best; `change` is given the shot and a number."""
    import lsblender
    from lsblender.scene.library import empty_scene
    from lsblender.ui.live import Live
    from lsblender.ui.rows import active_shot
    from lsblender.ui.state import show_storyboard

    scene: Any = empty_scene()
    lsblender.register()
    try:
        show_storyboard(scene, seed_storyboard(model))
        live = Live(scene)
        live.update(in_full=True)
        numbers = itertools.count()

        def update() -> None:
            change(active_shot(scene), next(numbers))
            live.update()
            scene.view_layers[0].update()

        update()
        return min(seconds(update) for _ in range(UPDATES))
    finally:
        lsblender.unregister()


def _followed(model: str, what: str, change: Callable[[Any, int], None]) -> Timing:
    took = quickest_update(model, change)
    words = model.replace("_", " ")
    name = f"Live: {what} of {words}, 128 x 128, {1.0 / took:.0f} updates a second, against 100 ms"
    return Timing(name, LIMIT, took, 1.0)


def _drag(shot: Any, number: int) -> None:
    optimizer = shot.experiment.optimizers[0].sgd
    optimizer.learning_rate *= 1.01 if number % 2 else 0.99


def live_svm() -> Timing:
    """A learning rate that is dragged: training, chart, grid, ground, ball and path."""
    return _followed("svm", "learning rate", _drag)


def live_logistic() -> Timing:
    """The same for logistic regression."""
    return _followed("logistic_regression", "learning rate", _drag)


def live_least_squares() -> Timing:
    """The same for least squares."""
    return _followed("least_squares", "learning rate", _drag)


def live_range() -> Timing:
    """A range that is dragged: nothing is trained."""

    def change(shot: Any, number: int) -> None:
        shot.experiment.margin = 0.4 + 0.01 * (number % 7)

    return _followed("svm", "range", change)


def live_look() -> Timing:
    """Another palette: materials, lamps and air."""

    def change(shot: Any, number: int) -> None:
        shot.look.palette.kind = ("ember", "glacier")[number % 2]

    return _followed("svm", "palette", change)


def live_against_build() -> Timing:
    """An update in place against building the same shot in full."""
    from lsblender.scene.build import build_scene
    from lsblender.scene.library import empty_scene

    scene = empty_scene()
    storyboard = seed_storyboard("svm")

    def build() -> None:
        build_scene(storyboard, storyboard.run(), scene)

    build()
    whole = min(seconds(build) for _ in range(3))
    return Timing("Live: learning rate, against building anew", whole, quickest_update("svm", _drag), 2.0)


PANEL_BENCHMARKS = (live_svm, live_logistic, live_least_squares, live_range, live_look, live_against_build)
