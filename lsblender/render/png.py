"""PNG files, chunk by chunk.

A frame's file says itself what it is a frame of, so that the two can not come apart, whenever a run is killed. Where
writing lies over the picture, the file also keeps what is under it: the writing can be changed, and a run can go on
from the file, without rendering. Other programs pass over both.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import LsbError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: Texts and times, which would make equal pictures unequal files, and the last chunk of every file.
TEXTS, END = {b"tEXt", b"zTXt", b"iTXt", b"tIME"}, b"IEND"
#: The keyword of our text, and our own chunk: not needed to show the picture, not to be copied to a changed one.
KEYWORD, UNDER = b"lsblender", b"unDR"
#: The dots of a picture in print, and metres to an inch.
SIZES, INCH = {b"pHYs", b"eXIf"}, 0.0254

Chunk = tuple[bytes, bytes]


def read_chunks(path: Path) -> list[Chunk]:
    """The chunks (kind, content) of a file. Raises `LsbError` if it is not a whole PNG file."""
    try:
        return split(path.read_bytes())
    except ValueError:
        raise LsbError(f"'{path}' is not a whole PNG file") from None


def split(data: bytes) -> list[Chunk]:
    """The chunks (kind, content) of a file's bytes. Raises `ValueError` if they are not a whole PNG file."""
    if data[:8] != SIGNATURE:
        raise ValueError("no PNG file")
    found: list[Chunk] = []
    place = 8
    while not found or found[-1][0] != END:
        length, kind = struct.unpack_from(">I4s", data, place) if place + 8 <= len(data) else (len(data), b"")
        content, check = data[place + 8 : place + 8 + length], data[place + 8 + length : place + 12 + length]
        if check != struct.pack(">I", zlib.crc32(kind + content)):
            raise ValueError("not whole")
        found.append((kind, content))
        place += 12 + length
    return found


def write_chunks(chunks: Iterable[Chunk], path: Path) -> None:
    """Write a PNG file from its chunks."""
    parts = [SIGNATURE]
    for kind, content in chunks:
        parts.append(struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content)))
    path.write_bytes(b"".join(parts))


def remove_texts(path: Path) -> None:
    """Remove the texts of a file that was just written: dates, times and folder names.

    Raises `LsbError` if it was not written whole: Blender says nothing of a full disk.
    """
    try:
        chunks = split(path.read_bytes())
    except ValueError:
        raise LsbError(f"'{path.name}' could not be written whole to '{path.parent}'; is the disk full?") from None
    write_chunks([chunk for chunk in chunks if chunk[0] not in TEXTS], path)


def set_density(path: Path, dpi: int) -> None:
    """Write into a file how many dots there are to an inch in print."""
    metre = round(dpi / INCH)
    head, *rest = [chunk for chunk in read_chunks(path) if chunk[0] not in SIZES]
    write_chunks([head, (b"pHYs", struct.pack(">IIB", metre, metre, 1)), *rest], path)


# -- a frame's own chunks --------------------------------------------------------------------------------------


def stamp(path: Path, identity: str, under: bytes = b"") -> None:
    """Write into a file what it is a frame of, and what lies under its writing, in place of what it says now."""
    head, *rest = [chunk for chunk in read_chunks(path) if chunk[0] not in TEXTS | {UNDER}]
    own: Sequence[Chunk] = [(b"tEXt", KEYWORD + b"\0" + identity.encode())]
    if under:
        own = [*own, (UNDER, under)]
    write_chunks([head, *own, *rest], path)


def stamped(path: Path) -> str:
    """What a file says that it is a frame of, from its first and last bytes; empty if it is none or not whole."""
    try:
        with path.open("rb") as file:
            begin = file.read(512)
            file.seek(-12, 2)
            end = file.read()
    except OSError:
        return ""
    return identity_in(begin) if end[4:8] == END else ""


def identity_in(data: bytes) -> str:
    """The same from a file's first bytes alone."""
    head = 8 + 25
    length, kind = struct.unpack_from(">I4s", data, head) if len(data) > head + 8 else (0, b"")
    content = data[head + 8 : head + 8 + length]
    is_ours = data[:8] == SIGNATURE and kind == b"tEXt" and content.startswith(KEYWORD + b"\0")
    return content[len(KEYWORD) + 1 :].decode("ascii", "replace") if is_ours else ""


def pack_under(bare: NDArray[np.float32], covered: NDArray[np.bool_]) -> bytes:
    """What lies under the writing: values (H, W, 3 or more) where `covered` (H, W) is true, in the file's 256 steps."""
    steps = np.round(np.clip(bare[covered][:, :3], 0.0, 1.0) * 255).astype(np.uint8)
    return zlib.compress(np.packbits(covered).tobytes() + steps.tobytes())


def unpack_under(data: bytes, shape: tuple[int, int]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Which places (H, W) are covered, and their values (N, 3). Raises `ValueError` for other data."""
    try:
        content = np.frombuffer(zlib.decompress(data), dtype=np.uint8)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    count = shape[0] * shape[1]
    bits = -(-count // 8)
    covered = np.unpackbits(content[:bits], count=count).astype(bool).reshape(shape)
    return covered, (content[bits:].reshape(int(covered.sum()), 3) / np.float32(255)).astype(np.float32)
