"""The README's Python: every example runs, and five lead from what one has to a film in less than ten lines.

Those with PyTorch are run by tests/torch.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.scripts.readme import PYTHON_BLOCKS, run_small

ORDINARY = [block for block in PYTHON_BLOCKS if "import torch" not in block]
FILMS = [block for block in ORDINARY if "film(" in block]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A surface and a trajectory as the loss-landscape program writes them, in the folder that the example runs in."""
    x, y = np.linspace(-1, 1, 21), np.linspace(-1, 1, 17)
    loss = 1 + 2 * x**2 + 3 * y[:, None] ** 2
    with h5py.File(tmp_path / "surface.h5", "w") as file:
        file["xcoordinates"], file["ycoordinates"], file["train_loss"] = x, y, loss.reshape(21, 17)
    with h5py.File(tmp_path / "trajectory.h5", "w") as file:
        file["proj_xcoord"], file["proj_ycoord"] = np.linspace(0.9, 0, 12), np.linspace(-0.7, 0, 12) ** 3
    return tmp_path


def test_five_films_in_less_than_ten_lines() -> None:
    assert len(FILMS) == 5
    assert max(len([line for line in block.splitlines() if line.strip()]) for block in FILMS) < 10


@pytest.mark.parametrize("block", ORDINARY, ids=range(len(ORDINARY)))
def test_example_runs(block: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = run_small(block, folder, monkeypatch)
    for film in made.films:
        assert film.stat().st_size > 500
        assert len(list((folder / f"{film.stem}-frames").glob("0*.png"))) == 1
    assert len(made.films) == block.count("film(")
    assert made.films or made.names["landscape"].loss.shape == (129, 129)
