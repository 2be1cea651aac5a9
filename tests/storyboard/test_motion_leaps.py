"""Leaps over hills, a smoothed way, and a ball that floats by the true loss."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from lsblender.engine.landscape import Path
from lsblender.storyboard.block import block_mesh
from lsblender.storyboard.motion import PACES, Ball, BallMotion
from lsblender.storyboard.motion.roll import roll_all, roll_along
from lsblender.storyboard.terrain import Relief, Terrain, build_terrain
from tests.landscapes import clearances, landscape, triangles, zigzag

Array = NDArray[np.float64]

FPS = 24
FRAMES = np.arange(1, 193)
METRE = 2.4 / 10

#: Over a hill of 2.6 m in the middle, by one long step, between short ones along the foot.
OVER = np.array([[-0.9, -0.6], [-0.9, -0.3], [-0.8, 0.0], [0.8, 0.1], [0.9, 0.4], [0.9, 0.8]])
#: From hollow to hollow of the bumps.
HOLLOWS = np.array([[-0.9, -0.8], [-0.35, -0.1], [0.75, 0.15], [0.45, 0.75], [-0.5, 0.6], [-0.45, 0.2]])


@cache
def ground(name: str) -> Terrain:
    surface = {
        "hill": lambda x, y: np.exp(-8 * (x**2 + y**2)),
        "cliff": lambda x, y: np.maximum(np.tanh(20 * (x + 0.2)) - np.tanh(6 * (x - 0.5)), 0.0),
    }.get(name, name)
    return build_terrain(landscape(surface), Relief(detail=192))


def motion_over(name: str, xy: Array, **ball: object) -> BallMotion:
    settings = {"radius": 0.3, **ball}
    return roll_along(xy, ground(name), Ball(**settings), FRAMES, FPS)  # type: ignore[arg-type]


# -- leaps ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pace", list(PACES))
@pytest.mark.parametrize(("name", "xy"), [("hill", OVER), ("cliff", OVER), ("bumps", HOLLOWS), ("ridge", OVER)])
def test_a_leap_clears_the_ground(name: str, xy: Array, pace: str) -> None:
    terrain = ground(name)
    motion = motion_over(name, xy, pace=PACES[pace]())
    free = clearances(motion.location, triangles(block_mesh(terrain)), 1.0)
    assert free.min() > 0.98 * 0.3
    assert motion.air.sum() >= 2
    # and only there: everywhere else it is on the ground
    assert free[~motion.air].max() < 0.3 + 2e-3
    assert not motion.lift[~motion.air].any()
    assert motion.lift[motion.air].max() > 0.3


def test_only_the_step_over_the_hill_is_a_leap() -> None:
    motion = motion_over("hill", OVER, pace=PACES["per_step"]())
    assert np.array_equal(motion.air, (motion.step > 2) & (motion.step < 3))


def test_it_takes_off_and_lands_where_it_rests() -> None:
    flying, rolling = (
        motion_over("hill", OVER, pace=PACES["per_step"]()),
        motion_over("hill", OVER, pace=PACES["per_step"](), leap=0.0),
    )
    assert flying.step == pytest.approx(rolling.step, abs=1e-9)
    assert flying.location[~flying.air] == pytest.approx(rolling.location[~flying.air], abs=1e-9)


def test_it_flies_a_parabola() -> None:
    """At constant speed on the map the height's second difference is constant, and negative."""
    motion = motion_over("hill", OVER, ease=0.0)
    flown = motion.location[motion.air]
    assert np.diff(flown[:, :2], n=2, axis=0) == pytest.approx(np.zeros((len(flown) - 2, 2)), abs=1e-9)
    bend = np.diff(flown[:, 2], n=2)
    assert bend.max() < 0
    assert bend == pytest.approx(np.full(len(bend), bend.mean()), abs=1e-6)


@pytest.mark.parametrize("pace", list(PACES))
@pytest.mark.parametrize(("name", "xy"), [("hill", OVER), ("cliff", OVER), ("bumps", HOLLOWS)])
def test_there_are_no_jumps(name: str, xy: Array, pace: str) -> None:
    """At ten times as many frames no step is longer than a tenth of the longest: nothing is skipped at once."""
    steps = []
    for fps, count in ((24, 96), (240, 951)):
        ball = Ball(radius=0.3, pace=PACES[pace]())
        motion = roll_along(xy, ground(name), ball, np.arange(1, count + 1), fps)
        steps.append(np.linalg.norm(np.diff(motion.location, axis=0), axis=1).max())
    assert steps[1] < 0.25 * steps[0]


