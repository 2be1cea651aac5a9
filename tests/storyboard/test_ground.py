"""Ground that changes: what is mixed is the ground itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.interpolate import RectBivariateSpline

from lsblender.storyboard.ground import (
    between,
    changing_ground,
    on_one_grid,
    resampled,
    ride,
    still_ground,
    window,
)
from lsblender.storyboard.terrain import Relief, Terrain, build_terrain, build_terrains
from tests.landscapes import landscape

RELIEF = Relief(detail=40)


@pytest.fixture
def two() -> tuple[Terrain, Terrain]:
    """Two grounds of different grids and sizes."""
    first = build_terrain(landscape("bumps", x=(-1, 1, 21), y=(-1, 1, 17)), RELIEF)
    second = build_terrain(landscape("banana", x=(-2, 1, 15), y=(0, 1, 33)), replace(RELIEF, width=6.0, height=0.4))
    return first, second


def test_a_mix_of_terrains_is_the_spline_through_the_mixed_heights(two: tuple[Terrain, Terrain]) -> None:
    first, second = on_one_grid(two)
    assert first.z.shape == second.z.shape
    mix = between(first, second, 0.3)
    z = 0.7 * first.z + 0.3 * second.z
    x, y = 0.7 * first.x + 0.3 * second.x, 0.7 * first.y + 0.3 * second.y
    places = np.random.default_rng(0).uniform(-1, 1, (200, 2)) * [x[-1], y[-1]]
    expected = RectBivariateSpline(y, x, z).ev(places[:, 1], places[:, 0])
    assert mix.height(places) == pytest.approx(expected, abs=1e-12)
    assert mix.z == pytest.approx(z)
    assert mix.relief == pytest.approx(0.7 * first.relief + 0.3 * second.relief)


def test_resampling_keeps_the_ground(two: tuple[Terrain, Terrain]) -> None:
    terrain = two[0]
    finer = resampled(terrain, (3 * len(terrain.y) - 2, 2 * len(terrain.x) - 1))
    assert finer.z[::3, ::2] == pytest.approx(terrain.z, abs=1e-9)
    places = np.random.default_rng(1).uniform(-4.9, 4.9, (300, 2))
    assert finer.height(places) == pytest.approx(terrain.height(places), abs=2e-3 * terrain.relief)
    assert resampled(terrain, terrain.z.shape) is terrain


def test_a_ground_goes_through_its_states(two: tuple[Terrain, Terrain]) -> None:
    state = np.array([0.0, 0.25, 1.0])
    ground = changing_ground(two, state, np.zeros(3), (0, 1), state)
    a, b = ground.states
    assert ground.terrain(0) is a
    assert ground.terrain(2) is b
    assert ground.terrain(1).z == pytest.approx(0.75 * a.z + 0.25 * b.z)


def test_a_ball_rides_on_the_ground_of_its_frame(two: tuple[Terrain, Terrain]) -> None:
    state = np.linspace(0, 1, 6)
    place = np.array([3.0, -2.0, 1.0])
    ground = changing_ground(two, state, place, (0, 1), state)
    over = np.random.default_rng(2).uniform(-2.5, 2.5, (6, 2))
    centre, contact = ride(ground, over, np.full(6, 0.3))
    assert centre[:, :2] - place[:2] == pytest.approx(over)
    assert np.linalg.norm(centre - contact, axis=1) == pytest.approx(0.3, abs=2e-3)
    near = np.random.default_rng(3).normal(size=(4000, 2)) * 0.2
    for k in range(6):
        ground_points = ground.terrain(k).points(over[k] + near) + place
        assert np.linalg.norm(ground_points - centre[k], axis=1).min() > 0.3 * 0.98


def test_states_share_their_scale_of_heights() -> None:
    ways = landscape("bowl")
    low, high = build_terrains(ways, np.stack([ways.loss, 2 * ways.loss]), RELIEF)
    assert high.z.max() == pytest.approx(RELIEF.height * RELIEF.width)
    assert low.z.max() == pytest.approx(high.z.max() / 2)
    alone = build_terrain(ways, RELIEF)
    assert alone.z.max() == pytest.approx(high.z.max())


def test_a_ground_that_stays_has_one_state(two: tuple[Terrain, Terrain]) -> None:
    ground = still_ground(two[0], np.ones(3), 4, 7)
    assert ground.terrain(5) is two[0]
    assert ground.place.shape == (7, 3)
    assert ground.looks == (4, 4)


def test_a_window_is_the_same_ground(two: tuple[Terrain, Terrain]) -> None:
    rng = np.random.default_rng(4)
    for terrain in two:
        corner = np.array([terrain.x[-1], terrain.y[-1]])
        for place in (np.zeros(2), corner, -corner, rng.uniform(-1, 1, 2) * corner, corner * (1, -0.3)):
            part = window(terrain, place, 0.6)
            assert part.z.size < terrain.z.size / 4
            near = terrain.inside(place + rng.uniform(-0.6, 0.6, (200, 2)))
            assert np.array_equal(part.inside(near), near)
            for name in ("height", "drawn_height", "gradient", "curvature"):
                assert getattr(part, name)(near) == pytest.approx(getattr(terrain, name)(near), abs=1e-9)
