"""Several balls never overlap, step aside smoothly, and go back to their true places."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path as File

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from lsblender.engine import Landscape
from lsblender.engine.landscape import Path
from lsblender.errors import LsbError
from lsblender.settings import check
from lsblender.storyboard.block import block_mesh
from lsblender.storyboard.motion import PACES, Ball, BallMotion
from lsblender.storyboard.motion.roll import crowd_notes, roll_all, roll_along
from lsblender.storyboard.scene_file import read_storyboard
from lsblender.storyboard.terrain import Relief, Terrain, build_terrain
from tests.landscapes import clearances, landscape, triangles

Array = NDArray[np.float64]

FPS = 24
RACE = File(__file__).parents[2] / "scenes" / "optimizer-race.toml"


@cache
def himmelblau() -> tuple[Landscape, Terrain]:
    """Six optimizers' real paths, on a coarser grid."""
    shot = read_storyboard(RACE)[0].shots[0]
    race = dataclasses.replace(shot.experiment, resolution=(81, 81)).run()
    return race, build_terrain(race, dataclasses.replace(shot.look.relief, detail=160))


@cache
def race(pace: str, apart: float = 1.05, radius: float = 0.36) -> list[BallMotion]:
    ways, terrain = himmelblau()
    ball = Ball(radius=radius, apart=apart, pace=PACES[pace]())
    return roll_all(ways.paths, terrain, ball, np.arange(1, 97), FPS)


def places(motions: list[BallMotion]) -> Array:
    return np.stack([motion.location for motion in motions], axis=1)


def nearest(centres: Array) -> Array:
    """The distance (K, N) of each centre of (K, N, 3) to the nearest other one."""
    distance = np.linalg.norm(centres[:, :, None] - centres[:, None], axis=-1)
    return np.asarray((distance + 1e9 * np.eye(centres.shape[1])).min(axis=-1))


def speeds(values: Array) -> Array:
    return np.asarray(np.linalg.norm(np.diff(values, axis=0), axis=-1) * FPS)


def level(*ways: Array) -> tuple[Terrain, list[Path]]:
    made = landscape("level", *ways)
    return build_terrain(made, Relief(detail=32)), list(made.paths)


def straight(start: tuple[float, float], end: tuple[float, float]) -> Array:
    return np.linspace(start, end, 11)


# -- a real race ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pace", list(PACES))
def test_they_never_overlap(pace: str) -> None:
    assert nearest(places(race(pace))).min() > 1.04 * 0.72
    # they would
    assert nearest(places(race(pace, 0.0))).min() < 0.05


@pytest.mark.parametrize("pace", list(PACES))
def test_stepping_aside_is_no_faster_than_the_race(pace: str) -> None:
    """Nothing flips: what is added to the speed is less than the fastest ball's own, and it is small."""
    aside = np.stack([motion.aside for motion in race(pace)], axis=1)
    wanted = speeds(places(race(pace, 0.0))).max()
    assert speeds(aside).max() < wanted
    assert speeds(places(race(pace))).max() < 1.5 * wanted
    # six balls in one place can not all be nearer than this
    assert np.linalg.norm(aside, axis=-1).max() < 1.5 * 0.72


@pytest.mark.parametrize("pace", ["by_distance", "physical"])
def test_they_do_not_jitter(pace: str) -> None:
    """While all true places stand still or go on evenly so do the steps aside: they have few turning points."""
    aside = np.stack([motion.aside for motion in race(pace)], axis=1)
    for ball in range(aside.shape[1]):
        for axis in (0, 1):
            moves = np.diff(aside[:, ball, axis])
            moves = moves[abs(moves) > 2e-3]
            assert (np.sign(moves[1:]) != np.sign(moves[:-1])).sum() <= 14


@pytest.mark.parametrize("pace", ["by_distance", "per_step"])
def test_they_are_on_their_true_places_when_these_are_free(pace: str) -> None:
    alone, kept = places(race(pace, 0.0)), places(race(pace))
    crowded = nearest(alone) < 2.2 * 0.72
    # for half a second before and after
    near = np.array([crowded[max(0, k - 12) : k + 13].any(axis=0) for k in range(len(crowded))])
    assert (~near).sum() > 20
    assert np.linalg.norm(kept - alone, axis=-1)[~near].max() < 0.01


