"""Archives: NumPy's .npz files of anybody, read without trust.

Every size is compared with the bytes that are there before memory is taken for it. Nothing is pickled: a pickle runs
code when it is loaded.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import LsbError, shown, within

Array = NDArray[np.float64]

#: Bytes that a file may unpack to beyond its own length: a small one can claim any size.
LARGEST_UNPACKED = 2**30
#: What zipfile and NumPy raise for bytes that are not what they say.
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError),
    *(EOFError, ValueError, TypeError, SyntaxError, TokenError),
)
#: How a pickle begins (protocol 2 and later), and the member that PyTorch's own archives hold it in.
PICKLED, TORCH_MEMBER = b"\x80", "data.pkl"

#: NumPy's own reader and writer of one array; it carries no types.
npy: Any = np.lib.format


@contextmanager
def open_archive(file: Path) -> Iterator[Archive]:
    """The arrays of a file. Raises `LsbError` with file, key and what is wrong."""
    with within(source=str(file)):
        if file.exists() and not file.is_file():
            raise LsbError("is not a file")
        try:
            with file.open("rb") as stream:
                if stream.read(1) == PICKLED:
                    raise LsbError("is a pickle, which may run any code when read; use numpy.savez instead")
                with zipfile.ZipFile(stream) as members:
                    _check(members, file.stat().st_size)
                    yield Archive(members)
        except OSError as error:
            raise LsbError(f"can not read the file ({error.strerror or error})") from None
        except DAMAGE:
            raise LsbError("is not an .npz file, or is damaged") from None


def _check(members: zipfile.ZipFile, length: int) -> None:
    claimed = sum(info.file_size for info in members.infolist())
    if claimed > length + LARGEST_UNPACKED:
        raise LsbError(f"claims to hold {claimed} bytes, too many for a file of {length}")
    if any(name.rpartition("/")[2] == TORCH_MEMBER for name in members.namelist()):
        raise LsbError("is PyTorch's own format, a pickle, which may run any code when read; use numpy.savez instead")


class Archive:
    """An open .npz file: its arrays by key, each checked as it is read."""

    def __init__(self, members: zipfile.ZipFile) -> None:
        self.members = members

    def __contains__(self, key: str) -> bool:
        return f"{key}.npy" in self.members.NameToInfo

    def keys(self) -> list[str]:
        """The names of its arrays."""
        return [name.removesuffix(".npy") for name in self.members.namelist() if name.endswith(".npy")]

    def numbers(self, key: str, shape: tuple[int | str, ...]) -> Array:
        """An array of numbers of this shape, in which words stand for any length."""
        array = self.array(key, "fiu", "numbers are", shape)
        with np.errstate(over="ignore"):
            return np.asarray(array, dtype=np.float64, order="C")

    def texts(self, key: str, shape: tuple[int | str, ...]) -> list[str]:
        """An array of texts of this shape, as a flat list."""
        array = self.array(key, "U", "text is", shape)
        try:
            return [str(text) for text in array.ravel()]
        except (ValueError, SystemError):
            raise LsbError("holds characters that do not exist", key) from None

    def array(self, key: str, kinds: str, what: str, shape: tuple[int | str, ...]) -> NDArray[Any]:
        """An array whose dtype is one of the kinds and whose shape is the one needed; words stand for any length."""
        array = self.anything(key)
        if array.dtype.kind not in kinds:
            raise LsbError(f"the type is {shown(str(array.dtype))}; {what} needed", key)
        fits = len(array.shape) == len(shape) and all(
            isinstance(needed, str) or length == needed for length, needed in zip(array.shape, shape, strict=True)
        )
        if not fits:
            wanted = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
            raise LsbError(f"the shape is {shown(array.shape)}; ({wanted}) is needed", key)
        return array

    def anything(self, key: str) -> NDArray[Any]:
        """An array, whatever it holds, as long as its header agrees with its size."""
        try:
            info = self.members.getinfo(f"{key}.npy")
        except KeyError:
            raise LsbError("this array is missing", key) from None
        try:
            with self.members.open(info) as member:
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
    first = npy.read_magic(member) == (1, 0)
    shape, fortran, dtype = (npy.read_array_header_1_0 if first else npy.read_array_header_2_0)(member)
    return shape, fortran, dtype
