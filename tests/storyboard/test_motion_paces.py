"""What each pace promises, and one clock for several balls."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from lsblender.engine.landscape import Path
from lsblender.storyboard.motion import PACES, Ball, BallMotion, ByDistance, ByLoss, PerStep, Physical
from lsblender.storyboard.motion.roll import roll_all
from lsblender.storyboard.motion.walk import walk_of
from lsblender.storyboard.terrain import Relief, Terrain, build_terrain
from tests.landscapes import landscape

Array = NDArray[np.float64]

FRAMES, FPS = np.arange(1, 121), 24
#: Seconds from the first frame to the last.
SPAN = 119 / 24
#: No rests, no easing: the pace and nothing else.
BARE = Ball(radius=0.1, ease=0.0, hold_start=0.0, hold_end=0.0, leap=0.0, apart=0.0)


@cache
def ground(surface: str) -> Terrain:
    return build_terrain(landscape(surface), Relief(detail=160))


def path(xy: Array, loss: Array | None = None) -> Path:
    loss = np.zeros(len(xy)) if loss is None else np.asarray(loss, dtype=float)
    return Path("a", xy, loss, loss, xy)


def descent(rate: float, steps: int = 30) -> Path:
    """Gradient descent on x^2 + 2 y^2: first leaps, last crawl."""
    xy = np.array([0.9, -0.8]) * (1 - rate * np.array([2.0, 4.0])) ** np.arange(steps)[:, None]
    return path(xy, xy[:, 0] ** 2 + 2 * xy[:, 1] ** 2)


def line(length: float, steps: int = 10) -> Path:
    """Along x on level ground, in metres."""
    x = np.linspace(0.0, length, steps + 1) * 2.4 / 10 - 1.0
    return path(np.column_stack([x, np.zeros(steps + 1)]), np.linspace(1.0, 0.0, steps + 1))


def rolled(paths: list[Path], surface: str, **ball: object) -> list[BallMotion]:
    return roll_all(paths, ground(surface), dataclasses.replace(BARE, **ball), FRAMES, FPS)


# -- by loss -------------------------------------------------------------------------------------------------


def test_equal_drops_take_equal_time() -> None:
    """With little time by distance: when the loss has fallen by a share of the whole drop, so has the time."""
    down = descent(0.05)
    (motion,) = rolled([down], "bowl", pace=ByLoss(crawl=0.01))
    fallen = (down.loss[0] - motion.loss) / (down.loss[0] - down.loss[-1])
    assert fallen == pytest.approx(np.linspace(0, 1, 120), abs=0.01)


@pytest.mark.parametrize("crawl", [0.1, 0.25, 0.9])
def test_a_share_of_the_time_goes_by_distance(crawl: float) -> None:
    """So that the ball goes on where the loss does not fall: there it has constant speed."""
    down = path(np.array([[-0.8, 0.0], [-0.2, 0.0], [0.4, 0.0]]), np.array([1.0, 0.0, 0.0]))
    (motion,) = rolled([down], "level", pace=ByLoss(crawl=crawl))
    # first half of the way: all of the drop and half of the distance
    assert np.interp(1.0, motion.step, np.linspace(0, 1, 120)) == pytest.approx(1 - crawl / 2, abs=0.01)
    plateau = np.diff(motion.location[motion.step > 1.01, 0])
    assert plateau == pytest.approx(np.full(len(plateau), plateau.mean()), rel=1e-6)
    assert plateau.mean() * 119 == pytest.approx(2.5 / (crawl / 2), rel=1e-3)


def test_a_rise_and_the_fall_that_undoes_it_take_time_by_distance_only() -> None:
    x = np.linspace(-0.8, 0.8, 5)
    noisy = path(np.column_stack([x, 0 * x]), np.array([2.0, 1.0, 1.8, 1.0, 0.0]))
    (motion,) = rolled([noisy], "level", pace=ByLoss(crawl=0.2))
    times = np.interp([1.0, 2.0, 3.0], motion.step, np.linspace(0, 1, 120))
    assert times == pytest.approx([0.45, 0.5, 0.55], abs=0.01)


def test_losses_that_are_no_numbers_do_not_stop_the_clock() -> None:
    x = np.linspace(-0.8, 0.8, 5)
    broken = path(np.column_stack([x, 0 * x]), np.array([np.inf, 1.0, np.nan, 0.5, 0.0]))
    for pace in PACES:
        (motion,) = rolled([broken], "bowl", pace=PACES[pace]())
        assert np.isfinite(motion.location).all()
        assert np.isfinite(motion.loss).all()
        assert np.all(np.diff(motion.step) > 0)


# -- physical ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("friction", [0.0, 0.1, 0.4])
def test_on_a_slope_the_acceleration_is_constant(friction: float) -> None:
    """Closed form: s = v0 t + (g sin a - friction g cos a) t^2 / 2, with the time scaled to the shot."""
    slope = build_terrain(landscape(lambda x, y: x + 0 * y), Relief(height=0.4, detail=16))
    down = path(np.array([[0.9, 0.0], [-0.9, 0.0]]))
    ball = dataclasses.replace(BARE, pace=Physical(friction=friction, least=0.05))
    (motion,) = roll_all([down], slope, ball, FRAMES, FPS)
    angle, first, way = np.arctan(0.4), 0.05 * np.sqrt(2 * 9.81 * 10), 1.8 * 10 / 2.4 / np.cos(np.arctan(0.4))
    gain = 9.81 * (np.sin(angle) - friction * np.cos(angle))
    total = way / first if gain == 0 else (np.sqrt(first**2 + 2 * gain * way) - first) / gain
    time = np.linspace(0, total, 120)
    assert motion.walked * way == pytest.approx(first * time + gain * time**2 / 2, abs=0.01)


@pytest.mark.parametrize("surface", ["bowl", "bumps"])
@pytest.mark.parametrize("friction", [0.0, 0.08])
def test_speed_follows_the_energy(surface: str, friction: float) -> None:
    """v^2 / 2 + g h + friction g x never falls; it stays the same, but where the ball is at its least speed."""
    terrain = ground(surface)
    across = np.array([[-0.9, -0.8], [-0.35, -0.1], [0.75, 0.15], [0.45, 0.75]])
    pace = Physical(friction=friction, least=0.02)
    ball = dataclasses.replace(BARE, pace=pace, radius=0.02)
    frames = np.arange(1, 481)
    (motion,) = roll_all([path(across)], terrain, ball, frames, FPS)
    arc = motion.walked * walk_of(terrain, across).arc[-1]
    scale = float(pace.cost(walk_of(terrain, across))[-1]) / (479 / 24)
    speed = np.diff(arc) * FPS / scale
    middle = (motion.contact[1:] + motion.contact[:-1]) / 2
    places = np.cumsum(np.linalg.norm(np.diff(middle[:, :2], axis=0), axis=1))
    energy = speed[1:] ** 2 / 2 + 9.81 * terrain.height(middle[1:, :2]) + friction * 9.81 * places
    least = 0.02 * np.sqrt(2 * 9.81 * 10)
    assert speed.min() >= least * 0.99
    typical = speed.max() ** 2 / 2
    assert np.diff(energy).min() > -0.02 * typical
    free = speed[1:] > 1.5 * least
    both = free[1:] & free[:-1]
    assert both.mean() > 0.3
    assert abs(np.diff(energy)[both]).max() < 0.02 * typical


# -- all of them ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pace", list(PACES))
def test_first_leaps_and_last_crawl_both_read(pace: str) -> None:
    """No pace hurries through the first half of the drop in a frame or two, nor through the last of the steps."""
    down = descent(0.04, 60)
    (motion,) = roll_all([down], ground("bowl"), Ball(radius=0.1, pace=PACES[pace]()), FRAMES, FPS)
    half = (motion.loss < down.loss[0] - 1e-9) & (motion.loss > 0.5 * down.loss[0])
    assert half.sum() >= 6
    assert ((motion.step > 5) & (motion.step < 58.9)).sum() >= 12
    assert np.all(np.diff(motion.step) >= 0)


def test_step_and_loss_are_those_of_the_iterates() -> None:
    down = descent(0.05)
    (motion,) = rolled([down], "bowl", pace=PerStep())
    assert motion.step == pytest.approx(np.linspace(0, 29, 120), abs=1e-6)
    assert motion.loss == pytest.approx(np.interp(motion.step, np.arange(30), down.loss), abs=1e-9)


# -- several balls -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ease", [0.0, 0.1, 0.3])
def test_one_clock(ease: float) -> None:
    """They set off alike, and the one with half as far to go is there in about half the time."""
    far, near = roll_all(
        [line(6.0), line(3.0)], ground("level"), dataclasses.replace(BARE, pace=ByDistance(), ease=ease), FRAMES, FPS
    )
    x, y = (motion.location[:, 0] - motion.location[0, 0] for motion in (far, near))
    arrived = np.argmax(y > 3.0 - 1e-6) / 119
    assert arrived == pytest.approx(0.5 * (1 - ease) + ease, abs=0.02)
    alike = np.arange(120) / 119 < arrived - ease - 0.02
    assert x[alike] == pytest.approx(y[alike], abs=1e-9)
    assert (x[-1], y[-1]) == pytest.approx((6.0, 3.0))
    if ease:
        # no jolt at the stop: it slows down over as many frames as the other
        assert abs(np.diff(y, n=2)).max() == pytest.approx(abs(np.diff(x, n=2)).max(), rel=0.1)


def test_a_ball_with_hardly_any_way_keeps_the_same_acceleration() -> None:
    far, near = rolled([line(6.0), line(0.2)], "level", pace=ByDistance(), ease=0.3)
    assert abs(np.diff(near.location[:, 0], n=2)).max() < 1.1 * abs(np.diff(far.location[:, 0], n=2)).max()
    assert near.walked[-1] == 1.0


@pytest.mark.parametrize("pace", list(PACES))
def test_together(pace: str) -> None:
    motions = rolled([descent(0.05), descent(0.02, 12), line(2.0)], "bowl", pace=PACES[pace](), together=True)
    for motion in motions:
        moving = np.flatnonzero(np.linalg.norm(np.diff(motion.location, axis=0), axis=1) > 1e-9)
        assert moving[0] == 0
        assert moving[-1] == 118


@pytest.mark.parametrize("pace", list(PACES))
def test_no_ball_jumps_that_has_next_to_nothing_to_pay(pace: str) -> None:
    """One that only climbs, beside one that falls a long way."""
    x = np.linspace(-0.5, 0.5, 9)
    up = path(np.column_stack([x, x]), np.linspace(0.0, 3.0, 9))
    motions = rolled([descent(0.05), up], "bowl", pace=PACES[pace]())
    arc = walk_of(ground("bowl"), up.xy).arc[-1]
    assert np.diff(motions[1].walked).max() * arc < 0.15 * arc
    assert motions[1].walked[-1] == pytest.approx(1.0)
