"""Point clouds: what the 2018 project drew in Unity, a surface and the way down it, as points.

Of each shot there is one file for the surface, its grid's points with x varying fastest, and one per path, a
point per step. CSV keeps the numbers, PLY the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..engine import Landscape
from ..errors import within
from ..look.palettes import Palette
from ..storyboard.terrain import Terrain, build_terrain
from ..version import package_version
from .exporters import EXPORTERS, Exporter, path_stems
from .production import Production

Array = NDArray[np.float64]

# -- CSV: the numbers ----------------------------------------------------------------------------------------


@EXPORTERS.register("csv", "CSV tables (.csv)")
@dataclass(frozen=True)
class CsvTables(Exporter):
    """Tables of theta_0, theta_1 and loss at full precision, as in 2018: surface_1.csv, path_1.csv, ...

    theta are the chart's two coordinates. A path's loss is the true one, where the optimizer was; the
    surface's is the loss on the chart.
    """

    suffix: ClassVar[str] = ".csv"

    def export(self, production: Production, folder: Path) -> list[Path]:
        files: list[Path] = []
        for number, _, landscape in production.shots:
            files.append(_write_csv(folder / f"surface_{number}.csv", _surface_rows(landscape)))
            for stem, path in zip(path_stems(number, landscape), landscape.paths, strict=True):
                columns = (path.xy[:, 0], path.xy[:, 1], path.loss)
                rows = zip(*(column.tolist() for column in columns), strict=True)
                files.append(_write_csv(folder / f"{stem}.csv", (f"{a!r},{b!r},{c!r}\n" for a, b, c in rows)))
        return files


def _surface_rows(landscape: Landscape) -> Iterator[str]:
    """One line per point of the grid; repr is the shortest text that reads back as the same number."""
    x = [repr(value) for value in landscape.x.tolist()]
    for y, row in zip(landscape.y.tolist(), landscape.loss, strict=True):
        between = f",{y!r},"
        for x_i, loss in zip(x, row.tolist(), strict=True):
            yield f"{x_i}{between}{loss!r}\n"


def _write_csv(file: Path, rows: Iterable[str]) -> Path:
    with file.open("w", encoding="ascii", newline="\n") as lines:
        lines.write("theta_0,theta_1,loss\n")
        lines.writelines(rows)
    return file


# -- PLY: the picture ----------------------------------------------------------------------------------------

#: Unity's float precision and its default camera want things near the origin.
FARTHEST = 10.0

POINT = np.dtype(
    [
        *((name, "<f4") for name in ("x", "y", "z")),
        *((name, "u1") for name in ("red", "green", "blue", "alpha")),
        ("loss", "<f4"),
    ]
)


@EXPORTERS.register("ply", "Point clouds (.ply)")
@dataclass(frozen=True)
class PlyClouds(Exporter):
    """Coloured point clouds in metres for Unity (Pcx): surface_1.ply, path_1.ply, ...

    The points lie on the terrain as it is drawn, the surface in the palette's colours (sRGB), the paths in
    the ball's. `loss` is the number behind the height: on a path the true loss, not that of the ground there.
    """

    suffix: ClassVar[str] = ".ply"

    def export(self, production: Production, folder: Path) -> list[Path]:
        files: list[Path] = []
        for number, shot, landscape in production.shots:
            with within(f"shots[{number - 1}]"):
                terrain = build_terrain(landscape, shot.look.relief)
            scale = unity_scale(terrain)
            points, colours = surface_points(landscape, terrain, shot.look.palette)
            file = folder / f"surface_{number}.ply"
            files.append(_write_ply(file, points, colours, landscape.loss.ravel(), scale))
            accent = np.frombuffer(bytes.fromhex(shot.look.palette.accent[1:]), dtype=np.uint8)
            for stem, path in zip(path_stems(number, landscape), landscape.paths, strict=True):
                points = terrain.points(terrain.to_metres(path.xy))
                files.append(_write_ply(folder / f"{stem}.ply", points, accent, path.loss, scale))
        return files


def surface_points(landscape: Landscape, terrain: Terrain, palette: Palette) -> tuple[Array, NDArray[np.uint8]]:
    """The landscape's own grid points on its terrain (Nx * Ny, 3) in metres, and their sRGB colours."""
    # the terrain divides each cell of the grid into equal parts: every so many-th of its points is the grid's
    rows = np.linspace(0, len(terrain.y) - 1, len(landscape.y)).round().astype(int)
    columns = np.linspace(0, len(terrain.x) - 1, len(landscape.x)).round().astype(int)
    x, y = np.meshgrid(terrain.x[columns], terrain.y[rows])
    here = np.ix_(rows, columns)
    points = np.column_stack([x.ravel(), y.ravel(), terrain.z[here].ravel()])
    table = palette.table(256)
    return points, table[np.round(terrain.level[here].ravel() * 255.0).astype(np.uint8)]


def unity_scale(terrain: Terrain) -> float:
    """1, or less where the surface would otherwise reach farther than `FARTHEST` along an axis."""
    reach = max(np.abs(terrain.x).max(), np.abs(terrain.y).max(), terrain.z.max())
    return float(min(1.0, FARTHEST / reach))


def in_unity(points: Array, scale: float) -> Array:
    """Blender's points (N, 3) where Unity has them: (-x, z, -y).

    glTF export turns Blender's axes to (x, z, -y) and Unity's importers flip x; Pcx changes nothing.
    """
    return np.asarray(points[:, [0, 2, 1]] * (-scale, scale, -scale))


def _write_ply(file: Path, points: Array, colours: NDArray[np.uint8], loss: Array, scale: float) -> Path:
    """A little-endian binary PLY: points (N, 3) in Blender's metres, colours (N, 3) or (3,), loss (N,)."""
    cloud = np.empty(len(points), POINT)
    cloud["x"], cloud["y"], cloud["z"] = in_unity(points, scale).T
    cloud["red"], cloud["green"], cloud["blue"] = colours.T
    cloud["alpha"] = 255
    with np.errstate(over="ignore"):
        cloud["loss"] = loss
    with file.open("wb") as stream:
        stream.write(_ply_header(len(cloud), scale).encode("ascii"))
        cloud.tofile(stream)
    return file


def _ply_header(count: int, scale: float) -> str:
    """Pcx compares the first two lines letter by letter and counts every line end as one byte."""
    kinds = {"f": "float", "u": "uchar"}
    lines = [
        "ply",
        "format binary_little_endian 1.0",
        f"comment lsblender {package_version()}",
        f"comment Unity axes, metres times {scale:g}",
        f"element vertex {count}",
        *(f"property {kinds[POINT[name].kind]} {name}" for name in POINT.names or ()),
        "end_header",
    ]
    return "\n".join(lines) + "\n"
