"""Computed landscapes as .npz files: everything that was computed, for any program that reads NumPy's format.

The keys: `x (nx,)`, `y (ny,)`, `loss (ny, nx)`, `explained_variance (2,)` (nan where it has no meaning), `axis_names
(2,)`, `path_names (K,)`; for each path k from 0 `path_k_xy (T, 2)`, `path_k_loss (T,)` (the true one),
`path_k_surface_loss (T,)`, `path_k_theta (T, P)`, `path_k_explained ()`, the share of its variance on the chart;
`height`, what `loss` holds (loss, error_rate or accuracy), `facts (F,)`, sentences on chart and data; `scene`, the text
of the scene file; `version`, of lsblender. A file is one landscape: of a scene with several shots, FILE.npz is the
first and FILE_2.npz, FILE_3.npz, ... are the others, each with the same keys.

Nothing is pickled, neither written nor read: a pickle runs code when it is loaded.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..engine import Landscape
from ..engine.landscape import Path as LandscapePath
from ..errors import LsbError, shown, within
from ..files import whole_files
from ..version import package_version
from .exporters import EXPORTERS, Exporter
from .production import Production

Array = NDArray[np.float64]

#: Bytes that a file may unpack to beyond its own length: a small one can claim any size.
LARGEST_UNPACKED = 2**30
#: What zipfile and NumPy raise for bytes that are not what they say.
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError),
    *(EOFError, ValueError, TypeError, SyntaxError, TokenError),
)

#: NumPy's own reader and writer of one array; it carries no types.
_npy: Any = np.lib.format


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
                _npy.write_array(member, array, allow_pickle=False)


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
    """The landscape of one file. Raises `LsbError` with file, key and what is wrong.

    Every size is compared with the bytes that are there before memory is taken for it.
    """
    with within(source=str(file)):
        if file.exists() and not file.is_file():
            raise LsbError("is not a file")
        try:
            with file.open("rb") as stream:
                if stream.read(1) == b"\x80":
                    raise LsbError("is a pickle, which may run any code when read; use numpy.savez instead")
                with zipfile.ZipFile(stream) as archive:
                    _check_size(archive, file.stat().st_size)
                    return _read(archive)
        except OSError as error:
            raise LsbError(f"can not read the file ({error.strerror or error})") from None
        except DAMAGE:
            raise LsbError("is not an .npz file, or is damaged") from None


def _check_size(archive: zipfile.ZipFile, length: int) -> None:
    claimed = sum(info.file_size for info in archive.infolist())
    if claimed > length + LARGEST_UNPACKED:
        raise LsbError(f"claims to hold {claimed} bytes, too many for a file of {length}")


def _read(archive: zipfile.ZipFile) -> LandscapeFile:
    x, y = _axis(archive, "x"), _axis(archive, "y")
    names = _texts(archive, "path_names", ("paths",))
    first, second = _texts(archive, "axis_names", (2,))
    (height,) = _texts(archive, "height", ())
    landscape = Landscape(
        x,
        y,
        _numbers(archive, "loss", (len(y), len(x))),
        tuple(_path(archive, k, name) for k, name in enumerate(names)),
        (first, second),
        _numbers(archive, "explained_variance", (2,)),
        height,
        tuple(_texts(archive, "facts", ("facts",))),
    )
    (scene,), (version,) = (_texts(archive, key, ()) for key in ("scene", "version"))
    return LandscapeFile(landscape, scene, version)


def _axis(archive: zipfile.ZipFile, key: str) -> Array:
    axis = _numbers(archive, key, ("points",))
    if len(axis) < 2 or not np.isfinite(axis).all() or (np.diff(axis) <= 0).any():
        raise LsbError("at least two finite, rising numbers are needed", key)
    return axis


def _path(archive: zipfile.ZipFile, k: int, name: str) -> LandscapePath:
    xy = _numbers(archive, f"path_{k}_xy", ("steps", 2))
    if not len(xy) or not np.isfinite(xy).all():
        raise LsbError("at least one point, and only finite ones, are needed", f"path_{k}_xy")
    loss = _numbers(archive, f"path_{k}_loss", (len(xy),))
    surface_loss = _numbers(archive, f"path_{k}_surface_loss", (len(xy),))
    theta = _numbers(archive, f"path_{k}_theta", (len(xy), "parameters"))
    explained = float(_numbers(archive, f"path_{k}_explained", ()))
    return LandscapePath(name, xy, loss, surface_loss, theta, explained)


def _numbers(archive: zipfile.ZipFile, key: str, shape: tuple[int | str, ...]) -> Array:
    array = _member(archive, key, "fiu", "numbers are", shape)
    with np.errstate(over="ignore"):
        return np.asarray(array, dtype=np.float64, order="C")


def _texts(archive: zipfile.ZipFile, key: str, shape: tuple[int | str, ...]) -> list[str]:
    array = _member(archive, key, "U", "text is", shape)
    try:
        return [str(text) for text in array.ravel()]
    except (ValueError, SystemError):
        raise LsbError("holds characters that do not exist", key) from None


def _member(archive: zipfile.ZipFile, key: str, kinds: str, what: str, shape: tuple[int | str, ...]) -> NDArray[Any]:
    """An array of the file, whose dtype is one of the kinds and whose shape is the one needed.

    Words in `shape` stand for any length.
    """
    array = _array(archive, key)
    if array.dtype.kind not in kinds:
        raise LsbError(f"the type is {shown(str(array.dtype))}; {what} needed", key)
    fits = len(array.shape) == len(shape) and all(
        isinstance(needed, str) or length == needed for length, needed in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
        raise LsbError(f"the shape is {shown(array.shape)}; ({wanted}) is needed", key)
    return array


def _array(archive: zipfile.ZipFile, key: str) -> NDArray[Any]:
    """An array of the file, whatever it holds, as long as its header agrees with its size."""
    try:
        info = archive.getinfo(f"{key}.npy")
    except KeyError:
        raise LsbError("this array is missing", key) from None
    try:
        with archive.open(info) as member:
            shape, fortran, dtype = _header(member)
            if dtype.hasobject:
                raise LsbError("holds Python objects (a pickle), which may run any code when read", key)
            if math.prod(shape) * dtype.itemsize != info.file_size - member.tell():
                raise LsbError(f"the shape {shown(shape)} does not agree with the size of the data", key)
            order: Any = "F" if fortran else "C"
            return np.ndarray(shape, dtype, buffer=member.read(), order=order)
    except DAMAGE:
        raise LsbError("the data are damaged", key) from None


def _header(member: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    first = _npy.read_magic(member) == (1, 0)
    shape, fortran, dtype = (_npy.read_array_header_1_0 if first else _npy.read_array_header_2_0)(member)
    return shape, fortran, dtype
