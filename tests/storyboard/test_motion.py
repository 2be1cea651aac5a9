"""The ball rests on the ground like a solid sphere, rolls without slipping, and keeps the pace it was given."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from lsblender.storyboard.block import block_mesh
from lsblender.storyboard.motion import PACES, Ball, BallMotion, PerStep, eased
from lsblender.storyboard.motion.roll import roll_along
from lsblender.storyboard.motion.walk import walk_of
from lsblender.storyboard.terrain import Relief, Terrain, build_terrain
from tests.landscapes import SURFACES, clearances, landscape, triangles, zigzag

Array = NDArray[np.float64]

FPS = 24
FRAMES = np.arange(1, 121)

PATHS = {
    "noisy": zigzag(),
    "across": np.array([[0.8, -0.7], [-0.9, 0.5], [0.3, 0.3], [-0.6, -0.8], [0.0, 0.0]]),
    # the corners and edges of the terrain itself: what a margin of 0 gives
    "along the rim": np.array([[1.2, 1.2], [1.2, -1.2], [-1.2, -1.2], [0.0, 1.2], [-1.2, 0.3]]),
    "one point": np.array([[0.3, -0.4]]),
    "never moves": np.tile([0.3, -0.4], (9, 1)),
    "one step": np.array([[-0.6, 0.2], [0.5, 0.1]]),
}


@cache
def ground(surface: str, height: float = 0.26, detail: int = 320) -> Terrain:
    return build_terrain(landscape(surface), Relief(height=height, detail=detail))


def rolled_on(terrain: Terrain, path: str, ball: Ball, count: int = 120, fps: float = FPS) -> BallMotion:
    return roll_along(PATHS[path], terrain, ball, np.arange(1, count + 1), fps)


@cache
def hard_motion(surface: str, path: str, radius: float, height: float) -> BallMotion:
    return rolled_on(ground(surface, height), path, Ball(radius=radius, leap=0.0), 60, 12)


@cache
def slow_motion(surface: str, path: str) -> BallMotion:
    """So many frames that differences between frames are nearly velocities."""
    return rolled_on(ground(surface, detail=192), path, Ball(radius=0.3, leap=0.0), 480, 80)


def turns(motion: BallMotion) -> Array:
    """The turn (K - 1, 3) from each frame to the next, as axis times angle."""
    rotation = Rotation.from_quat(motion.rotation[:, [1, 2, 3, 0]])
    return (rotation[1:] * rotation[:-1].inv()).as_rotvec()


# -- contact -------------------------------------------------------------------------------------------------

HARD = [
    *((surface, "noisy", 0.3, 0.26) for surface in SURFACES),
    *((surface, "across", 0.3, 1.0) for surface in SURFACES),
    *((surface, "along the rim", 0.3, 0.26) for surface in ("bowl", "crease", "wall", "bumps")),
    *((surface, "across", radius, 0.26) for surface in ("cusp", "wall", "bumps") for radius in (0.01, 1.2)),
    *(("bumps", path, 0.3, 0.26) for path in PATHS if path not in ("noisy", "along the rim")),
]


@pytest.mark.parametrize(("surface", "path", "radius", "height"), HARD)
def test_ball_rests_on_the_ground(surface: str, path: str, radius: float, height: float) -> None:
    terrain = ground(surface, height)
    motion = hard_motion(surface, path, radius, height)
    assert np.linalg.norm(motion.location - motion.contact, axis=1) == pytest.approx(radius, abs=1e-6)
    assert np.all(motion.location[:, 2] > terrain.height(motion.location[:, :2]))
    free = clearances(motion.location, triangles(block_mesh(terrain)), radius)
    assert free.min() >= radius - 1e-3, "it sinks in"
    assert free.max() <= radius + 2e-3, "it floats"


@pytest.mark.parametrize(("surface", "path", "radius", "height"), HARD)
def test_the_way_to_the_centre_is_the_normal(surface: str, path: str, radius: float, height: float) -> None:
    terrain = ground(surface, height)
    motion = hard_motion(surface, path, radius, height)
    smooth = motion.contact[:, 2] <= terrain.height(motion.contact[:, :2]) + 1e-4
    on_top = np.all(abs(motion.contact[:, :2]) < 4.999, axis=1) & smooth
    away = (motion.location - motion.contact)[on_top] / radius
    angles = np.degrees(np.arccos(np.clip(np.sum(away * terrain.normals(motion.contact[on_top, :2]), axis=1), -1, 1)))
    assert np.percentile(angles, 85) < 0.5


def test_ball_rides_on_both_flanks_of_a_crease() -> None:
    """In a valley with straight sides the centre is radius / cos(slope) above the bottom line."""
    terrain = build_terrain(landscape(lambda x, y: abs(x) + 0 * y), Relief(height=0.4, detail=480))
    slope = np.arctan(0.8)
    motion = roll_along(np.array([[0.0, -0.6], [0.0, 0.6]]), terrain, Ball(radius=0.5), FRAMES, FPS)
    assert motion.location[:, 2] == pytest.approx(np.full(120, 0.5 / np.cos(slope)), abs=0.02)


def spiral(t: Array) -> Array:
    return np.asarray(0.9 * (1 - 0.8 * t)[:, None] * np.column_stack([np.cos(5 * t), np.sin(5 * t)]))


def test_ball_on_a_bowl_follows_the_parallel_surface() -> None:
    """The centre over smooth ground is one radius along the normal: closed form on a paraboloid. It does not
    jitter about it: the third difference of what is left, which noise would raise, is small too.
    """
    terrain = build_terrain(landscape(lambda x, y: x**2 + y**2), Relief(detail=240))
    motion = roll_along(spiral(np.linspace(0, 1, 600)), terrain, Ball(radius=0.3), FRAMES, FPS)
    bend = 2.6 / (2 * 1.2**2) / (10 / 2.4) ** 2
    way = spiral(np.linspace(0, 1, 20_001)) * 10 / 2.4
    way = np.column_stack([way, bend * np.sum(way**2, axis=1)])
    arc = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(way, axis=0), axis=1)))
    ground = np.column_stack([np.interp(motion.walked, arc / arc[-1], way[:, k]) for k in range(3)])
    normal = np.column_stack([-2 * bend * ground[:, :2], np.ones(120)])
    expected = ground + 0.3 * normal / np.linalg.norm(normal, axis=1, keepdims=True)
    assert motion.location == pytest.approx(expected, abs=3e-3)
    assert motion.contact == pytest.approx(ground, abs=5e-3)
    assert abs(np.diff(motion.location - expected, n=3, axis=0)).max() < 2e-3


@pytest.mark.parametrize("surface", list(SURFACES))
def test_no_leaps(surface: str) -> None:
    """From frame to frame the centre goes no farther than its speed allows, also where the contact changes sides."""
    motion = slow_motion(surface, "noisy")
    steps = np.linalg.norm(np.diff(motion.location, axis=0), axis=1)
    walk = walk_of(ground(surface, detail=192), PATHS["noisy"])
    walked = np.diff(motion.walked) * walk.arc[-1]
    # at a corner of the path the ball also swings round
    assert np.all(steps <= 3.0 * walked.max() + 1e-9)


# -- rolling -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("surface", list(SURFACES))
@pytest.mark.parametrize("path", ["noisy", "across"])
def test_ball_does_not_slip(surface: str, path: str) -> None:
    """The ball's material at the contact stands still: v + omega x (contact - centre) is zero along the ground."""
    radius = 0.3
    motion = slow_motion(surface, path)
    normal = (motion.location - motion.contact) / radius
    steady = np.sum(normal[1:] * normal[:-1], axis=1) > np.cos(0.2)
    normal = normal[1:] + normal[:-1]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    moved = np.diff(motion.location, axis=0)
    along = moved - normal * np.sum(normal * moved, axis=1, keepdims=True)
    slip = np.linalg.norm(along - np.cross(turns(motion), radius * normal), axis=1)
    arc = np.linalg.norm(moved, axis=1)
    assert steady.mean() > 0.9
    assert slip[steady].sum() < 0.01 * arc[steady].sum()
    angle = np.linalg.norm(turns(motion), axis=1)
    assert radius * angle.sum() == pytest.approx(arc.sum(), rel=0.02)


