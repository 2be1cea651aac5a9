"""The camera holds what it is to show, in pictures of every shape: what all moves have in common."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lsblender.storyboard.camera import CAMERAS, SENSOR, CameraMotion, Subject, direction, in_sight
from lsblender.storyboard.motion import Ball
from lsblender.storyboard.motion.roll import roll_along
from lsblender.storyboard.terrain import Relief, build_terrain
from tests.landscapes import landscape, zigzag

#: The moves that hold the whole block in every picture.
SHOW_ALL = [kind for kind in CAMERAS if CAMERAS[kind]().shows_all()]
SHAPES = [16 / 9, 1.0, 9 / 16, 2.39]
FRAMES = np.arange(1, 49)
#: From the first corner of the terrain past the second: a way on which a ball sticks out of the block.
RIM = np.array([[1.2, 1.2], [1.2, -1.2], [-1.2, -1.2]])


@cache
def subject(surface: str, aspect: float, height: float = 0.26, path: str = "noisy") -> Subject:
    terrain = build_terrain(landscape(surface), Relief(detail=64, height=height))
    xy = {"noisy": zigzag(), "rim": RIM}[path]
    motion = roll_along(xy, terrain, Ball(radius=0.5), FRAMES, 24)
    return Subject(terrain, (motion,), FRAMES, aspect)


def project(view: CameraMotion, frame: int, points: np.ndarray, aspect: float) -> np.ndarray:
    """Where points (N, 3) are in the picture (N, 2): -1 to 1 from edge to edge. A plain pinhole camera."""
    turn = Rotation.from_quat(view.rotation[frame][[1, 2, 3, 0]])
    local = turn.inv().apply(points - view.location[frame])
    assert np.all(local[:, 2] < 0), "behind the camera"
    width, height = (SENSOR, SENSOR / aspect) if aspect >= 1 else (SENSOR * aspect, SENSOR)
    seen = local[:, :2] / -local[:, 2:] * view.lens[frame]
    return seen / (np.array([width, height]) / 2)


def seen(view: CameraMotion, points: np.ndarray, aspect: float) -> np.ndarray:
    """The same for points (K, N, 3) of every frame (K, N, 2)."""
    axes = Rotation.from_quat(view.rotation[:, [1, 2, 3, 0]]).as_matrix()
    local = np.einsum("knj,kji->kni", points - view.location[:, None], axes)
    assert np.all(local[..., 2] < 0), "behind the camera"
    size = np.array([36.0, 36.0 / aspect]) if aspect >= 1 else np.array([36.0 * aspect, 36.0])
    return local[..., :2] / -local[..., 2:] * view.lens[:, None, None] / (size / 2)


def block_points(what: Subject) -> np.ndarray:
    """Every grid point of the ground and every corner of the block."""
    terrain = what.terrain
    x, y = np.meshgrid(terrain.x, terrain.y)
    top = np.column_stack([x.ravel(), y.ravel(), terrain.z.ravel()])
    corners = np.array([[a, b, terrain.base] for a in terrain.x[[0, -1]] for b in terrain.y[[0, -1]]])
    return np.concatenate([top, corners])


@pytest.mark.parametrize("kind", SHOW_ALL)
@pytest.mark.parametrize("aspect", SHAPES)
@pytest.mark.parametrize("facing", ["open_side", "x_axis"])
def test_everything_is_inside_the_margins(kind: str, aspect: float, facing: str) -> None:
    for surface, height, azimuth, lens in (("bumps", 0.26, 0, 50), ("wall", 1.0, 70, 24), ("level", 0.0, -160, 100)):
        what = subject(surface, aspect, height)
        move = CAMERAS[kind](facing=facing, azimuth=azimuth, lens=lens, margin=0.1, elevation=35.0)
        view = move.shoot(what)
        points = block_points(what)
        widest = 0.0
        for frame in range(0, 48, 5):
            seen = abs(project(view, frame, points, aspect))
            # the framing looks at every few points of the ground only
            assert seen.max() <= 0.8 + 0.01
            widest = max(widest, seen.max())
        assert widest > 0.75, "and it fills what the margins leave"


@pytest.mark.parametrize("kind", list(CAMERAS))
@pytest.mark.parametrize("aspect", SHAPES)
def test_the_ball_is_in_the_picture(kind: str, aspect: float) -> None:
    what = subject("bowl", aspect, 0.3, "rim")
    view = CAMERAS[kind](margin=0.05).shoot(what)
    rng = np.random.default_rng(0)
    shell = rng.normal(size=(200, 3))
    shell *= 0.5 / np.linalg.norm(shell, axis=1, keepdims=True)
    for frame in range(48):
        seen = project(view, frame, what.motions[0].location[frame] + shell, aspect)
        assert abs(seen).max() <= 0.9 + 0.01


@pytest.mark.parametrize("kind", list(CAMERAS))
def test_the_horizon_is_level(kind: str) -> None:
    view = CAMERAS[kind]().shoot(subject("bumps", 1.5))
    right = Rotation.from_quat(view.rotation[:, [1, 2, 3, 0]]).apply([1.0, 0.0, 0.0])
    assert right[:, 2] == pytest.approx(np.zeros(len(right)), abs=1e-9)
    assert np.sum(view.rotation[1:] * view.rotation[:-1], axis=1).min(initial=1.0) > 0


@pytest.mark.parametrize("kind", SHOW_ALL)
@pytest.mark.parametrize("azimuth", [0.0, 90.0, -135.0])
def test_facing_the_x_axis(kind: str, azimuth: float) -> None:
    """Halfway through the shot the camera stands in the direction asked for."""
    view = CAMERAS[kind](facing="x_axis", azimuth=azimuth, elevation=30.0).shoot(subject("level", 1.5, 0.0))
    rotation = Rotation.from_quat(view.rotation[[len(view.rotation) // 2]][:, [1, 2, 3, 0]])
    back = rotation.apply([0.0, 0.0, 1.0])[0]
    assert np.degrees(np.arcsin(back[2])) == pytest.approx(30.0)
    assert np.degrees(np.arctan2(back[1], back[0])) == pytest.approx(azimuth, abs=1.0)
    assert view.azimuth == pytest.approx(np.full(48, azimuth), abs=1.0)


def test_orbit_turns_as_far_as_asked() -> None:
    view = CAMERAS["orbit"](turn=90.0).shoot(subject("bowl", 1.5))
    around = np.unwrap(np.arctan2(view.location[:, 1], view.location[:, 0]))
    assert np.degrees(around[-1] - around[0]) == pytest.approx(90.0)
    assert np.linalg.norm(view.location[:, :2], axis=1) == pytest.approx(
        np.full(48, np.linalg.norm(view.location[0, :2]))
    )
    assert view.location[:, 2] == pytest.approx(np.full(48, view.location[0, 2]))


@pytest.mark.parametrize("kind", list(CAMERAS))
def test_focus_is_the_distance_to_the_ball(kind: str) -> None:
    what = subject("bumps", 1.5)
    view = CAMERAS[kind]().shoot(what)
    back = Rotation.from_quat(view.rotation[:, [1, 2, 3, 0]]).apply([0.0, 0.0, 1.0])
    distance = np.sum((view.location - what.motions[0].location) * back, axis=1)
    assert view.focus == pytest.approx(np.full(48, distance.mean()) if kind == "still" else distance)


@pytest.mark.parametrize("kind", list(CAMERAS))
def test_a_landscape_without_a_path(kind: str) -> None:
    what = dataclasses.replace(subject("bumps", 1.5), motions=())
    view = CAMERAS[kind](close=0.0).shoot(what) if kind == "reveal" else CAMERAS[kind]().shoot(what)
    assert np.isfinite(view.location).all()
    assert abs(project(view, 47, block_points(what), 1.5)).max() <= 0.89


@pytest.mark.parametrize("kind", list(CAMERAS))
def test_one_frame(kind: str) -> None:
    terrain = subject("bumps", 1.5).terrain
    motion = roll_along(zigzag(), terrain, Ball(radius=0.5), FRAMES[:1], 24)
    view = CAMERAS[kind]().shoot(Subject(terrain, (motion,), FRAMES[:1], 1.5))
    assert len(view.location) == 1
    assert np.isfinite(view.location).all()
    assert abs(project(view, 0, motion.location, 1.5)).max() <= 0.86


@pytest.mark.parametrize("kind", list(CAMERAS))
def test_a_row_for_every_frame(kind: str) -> None:
    view = CAMERAS[kind](lens=40.0, f_stop=1.2).shoot(subject("bumps", 1.5))
    assert view.location.shape == (48, 3)
    assert view.rotation.shape == (48, 4)
    assert np.linalg.norm(view.rotation, axis=1) == pytest.approx(np.ones(48))
    for values in (view.focus, view.lens, view.f_stop, view.azimuth):
        assert values.shape == (48,)
    assert (view.lens == 40.0).all()
    assert (view.f_stop == 1.2).all()


@pytest.mark.parametrize("kind", list(CAMERAS))
def test_the_same_arrays_every_time(kind: str) -> None:
    first, second = (CAMERAS[kind]().shoot(subject("banana", 1.0)) for _ in range(2))
    for field in dataclasses.fields(CameraMotion):
        assert np.array_equal(getattr(first, field.name), getattr(second, field.name))


def test_a_still_camera_has_equal_rows() -> None:
    view = CAMERAS["still"]().shoot(subject("bumps", 1.5))
    for field in dataclasses.fields(CameraMotion)[1:]:
        assert not np.ptp(getattr(view, field.name), axis=0).any()


# -- the open side -------------------------------------------------------------------------------------------


def test_the_path_behind_a_hill_is_looked_at_from_its_own_side() -> None:
    """A high wall along x, the path on one side of it: the camera stands on that side, wherever that is."""
    for side in (1.0, -1.0):
        path = np.column_stack([np.linspace(-0.8, 0.8, 9), np.full(9, 0.5 * side)])
        terrain = build_terrain(
            landscape(lambda x, y, side=side: np.exp(-20 * (y + 0.1 * side) ** 2) + 0 * x),
            Relief(detail=64, height=0.5),
        )
        motion = roll_along(path, terrain, Ball(radius=0.2), FRAMES, 24)
        view = CAMERAS["still"](elevation=20.0).shoot(Subject(terrain, (motion,), FRAMES, 16 / 9))
        assert np.sign(view.location[0, 1]) == side
        assert in_sight(terrain, motion.location, direction(view.azimuth[0], 20.0)).mean() > 0.9


def test_in_sight() -> None:
    """A wall of 2 m at x = 0 and points at its foot: seen from their own side, and from above."""
    terrain = build_terrain(
        landscape(lambda x, y: np.exp(-200 * x**2) + 0 * y, x=(-1.2, 1.2, 97)), Relief(detail=96, height=0.2)
    )
    points = np.array([[1.0, -1.0, 0.1], [1.0, 2.0, 0.1], [-1.0, 0.0, 0.1]])
    assert in_sight(terrain, points, direction(0.0, 20.0)).tolist() == [True, True, False]
    assert in_sight(terrain, points, direction(180.0, 20.0)).tolist() == [False, False, True]
    assert in_sight(terrain, points, direction(0.0, 89.0)).tolist() == [True, True, True]


# -- seeing over hills, and room above -----------------------------------------------------------------------


def pit(camera_elevation: float, clear: bool) -> tuple[Subject, CameraMotion]:
    """A round pit of 4 m across and 1.5 m deep, a ball at its bottom, and a camera that would stand low."""
    deep = landscape(lambda x, y: 1 - np.exp(-(((x**2 + y**2) / 0.5**2) ** 2)), x=(-1.2, 1.2, 97), y=(-1.2, 1.2, 97))
    terrain = build_terrain(deep, Relief(detail=96, height=0.15))
    motion = roll_along(np.array([[0.1, 0.0], [0.0, 0.0]]), terrain, Ball(radius=0.3), FRAMES, 24)
    what = Subject(terrain, (motion,), FRAMES, 16 / 9)
    return what, CAMERAS["still"](elevation=camera_elevation, clear=clear).shoot(what)


def sees(what: Subject, view: CameraMotion) -> bool:
    """Whether the way from the ball's centre to the camera is above the ground, by walking along it."""
    ball = what.motions[0].location[-1]
    way = ball + np.linspace(0.0, 0.6, 2000)[:, None] * (view.location[-1] - ball)
    inside = np.abs(way[:, :2]).max(axis=1) <= 5.0
    return bool(np.all(way[inside, 2] >= what.terrain.height(way[inside, :2])))


