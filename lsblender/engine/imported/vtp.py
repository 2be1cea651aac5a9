"""ParaView's polygon files (.vtp): their points and the numbers that belong to them.

VTK writes arrays as text, as base64, or behind the XML as they are ("appended"), packed with zlib or not. Document
types and entities are refused, so the XML can not grow; what an array unpacks to is known before it is unpacked.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import LsbError, shown
from ..objective import Array
from .surfaces import MOST_POINTS

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

#: VTK's names of the types of numbers.
TYPES = {
    **{f"Int{8 * size}": f"i{size}" for size in (1, 2, 4, 8)},
    **{f"UInt{8 * size}": f"u{size}" for size in (1, 2, 4, 8)},
    "Float32": "f4",
    "Float64": "f8",
}
ZLIB = "vtkZLibDataCompressor"
#: Blocks of a packed array at most.
MOST_BLOCKS = 2**16
APPENDED = re.compile(rb"<AppendedData\b[^>]*>\s*_")


@dataclass(frozen=True, eq=False)
class PointData:
    """points (N, 3) and, by name, the numbers (N,) of each."""

    points: Array
    data: Mapping[str, Array]


def read_points(file: Path) -> PointData:
    """The points of all pieces of a .vtp file with the single numbers of each. Raises `LsbError`."""
    content = file.read_bytes()
    try:
        document = _Document.of(content)
        pieces = [document.piece(piece) for piece in document.root.iterfind("./PolyData/Piece")]
    except (ValueError, LookupError, zlib.error, EOFError, OverflowError):
        raise LsbError(f"'{file.name}' is not a ParaView polygon file (.vtp), or is damaged") from None
    except LsbError as error:
        raise LsbError(f"'{file.name}': {error}") from None
    pieces = [piece for piece in pieces if len(piece.points)]
    if not pieces:
        raise LsbError(f"'{file.name}' has no points")
    names = [name for name in pieces[0].data if all(name in piece.data for piece in pieces)]
    data = {name: np.concatenate([piece.data[name] for piece in pieces]) for name in names}
    return PointData(np.concatenate([piece.points for piece in pieces]), data)


@dataclass(frozen=True, eq=False)
class _Document:
    """The XML of a file and what is appended to it, as bytes or base64."""

    root: Element
    appended: bytes
    is_raw: bool

    @classmethod
    def of(cls, content: bytes) -> _Document:
        """Raises `ValueError` for what is not XML of the right kind."""
        from xml.etree import ElementTree

        start = APPENDED.search(content)
        head, appended, is_raw = content, b"", True
        if start:
            is_raw = b'"base64"' not in start.group() and b"'base64'" not in start.group()
            head, appended = content[: start.start()] + b"</VTKFile>", content[start.end() :]
        if re.search(rb"<!\s*(?:DOCTYPE|ENTITY)", head):
            raise LsbError("has a document type, which such a file has no use for")
        try:
            root = ElementTree.fromstring(head)
        except ElementTree.ParseError as error:
            raise ValueError(str(error)) from None
        if root.tag != "VTKFile" or root.get("type") != "PolyData":
            raise ValueError("not a PolyData file")
        return cls(root, appended, is_raw)

    def piece(self, piece: Element) -> PointData:
        """The points of a piece."""
        count = int(piece.get("NumberOfPoints", "0"))
        if not 0 <= count <= MOST_POINTS:
            raise LsbError(f"claims {count} points; at most {MOST_POINTS} are read")
        points = piece.find("./Points/DataArray")
        if not count or points is None:
            return PointData(np.empty((0, 3)), {})
        single = [
            array for array in piece.iterfind("./PointData/DataArray") if array.get("NumberOfComponents", "1") == "1"
        ]
        data = {array.get("Name", ""): self.numbers(array, count) for array in single if array.get("type") in TYPES}
        return PointData(self.numbers(points, 3 * count).reshape(count, 3), data)

    def numbers(self, array: Element, count: int) -> Array:
        """The numbers (count,) of an array."""
        kind = array.get("type", "")
        if kind not in TYPES:
            raise LsbError(f"has an array of the type {shown(kind)}; choose from {', '.join(TYPES)}")
        order = "<" if self.root.get("byte_order", "LittleEndian") == "LittleEndian" else ">"
        dtype = np.dtype(order + TYPES[kind])
        form, text = array.get("format", "ascii"), array.text or ""
        if form == "ascii":
            if len(text) > 64 * (count + 16):
                raise LsbError(f"has an array '{array.get('Name')}' of more than {count} numbers")
            values: NDArray[np.float64] = np.array(text.split(), dtype=np.float64)
        elif form == "binary":
            values = np.frombuffer(self._block("".join(text.split()).encode(), False, dtype, count), dtype)
        elif form == "appended":
            offset = int(array.get("offset", "0"))
            if not 0 <= offset <= len(self.appended):
                raise EOFError
            values = np.frombuffer(self._block(self.appended[offset:], self.is_raw, dtype, count), dtype)
        else:
            raise LsbError(f"has an array in the format {shown(form)}; choose from ascii, binary, appended")
        if len(values) != count:
            raise LsbError(f"has an array '{array.get('Name')}' of {len(values)} numbers; {count} are needed")
        return values.astype(np.float64)

    def _block(self, content: bytes, is_raw: bool, dtype: np.dtype[np.float64], count: int) -> bytes:
        """The bytes of an array of so many numbers, unpacked; `content` begins with it and may go on."""
        header = np.dtype(("<" if dtype.byteorder != ">" else ">") + TYPES[self.root.get("header_type", "UInt32")])
        compressor = self.root.get("compressor")
        source = _Source(content, is_raw)
        size = count * dtype.itemsize
        if compressor is None:
            (length,) = source.join(header, 1)
            if length != size:
                raise LsbError(f"has an array of {length} bytes; {size} are needed")
            return source.rest(int(length))
        if compressor != ZLIB:
            raise LsbError(f"is packed by {shown(compressor)}; only {ZLIB} is read")
        return _unpacked(source, header, size)


def _unpacked(source: _Source, header: np.dtype[np.float64], size: int) -> bytes:
    """Blocks packed with zlib: their number, the length of one, that of the last, then the packed lengths."""
    blocks, length, last = (int(value) for value in source.head(header, 3))
    whole = (blocks - bool(last)) * length + last
    if not 0 < blocks <= MOST_BLOCKS or whole != size:
        raise LsbError(f"has an array that unpacks to {whole} bytes; {size} are needed")
    lengths = [int(value) for value in source.head(header, 3 + blocks)[3:]]
    source.end_head(header, 3 + blocks)
    packed = source.rest(sum(lengths))
    parts, start = [], 0
    for k, part in enumerate(lengths):
        wanted = last if last and k == blocks - 1 else length
        unpacked = zlib.decompressobj().decompress(packed[start : start + part], wanted + 1)
        if len(unpacked) != wanted:
            raise EOFError
        parts.append(unpacked)
        start += part
    return b"".join(parts)


class _Source:
    """Bytes, or base64 in which the header is a text of its own when there is a compressor."""

    def __init__(self, content: bytes, is_raw: bool) -> None:
        self.content, self.is_raw = content, is_raw
        self.used, self.kept = 0, b""

    def head(self, header: np.dtype[np.float64], count: int) -> NDArray[np.float64]:
        """The first so many numbers of the header."""
        return np.frombuffer(self._bytes(0, count * header.itemsize), header)

    def end_head(self, header: np.dtype[np.float64], count: int) -> None:
        """What follows begins after a header of so many numbers, which was a base64 text of its own."""
        size = count * header.itemsize
        self.used = size if self.is_raw else -(-size // 3) * 4

    def join(self, header: np.dtype[np.float64], count: int) -> NDArray[np.float64]:
        """The header, of which what follows is the continuation in the same base64 text."""
        values = self.head(header, count)
        self.kept = b"x" * (count * header.itemsize)
        return values

    def rest(self, size: int) -> bytes:
        """The so many bytes after the header."""
        skip = len(self.kept)
        if self.is_raw:
            self.used += skip
            return self._bytes(self.used, size)
        return self._bytes(self.used, skip + size)[skip:]

    def _bytes(self, start: int, size: int) -> bytes:
        """So many bytes from a place in the content on."""
        end = start + (size if self.is_raw else -(-size // 3) * 4)
        part = self.content[start:end]
        if not self.is_raw:
            try:
                part = base64.b64decode(part, validate=True)
            except binascii.Error as error:
                raise ValueError(str(error)) from None
        if len(part) < size:
            raise EOFError
        return part[:size]
