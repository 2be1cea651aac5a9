"""Balls that are let go in Blender, against formulas."""

from __future__ import annotations

import dataclasses

import bpy
import numpy as np
import pytest

from lsblender.scene.library import empty_scene
from lsblender.scene.physics import simulate
from lsblender.storyboard.physics import Keyed, Physics, Release, pad, terrain_collider
from lsblender.storyboard.terrain import Relief, build_terrain
from lsblender.storyboard.transitions import BallPose, Drop, Passage, Side
from tests.landscapes import landscape
from tests.storyboard.falling import fall_by_formula

FPS = 24
RADIUS = 0.36


def release(
    physics: Physics, velocity: tuple[float, float, float] = (0, 0, 0), depth: float = 3.0, frames: int = 144
) -> Release:
    times = np.arange(-3, 1)[:, None] / FPS
    location = times * np.array(velocity, dtype=float)
    rotation = np.tile([1.0, 0.0, 0.0, 0.0], (4, 1))
    below = pad(np.array([0.0, 0.0, -depth]), RADIUS)
    return Release(location, rotation, RADIUS, frames, FPS, physics, (below,))


@pytest.fixture(autouse=True)
def scene() -> bpy.types.Scene:
    return empty_scene()


def test_free_fall_with_the_speed_that_it_had() -> None:
    fall = simulate(release(Keyed(damping=0.0), (2.0, -1.0, 0.0), depth=100.0, frames=24))
    t = np.arange(1, 25) / FPS
    assert fall.location[:, 0] == pytest.approx(2.0 * t, abs=1e-4)
    assert fall.location[:, 1] == pytest.approx(-1.0 * t, abs=1e-4)
    assert fall.location[:, 2] == pytest.approx(-9.81 * t**2 / 2, abs=0.01)


@pytest.mark.parametrize("bounciness", [0.2, 0.5])
@pytest.mark.parametrize("gravity", [9.81, 30.0])
def test_bounces_lose_their_share_of_speed(bounciness: float, gravity: float) -> None:
    wanted = release(Keyed(damping=0.0, bounciness=bounciness, gravity=gravity))
    fall, expected = simulate(wanted), fall_by_formula(wanted)
    height = fall.location[:, 2] + 3.0
    assert height.min() > -0.02
    assert height[-1] == pytest.approx(0.0, abs=0.02)
    landed = int(np.argmax(np.diff(height) > 0))
    # Bullet pushes apart what overlaps at a landing, so a ball bounces a little more than asked for
    assert 0.9 * bounciness**2 < height[landed + 1 :].max() / 3.0 < (bounciness + 0.2) ** 2
    assert fall.location[: landed + 1, 2] == pytest.approx(expected.location[: landed + 1, 2], abs=0.35)
    assert abs(fall.location[:, :2]).max() < 1e-3


def test_a_ball_rolls_down_a_slope_and_stays_on_the_ground() -> None:
    terrain = build_terrain(landscape("bowl"), Relief(detail=60))
    start = np.array([3.0, 0.5, float(terrain.height(np.array([3.0, 0.5]))) + 1.2 * RADIUS])
    wanted = dataclasses.replace(
        release(Keyed(damping=0.3), frames=240),
        location=np.tile(start, (4, 1)),
        colliders=(terrain_collider(terrain, np.zeros(3)),),
    )
    fall = simulate(wanted)
    height = fall.location[:, 2] - terrain.height(fall.location[:, :2])
    assert height.min() > 0.9 * RADIUS
    assert np.linalg.norm(fall.location[-1, :2]) < 1.0
    # it rolls: half of its way's turn at least, for a ball that slips now and then
    from scipy.spatial.transform import Rotation

    turns = Rotation.from_quat(fall.rotation[:, [1, 2, 3, 0]])
    angle = (turns[1:] * turns[:-1].inv()).magnitude().sum()
    way = np.linalg.norm(np.diff(fall.location, axis=0), axis=1).sum()
    assert angle * RADIUS == pytest.approx(way, rel=0.25)


def test_the_same_fall_every_time_and_nothing_left() -> None:
    before = {name: len(getattr(bpy.data, name)) for name in ("scenes", "objects", "meshes", "actions", "collections")}
    wanted = release(Keyed())
    falls = [simulate(wanted) for _ in range(4)]
    for fall in falls[1:]:
        assert np.array_equal(fall.location, falls[0].location)
        assert np.array_equal(fall.rotation, falls[0].rotation)
    after = {name: len(getattr(bpy.data, name)) for name in before}
    assert after == before


def test_the_mass_does_not_change_a_fall() -> None:
    light, heavy = (simulate(release(Keyed(mass=mass))).location for mass in (0.1, 50.0))
    assert light == pytest.approx(heavy, abs=0.02)


@pytest.mark.parametrize("bounciness", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("fps", [12, 24, 60])
def test_a_drop_is_over_in_time(bounciness: float, fps: int) -> None:
    """The ball is at rest where the next path begins, whatever it bounces, and never jumps."""
    kind = Drop(seconds=3.0, bounciness=bounciness)
    terrain = build_terrain(landscape("bumps"), Relief(detail=24))
    poses = [BallPose(np.array([0.5, 0.5, z]), np.array([0.5, 0.5, z - RADIUS]), np.eye(4)[0], RADIUS) for z in (2, -9)]
    sides = [Side(k, terrain, np.array([0.0, 0.0, -10.0 * k]), (pose,)) for k, pose in enumerate(poses)]
    (way,) = kind.play(Passage(np.arange(1, 3 * fps + 1), fps, *sides, simulate)).balls
    assert way.location[0] == pytest.approx(poses[0].location)
    assert way.location[-1] == pytest.approx(poses[1].location)
    assert np.linalg.norm(np.diff(way.location[-3:], axis=0), axis=1).max() < 0.01
    assert way.location[:, 2].min() > -9.0 - 0.02 * RADIUS
    fastest = np.sqrt(2 * 11.0 * 2.0 * 11.0 / (0.05 * 3.0) ** 2) / fps
    assert np.linalg.norm(np.diff(way.location, axis=0), axis=1).max() < fastest
