"""HDF5 files of other programs, read by pyfive without trust.

pyfive believes what a file says of itself. So it gets the file through a guard that counts what is read, and every
size is looked at before memory is taken for it. What lies in other files (external links) is not followed.
"""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ...errors import LsbError, shown
from ..objective import Array
from .surfaces import MOST_POINTS

#: What pyfive raises for bytes that are not what they say.
DAMAGE = (
    *(ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError, NotImplementedError),
    *(EOFError, RecursionError, MemoryError, OSError, struct.error, zlib.error),
)
SIGNATURE = b"\x89HDF\r\n\x1a\n"
#: The address of numbers that are not in the file.
NOWHERE = 2**64 - 1
#: Reads from one file at most, and bytes read as a multiple of its length: a damaged one may lead round in circles.
MOST_READS, MOST_TIMES, ALWAYS = 20_000, 8, 2**20


class Guard(io.RawIOBase):
    """A file that is read so often and so far only, and never beyond its end."""

    def __init__(self, stream: BinaryIO, length: int) -> None:
        self.stream = stream
        self.reads, self.left = MOST_READS, MOST_TIMES * length + ALWAYS

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.stream.seek(offset, whence)

    def tell(self) -> int:
        return self.stream.tell()

    def read(self, size: int = -1) -> bytes:
        self.reads -= 1
        self.left -= max(size, 0)
        if self.reads < 0 or self.left < 0 or size < 0:
            raise EOFError("read too often")
        content = self.stream.read(size)
        if len(content) < size:
            raise EOFError("the file ends")
        return content


@contextmanager
def open_hdf5(file: Path) -> Iterator[Hdf5]:
    """The datasets of a file. Raises `LsbError` for one that is no HDF5 file, or damaged."""
    import pyfive

    # not a subclass of anything narrower
    damage = (*DAMAGE, pyfive.core.InvalidHDF5File)
    with file.open("rb") as stream:
        size = file.stat().st_size
        if size < _end_of(stream):
            raise LsbError(f"'{file.name}' is damaged: it ends too soon")
        try:
            root = pyfive.File(Guard(stream, size))
        except damage:
            raise LsbError(f"'{file.name}' {_why_not(stream)}") from None
        try:
            yield Hdf5(root, file.name)
        except damage:
            raise LsbError(f"'{file.name}' is damaged") from None


def _why_not(stream: BinaryIO) -> str:
    """What may be wrong with a file that can not be opened."""
    stream.seek(0)
    if stream.read(len(SIGNATURE)) != SIGNATURE:
        return "is not an HDF5 file, or is damaged"
    return "is damaged, or has what is not read here, such as links to other files"


def _end_of(stream: BinaryIO) -> int:
    """Where a file says that it ends; 0 where it does not begin as HDF5 files usually do.

    HDF5 File Format Specification, II.A: the superblock of version 0 and 1, and that of 2 and 3.
    """
    head = stream.read(52)
    if len(head) < 52 or head[:8] != SIGNATURE or (head[9] if head[8] > 1 else head[13]) != 8:
        return 0
    place = {0: 40, 1: 44, 2: 28, 3: 28}.get(head[8], 0)
    return int.from_bytes(head[place : place + 8], "little") if place else 0


class Hdf5:
    """An open HDF5 file: the datasets at its root by name."""

    def __init__(self, root: Any, name: str) -> None:
        self.root = root
        self.name = name

    def __contains__(self, key: str) -> bool:
        return key in self.keys()

    def keys(self) -> list[str]:
        """The names at its root."""
        return [str(key) for key in self.root]

    def numbers(self, key: str, dimensions: int) -> Array:
        """A dataset of real numbers of so many dimensions."""
        if key not in self:
            raise LsbError(f"'{self.name}' has no '{key}'; it has {shown(', '.join(self.keys()))}")
        dataset = self._dataset(key)
        shape, dtype = tuple(dataset.shape), np.dtype(dataset.dtype)
        if dtype.kind not in "fiu":
            raise LsbError(f"'{key}' in '{self.name}' does not hold numbers but {shown(str(dtype))}")
        if len(shape) != dimensions:
            raise LsbError(f"'{key}' in '{self.name}' has the shape {shown(shape)}; {dimensions} dimensions are needed")
        if math.prod(shape) > MOST_POINTS:
            raise LsbError(
                f"'{key}' in '{self.name}' claims {math.prod(shape)} numbers; at most {MOST_POINTS} are read"
            )
        self._check_chunks(dataset, key, math.prod(shape) * dtype.itemsize)
        with np.errstate(over="ignore"):
            return np.asarray(dataset[()], dtype=np.float64)

    def _dataset(self, key: str) -> Any:
        try:
            dataset = self.root[key]
        except DAMAGE:
            raise LsbError(f"'{key}' in '{self.name}' lies in another file, or is damaged") from None
        if dataset is None or not hasattr(dataset, "shape"):
            raise LsbError(f"'{key}' in '{self.name}' is no dataset, or lies in another file")
        if getattr(dataset.id, "data_offset", 0) == NOWHERE:
            raise LsbError(f"the numbers of '{key}' in '{self.name}' were never written, or lie in another file")
        # read in one piece: a file that ends too soon is told from one that does not
        dataset.id.pseudo_chunking_size = 0
        return dataset

    def _check_chunks(self, dataset: Any, key: str, size: int) -> None:
        """Refuse chunks that are larger than they say, or that unpack to more."""
        if dataset.chunks is None:
            return
        largest = math.prod(dataset.chunks) * np.dtype(dataset.dtype).itemsize
        if largest > max(size, ALWAYS) * 4:
            raise LsbError(f"'{key}' in '{self.name}' claims chunks that are larger than itself")
        for number in range(dataset.id.get_num_chunks()):
            _, packed = dataset.id.read_direct_chunk(dataset.id.get_chunk_info(number).chunk_offset)
            if dataset.compression == "gzip":
                unpacked = zlib.decompressobj().decompress(packed, largest + 64)
                if len(unpacked) > largest + 16:
                    raise LsbError(f"'{key}' in '{self.name}' unpacks to more than it says")
