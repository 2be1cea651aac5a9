"""Storyboards that are computed and built in a moment."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsblender.storyboard.camera import CAMERAS
from lsblender.storyboard.labels import Labels
from lsblender.storyboard.motion import Ball
from lsblender.storyboard.storyboard import Look, Render, Results, Shot, Storyboard
from lsblender.storyboard.terrain import Relief
from tests.landscapes import landscape, zigzag

#: Nothing is written in the picture.
BARE = Labels(title=False, axes=False, counters=False, legend=False, captions=False)

Film = tuple[Storyboard, Results]

#: A short way that ends in the middle of the picture.
SHORT = np.array([[0.7, 0.5], [0.3, 0.45], [0.05, 0.1], [0.0, 0.0]])


def make_shot(seconds: float = 1.0, camera: str = "still", **look: Any) -> Shot:
    relief = look.pop("relief", Relief(detail=24, finest=24))
    ball = Ball(radius=0.6, hold_start=0.2, hold_end=0.2, apart=0.0)
    return Shot(seconds=seconds, ball=ball, labels=BARE, look=Look(camera=CAMERAS[camera](), relief=relief, **look))


@pytest.fixture(scope="session")
def film() -> Film:
    """One shot of 12 frames with two balls under a still camera."""
    render = Render(size=(96, 54), quality="draft")
    ways = landscape("bumps", SHORT, SHORT[:3] * (-1, 1), x=(-1.2, 1.2, 25), y=(-1.2, 1.2, 21))
    return Storyboard(title="One", fps=12, shots=(make_shot(),), render=render), Results.of(ways)


@pytest.fixture(scope="session")
def two_shots() -> Film:
    """Two shots, of 6 and 8 frames, the second with another look, ground and a camera that moves."""
    from lsblender.look.palettes import PALETTES

    second = make_shot(8 / 12, "orbit", palette=PALETTES["ember"](), relief=Relief(detail=20, finest=20, width=6.0))
    second = dataclasses.replace(second, ball=dataclasses.replace(second.ball, radius=0.3))
    storyboard = Storyboard(
        title="Two", fps=12, shots=(make_shot(0.5), second), render=Render(size=(96, 54), quality="draft")
    )
    return storyboard, Results.of(landscape("bumps", SHORT), landscape("crease", zigzag(8)))


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with bpy and what bpy itself needs, for a Python that is to know nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    site = Path(np.__file__).parents[1]
    for name in ("bpy", "numpy", "numpy.libs", "requests", "urllib3", "idna", "certifi", "charset_normalizer"):
        (folder / name).symlink_to(site / name)
    for path in site.glob("zstandard*"):
        (folder / path.name).symlink_to(path)
    return folder
