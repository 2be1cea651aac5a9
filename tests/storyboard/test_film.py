"""The film: shots and transitions in one timeline, and nothing jumps."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
import pytest

from lsblender.errors import LsbError
from lsblender.storyboard.directing import direct
from lsblender.storyboard.film import Film, Segment
from lsblender.storyboard.motion import Ball
from lsblender.storyboard.physics import PHYSICS
from lsblender.storyboard.storyboard import Look, Results, Shot, Storyboard
from lsblender.storyboard.terrain import Relief
from lsblender.storyboard.transitions import TRANSITIONS
from tests.landscapes import landscape
from tests.storyboard.falling import fall_by_formula

KINDS = [kind for kind in TRANSITIONS if kind not in ("cut", "unfold")]
WAY = np.array([[0.7, 0.5], [0.3, 0.45], [0.05, 0.1], [0.0, 0.0]])
BALL = Ball(radius=0.4, hold_start=0.2, hold_end=0.2)


def shot(kind: str = "cut", width: float = 10.0, seconds: float = 1.0, physics: str = "keyed", **settings: Any) -> Shot:
    return Shot(
        seconds=seconds,
        ball=BALL,
        look=Look(relief=Relief(detail=32, finest=32, width=width)),
        transition=TRANSITIONS[kind](**settings),
        physics=PHYSICS[physics](),
    )


@functools.cache
def film_of(kind: str, fps: int = 24, before: str = "bumps", after: str = "bowl", **settings: Any) -> Film:
    """Two landscapes of different grids and sizes with a transition between them."""
    storyboard = Storyboard(fps=fps, shots=(shot(), shot(kind, 8.0, **settings)))
    grounds = [
        landscape(before, WAY, x=(-1.2, 1.2, 25), y=(-1.2, 1.2, 21)),
        landscape(after, 1.5 * WAY[::-1] + 0.1, x=(-2, 2, 31), y=(-2, 2, 33)),
    ]
    return direct(storyboard, Results.of(*grounds), fall_by_formula, 16 / 9)


def way_of(film: Film, number: int = 0) -> np.ndarray:
    """The centre (N, 3) of a ball over the whole film."""
    return np.concatenate([segment.balls[number].location for segment in film.segments])


def steps_of(way: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.diff(way, axis=0), axis=1)


# -- the timeline --------------------------------------------------------------------------------------------


def test_frames_of_shots_and_transitions_follow_each_other() -> None:
    storyboard = Storyboard(fps=10, shots=(shot(), shot("morph", seconds=2.0), shot("cut")))
    storyboard = dataclasses.replace(
        storyboard,
        shots=(
            storyboard.shots[0],
            dataclasses.replace(storyboard.shots[1], transition=TRANSITIONS["morph"](seconds=0.5)),
            storyboard.shots[2],
        ),
    )
    cues = storyboard.timeline()
    assert [cue.transition.tolist() for cue in cues] == [[], [11, 12, 13, 14, 15], []]
    assert [(cue.shot[0], cue.shot[-1]) for cue in cues] == [(1, 10), (16, 35), (36, 45)]
    assert storyboard.n_frames == 45


def test_the_first_shot_has_no_transition() -> None:
    storyboard = Storyboard(fps=10, shots=(shot("drop"),))
    assert storyboard.n_frames == 10


@pytest.mark.parametrize("kind", KINDS)
def test_segments_cover_the_film(kind: str) -> None:
    film = film_of(kind)
    frames = np.concatenate([segment.frames for segment in film.segments])
    assert frames.tolist() == film.frames.tolist() == list(range(1, len(frames) + 1))
    assert [segment.is_transition for segment in film.segments] == [False, True, False]
    assert film.presence.sum(axis=0) == pytest.approx(1.0)
    assert film.presence[0, 0] == film.presence[1, -1] == 1.0
    assert len(film.camera.frames) == len(frames)
    for segment in film.segments:
        for ball in segment.balls:
            assert len(ball.location) == len(ball.rotation) == len(ball.radius) == len(segment.frames)


# -- nothing jumps -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pair", [("bumps", "bowl"), ("crease", "banana")])
def test_four_times_the_frames_give_a_quarter_of_the_steps(kind: str, pair: tuple[str, str]) -> None:
    """What is continuous moves less from frame to frame the more frames there are; a jump stays a jump."""
    coarse, fine = (steps_of(way_of(film_of(kind, fps, *pair))).max() for fps in (24, 96))
    assert fine < 0.4 * coarse


@pytest.mark.parametrize("kind", KINDS)
def test_the_camera_does_not_jump(kind: str) -> None:
    coarse, fine = (film_of(kind, fps).camera for fps in (24, 96))
    for name in ("location", "rotation"):
        steps = [steps_of(getattr(camera, name)).max() for camera in (coarse, fine)]
        assert steps[1] < 0.4 * steps[0] + 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_a_ball_turns_on_from_where_it_is(kind: str) -> None:
    coarse, fine = (
        np.concatenate([segment.balls[0].rotation for segment in film_of(kind, fps).segments]) for fps in (24, 96)
    )
    assert np.linalg.norm(coarse, axis=1) == pytest.approx(1.0)
    turns = [2 * np.arccos(np.clip(np.sum(r[1:] * r[:-1], axis=1), -1, 1)).max() for r in (coarse, fine)]
    assert turns[1] < 0.45 * turns[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pair", [("bumps", "bowl"), ("crease", "banana")])
def test_no_ball_is_in_the_ground(kind: str, pair: tuple[str, str]) -> None:
    """Its centre is never less than 98 % of its radius from the ground that it is over and rides."""
    rng = np.random.default_rng(0)
    for segment in film_of(kind, 24, *pair).segments:
        for k in range(len(segment.frames)):
            centre, radius = segment.balls[0].location[k], segment.balls[0].radius[k]
            for ground in segment.grounds:
                if ground.hole.any():
                    continue
                terrain, place = ground.terrain(k), ground.place[k]
                around = centre[:2] - place[:2] + rng.normal(size=(400, 2)) * radius / 2
                inside = np.all((around >= terrain.corners[0]) & (around <= terrain.corners[1]), axis=1)
                if inside.any() and ground.presence[k] > 0.5:
                    points = terrain.points(around[inside]) + place
                    assert np.linalg.norm(points - centre, axis=1).min() > 0.98 * radius, (segment.name, k)


def test_the_ball_that_drops_goes_through_the_hole_and_lands_on_the_start() -> None:
    film = film_of("drop")
    way = film.segments[1]
    upper, lower = way.grounds
    ball = way.balls[0]
    hole = upper.hole_at + upper.place[0, :2]
    through = abs(ball.location[:, 2] - upper.place[:, 2] - upper.terrain(0).height(upper.hole_at[None])) < 0.4
    assert through.any()
    off = np.linalg.norm(ball.location[through, :2] - hole, axis=1) + ball.radius[through]
    moving = steps_of(np.vstack([ball.location[:1], ball.location]))[through] > 1e-3
    assert np.all(off[moving] <= upper.hole[through][moving])
    start = film.segments[2].balls[0].location[0]
    assert np.linalg.norm(ball.location[-1] - start) < 0.01
    assert np.linalg.norm(ball.location[-1] - ball.location[-2]) < 0.01
    assert lower.place[0, 2] < upper.place[0, 2]


def test_islands_lie_apart_and_on_one_level() -> None:
    film = film_of("fly")
    first, second = film.segments[1].grounds
    apart = np.abs(film.places[1] - film.places[0])[:2]
    half = (first.terrain(0).x[-1] + second.terrain(0).x[-1], first.terrain(0).y[-1] + second.terrain(0).y[-1])
    assert np.any(apart > half)
    assert film.bases[0] == pytest.approx(film.bases[1])


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_film_every_time(kind: str) -> None:
    first, second = film_of(kind), film_of.__wrapped__(kind)
    assert np.array_equal(way_of(first), way_of(second))
    assert np.array_equal(first.camera.location, second.camera.location)
    for a, b in zip(first.segments, second.segments, strict=True):
        for one, other in zip(a.grounds, b.grounds, strict=True):
            assert np.array_equal(one.state, other.state)
            assert all(np.array_equal(s.z, t.z) for s, t in zip(one.states, other.states, strict=True))


def test_the_cloud_goes_from_one_grid_to_the_other() -> None:
    film = film_of("dissolve", points=20)
    (cloud,) = film.segments[1].clouds
    for points, number in ((cloud.start, 0), (cloud.goal, 1)):
        terrain = film.segments[2 * number].grounds[0].terrain(0)
        place = film.places[number]
        assert len(points) == 400
        assert points[:, 2] - place[2] == pytest.approx(terrain.height(points[:, :2] - place[:2]))
    assert cloud.presence.max() > 0.9
    assert film.segments[1].grounds[0].presence[-1] == 0.0


# -- several balls -------------------------------------------------------------------------------------------


@functools.cache
def race(kind: str, before: int, after: int) -> Film:
    ways = [WAY * (1 - 0.1 * k, 1 + 0.1 * k) for k in range(3)]
    storyboard = Storyboard(fps=24, shots=(shot(), shot(kind)))
    grounds = [landscape("bumps", *ways[:before]), landscape("bowl", *ways[:after])]
    return direct(storyboard, Results.of(*grounds), fall_by_formula, 16 / 9)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("counts", [(3, 1), (1, 3), (2, 2), (0, 2), (2, 0), (0, 0)])
def test_balls_come_and_go(kind: str, counts: tuple[int, int]) -> None:
    film = race(kind, *counts)
    assert [len(film.segments[k].balls) for k in (0, 2)] == list(counts)
    middle = film.segments[1]
    for ball in middle.balls[counts[1] :]:
        assert ball.radius[-1] == 0.0
    if counts[0] and counts[1]:
        for number in range(min(counts)):
            ends = film.segments[0].balls[number].location[-1], film.segments[2].balls[number].location[0]
            ball = middle.balls[number]
            near = 0.2 * np.ptp(ball.location, axis=0).max() + 0.05
            assert np.linalg.norm(ball.location[0] - ends[0]) < near
            assert np.linalg.norm(ball.location[-1] - ends[1]) < near


# -- balls that are let go -----------------------------------------------------------------------------------


def physical(kind: str, seconds: float = 3.0, **ball: Any) -> tuple[Segment, Film]:
    one = dataclasses.replace(shot(physics=kind, seconds=seconds), ball=dataclasses.replace(BALL, **ball))
    film = direct(Storyboard(fps=24, shots=(one,)), Results.of(landscape("level", WAY)), fall_by_formula, 1.5)
    return film.segments[0], film


def test_a_ball_is_let_go_where_the_path_ends() -> None:
    keyed, _ = physical("keyed")
    released, _ = physical("release")
    same = np.all(keyed.balls[0].location == released.balls[0].location, axis=1)
    arrival = int(np.argmin(same)) if not same.all() else len(same)
    assert arrival > 24
    assert np.all(same[:arrival])


def test_fully_physical_shows_two_balls() -> None:
    segment, film = physical("fully_physical")
    path, free = segment.balls
    assert free.skin.free
    assert not path.skin.free
    assert np.linalg.norm(path.location[0] - free.location[0]) > 2 * 0.4
    assert len(segment.trails) == 2
    assert any("gravity" in note for note in film.notes[0])


def test_a_ball_on_the_true_loss_can_not_be_let_go() -> None:
    one = dataclasses.replace(shot(physics="release"), ball=dataclasses.replace(BALL, height="true_loss"))
    ground = landscape("bowl", WAY)
    path = dataclasses.replace(ground.paths[0], loss=ground.paths[0].surface_loss + 1.0)
    ground = dataclasses.replace(ground, paths=(path,))
    with pytest.raises(LsbError, match="floats"):
        direct(Storyboard(fps=24, shots=(one,)), Results.of(ground), fall_by_formula, 1.5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_ball_that_floats_comes_down_without_a_jump(kind: str) -> None:
    first = dataclasses.replace(shot(), ball=dataclasses.replace(BALL, height="true_loss"))
    ground = landscape("bumps", WAY)
    path = dataclasses.replace(ground.paths[0], loss=ground.paths[0].surface_loss + np.array([0.0, 0.3, 0.6, 0.9]))
    ground = dataclasses.replace(ground, paths=(path,))
    ways = []
    for fps in (24, 96):
        storyboard = Storyboard(fps=fps, shots=(first, shot(kind)))
        film = direct(storyboard, Results.of(ground, landscape("bowl", WAY)), fall_by_formula, 16 / 9)
        line = film.segments[0].balls[0].plumb_line
        assert line is not None
        assert line.length[-1] > 0.5
        ways.append(steps_of(way_of(film)).max())
    assert ways[1] < 0.4 * ways[0]


def test_a_colour_that_is_none_is_refused() -> None:
    one = dataclasses.replace(shot(), ball=dataclasses.replace(BALL, colours=("red",)))
    with pytest.raises(LsbError, match="not a colour") as raised:
        one.check_sizes()
    assert raised.value.key == "ball.colours[0]"
