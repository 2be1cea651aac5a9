"""Computed landscapes as .npz files: everything that was computed, for any program that reads NumPy's format.

The keys: `x (nx,)`, `y (ny,)`, `loss (ny, nx)`, `explained_variance (2,)` (nan where it has no meaning), `axis_names
(2,)`, `path_names (K,)`; for each path k from 0 `path_k_xy (T, 2)`, `path_k_loss (T,)` (the true one),
`path_k_surface_loss (T,)`, `path_k_theta (T, P)`, `path_k_explained ()`, the share of its variance on the chart;
`height`, what `loss` holds (loss, error_rate or accuracy); `facts (F,)`, sentences on chart and data, `notes (N,)`,
those that a picture must carry, `data` and `model`, their names; `scene`, the text of the scene file; `version`, of
lsblender. A file is one landscape: of a scene with several shots, FILE.npz is the first and FILE_2.npz, FILE_3.npz, ...
are the others, each with the same keys.

Nothing is pickled, neither written nor read: a pickle runs code when it is loaded.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..engine import Landscape
from ..engine.archives import npy, open_archive
from ..engine.imported.own import read_own
from ..errors import LsbError
from ..files import whole_files
from ..version import package_version
from .exporters import EXPORTERS, Exporter
from .production import Production

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LandscapeFile:
    """What a file holds: the landscape, the scene file's text, the version of lsblender that wrote it."""

    landscape: Landscape
    scene: str
    version: str


def landscape_files(file: Path, count: int) -> list[Path]:
    """The names of the files for so many shots: FILE.npz, FILE_2.npz, ...

    Raises `LsbError` for a name that does not end in .npz; worth asking before a long computation.
    """
    if file.suffix.lower() != ".npz":
        raise LsbError(f"'{file}': the name of a computed landscape must end in .npz")
    others = (file.with_name(f"{file.stem}_{number}{file.suffix}") for number in range(2, count + 1))
    return [file, *others]


# -- Writing -------------------------------------------------------------------------------------------------


def save_landscapes(landscapes: Sequence[Landscape], file: Path, scene: str) -> list[Path]:
    """Write the shots' landscapes and the text of their scene file; the files written, all or none.

    The same landscapes give the same bytes. Raises `LsbError` where the files can not be written.
    """
    files = landscape_files(file, len(landscapes))
    with whole_files(file.parent) as folder:
        for landscape, path in zip(landscapes, files, strict=True):
            _write(_members(landscape, scene), folder / path.name)
    return files


def _members(landscape: Landscape, scene: str) -> dict[str, NDArray[Any]]:
    members: dict[str, NDArray[Any]] = {
        "x": _floats(landscape.x),
        "y": _floats(landscape.y),
        "loss": _floats(landscape.loss),
        "explained_variance": _floats(landscape.explained),
        "axis_names": np.array(landscape.axis_names, dtype=np.str_),
        "height": np.array(landscape.height, dtype=np.str_),
        "facts": np.array(landscape.facts, dtype=np.str_),
        "data": np.array(landscape.data, dtype=np.str_),
        "model": np.array(landscape.model, dtype=np.str_),
        "notes": np.array(landscape.notes, dtype=np.str_),
        "path_names": np.array([path.name for path in landscape.paths], dtype=np.str_),
    }
    for k, path in enumerate(landscape.paths):
        members[f"path_{k}_xy"] = _floats(path.xy)
        members[f"path_{k}_loss"] = _floats(path.loss)
        members[f"path_{k}_surface_loss"] = _floats(path.surface_loss)
        members[f"path_{k}_theta"] = _floats(path.theta)
        members[f"path_{k}_explained"] = _floats(np.array(path.explained))
    return members | {"scene": np.array(scene, dtype=np.str_), "version": np.array(package_version())}


def _floats(array: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(array, dtype="<f8", order="C")


def _write(members: dict[str, NDArray[Any]], file: Path) -> None:
    """Like np.savez, but with a fixed date on every member."""
    with zipfile.ZipFile(file, "w") as archive:
        for key, array in members.items():
            info = zipfile.ZipInfo(f"{key}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            with archive.open(info, "w", force_zip64=True) as member:
                npy.write_array(member, array, allow_pickle=False)


@EXPORTERS.register("npz", "NumPy archives (.npz)")
@dataclass(frozen=True)
class NpzFiles(Exporter):
    """Everything that was computed, thetas and all, as `compute` writes it: landscape_1.npz, ... for Python.

    `load_landscape` reads it back.
    """

    suffix: ClassVar[str] = ".npz"

    def export(self, production: Production, folder: Path) -> list[Path]:
        files = []
        for number, _, landscape in production.shots:
            files.append(folder / f"landscape_{number}.npz")
            _write(_members(landscape, production.scene), files[-1])
        return files


# -- Reading -------------------------------------------------------------------------------------------------


def load_landscape(file: Path) -> LandscapeFile:
    """The landscape of one file. Raises `LsbError` with file, key and what is wrong."""
    with open_archive(file) as archive:
        landscape = read_own(archive)
        (scene,), (version,) = (archive.texts(key, ()) for key in ("scene", "version"))
        return LandscapeFile(landscape, scene, version)