def test_they_rest_on_the_ground_beside_their_places() -> None:
    _, terrain = himmelblau()
    corners = triangles(block_mesh(terrain))
    for motion in race("by_distance"):
        free = clearances(motion.location[::4], corners, 0.36)
        assert free.min() > 0.98 * 0.36
        assert free.max() < 1.02 * 0.36


def test_they_roll_without_slipping_while_they_step_aside() -> None:
    ways, terrain = himmelblau()
    motions = roll_all(ways.paths, terrain, Ball(radius=0.36), np.arange(1, 385), 96)
    for motion in motions:
        rotation = Rotation.from_quat(motion.rotation[:, [1, 2, 3, 0]])
        turn = (rotation[1:] * rotation[:-1].inv()).as_rotvec()
        normal = (motion.location - motion.contact) / 0.36
        normal = normal[1:] + normal[:-1]
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        moved = np.diff(motion.location, axis=0)
        along = moved - normal * np.sum(normal * moved, axis=1, keepdims=True)
        slip = np.linalg.norm(along - np.cross(turn, 0.36 * normal), axis=1)
        assert slip.sum() < 0.02 * np.linalg.norm(along, axis=1).sum()


def test_the_same_race_is_the_same_bit_for_bit() -> None:
    race.cache_clear()
    first = race("by_distance")
    race.cache_clear()
    for one, other in zip(first, race("by_distance"), strict=True):
        for field in dataclasses.fields(BallMotion):
            a, b = getattr(one, field.name), getattr(other, field.name)
            if isinstance(a, np.ndarray):
                assert np.array_equal(a, b)
        assert np.array_equal(one.trail.points, other.trail.points)
        assert one.notes == other.notes


def test_how_far_they_step_aside_is_said() -> None:
    motions = race("by_distance")
    (note,) = crowd_notes(motions)
    said = float(note.split("up to ")[1].split(" m")[0])
    aside = [np.linalg.norm(motion.aside, axis=1).max() for motion in motions]
    assert max(aside) == pytest.approx(said, rel=0.1)
    assert crowd_notes(race("by_distance", 0.0)) == ()


def test_with_apart_0_each_is_as_if_alone() -> None:
    ways, terrain = himmelblau()
    longest = race("per_step", 0.0)[0]
    alone = roll_along(ways.paths[0].xy, terrain, Ball(pace=PACES["per_step"]()), np.arange(1, 97), FPS)
    assert np.array_equal(longest.location, alone.location)
    assert not longest.aside.any()


# -- meetings on level ground --------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [0.0, 0.05, 1.5])
def test_two_that_meet_head_on_go_round_each_other(turn: float) -> None:
    c, s = 0.8 * np.cos(turn), 0.8 * np.sin(turn)
    terrain, paths = level(straight((-c, -s), (c, s)), straight((0.8, 0.0), (-0.8, 0.0)))
    motions = roll_all(paths, terrain, Ball(radius=0.4), np.arange(1, 97), FPS)
    centres = places(motions)
    assert nearest(centres).min() > 0.8
    alone = places(roll_all(paths, terrain, Ball(radius=0.4, apart=0.0), np.arange(1, 97), FPS))
    # the half circle round the other, and no flip
    assert speeds(centres).max() < 2.5 * speeds(alone).max()
    assert np.linalg.norm(np.stack([motion.aside for motion in motions]), axis=-1).max() < 0.8
    for motion, path in zip(motions, paths, strict=True):
        assert motion.location[[0, -1], :2] == pytest.approx(terrain.to_metres(path.xy[[0, -1]]), abs=1e-3)


