"""Surfaces and paths as VTK PolyData in XML (.vtp) for ParaView: the numbers, in the chart's coordinates.

Points are (theta_0, theta_1, height); what is not finite, or above the cap of the relief, is drawn at the cap and keeps
its number in the point data. Arrays are binary, as the format's base64 with a header of their length.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..engine import Landscape
from ..engine.landscape import Path as LandscapePath
from ..errors import within
from ..storyboard.terrain import capped
from .exporters import EXPORTERS, Exporter, path_stems
from .production import Production

Array = NDArray[np.float64]
TYPES = {"f8": "Float64", "i8": "Int64"}


@EXPORTERS.register("vtp", "ParaView files (.vtp)")
@dataclass(frozen=True)
class VtpFiles(Exporter):
    """Surfaces and paths for ParaView, at full precision in the chart's coordinates: surface_1.vtp, path_1.vtp, ..."""

    suffix: ClassVar[str] = ".vtp"

    def export(self, production: Production, folder: Path) -> list[Path]:
        files: list[Path] = []
        for number, shot, landscape in production.shots:
            with within(f"shots[{number - 1}]"):
                drawn = capped(landscape.loss, shot.look.relief.clip)
            files.append(folder / f"surface_{number}.vtp")
            _write_surface(files[-1], landscape, drawn)
            for stem, path in zip(path_stems(number, landscape), landscape.paths, strict=True):
                files.append(folder / f"{stem}.vtp")
                _write_path(files[-1], path, float(drawn.max()))
        return files


def _write_surface(file: Path, landscape: Landscape, drawn: Array) -> None:
    x, y = np.meshgrid(landscape.x, landscape.y)
    index = np.arange(drawn.size, dtype=np.int64).reshape(drawn.shape)
    quads = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], axis=-1).reshape(-1, 4)
    points = np.column_stack([x.ravel(), y.ravel(), drawn.ravel()])
    _write(file, points, "Polys", quads, {landscape.height: landscape.loss.ravel()})


def _write_path(file: Path, path: LandscapePath, top: float) -> None:
    line = np.arange(len(path.xy), dtype=np.int64)[None]
    shown = np.where(np.isfinite(path.surface_loss), np.minimum(path.surface_loss, top), top)
    steps = np.arange(len(path.xy), dtype=np.int64) + path.first_step
    data = {"loss": path.loss, "surface_loss": path.surface_loss, "step": steps}
    _write(file, np.column_stack([path.xy, shown]), "Lines", line, data)


def _write(file: Path, points: Array, cells: str, corners: NDArray[np.int64], data: Mapping[str, NDArray[Any]]) -> None:
    """Points (N, 3), cells (C, K) of as many corners each, and arrays (N,) of the points."""
    ends = np.arange(1, len(corners) + 1, dtype=np.int64) * corners.shape[1]
    with file.open("w", encoding="ascii", newline="\n") as text:
        text.write('<?xml version="1.0"?>\n')
        text.write('<VTKFile type="PolyData" version="1.0" byte_order="LittleEndian" header_type="UInt64">\n')
        text.write(f'<PolyData><Piece NumberOfPoints="{len(points)}" NumberOf{cells}="{len(corners)}">\n')
        text.write(f'<PointData Scalars="{next(iter(data))}">\n')
        for name, values in data.items():
            _write_array(text, name, values)
        text.write("</PointData>\n<Points>\n")
        _write_array(text, "Points", points)
        text.write(f"</Points>\n<{cells}>\n")
        _write_array(text, "connectivity", corners.ravel())
        _write_array(text, "offsets", ends)
        text.write(f"</{cells}>\n</Piece></PolyData>\n</VTKFile>\n")


def _write_array(text: Any, name: str, values: NDArray[Any]) -> None:
    kind = f"{values.dtype.kind}{values.dtype.itemsize}"
    components = f' NumberOfComponents="{values.shape[1]}"' if values.ndim == 2 else ""
    raw = np.ascontiguousarray(values, f"<{kind}").tobytes()
    text.write(f'<DataArray type="{TYPES[kind]}" Name="{name}"{components} format="binary">')
    text.write(base64.b64encode(len(raw).to_bytes(8, "little") + raw).decode("ascii"))
    text.write("</DataArray>\n")
