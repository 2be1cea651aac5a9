"""Assimp, which many engines and viewers read files with, on OBJ, GLB and FBX."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsblender.exchange import Production
from tests.exchange.productions import ball_places, grounds_of, top_of, y_up
from tests.programs.conftest import run


def scene_of(file: Path, folder: Path) -> dict[str, Any]:
    """What assimp makes of a file, as its own JSON."""
    output = folder / f"{file.stem}-{file.suffix[1:]}.json"
    run("assimp", "export", file, output, "-fassjson")
    return dict(json.loads(output.read_text(encoding="utf-8")))


@pytest.mark.parametrize("kind", ["glb", "fbx", "obj"])
def test_positions_colours_and_animation(kind: str, scenes: Path, production: Production, tmp_path: Path) -> None:
    scene = scene_of(scenes / f"landscape_1.{kind}", tmp_path)
    terrain = grounds_of(production)[0]
    points, colours = [], []
    for mesh in scene["meshes"]:
        if mesh.get("colors"):
            points.append(np.array(mesh["vertices"]).reshape(-1, 3))
            colours.append(np.array(mesh["colors"][0]).reshape(len(points[-1]), -1)[:, :3])
    ground, shades = np.concatenate(points), np.concatenate(colours)
    wanted = y_up(top_of(terrain))
    from scipy.spatial import cKDTree

    inside = (abs(wanted[:, [0, 2]]) < terrain.x[-1] - 1e-6).all(axis=1)
    distance, nearest = cKDTree(ground).query(wanted[inside])
    assert distance.max() < 1e-4
    if kind == "glb":
        shades = np.where(shades <= 0.0031308, 12.92 * shades, 1.055 * np.maximum(shades, 1e-9) ** (1 / 2.4) - 0.055)
    table = production.storyboard.shots[0].look.palette.table(256) / 255
    own = table[np.round(255 * terrain.level.ravel()).astype(int)][inside]
    assert abs(shades[nearest] - own).max() < 1.5 / 255
    if kind == "obj":
        return
    (animation,) = scene["animations"]
    channels = {channel["name"]: channel for channel in animation["channels"]}
    for number, way in enumerate(ball_places(production, 0), 1):
        keys = channels[f"Ball_{number}"]["positionkeys"]
        seconds = np.array([key[0] for key in keys]) / animation["tickspersecond"]
        places = np.array([key[1] for key in keys])
        at = np.array([np.interp(np.arange(len(way)) / 12, seconds, places[:, k]) for k in range(3)]).T
        np.testing.assert_allclose(at, y_up(way), atol=1e-4)
        assert seconds[-1] == pytest.approx((len(way) - 1) / 12, abs=1e-3)


@pytest.mark.parametrize("kind", ["glb", "fbx", "obj"])
def test_metres_and_an_untouched_root(kind: str, scenes: Path, production: Production, tmp_path: Path) -> None:
    """The size on the screen is the size in metres, from the root down."""
    said = run("assimp", "info", scenes / f"landscape_2.{kind}")
    low, high = (
        np.array(re.search(rf"{word} point\s+\(([^)]*)\)", said)[1].split(), dtype=float)  # type: ignore[index]
        for word in ("Minimum", "Maximum")
    )
    terrain = grounds_of(production)[1]
    np.testing.assert_allclose(low, [terrain.x[0], terrain.base, -terrain.y[-1]], atol=1e-3)
    np.testing.assert_allclose(high[[0, 2]], [terrain.x[-1], -terrain.y[0]], atol=1e-3)
    root = scene_of(scenes / f"landscape_2.{kind}", tmp_path)["rootnode"]
    np.testing.assert_allclose(root["transformation"], np.eye(4).ravel(), atol=1e-9)