def test_one_that_passes_a_resting_one_leaves_it_where_it_was() -> None:
    rest = np.tile([0.0, 0.0], (11, 1))
    terrain, paths = level(rest, straight((-0.9, 0.02), (0.9, 0.02)))
    still, passing = roll_all(paths, terrain, Ball(radius=0.4), np.arange(1, 145), FPS)
    assert nearest(places([still, passing])).min() > 0.8
    assert 0.1 < np.linalg.norm(still.aside, axis=1).max() < 0.8
    assert still.location[[0, -1], :2] == pytest.approx(np.zeros((2, 2)), abs=1e-3)
    moved = np.flatnonzero(np.linalg.norm(still.aside, axis=1) > 1e-3)
    meeting = np.abs(passing.location[moved, 0])
    # about a diameter of way and a third of a second before and after
    assert meeting.max() < 0.84 + 0.7 * speeds(passing.location).max()


@pytest.mark.parametrize("count", [2, 3, 6, 9])
def test_many_with_one_way_stay_side_by_side(count: int) -> None:
    terrain, paths = level(*[straight((-0.5, -0.3), (0.5, 0.3))] * count)
    motions = roll_all(paths, terrain, Ball(radius=0.3), np.arange(1, 49), FPS)
    centres = places(motions)
    assert nearest(centres).min() > 0.62
    # the heap holds together and does not churn
    aside = np.stack([motion.aside for motion in motions], axis=1)
    assert speeds(aside).max() < 0.02
    assert np.linalg.norm(aside, axis=-1).max() < 0.63 * np.sqrt(count)


def test_in_a_corner_they_stay_on_the_terrain() -> None:
    terrain, paths = level(*[straight((0.0, 0.0), (1.2, 1.2))] * 4)
    motions = roll_all(paths, terrain, Ball(radius=0.3), np.arange(1, 49), FPS)
    assert abs(places(motions)[..., :2]).max() <= 5.0 + 1e-9
    assert nearest(places(motions)).min() > 0.6


@pytest.mark.parametrize("fps", [6, 24, 60])
def test_no_paths_one_path_and_any_rate(fps: float) -> None:
    terrain, paths = level(*[straight((-0.5, -0.3), (0.5, 0.3))] * 2)
    assert roll_all([], terrain, Ball(), np.arange(1, 5), fps) == []
    for count in (1, 2, 7):
        motions = roll_all(paths, terrain, Ball(radius=0.3), np.arange(1, count + 1), fps)
        assert nearest(places(motions)).min() > 0.6
        assert len(motions[0].location) == count
    assert not roll_all(paths[:1], terrain, Ball(), np.arange(1, 9), fps)[0].aside.any()


# -- trails and colours --------------------------------------------------------------------------------------


def test_lines_that_coincide_run_side_by_side() -> None:
    way, other = straight((-0.8, 0.0), (0.6, 0.0)), straight((-0.8, 0.0), (0.6, 0.0))[::-1]
    terrain, paths = level(way, other, straight((-0.8, 0.9), (0.6, 0.9)))
    lines = [motion.trail.points for motion in roll_all(paths, terrain, Ball(radius=0.4), np.arange(1, 9), FPS)]
    thickness = 0.17 * 0.4
    assert cKDTree(lines[0]).query(lines[1])[0].min() > 2 * thickness
    assert abs(lines[0][:, 1]).max() < 1.2 * thickness
    # one that is by itself is where it was
    assert lines[2][:, 1] == pytest.approx(np.full(len(lines[2]), 0.9 * 10 / 2.4), abs=1e-9)


def test_lines_that_cross_stay_where_they_are() -> None:
    terrain, paths = level(straight((-0.8, 0.0), (0.8, 0.0)), straight((0.0, -0.8), (0.0, 0.8)))
    lines = [motion.trail.points for motion in roll_all(paths, terrain, Ball(), np.arange(1, 9), FPS)]
    assert abs(lines[0][:, 1]).max() < 1e-9
    assert abs(lines[1][:, 0]).max() < 1e-9


@pytest.mark.parametrize("wrong", ["red", "#12345", "#1f7a8cff", "1f7a8c", "#gggggg"])
def test_wrong_colour_is_said(wrong: str) -> None:
    with pytest.raises(LsbError, match=r"colours\[1\]: '.*' is not a colour; write it as '#1f7a8c'"):
        check(Ball(colours=("#1f7a8c", wrong)))
    check(Ball(colours=("#1f7a8c", "#FFffFF")))