def test_rolling_to_the_right() -> None:
    """On level ground the turn is about +y when it rolls towards +x, by distance over radius."""
    motion = roll_along(np.array([[-0.9, 0.0], [0.9, 0.0]]), ground("level"), Ball(radius=0.4), FRAMES, FPS)
    angle = (motion.location[:, 0] - motion.location[0, 0]) / 0.4
    expected = np.column_stack([np.cos(angle / 2), 0 * angle, np.sin(angle / 2), 0 * angle])
    assert motion.rotation * np.sign(np.sum(motion.rotation * expected, axis=1))[:, None] == pytest.approx(
        expected, abs=1e-9
    )
    assert angle[-1] == pytest.approx(1.8 * 10 / 2.4 / 0.4, rel=1e-6)


@pytest.mark.parametrize("path", list(PATHS))
def test_quaternions_are_unit_and_continuous(path: str) -> None:
    motion = rolled_on(ground("bumps"), path, Ball(radius=0.2), 480, 96)
    assert np.linalg.norm(motion.rotation, axis=1) == pytest.approx(np.ones(480))
    # neighbours are on the same side, so that interpolation goes the short way
    assert np.sum(motion.rotation[1:] * motion.rotation[:-1], axis=1).min() > 0
    assert motion.rotation[0] == pytest.approx([1, 0, 0, 0])


# -- pace ----------------------------------------------------------------------------------------------------


