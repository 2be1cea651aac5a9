"""The moves that travel with the ball, and the one that comes down to it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lsblender.storyboard.block import block_mesh
from lsblender.storyboard.camera import CAMERAS, CameraMotion, Subject
from lsblender.storyboard.motion import PACES, Ball, BallMotion
from lsblender.storyboard.motion.roll import roll_along
from lsblender.storyboard.terrain import Relief, Terrain, build_terrain
from tests.landscapes import SURFACES, clearances, landscape, triangles, zigzag
from tests.storyboard.test_camera import project, seen

CHASES = ["follow", "descent"]
SHAPES = [16 / 9, 1.0, 9 / 16]
RADIUS = 0.36
SECONDS = 4.0
#: A ball's skin, seen from its centre.
SHELL = np.random.default_rng(0).normal(size=(60, 3))
SHELL *= RADIUS / np.linalg.norm(SHELL, axis=1, keepdims=True)


@cache
def ground(surface: str, height: float = 0.4) -> Terrain:
    return build_terrain(landscape(surface), Relief(detail=64, height=height))


def rolled(terrain: Terrain, xy: np.ndarray, fps: float = 24, pace: str = "by_distance") -> BallMotion:
    frames = np.arange(1, int(SECONDS * fps) + 1)
    return roll_along(xy, terrain, Ball(radius=RADIUS, pace=PACES[pace]()), frames, fps)


@cache
def subject(surface: str, aspect: float = 16 / 9, fps: float = 24, pace: str = "by_distance") -> Subject:
    motion = rolled(ground(surface), zigzag(), fps, pace)
    return Subject(ground(surface), (motion,), motion.frames, aspect, fps)


@cache
def shot(kind: str, surface: str, aspect: float = 16 / 9, fps: float = 24, pace: str = "by_distance") -> CameraMotion:
    return CAMERAS[kind]().shoot(subject(surface, aspect, fps, pace))


def turns(rotation: np.ndarray, fps: float) -> np.ndarray:
    """Angular velocity (K - 1, 3) in degrees per second."""
    poses = Rotation.from_quat(rotation[:, [1, 2, 3, 0]])
    return np.degrees((poses[1:] * poses[:-1].inv()).as_rotvec()) * fps


# -- in the picture ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("surface", list(SURFACES))
@pytest.mark.parametrize("kind", list(CAMERAS))
def test_the_ball_is_inside_the_margins(kind: str, surface: str) -> None:
    """In every frame, at three shapes, also where it leaps from step to step."""
    for aspect, pace in zip(SHAPES, ("by_distance", "per_step", "by_distance"), strict=True):
        view, motion = shot(kind, surface, aspect, 24, pace), subject(surface, aspect, 24, pace).motions[0]
        assert abs(seen(view, motion.location[:, None] + SHELL, aspect)).max() <= 0.86 + 0.01


@pytest.mark.parametrize("surface", list(SURFACES))
def test_a_descent_ends_with_the_lowest_point(surface: str) -> None:
    for aspect in SHAPES:
        lowest = project(shot("descent", surface, aspect), -1, subject(surface).lowest()[None], aspect)
        assert abs(lowest).max() <= 0.86 + 0.01


@pytest.mark.parametrize("surface", list(SURFACES))
def test_a_reveal_always_holds_the_way_and_the_lowest_point(surface: str) -> None:
    for aspect in SHAPES:
        points = np.concatenate([subject(surface).motions[0].contact, subject(surface).lowest()[None]])
        points = np.broadcast_to(points, (96, *points.shape))
        assert abs(seen(shot("reveal", surface, aspect), points, aspect)).max() <= 0.86 + 0.01


@pytest.mark.parametrize("aspect", SHAPES)
def test_a_reveal_begins_as_a_map_that_fills_the_picture(aspect: float) -> None:
    """The rays through the picture's corners, straight down, meet the level ground; its edges are the picture's."""
    almost_level = ground("bowl", 1e-6)
    motion = rolled(almost_level, np.array([[-0.2, 0.1], [0.2, -0.2]]))
    view = CAMERAS["reveal"]().shoot(Subject(almost_level, (motion,), motion.frames, aspect))
    pose = Rotation.from_quat(view.rotation[0][[1, 2, 3, 0]])
    half = np.array([min(1.0, aspect), min(1.0, 1 / aspect)]) * 18.0 / view.lens[0]
    rays = pose.apply([[x * half[0], y * half[1], -1.0] for x in (-1, 1) for y in (-1, 1)])
    assert pose.apply([0.0, 0.0, 1.0]) == pytest.approx([0.0, 0.0, 1.0], abs=1e-9)
    met = view.location[0] - rays * view.location[0, 2] / rays[:, 2:]
    assert abs(met[:, :2]).max() <= 5.0 + 1e-5
    assert abs(met[:, :2]).max() > 4.7
    right = pose.apply([1.0, 0.0, 0.0])
    assert sorted(abs(right)) == pytest.approx([0.0, 0.0, 1.0], abs=1e-9)


def test_a_reveal_ends_like_a_still_or_closer() -> None:
    what = subject("bowl")
    still = CAMERAS["still"](facing="x_axis").shoot(what)
    far, near = (CAMERAS["reveal"](facing="x_axis", close=close).shoot(what) for close in (0.0, 1.0))
    assert far.location[-1] == pytest.approx(still.location[-1])
    assert far.rotation[-1] == pytest.approx(still.rotation[-1])
    assert near.focus[-1] < 0.8 * far.focus[-1]


# -- on its way ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["follow", "descent", "reveal", "orbit"])
def test_movements_have_no_kinks(kind: str) -> None:
    """Accelerations are bounded, and stay what they are when one looks four times as closely: a jump of the speed
    would make them four times as large.
    """
    for surface in ("bumps", "gorge"):
        view = shot(kind, surface, 16 / 9, 96)
        strongest = []
        for every, fps in ((4, 24), (1, 96)):
            along = np.linalg.norm(np.diff(view.location[::every], 2, axis=0), axis=1) * fps**2
            turning = turns(view.rotation[::every], fps)
            strongest.append([along.max(), np.linalg.norm(np.diff(turning, axis=0), axis=1).max() * fps])
        coarse, fine = np.array(strongest)
        assert (fine < [40.0, 150.0]).all()
        assert (fine < 1.5 * coarse + [1.0, 5.0]).all()


@pytest.mark.parametrize("kind", CHASES)
def test_a_zigzagging_ball_does_not_shake_the_camera(kind: str) -> None:
    """The ball's heading swings to and fro by more than a right angle, the camera's does not."""
    way = subject("level").motions[0].location
    steps = np.diff(way, axis=0)[np.linalg.norm(np.diff(way, axis=0), axis=1) > 0.02]
    heading = np.arctan2(steps[:, 1], steps[:, 0])
    assert np.degrees(abs((np.diff(heading) + np.pi) % (2 * np.pi) - np.pi)).max() > 90
    assert np.linalg.norm(turns(shot(kind, "level").rotation, 24), axis=1).max() < 25
    ball, camera = (np.linalg.norm(np.diff(x, 2, axis=0), axis=1).max() for x in (way, shot(kind, "level").location))
    assert camera < 0.1 * ball


@pytest.mark.parametrize("surface", list(SURFACES))
@pytest.mark.parametrize("kind", [*CHASES, "reveal"])
def test_no_cut_through_hills(kind: str, surface: str) -> None:
    """The camera keeps away from the ground as it is drawn."""
    terrain = ground(surface)
    for aspect in (16 / 9, 9 / 16):
        view = shot(kind, surface, aspect)
        assert (view.location[:, 2] > terrain.height(terrain.inside(view.location[:, :2]))).all()
        assert clearances(view.location[::3], triangles(block_mesh(terrain)), 1.0).min() > 0.3


@pytest.mark.parametrize("surface", list(SURFACES))
@pytest.mark.parametrize("kind", CHASES)
def test_no_hill_hides_the_ball(kind: str, surface: str) -> None:
    view, terrain = shot(kind, surface), ground(surface)
    centre = subject(surface).motions[0].location
    share = np.linspace(0.0, 1.0, 400)[:, None, None]
    ray = centre + share * (view.location - centre)
    over = (abs(ray[..., 0]) <= 5.0) & (abs(ray[..., 1]) <= 5.0)
    hidden = over & (ray[..., 2] < terrain.height(terrain.inside(ray[..., :2])) - 0.02)
    assert hidden.any(axis=0).mean() <= 0.02


def straight(fps: float = 24) -> Subject:
    motion = rolled(ground("level"), np.array([[-1.0, 0.2], [1.0, 0.2]]), fps)
    return Subject(ground("level"), (motion,), motion.frames, 16 / 9, fps)


def test_follow_is_behind_and_above_and_looks_ahead() -> None:
    what = straight()
    view = CAMERAS["follow"](drift=0.0).shoot(what)
    ball = what.motions[0].location
    behind = ball - view.location
    assert (behind[:, 0] > 3.0).all()
    assert abs(behind[:, 1]).max() < 0.3
    elevation = np.degrees(np.arctan2(-behind[:, 2], np.hypot(behind[:, 0], behind[:, 1])))
    assert elevation == pytest.approx(np.full(96, 24.0), abs=1.5)
    below = seen(view, ball[:, None], 16 / 9)[:, 0, 1]
    assert -0.5 < below.min() <= below.max() < 0.0


def test_a_ball_that_comes_back_does_not_flip_the_camera() -> None:
    motion = rolled(ground("level"), np.array([[-0.8, 0.1], [0.8, 0.0], [-0.8, -0.1]]))
    view = CAMERAS["follow"]().shoot(Subject(ground("level"), (motion,), motion.frames, 16 / 9))
    assert np.linalg.norm(turns(view.rotation, 24), axis=1).max() < 120
    assert np.linalg.norm(np.diff(turns(view.rotation, 24), axis=0), axis=1).max() * 24 < 500


@pytest.mark.parametrize("kind", CHASES)
def test_the_camera_drifts_round_a_resting_ball(kind: str) -> None:
    motion = rolled(ground("level"), np.array([[0.3, 0.2], [0.3, 0.2]]))
    what = Subject(ground("level"), (motion,), motion.frames, 16 / 9)
    for drift in (5.0, -12.0, 0.0):
        view = (
            CAMERAS[kind](drift=drift, ending=0.0).shoot(what)
            if kind == "descent"
            else CAMERAS[kind](drift=drift).shoot(what)
        )
        away = view.location - motion.location
        around = np.degrees(np.unwrap(np.arctan2(away[:, 1], away[:, 0])))
        assert around[-1] - around[0] == pytest.approx(drift * 95 / 24, abs=0.5)


@pytest.mark.parametrize("azimuth", [0.0, 100.0])
def test_moves_begin_or_end_where_the_x_axis_says(azimuth: float) -> None:
    what = straight()
    for kind, frame in (("follow", 0), ("reveal", -1)):
        view = (
            CAMERAS[kind](facing="x_axis", azimuth=azimuth, drift=0.0).shoot(what)
            if kind == "follow"
            else CAMERAS[kind](facing="x_axis", azimuth=azimuth).shoot(what)
        )
        back = Rotation.from_quat(view.rotation[frame][[1, 2, 3, 0]]).apply([0.0, 0.0, 1.0])
        off = np.degrees(np.arctan2(back[1], back[0])) - azimuth
        assert abs((off + 180.0) % 360.0 - 180.0) < 12.0


# -- several balls -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CHASES)
@pytest.mark.parametrize("aspect", SHAPES)
def test_near_balls_are_in_the_picture_too(kind: str, aspect: float) -> None:
    ways = [np.array([[-0.9, y], [0.8, 2 * y]]) for y in (0.0, 0.2, -0.25)]
    motions = tuple(rolled(ground("bowl"), way) for way in ways)
    view = CAMERAS[kind]().shoot(Subject(ground("bowl"), motions, motions[0].frames, aspect))
    for motion in motions:
        assert abs(seen(view, motion.location[:, None] + SHELL, aspect)).max() <= 0.86 + 0.02


@pytest.mark.parametrize("kind", CHASES)
def test_the_leader_is_sharp_and_a_ball_far_off_is_let_go(kind: str) -> None:
    ways = [np.array([[-0.9, -0.9], [-0.2, -0.9]]), np.array([[0.9, 0.9], [0.9, 0.8]])]
    both = tuple(rolled(ground("bowl"), way) for way in ways)
    alone, together = (
        CAMERAS[kind](facing="x_axis").shoot(Subject(ground("bowl"), motions, both[0].frames, 16 / 9))
        for motions in (both[:1], both)
    )
    assert together.location == pytest.approx(alone.location)
    assert together.focus == pytest.approx(alone.focus)
