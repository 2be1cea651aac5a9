"""Pictures of numbers: a palette as a strip of colours, heights as grey values."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..look.palettes import Palette
from ..storyboard.terrain import Terrain
from .exporters import EXPORTERS, Exporter
from .production import Production
from .shot_model import COLOURS, shot_terrain

#: The highest grey value of 16 bits.
WHITE = 65_535
#: Rows of a palette's strip: more than one, so that engines do not make small pictures of it that mix its ends.
STRIP_ROWS = 4


@EXPORTERS.register("heightmap", "Height maps (.png)")
@dataclass(frozen=True)
class HeightMaps(Exporter):
    """The heights of each shot as 16-bit grey: height_1.png, ... black is the lowest point, white the highest.

    The first row is the far end of the second axis, as on a map. What white is in metres is written in the file.
    """

    suffix: ClassVar[str] = ".png"

    def export(self, production: Production, folder: Path) -> list[Path]:
        files = []
        for number, _, _ in production.shots:
            terrain = shot_terrain(production, number)
            files.append(folder / f"height_{number}.png")
            text = f"white is {terrain.relief:.9g} m, width {np.ptp(terrain.x):.9g} m"
            write_png(files[-1], grey(terrain.level[::-1]), text)
        return files


def grey(level: NDArray[np.float64], one: int = WHITE) -> NDArray[np.uint16]:
    """16-bit grey values of levels from 0 to 1; `one` is what 1 would be."""
    return np.asarray(np.minimum(np.round(np.clip(level, 0.0, 1.0) * one), WHITE), dtype=np.uint16)


def raw_points(terrain: Terrain) -> int:
    """The points along a side of a height map for Unity: the least 2^n + 1, from 33 to 4097, that loses none."""
    points = 33
    while points < max(terrain.z.shape) and points < 4097:
        points = 2 * points - 1
    return points


def raw_heights(terrain: Terrain) -> NDArray[np.uint16]:
    """The heights (N, N) as Unity's Terrain reads them. Rows go along Unity's z and columns along its x, which are
    Blender's -y and -x; Unity divides by 2^16.
    """
    points = raw_points(terrain)
    x, y = (np.linspace(axis[-1], axis[0], points) for axis in (terrain.x, terrain.y))
    z = terrain.spline(y[::-1], x[::-1])[::-1, ::-1]
    return grey(z / terrain.relief if terrain.relief > 0 else 0.0 * z, WHITE + 1)


def palette_strip(palette: Palette) -> NDArray[np.uint8]:
    """sRGB (rows, 256, 3): the palette from the lowest to the highest level."""
    return np.repeat(palette.table(COLOURS)[None], STRIP_ROWS, axis=0)


def write_png(file: Path, pixels: NDArray[np.uint8] | NDArray[np.uint16], comment: str = "") -> None:
    """A PNG of grey (H, W) or sRGB (H, W, 3) pixels of 8 or 16 bits."""
    height, width = pixels.shape[:2]
    depth, kind = 8 * pixels.dtype.itemsize, 2 if pixels.ndim == 3 else 0
    rows = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder(">")).view(np.uint8).reshape(height, -1)
    unfiltered = np.hstack([np.zeros((height, 1), np.uint8), rows])
    with file.open("wb") as stream:
        stream.write(b"\x89PNG\r\n\x1a\n")
        _chunk(stream, b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
        if comment:
            _chunk(stream, b"tEXt", b"Comment\0" + comment.encode("latin-1"))
        _chunk(stream, b"IDAT", zlib.compress(unfiltered.tobytes(), 6))
        _chunk(stream, b"IEND", b"")


def _chunk(stream, kind: bytes, data: bytes) -> None:  # type: ignore[no-untyped-def]
    stream.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))
