"""What is said about a shot."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lsblender.look.palettes import PALETTES
from lsblender.storyboard.colours import ball_colours
from lsblender.storyboard.directing import direct
from lsblender.storyboard.film import Film
from lsblender.storyboard.labels import ShotFacts
from lsblender.storyboard.motion import Ball
from lsblender.storyboard.physics import PHYSICS
from lsblender.storyboard.storyboard import Look, Results, Shot, Storyboard
from lsblender.storyboard.telling import tell
from lsblender.storyboard.terrain import Relief
from tests.landscapes import landscape
from tests.storyboard.falling import fall_by_formula

WAY = np.array([[0.7, 0.5], [0.3, 0.45], [0.05, 0.1], [0.0, 0.0]])
SHOT = Shot(seconds=2.0, ball=Ball(radius=0.3), look=Look(relief=Relief(detail=24)))


def told(*shots: Shot, title: str = "", names: tuple[str, ...] = ()) -> tuple[tuple[ShotFacts, ...], Film]:
    grounds = landscape("bumps", *([WAY] * max(1, len(names))))
    if names:
        paths = [dataclasses.replace(path, name=name) for path, name in zip(grounds.paths, names, strict=True)]
        grounds = dataclasses.replace(grounds, paths=tuple(paths))
    storyboard = Storyboard(title=title, fps=12, shots=shots)
    results = Results.of(*[grounds] * len(shots))
    film = direct(storyboard, results, fall_by_formula, 1.5)
    return tell(storyboard, results, film), film


def test_the_films_title_is_on_the_first_shot() -> None:
    facts, _ = told(SHOT, SHOT, dataclasses.replace(SHOT, title="Third"), title="The film")
    assert [fact.title for fact in facts] == ["The film", "", "Third"]


def test_the_counters_show_what_the_optimizer_had() -> None:
    (facts,), _ = told(SHOT)
    (path,) = facts.paths
    grounds = landscape("bumps", WAY)
    assert path.step[0] == 0.0
    assert path.step[-1] == 3.0
    for step, loss in zip(path.step, path.loss, strict=True):
        assert loss == grounds.paths[0].loss[int(step)]
    assert not path.finished[0]
    assert path.finished[-1]
    assert np.all(np.diff(path.finished.astype(int)) >= 0)


def test_a_divergence_is_said_apart_from_the_name() -> None:
    (facts,), _ = told(SHOT, names=("sgd", "rmsprop 2 (diverged at step 17)"))
    assert [(path.name, path.diverged_at) for path in facts.paths] == [("sgd", None), ("rmsprop 2", 17)]


def test_gravity_is_in_the_legend() -> None:
    (facts,), film = told(dataclasses.replace(SHOT, physics=PHYSICS["fully_physical"]()))
    assert [path.name for path in facts.paths] == ["path 1", "gravity"]
    assert len({path.colour for path in facts.paths}) == 2
    # the loss of the ground under the free ball
    ball = film.segments[0].balls[1]
    terrain = film.segments[0].grounds[0].terrain(0)
    row, column = (np.abs(axis - ball.contact[0, k]).argmin() for k, axis in ((1, terrain.y), (0, terrain.x)))
    assert facts.paths[1].loss[0] == pytest.approx(terrain.loss[row, column], rel=0.2)


def test_colours_of_ones_own_come_first() -> None:
    own = dataclasses.replace(SHOT, ball=dataclasses.replace(SHOT.ball, colours=("#123456",)))
    colours = ball_colours(own, 4)
    assert colours[0] == "#123456"
    assert len(set(colours)) == 4
    assert ball_colours(SHOT, 1) == [PALETTES["glacier"]().accent]


@pytest.mark.parametrize(("scale", "said"), [("linear", ()), ("log", ("Heights: logarithm of the loss.",))])
def test_the_scale_of_heights_is_said(scale: str, said: tuple[str, ...]) -> None:
    relief = dataclasses.replace(SHOT.look.relief, scale=scale)
    shot = dataclasses.replace(SHOT, look=dataclasses.replace(SHOT.look, relief=relief))
    (facts,), _ = told(shot)
    assert facts.captions == said
