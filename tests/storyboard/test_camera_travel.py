"""The camera's way between two shots."""

from __future__ import annotations

import dataclasses
from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lsblender.storyboard.camera import CAMERAS, CameraMotion, Subject, joined
from lsblender.storyboard.camera.passage import Room, travel
from lsblender.storyboard.motion import Ball
from lsblender.storyboard.motion.roll import roll_along
from lsblender.storyboard.terrain import Relief, Terrain, build_terrain
from tests.landscapes import landscape, zigzag
from tests.storyboard.test_camera import seen

FPS = 24
COUNT = 60
FRAMES = np.arange(1, COUNT + 1)
SHARE = np.arange(1, COUNT + 1) / (COUNT + 1)
#: From one landscape to the next: where it stands.
HERE, BELOW, BESIDE = np.zeros(3), np.array([0.0, 0.0, -15.0]), np.array([14.0, 0.0, 0.0])
PLACES = [HERE, BELOW, BESIDE, np.array([-9.0, 11.0, 2.0])]


@cache
def ground(surface: str) -> Terrain:
    return build_terrain(landscape(surface), Relief(detail=48))


@cache
def subject(surface: str, aspect: float = 16 / 9) -> Subject:
    frames = np.arange(1, 73)
    motion = roll_along(zigzag(seed=3 if surface == "bowl" else 5), ground(surface), Ball(), frames, FPS)
    return Subject(ground(surface), (motion,), frames, aspect, FPS)


@cache
def shot(kind: str, surface: str, aspect: float = 16 / 9) -> CameraMotion:
    return CAMERAS[kind]().shoot(subject(surface, aspect))


def flight(place: np.ndarray) -> np.ndarray:
    """A ball (K, 3) from the end of the first shot to the start of the second, by a fall or a hop from rest to rest."""
    share = SHARE**2 * (3 - 2 * SHARE)
    start, end = subject("bowl").motions[0].location[-1], subject("bumps").motions[0].location[0] + place
    way = start + (end - start) * share[:, None]
    if place[2] > -5:
        way[:, 2] += 0.3 * np.linalg.norm(end - start) * 4 * share * (1 - share)
    return way


def parts(kinds: tuple[str, str], place: np.ndarray, aspect: float = 16 / 9) -> tuple[CameraMotion, CameraMotion]:
    return shot(kinds[0], "bowl", aspect), shot(kinds[1], "bumps", aspect).moved(place)


def pairs() -> list[tuple[str, str]]:
    return list(product(CAMERAS, CAMERAS))


# -- putting together ----------------------------------------------------------------------------------------


def test_moved() -> None:
    view = shot("orbit", "bowl")
    moved = view.moved((1.0, -2.0, 3.0))
    assert moved.location - view.location == pytest.approx(np.tile([1.0, -2.0, 3.0], (72, 1)))
    assert moved.rotation is view.rotation
    assert moved.focus is view.focus


def test_joined() -> None:
    first, second = shot("follow", "bowl"), shot("still", "bumps")
    second = dataclasses.replace(second, rotation=-second.rotation, frames=second.frames + 72)
    whole = joined([first, second])
    assert whole.frames.tolist() == list(range(1, 145))
    assert np.array_equal(whole.location, np.concatenate([first.location, second.location]))
    assert np.array_equal(whole.lens, np.concatenate([first.lens, second.lens]))
    assert np.sum(whole.rotation[1:] * whole.rotation[:-1], axis=1).min() > 0
    one, other = (Rotation.from_quat(turns[:, [1, 2, 3, 0]]) for turns in (whole.rotation[72:], second.rotation))
    assert (one * other.inv()).magnitude().max() == pytest.approx(0.0, abs=1e-12)


# -- the ends ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kinds", pairs())
def test_places_and_speeds_go_on_at_both_ends(kinds: tuple[str, str]) -> None:
    """The first step differs from the shot's last, and the last from the next shot's first, by an acceleration only."""
    for place in PLACES:
        before, after = parts(kinds, place)
        whole = joined([before, travel(before, after, FRAMES, flight(place), 0.8, FPS), after])
        acceleration = np.linalg.norm(np.diff(whole.location, 2, axis=0), axis=1) * FPS**2
        inside = acceleration[74 : 70 + COUNT].max()
        assert acceleration[[70, 71, 72]].max() <= inside + 5.0
        assert acceleration[70 + COUNT : 73 + COUNT].max() <= inside + 5.0
        poses = Rotation.from_quat(whole.rotation[:, [1, 2, 3, 0]])
        turns = np.degrees((poses[1:] * poses[:-1].inv()).as_rotvec()) * FPS
        around = np.linalg.norm(np.diff(turns, axis=0), axis=1) * FPS
        assert around[[70, 71, 72]].max() < 150
        assert around[70 + COUNT : 73 + COUNT].max() < 150


def line(speed: float, start: float, count: int = 12) -> CameraMotion:
    """A camera that looks along -y and moves along x at a constant speed; it is at `start` in its first frame."""
    x = start + speed * np.arange(count) / FPS
    turn = Rotation.from_euler("x", 80.0, degrees=True).as_quat()[[3, 0, 1, 2]]
    ones = np.ones(count)
    return CameraMotion(
        np.arange(count), np.column_stack([x, 8 * ones, 3 * ones]), np.tile(turn, (count, 1)), 9 * ones, 50 * ones,
        0.6 * ones, 0 * ones,
    )  # fmt: skip


