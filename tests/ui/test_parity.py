"""The panel and the command line are the same program: the same arrays from every built-in scene.

Both sides make the scene small: the panel by its properties, the command line's functions by the settings themselves.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from lsblender.cli.commands import _built
from lsblender.scene.library import role
from lsblender.storyboard.scene_file import built_in_scenes, read_storyboard
from lsblender.storyboard.storyboard import Results, Shot, Storyboard
from lsblender.ui.results import results_of
from lsblender.ui.state import settings, storyboard_of

SCENES = sorted(built_in_scenes().glob("*.toml"))
#: What both sides are made of.
STEPS, POINTS, CELLS, FPS, SECONDS, SAMPLES = 7, (11, 9), 12, 4, 1.0, 90


def make_small(scene: Any) -> None:
    """Turn the panel's controls down."""
    film = settings(scene).storyboard
    film.fps = FPS
    for shot in film.shots:
        shot.seconds = SECONDS
        shot.experiment.steps = STEPS
        shot.experiment.resolution = POINTS
        shot.look.relief.detail = shot.look.relief.finest = CELLS
        shot.experiment.dataset.mnist.size = SAMPLES
        transition = getattr(shot.transition, shot.transition.kind, None)
        if transition is not None:
            transition.seconds = SECONDS
            if shot.transition.kind == "unfold":
                transition.landscapes = 2


def small(storyboard: Storyboard) -> Storyboard:
    """The same by the settings."""

    def smaller(shot: Shot) -> Shot:
        experiment = replace(shot.experiment, steps=STEPS, resolution=POINTS)
        if hasattr(experiment.dataset, "size"):
            experiment = replace(experiment, dataset=replace(experiment.dataset, size=SAMPLES))
        transition = shot.transition
        if hasattr(transition, "seconds"):
            transition = replace(transition, seconds=SECONDS)
        if hasattr(transition, "landscapes"):
            transition = replace(transition, landscapes=2)
        relief = replace(shot.look.relief, detail=CELLS, finest=CELLS)
        look = replace(shot.look, relief=relief)
        return replace(shot, seconds=SECONDS, experiment=experiment, transition=transition, look=look)

    return replace(storyboard, fps=FPS, shots=tuple(smaller(shot) for shot in storyboard.shots))


def built_arrays(scene: Any) -> dict[str, np.ndarray]:
    """Vertices of every mesh and points of every curve that was built, and all their keys."""
    found: dict[str, np.ndarray] = {}
    for item in scene.objects:
        if not role(item):
            continue
        if item.type == "MESH":
            vertices = np.empty(3 * len(item.data.vertices), dtype=np.float32)
            item.data.vertices.foreach_get("co", vertices)
            found[f"{item.name} vertices"] = vertices
        for k, spline in enumerate(getattr(item.data, "splines", ())):
            points = np.empty(4 * len(spline.points), dtype=np.float32)
            spline.points.foreach_get("co", points)
            found[f"{item.name} points {k}"] = points
        for owner in (item, item.data):
            found |= {f"{item.name} {name}": keys for name, keys in keys_of(owner).items()}
    return found


def keys_of(owner: Any) -> dict[str, np.ndarray]:
    from bpy_extras import anim_utils

    data = getattr(owner, "animation_data", None)
    if data is None or data.action is None:
        return {}
    bag = anim_utils.action_get_channelbag_for_slot(data.action, data.action_slot)
    found = {}
    for curve in bag.fcurves:
        keys = np.empty(2 * len(curve.keyframe_points), dtype=np.float32)
        curve.keyframe_points.foreach_get("co", keys)
        found[f"{curve.data_path} {curve.array_index}"] = keys
    return found


def numbers(results: Results) -> dict[str, np.ndarray]:
    """Grid, losses and paths of all landscapes."""
    found: dict[str, np.ndarray] = {}
    for k, landscape in enumerate(results.landscapes):
        found |= {f"{k} {name}": getattr(landscape, name) for name in ("x", "y", "loss", "explained")}
        for path in landscape.paths:
            for name in ("theta", "xy", "loss", "surface_loss"):
                found[f"{k} {path.name} {name}"] = getattr(path, name)
    for k, turning in enumerate(results.turnings):
        found |= {f"{k} turning {n}": between.landscape.loss for n, between in enumerate(turning)}
    for k, changes in enumerate(results.changes):
        if changes is not None:
            found[f"{k} changes"] = changes.loss
    return found


def assert_equal(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> None:
    assert first.keys() == second.keys()
    for name, values in first.items():
        np.testing.assert_array_equal(values, second[name], err_msg=name)


@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_panel_and_command_line_make_the_same(path: Path, scene: Any) -> None:
    bpy.ops.lsblender.load_scene(filepath=str(path))
    make_small(scene)
    assert bpy.ops.lsblender.compute() == {"FINISHED"}
    assert bpy.ops.lsblender.build() == {"FINISHED"}
    shown = storyboard_of(scene)
    mine = numbers(results_of(scene, shown))
    built = built_arrays(scene)
    assert any("theta" in name for name in mine)
    assert any("Terrain" in name for name in built)

    storyboard = small(read_storyboard(path)[0])
    results = storyboard.run()
    options: Any = type("Options", (), {"scene": path})
    other, _ = _built(storyboard, results, options)
    assert shown == storyboard
    assert_equal(mine, numbers(results))
    assert_equal(built, built_arrays(other))