def test_it_keeps_turning_in_the_air() -> None:
    motion = motion_over("hill", OVER, ease=0.0)
    rotation = Rotation.from_quat(motion.rotation[:, [1, 2, 3, 0]])
    turn = np.linalg.norm((rotation[1:] * rotation[:-1].inv()).as_rotvec(), axis=1)
    flown = np.flatnonzero(motion.air)
    inside = turn[flown[0] + 1 : flown[-1] - 1]
    on_map = np.linalg.norm(np.diff(motion.location[motion.air, :2], axis=0), axis=1).mean()
    assert inside.min() > 0.5 * on_map / 0.3
    assert inside.max() < 3.0 * on_map / 0.3
    assert abs(np.diff(inside)).max() < 0.1 * inside.max()


@pytest.mark.parametrize(("leap", "leaps"), [(0.0, False), (0.2, True), (0.3, False), (1.0, False)])
def test_from_how_high_a_hill_on(leap: float, leaps: bool) -> None:
    """The hill is 2.6 m high, of 10 m of width, and the straight line passes beside its top."""
    assert motion_over("hill", OVER, leap=leap).air.any() == leaps


def test_hollows_are_not_leapt_over() -> None:
    assert not motion_over("bowl", OVER, leap=1e-6).air.any()


def test_the_line_is_an_arc_too() -> None:
    motion = motion_over("hill", OVER)
    points, terrain = motion.trail.points, ground("hill")
    over = motion.trail.thickness < 1
    above = points[:, 2] - terrain.height(points[:, :2])
    assert above.min() > 0
    assert above[~over].max() < 0.3 * 0.17
    assert above[over].max() > 0.3
    # it keeps up with the ball
    length = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)))
    ends = np.column_stack([np.interp(motion.trail.share, length / length[-1], points[:, k]) for k in range(3)])
    assert np.linalg.norm(ends - motion.location, axis=1).max() < 2.5 * 0.3
    assert np.linalg.norm(np.diff(points, axis=0), axis=1).max() < 0.05


# -- smoothing -----------------------------------------------------------------------------------------------


def test_smoothing_is_off() -> None:
    assert Ball().smoothing == 0.0
    assert motion_over("bowl", zigzag()).notes == ()


@pytest.mark.parametrize("steps", [0.5, 3.0, 200.0])
def test_smoothing_says_what_it_hides(steps: float) -> None:
    """How far the ball is from the true path, measured at the iterates in the frames of a pace by steps."""
    xy, terrain = zigzag(40), ground("level")
    ball = Ball(radius=0.2, pace=PACES["per_step"](), ease=0.0, hold_start=0.0, hold_end=0.0, smoothing=steps)
    motion = roll_along(xy, terrain, ball, np.arange(1, 42), FPS)
    away = np.linalg.norm(motion.location[:, :2] - terrain.to_metres(xy), axis=1)
    assert away[[0, -1]] == pytest.approx([0, 0], abs=1e-9)
    (note,) = motion.notes
    assert f"smoothed over {steps:g} steps, up to {away.max():.2g} m off the line, the true path" in note
    true = roll_along(xy, terrain, dataclasses.replace(ball, smoothing=0.0), np.arange(1, 42), FPS)
    # the line stays the true path
    assert np.array_equal(motion.trail.points, true.trail.points)
    assert motion.walked == pytest.approx(true.walked, abs=1e-9)
    bends = [abs(np.diff(way.location[:, :2], n=2, axis=0)).mean() for way in (motion, true)]
    assert bends[0] < (0.9 if steps < 1 else 0.15) * bends[1]


def test_smoothing_is_a_gaussian_over_the_steps() -> None:
    """A lone spike far from the ends becomes the bell's values."""
    xy = np.zeros((81, 2))
    xy[40] = (0.5, 0.0)
    ball = Ball(radius=0.2, pace=PACES["per_step"](), ease=0.0, hold_start=0.0, hold_end=0.0, smoothing=3.0)
    motion = roll_along(xy, ground("level"), ball, np.arange(1, 82), FPS)
    bell = np.exp(-0.5 * ((np.arange(81) - 40) / 3.0) ** 2) / (3.0 * np.sqrt(2 * np.pi))
    assert motion.location[:, 0] * METRE == pytest.approx(0.5 * bell, abs=1e-4)