def test_a_camera_at_constant_speed_goes_on_at_it() -> None:
    before = line(2.0, 0.0)
    after = line(2.0, before.location[-1, 0] + 2.0 * (COUNT + 1) / FPS)
    between = travel(before, after, FRAMES, None, 0.0, FPS)
    assert np.diff(joined([before, between, after]).location[:, 0]) * FPS == pytest.approx(np.full(COUNT + 23, 2.0))
    assert between.location[:, 1:] == pytest.approx(np.tile([8.0, 3.0], (COUNT, 1)))


def test_equal_poses_at_rest_stay_to_the_last_bit() -> None:
    view = shot("still", "bowl")
    other = dataclasses.replace(view, rotation=-view.rotation)
    ball = np.tile(subject("bowl").motions[0].location[-1], (COUNT, 1))
    for after, watched, attention in ((view, None, 0.0), (other, ball, 1.0)):
        between = travel(view, after, FRAMES, watched, attention, FPS)
        whole = joined([view, between, after])
        for field in dataclasses.fields(CameraMotion)[1:]:
            assert not np.ptp(getattr(whole, field.name), axis=0).any()


def test_single_frames_at_the_ends() -> None:
    before, after = (
        CameraMotion(**{field.name: getattr(view, field.name)[:1] for field in dataclasses.fields(CameraMotion)})
        for view in (shot("still", "bowl"), shot("orbit", "bumps"))
    )
    between = travel(before, after, FRAMES, None, 0.0, FPS)
    assert np.isfinite(between.location).all()
    assert between.location[0] == pytest.approx(before.location[0], abs=0.05)
    assert between.location[-1] == pytest.approx(after.location[0], abs=0.05)


def test_lens_and_aperture_go_over() -> None:
    before = dataclasses.replace(shot("still", "bowl"), lens=np.full(72, 25.0), f_stop=np.zeros(72))
    after = dataclasses.replace(shot("still", "bumps"), lens=np.full(72, 100.0), f_stop=np.full(72, 0.5))
    between = travel(before, after, FRAMES, None, 0.0, FPS)
    assert (np.diff(between.lens) > 0).all()
    assert np.sqrt(between.lens[29] * between.lens[30]) == pytest.approx(50.0, rel=1e-6)
    assert (np.diff(1.0 / between.f_stop) > 0).all()
    assert between.f_stop[-1] == pytest.approx(0.5, abs=0.01)
    assert 25.0 < between.lens[0] < 25.1


# -- on the way ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kinds", pairs())
def test_the_horizon_stays_level_and_rotations_do_not_flip(kinds: tuple[str, str]) -> None:
    for place in PLACES:
        before, after = parts(kinds, place)
        between = travel(before, after, FRAMES, flight(place), 1.0, FPS)
        assert np.linalg.norm(between.rotation, axis=1) == pytest.approx(np.ones(COUNT))
        right = Rotation.from_quat(between.rotation[:, [1, 2, 3, 0]]).apply([1.0, 0.0, 0.0])
        assert right[:, 2] == pytest.approx(np.zeros(COUNT), abs=1e-9)
        whole = joined([before, between, after])
        assert np.sum(whole.rotation[1:] * whole.rotation[:-1], axis=1).min() > 0.98


@pytest.mark.parametrize("kinds", pairs())
@pytest.mark.parametrize("aspect", [16 / 9, 1.0, 9 / 16])
def test_the_ball_in_flight_is_in_the_picture(kinds: tuple[str, str], aspect: float) -> None:
    for place, attention in product(PLACES, (0.2, 1.0)):
        before, after = parts(kinds, place, aspect)
        ball = flight(place)
        between = travel(before, after, FRAMES, ball, attention, FPS, Room(aspect=aspect))
        assert abs(seen(between, ball[:, None], aspect)).max() <= 0.86


def test_attention_draws_the_middle_of_the_picture_to_the_ball() -> None:
    before, after = parts(("still", "still"), BESIDE)
    ball = flight(BESIDE) + 3.0 * np.sin(np.pi * SHARE)[:, None] ** 2 * (0.0, 0.0, 1.0)
    middle = COUNT // 2
    aside = []
    for attention in (0.2, 0.6, 1.0):
        between = travel(before, after, FRAMES, ball, attention, FPS)
        aside.append(abs(seen(between, ball[:, None], 16 / 9)[middle]).max())
    assert aside[0] > aside[1] > aside[2]
    assert aside[2] < 0.15
    assert between.focus[middle] == pytest.approx(np.linalg.norm(between.location - ball, axis=1)[middle], rel=0.02)


@pytest.mark.parametrize("place", PLACES[1:])
@pytest.mark.parametrize("first", ["follow", "descent"])
def test_the_camera_goes_round_solid_ground(first: str, place: np.ndarray) -> None:
    """A camera close above the first block does not follow the ball through it."""
    grounds = ((ground("bowl"), np.zeros(3)), (ground("bumps"), place))
    for second in CAMERAS:
        before, after = parts((first, second), place)
        between = travel(before, after, FRAMES, flight(place), 0.8, FPS, Room(grounds=grounds))
        for terrain, at in grounds:
            local = between.location - at
            over = np.all(abs(local[:, :2]) <= 5.0, axis=1)
            solid = (local[:, 2] > terrain.base) & (local[:, 2] < terrain.height(terrain.inside(local[:, :2])))
            assert not np.any(over & solid)


def test_the_same_way_every_time() -> None:
    before, after = parts(("follow", "reveal"), BELOW)
    first, second = (travel(before, after, FRAMES, flight(BELOW), 0.7, FPS) for _ in range(2))
    for field in dataclasses.fields(CameraMotion):
        assert np.array_equal(getattr(first, field.name), getattr(second, field.name))