def far_and_near() -> Array:
    """Steps that halve: the first is as long as all the others together."""
    x = -0.9 + 1.6 * (1 - 0.5 ** np.arange(9))
    return np.column_stack([x, np.zeros(9)])


def test_by_distance_is_constant_speed() -> None:
    ball = Ball(radius=0.1, pace=PACES["by_distance"](), ease=0.0, hold_start=0.0, hold_end=0.0)
    motion = roll_along(far_and_near(), ground("bowl"), ball, FRAMES, FPS)
    assert motion.walked == pytest.approx(np.linspace(0, 1, 120), abs=1e-9)
    level = roll_along(far_and_near(), ground("level"), ball, FRAMES, FPS)
    steps = np.linalg.norm(np.diff(level.location, axis=0), axis=1)
    assert steps == pytest.approx(np.full(119, steps.mean()), rel=1e-6)


def test_per_step_gives_every_step_equal_time() -> None:
    path = far_and_near()
    ball = Ball(radius=0.1, pace=PerStep(), ease=0.0, hold_start=0.0, hold_end=0.0)
    terrain = ground("level")
    motion = roll_along(path, terrain, ball, np.arange(1, 82), FPS)
    assert motion.contact[::10, :2] == pytest.approx(terrain.to_metres(path), abs=1e-9)


@pytest.mark.parametrize("pace", list(PACES))
@pytest.mark.parametrize("path", list(PATHS))
def test_every_pace_goes_from_start_to_end(pace: str, path: str) -> None:
    walk = walk_of(ground("bumps"), PATHS[path])
    cost = PACES[pace]().cost(walk)
    assert cost.shape == walk.arc.shape
    assert np.all(np.diff(cost) >= 0)
    assert cost[0] == 0.0
    # whole steps are the iterates themselves
    iterates = walk.xy[walk.step == np.round(walk.step)]
    assert iterates == pytest.approx(ground("bumps").to_metres(PATHS[path]), abs=1e-12)
    motion = rolled_on(ground("bumps"), path, Ball(radius=0.2, pace=PACES[pace]()))
    for k, place in ((0, PATHS[path][0]), (-1, PATHS[path][-1])):
        # a corner of the terrain is touched near, not at it
        assert motion.contact[k, :2] == pytest.approx(ground("bumps").to_metres(place), abs=0.1)
    if len(walk.arc) > 1:
        assert (motion.walked[0], motion.walked[-1]) == pytest.approx((0.0, 1.0))
    assert np.all(np.diff(motion.walked) >= 0)


@pytest.mark.parametrize("pace", list(PACES))
def test_holds(pace: str) -> None:
    ball = Ball(pace=PACES[pace](), hold_start=1.0, hold_end=0.5, ease=0.1)
    motion = rolled_on(ground("bowl"), "across", ball)
    still = np.linalg.norm(np.diff(motion.location, axis=0), axis=1) == 0
    assert still[:24].all()
    assert still[-12:].all()
    assert not still[25:-13].any()
    assert motion.frames.tolist() == FRAMES.tolist()


def test_holds_longer_than_the_shot_leave_half_of_it() -> None:
    motion = rolled_on(ground("bowl"), "across", Ball(hold_start=30.0, hold_end=10.0))
    moving = np.flatnonzero(np.linalg.norm(np.diff(motion.location, axis=0), axis=1))
    assert len(moving) == pytest.approx(60, abs=2)
    assert moving[0] == pytest.approx(45, abs=1)
    assert (motion.walked[0], motion.walked[-1]) == (0.0, 1.0)


@pytest.mark.parametrize("count", [1, 2])
def test_shortest_shots(count: int) -> None:
    motion = rolled_on(ground("bowl"), "across", Ball(), count)
    assert motion.location.shape == (count, 3)
    assert np.isfinite(motion.location).all()
    assert np.isfinite(motion.rotation).all()


@pytest.mark.parametrize("ease", [0.0, 0.2, 0.5])
def test_easing(ease: float) -> None:
    time = np.linspace(-0.2, 1.2, 1401)
    share = eased(time, ease)
    assert share[time <= 0].max() == pytest.approx(0.0, abs=1e-12)
    assert share[time >= 1].min() == pytest.approx(1.0)
    assert np.all(np.diff(share) >= -1e-12)
    assert share[len(share) // 2] == pytest.approx(0.5, abs=1e-9)
    if ease:
        speed = np.diff(share) / np.diff(time)
        assert abs(np.diff(speed)).max() < 0.05


@pytest.mark.parametrize("width", [0.5, 1000.0])
def test_motion_scales_with_the_terrain(width: float) -> None:
    """The same film at another size: the same way, as many times larger."""
    motions = []
    for size in (10.0, width):
        terrain = build_terrain(landscape("bumps"), Relief(width=size, detail=96))
        motions.append(rolled_on(terrain, "across", Ball(radius=0.03 * size)).location / size)
    assert motions[0] == pytest.approx(motions[1], abs=2e-4)