# -- true loss -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", ["linear", "log", "sqrt"])
def test_z_of_a_loss_is_the_height_at_which_it_is_drawn(scale: str) -> None:
    made = landscape("banana")
    terrain = build_terrain(made, Relief(detail=96, scale=scale, clip=90.0))
    top = np.percentile(made.loss, 90.0)
    assert terrain.z_of(made.loss) == pytest.approx(terrain.z[::2, ::2], abs=1e-9)
    assert terrain.z_of(np.array([top, 2 * top, np.inf, np.nan])) == pytest.approx(np.full(4, 2.6))
    low = made.loss.min()
    assert float(terrain.z_of(np.array(low))) == pytest.approx(0.0, abs=1e-9)
    below = terrain.z_of(low - np.array([0.0, 1e-4, 1e-3, 1.0, 1e9]))
    assert np.all(np.diff(below) <= 0)
    assert below.min() >= -2.6
    assert not build_terrain(landscape("level"), Relief(detail=8, scale=scale)).z_of(np.arange(3.0)).any()


def off_plane(error: Array) -> tuple[Terrain, Path]:
    made = landscape("bowl", HOLLOWS)
    path = dataclasses.replace(made.paths[0], loss=made.paths[0].loss + error)
    return build_terrain(made, Relief(detail=96)), path


def test_on_true_loss_it_floats_by_the_error() -> None:
    error = np.array([0.0, 0.3, 0.6, -0.4, 0.9, 0.0])
    terrain, path = off_plane(error)
    settings = {"radius": 0.3, "pace": PACES["per_step"](), "ease": 0.0, "hold_start": 0.0, "hold_end": 0.0}
    frames = np.arange(1, 52)
    low, high = (
        roll_all([path], terrain, Ball(height=height, **settings), frames, FPS)[0]  # type: ignore[arg-type]
        for height in ("surface", "true_loss")
    )
    metres = 2.6 / 3 / 1.2**2
    assert high.lift[::10] == pytest.approx(abs(error) * metres, abs=1e-6)
    assert high.location - low.location == pytest.approx(high.lift[:, None] * [0, 0, 1], abs=1e-9)
    # between iterates it is smooth and stays between their values
    assert abs(np.diff(high.lift, n=2)).max() < 0.06
    assert high.rotation == pytest.approx(low.rotation, abs=1e-9)
    assert high.loss[::10] == pytest.approx(path.loss, abs=1e-6)
    (note,) = high.notes
    assert note.endswith("up to 0.9.")
    assert low.notes == ()


def test_the_plumb_line_goes_from_the_ground_to_the_ball() -> None:
    terrain, path = off_plane(np.array([0.0, 0.3, 0.6, 0.4, 0.9, 0.5]))
    motion = roll_all([path], terrain, Ball(radius=0.3, height="true_loss"), FRAMES, FPS)[0]
    assert motion.foot[:, :2] == pytest.approx(motion.location[:, :2])
    assert motion.foot[:, 2] == pytest.approx(terrain.height(motion.location[:, :2]))
    high = motion.lift > 0.1
    assert (motion.foot[:, 2] + motion.plumb)[high] == pytest.approx(motion.location[high, 2] - 0.3)
    assert motion.plumb[0] == 0.0
    assert abs(np.diff(motion.plumb)).max() < 0.12
    on_ground = roll_all([path], terrain, Ball(radius=0.3), FRAMES, FPS)[0]
    assert not on_ground.plumb.any()


def test_true_loss_over_a_leap() -> None:
    made = landscape("bumps", HOLLOWS)
    terrain = build_terrain(made, Relief(detail=96))
    path = dataclasses.replace(made.paths[0], loss=made.paths[0].loss + 0.5)
    low, high = (
        roll_all([path], terrain, Ball(radius=0.3, height=height, pace=PACES["per_step"]()), FRAMES, FPS)[0]
        for height in ("surface", "true_loss")
    )
    lifted = float(np.ptp(terrain.z_of(np.array([0.0, 0.5]))))
    assert high.location[:, 2] - low.location[:, 2] == pytest.approx(np.full(192, lifted), abs=0.02)
    assert high.lift.max() == pytest.approx(low.lift.max() + lifted, abs=0.02)
