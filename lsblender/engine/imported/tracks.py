"""Paths of other programs: where an optimizer was, step by step, on a surface or in parameter space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...errors import LsbError
from ..archives import Archive, open_archive
from ..objective import Array


@dataclass(frozen=True, eq=False)
class Track:
    """A path: xy (T, 2) on the surface, or theta (T, P), or both; loss (T,) where it is known.

    `notes` are sentences that a picture of it must carry.
    """

    name: str
    xy: Array | None = None
    loss: Array | None = None
    theta: Array | None = None
    notes: tuple[str, ...] = ()


def unique_names(taken: Sequence[str], tracks: Sequence[Track]) -> list[str]:
    """A name for each track that no other path has."""
    names = list(taken)
    for track in tracks:
        name, count = track.name, 2
        while name in names:
            name, count = f"{track.name} {count}", count + 1
        names.append(name)
    return names[len(taken) :]


def read_tracks(file: Path) -> tuple[Track, ...]:
    """The paths of a file: .npz, .h5, .csv or .vtp. Raises `LsbError`."""
    read = READERS.get(file.suffix.lower())
    if read is None:
        raise LsbError(f"'{file}' is no path's file by its name; choose from {', '.join(READERS)}")
    return tuple(replace(checked_track(track, file.name), name=track.name or file.stem) for track in read(file))


def checked_track(track: Track, name: str) -> Track:
    """The track in the file of this name, which has points, and only finite ones. Raises `LsbError`."""
    for what, array in (("xy", track.xy), ("theta", track.theta)):
        if array is not None and (not len(array) or not np.isfinite(array).all()):
            raise LsbError(f"'{name}' has a path with {what} that are missing or not finite")
    return track


# -- the formats ---------------------------------------------------------------------------------------------


def archive_tracks(archive: Archive, name: str, loss: str = "loss") -> tuple[Track, ...]:
    """Those of an .npz file: `path_names` with path_0_xy, ... as we write them, or `xy` and `theta`, `loss`, `name`.

    `loss` is the key of the losses. Without any of these there is no path.
    """
    if "path_names" in archive:
        titles = archive.texts("path_names", ("paths",))
        return tuple(_numbered(archive, k, title) for k, title in enumerate(titles))
    xy = archive.numbers("xy", ("steps", 2)) if "xy" in archive else None
    theta = archive.numbers("theta", ("steps", "parameters")) if "theta" in archive else None
    if xy is None and theta is None:
        return ()
    count = len(xy) if xy is not None else len(theta) if theta is not None else 0
    if xy is not None and theta is not None and len(theta) != count:
        raise LsbError(f"{len(theta)} rows, and xy has {count}", "theta")
    losses = archive.numbers(loss, (count,)) if loss in archive else None
    title = archive.texts("name", ())[0] if "name" in archive else ""
    every = int(archive.numbers("every", ())) if "every" in archive else 1
    notes = (f"Each step here is {every} steps of the training.",) if every > 1 else ()
    return (Track(title or name, xy, losses, theta, notes),)


def _numbered(archive: Archive, k: int, title: str) -> Track:
    xy = archive.numbers(f"path_{k}_xy", ("steps", 2))
    loss = archive.numbers(f"path_{k}_loss", (len(xy),)) if f"path_{k}_loss" in archive else None
    theta = archive.numbers(f"path_{k}_theta", (len(xy), "parameters")) if f"path_{k}_theta" in archive else None
    return Track(title, xy, loss, theta if theta is not None and theta.shape[1] else None)


def _npz(file: Path) -> tuple[Track, ...]:
    with open_archive(file) as archive:
        tracks = archive_tracks(archive, file.stem)
        if not tracks:
            raise LsbError("no path in it: xy (T, 2) or theta (T, P) is needed")
        return tracks


def _h5(file: Path) -> tuple[Track, ...]:
    """Li et al.'s projection of a trajectory; it is relative to the last model, and so is the surface."""
    from .hdf5 import open_hdf5

    with open_hdf5(file) as data:
        x, y = (data.numbers(key, 1) for key in ("proj_xcoord", "proj_ycoord"))
    if len(x) != len(y):
        raise LsbError(f"'{file.name}' has {len(x)} proj_xcoord and {len(y)} proj_ycoord")
    return (Track(file.stem, np.column_stack([x, y])),)


def _csv(file: Path) -> tuple[Track, ...]:
    """Two coordinates and, if there is a third column, the loss; a line per step."""
    from ..tables import read_numbers
    from .columns import LOSSES

    table = read_numbers(file)
    count = table.values.shape[1]
    if count not in (2, 3):
        raise LsbError(f"'{file.name}' has {count} columns; two coordinates, and the loss if it is known, are needed")
    names = [name.lower() for name in table.names]
    last = next((k for k, name in enumerate(names) if name in LOSSES), 2) if count == 3 else 2
    places = [k for k in range(count) if k != last]
    loss = table.values[:, last] if count == 3 else None
    return (Track(file.stem, table.values[:, places], loss),)


def _vtp(file: Path) -> tuple[Track, ...]:
    from .vtp import read_points

    return (Track(file.stem, read_points(file).points[:, :2]),)


READERS: dict[str, Callable[[Path], tuple[Track, ...]]] = {
    ".npz": _npz,
    ".h5": _h5,
    ".hdf5": _h5,
    ".csv": _csv,
    ".tsv": _csv,
    ".txt": _csv,
    ".vtp": _vtp,
}
