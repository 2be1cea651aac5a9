"""Landscapes that lsblender computed and wrote as .npz: all of it comes back."""

from __future__ import annotations

import numpy as np

from ...errors import LsbError
from ..archives import Archive
from ..landscape import Landscape, Path
from ..objective import Array


def is_own(archive: Archive) -> bool:
    """Whether a file is one of ours: it says which version wrote it and lists its paths."""
    return "version" in archive and "path_names" in archive


def read_own(archive: Archive) -> Landscape:
    """The landscape. Raises `LsbError` with the key that is missing or wrong."""
    x, y = _axis(archive, "x"), _axis(archive, "y")
    names = archive.texts("path_names", ("paths",))
    first, second = archive.texts("axis_names", (2,))
    return Landscape(
        x,
        y,
        archive.numbers("loss", (len(y), len(x))),
        tuple(_path(archive, k, name) for k, name in enumerate(names)),
        (first, second),
        archive.numbers("explained_variance", (2,)),
        _text(archive, "height"),
        tuple(archive.texts("facts", ("facts",))),
        # earlier files do not have these
        data=_text(archive, "data") if "data" in archive else "",
        model=_text(archive, "model") if "model" in archive else "",
        notes=tuple(archive.texts("notes", ("notes",))) if "notes" in archive else (),
    )


def _text(archive: Archive, key: str) -> str:
    (text,) = archive.texts(key, ())
    return text


def _axis(archive: Archive, key: str) -> Array:
    axis = archive.numbers(key, ("points",))
    if len(axis) < 2 or not np.isfinite(axis).all() or (np.diff(axis) <= 0).any():
        raise LsbError("at least two finite, rising numbers are needed", key)
    return axis


def _path(archive: Archive, k: int, name: str) -> Path:
    xy = archive.numbers(f"path_{k}_xy", ("steps", 2))
    if not len(xy) or not np.isfinite(xy).all():
        raise LsbError("at least one point, and only finite ones, are needed", f"path_{k}_xy")
    loss = archive.numbers(f"path_{k}_loss", (len(xy),))
    surface_loss = archive.numbers(f"path_{k}_surface_loss", (len(xy),))
    theta = archive.numbers(f"path_{k}_theta", (len(xy), "parameters"))
    explained = float(archive.numbers(f"path_{k}_explained", ()))
    return Path(name, xy, loss, surface_loss, theta, explained)