def test_a_camera_stands_as_high_as_it_takes_to_see_the_ball() -> None:
    what, low = pit(12.0, False)
    assert not sees(what, low)
    what, raised = pit(12.0, True)
    assert sees(what, raised)
    what, high = pit(54.0, True)
    assert elevation_of(raised) < elevation_of(high) == pytest.approx(54.0)


def elevation_of(view: CameraMotion) -> float:
    """Height in degrees of the direction in which the camera looks back."""
    back = Rotation.from_quat(view.rotation[0][[1, 2, 3, 0]]).apply([0.0, 0.0, 1.0])
    return float(np.degrees(np.arcsin(back[2])))


@pytest.mark.parametrize("aspect", [9 / 16, 1.0])
def test_room_to_spare_is_above_or_below_as_asked_for(aspect: float) -> None:
    """The same picture, the block at the upper margin, in the middle, and at the lower one."""
    what = subject("bowl", aspect)
    rows = []
    for sky in (0.0, 0.5, 1.0):
        view = CAMERAS["still"](sky=sky, margin=0.1, lens=40.0).shoot(what)
        height = project(view, 0, block_points(what), aspect)[:, 1]
        rows.append((height.min(), height.max()))
    (low, top), (below, above), (bottom, high) = rows
    assert top == pytest.approx(0.8, abs=0.02)
    assert below == pytest.approx(-above, abs=0.02)
    assert bottom == pytest.approx(-0.8, abs=0.02)
    assert low > below > bottom
    assert high < above < top
