"""HDF5 files like those of loss-landscape (Li et al. 2018), for its plot_2D.py and h52vtp.py.

A surface file has `xcoordinates` (nx,), `ycoordinates` (ny,) and `train_loss` (ny, nx), or `train_acc` and `train_err`
in percent where the heights are no losses. A trajectory file has `proj_xcoord` and `proj_ycoord` (T,), a directions
file `explained_variance_ratio_` (2,). h52vtp.py takes every grid for a square one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from ..engine import Landscape
from ..errors import LsbError
from .exporters import EXPORTERS, Exporter, path_stems
from .production import Production


@EXPORTERS.register("li_hdf5", "loss-landscape files (.h5)")
@dataclass(frozen=True)
class LiFiles(Exporter):
    """Surface and trajectories as HDF5 for plot_2D.py and h52vtp.py of Li et al.: surface_1.h5, path_1.h5, ...

    With directions_1.h5, which holds the explained variance. Needs h5py.
    """

    suffix: ClassVar[str] = ".h5"

    def export(self, production: Production, folder: Path) -> list[Path]:
        h5py = _h5py()
        files: list[Path] = []

        def write(stem: str, arrays: dict[str, Any]) -> None:
            files.append(folder / f"{stem}.h5")
            with h5py.File(files[-1], "w") as file:
                for key, values in arrays.items():
                    file[key] = values

        for number, _, landscape in production.shots:
            coordinates = {"xcoordinates": landscape.x, "ycoordinates": landscape.y}
            directions = f"directions_{number}"
            write(f"surface_{number}", {**coordinates, **_heights(landscape), "dir_file": f"{directions}.h5"})
            write(directions, {"explained_variance_ratio_": landscape.explained})
            for stem, path in zip(path_stems(number, landscape), landscape.paths, strict=True):
                way = {"proj_xcoord": path.xy[:, 0], "proj_ycoord": path.xy[:, 1]}
                write(stem, {**way, "loss": path.loss, "dir_file": f"{directions}.h5"})
        return files


def _heights(landscape: Landscape) -> dict[str, Any]:
    """What the surface holds, under the name and in the unit that their programs know."""
    if landscape.height == "loss":
        return {"train_loss": landscape.loss}
    percent = 100.0 * landscape.loss
    other = 100.0 - percent
    accuracy, error = (percent, other) if landscape.height == "accuracy" else (other, percent)
    return {"train_acc": accuracy, "train_err": error}


def _h5py() -> ModuleType:
    try:
        import h5py
    except ModuleNotFoundError:
        raise LsbError(
            "HDF5 files are written by the package h5py, which is not installed; choose npz or vtp"
        ) from None
    return h5py  # type: ignore[no-any-return]
