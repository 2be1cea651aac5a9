"""Balls, plumb lines and trails as Blender shows them."""

from __future__ import annotations

import dataclasses

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from lsblender.scene.ball import build_ball, build_plumb_line
from lsblender.scene.library import empty_scene
from lsblender.scene.trail import build_trail
from lsblender.storyboard.film import BallTrack, PlumbLine, Skin, Trail
from lsblender.storyboard.motion import Ball, BallMotion
from lsblender.storyboard.motion.roll import roll_all
from lsblender.storyboard.terrain import Relief, build_terrain
from tests.landscapes import landscape

FRAMES = np.arange(1, 25)
SKIN = Skin(0, (0, 0), np.zeros(24))


@pytest.fixture
def scene() -> bpy.types.Scene:
    return empty_scene()


def floating() -> BallMotion:
    """Off the plane in the second half of the way only."""
    made = landscape("bumps", np.array([[-0.9, -0.8], [-0.35, -0.1], [0.75, 0.15], [0.45, 0.75]]))
    path = dataclasses.replace(made.paths[0], loss=made.paths[0].loss + np.array([0.0, 0.0, 0.8, 0.5]))
    terrain = build_terrain(made, Relief(detail=64))
    return roll_all([path], terrain, Ball(radius=0.3, height="true_loss"), FRAMES, 12)[0]


def corners(item: bpy.types.Object) -> NDArray[np.float64]:
    """The vertices (V, 3) in the world, as the scene stands."""
    shown = item.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = shown.to_mesh()
    points = np.empty(3 * len(mesh.vertices), dtype=np.float32)
    mesh.vertices.foreach_get("co", points)
    matrix = np.array(shown.matrix_world)
    shown.to_mesh_clear()
    return np.asarray(points.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3], dtype=float)


def test_a_ball_can_grow(scene: bpy.types.Scene) -> None:
    motion, material = floating(), bpy.data.materials.new("m")
    growth = np.linspace(0.0, 1.0, 24)
    track = BallTrack("Ball", SKIN, motion.location, motion.contact, motion.rotation, 0.3 * growth)
    ball = build_ball(track, FRAMES, material, scene.collection)
    for frame in (6, 24):
        scene.frame_set(frame)
        away = np.linalg.norm(corners(ball) - motion.location[frame - 1], axis=1)
        assert away == pytest.approx(np.full(len(away), 0.3 * growth[frame - 1]), abs=1e-5)


def test_a_plumb_line_reaches_from_the_ground_to_the_ball(scene: bpy.types.Scene) -> None:
    motion, material = floating(), bpy.data.materials.new("m")
    line = PlumbLine(motion.foot, motion.plumb, 0.024)
    plumb = build_plumb_line(line, "Plumb", FRAMES, material, scene.collection)
    assert motion.plumb[0] == 0.0
    assert motion.plumb.max() > 0.3
    for frame in (1, 15, 24):
        scene.frame_set(frame)
        points, k = corners(plumb), frame - 1
        assert points[:, :2] == pytest.approx(np.tile(motion.foot[k, :2], (len(points), 1)), abs=0.03)
        assert points[:, 2].min() == pytest.approx(motion.foot[k, 2], abs=1e-5)
        assert np.ptp(points[:, 2]) == pytest.approx(motion.plumb[k], abs=1e-5)
        if motion.plumb[k] == 0:
            assert np.ptp(points, axis=0) == pytest.approx(np.zeros(3), abs=1e-6)


def test_a_trail_is_drawn_between_its_two_ends(scene: bpy.types.Scene) -> None:
    motion, material = floating(), bpy.data.materials.new("m")
    start = 0.5 * motion.trail.share
    trail = Trail("Trail", SKIN, motion.trail.points, motion.trail.thickness, 0.05, start, motion.trail.share)
    line = build_trail(trail, FRAMES, material, scene.collection)
    points = motion.trail.points
    length = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)))
    for frame in (12, 24):
        scene.frame_set(frame)
        drawn = corners(line)
        share = length / length[-1]
        shown = (share > start[frame - 1] + 0.01) & (share < motion.trail.share[frame - 1] - 0.01)
        hidden = (share < start[frame - 1] - 0.05) | (share > motion.trail.share[frame - 1] + 0.05)
        gap = np.array([np.linalg.norm(drawn - point, axis=1).min() for point in points])
        assert gap[shown].max() < 0.08
        assert gap[hidden].min() > 0.08
    # thinner in the air
    assert motion.trail.thickness.min() < 0.5
    assert len(np.unique(motion.trail.thickness)) == 2
