"""A surface that is no square, tilted so that its axes can be told apart, and files of it by others' writers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Example:
    """x (13,), y (9,), loss (9, 13) with three points missing, and a path xy (6, 2) on it."""

    x: Array
    y: Array
    loss: Array
    xy: Array

    @property
    def points(self) -> Array:
        """(N, 3) with x varying fastest."""
        grid_x, grid_y = np.meshgrid(self.x, self.y)
        return np.column_stack([grid_x.ravel(), grid_y.ravel(), self.loss.ravel()])


@pytest.fixture(scope="session")
def example() -> Example:
    x, y = np.linspace(-1.3, 1, 13), np.linspace(-0.4, 2, 9)
    loss = 1 + 3 * x + np.sin(4 * x) + 2 * (y[:, None] - 0.5) ** 2 + x * y[:, None]
    loss[2, 3:5], loss[8, 12] = np.nan, np.nan
    t = np.linspace(1, 0, 6)
    return Example(x, y, loss, np.column_stack([-t, 1.5 * t**2]))


def write_li(file: Path, example: Example, **more: Any) -> Path:
    """As loss-landscape's plot_surface.py does: (nx, ny), filled in the order of meshgrid; -1 is not computed."""
    shape = (len(example.x), len(example.y))
    losses = -np.ones(shape)
    coordinates = np.meshgrid(example.x, example.y)
    # its h5_util and scheduler number the points of this meshgrid and write the losses by that number
    numbered = np.where(np.isnan(example.loss), -1.0, example.loss).ravel()
    losses.ravel()[: coordinates[0].size] = numbered
    with h5py.File(file, "w") as data:
        data["dir_file"] = "dirs.h5"
        data["xcoordinates"], data["ycoordinates"] = example.x, example.y
        data["train_loss"] = losses
        data["train_acc"] = np.where(losses == -1, -1, 50 + losses)
        for name, values in more.items():
            del data[name]
            data[name] = values
    return file
