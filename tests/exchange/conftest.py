"""A film of two shots, with known numbers, and the folder that it is exported to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lsblender.engine import Landscape
from lsblender.engine.landscape import Path as LandscapePath
from lsblender.look.palettes import PALETTES
from lsblender.storyboard.storyboard import Look, Shot, Storyboard
from lsblender.storyboard.terrain import Relief


def wavy(nx: int, ny: int, names: tuple[str, ...], seed: int = 0, n_params: int = 4) -> Landscape:
    """A bowl with waves, wider than deep; its paths, of 6, 7, ... points, run inside the grid."""
    rng = np.random.default_rng(seed)
    x, y = np.linspace(-3.1, 5.3, nx), np.linspace(10.0, 12.0, ny)
    loss = np.sin(x)[None, :] + 0.3 * (x - 1)[None, :] ** 2 + 2.0 * (y - 11.2)[:, None] ** 2 / 3
    paths = []
    for k, name in enumerate(names):
        steps = 6 + k
        xy = np.column_stack([rng.uniform(-3, 5, steps), rng.uniform(10, 12, steps)])
        losses = rng.random((2, steps)) / 3
        paths.append(LandscapePath(name, xy, losses[0], losses[1], rng.normal(size=(steps, n_params))))
    return Landscape(x, y, loss, tuple(paths), ("PC1", "PC2"), np.array([0.7, 0.1]))


@pytest.fixture
def landscapes() -> list[Landscape]:
    return [wavy(23, 17, ("sgd",)), wavy(9, 14, ("sgd", "sgd 2", "Größe/ä", "SGD 2"), seed=5)]


@pytest.fixture
def storyboard() -> Storyboard:
    looks = (
        Look(relief=Relief(detail=50, finest=50)),
        Look(palette=PALETTES["ember"](), relief=Relief(width=8.0, height=0.4, clip=90.0, detail=40, finest=40)),
    )
    return Storyboard(shots=tuple(Shot(look=look) for look in looks))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file of someone else's, and one that an export replaces."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "mine.txt").write_text("keep", encoding="utf-8")
    for name in ("surface_1.csv", "surface_1.ply"):
        (folder / name).write_text("old", encoding="utf-8")
    return folder
