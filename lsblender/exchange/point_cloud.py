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
from ..look.palettes import Palette
from ..storyboard.colours import ball_colours
from ..storyboard.terrain import Terrain
from ..version import package_version
from .axes import in_unity
from .exporters import EXPORTERS, Exporter, path_stems
from .production import Production
from .shot_model import engine_scale, shot_terrain

Array = NDArray[np.float64]
#: An array of `POINT`s.
Cloud = NDArray[np.void]

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
            terrain = shot_terrain(production, number)
            scale = engine_scale(terrain)
            cloud = surface_cloud(landscape, terrain, shot.look.palette, scale)
            files.append(write_cloud(folder / f"surface_{number}.ply", cloud, scale))
            colours = ball_colours(shot, len(landscape.paths))
            for stem, path, colour in zip(path_stems(number, landscape), landscape.paths, colours, strict=True):
                points = terrain.points(terrain.to_metres(path.xy))
                files.append(write_cloud(folder / f"{stem}.ply", path_cloud(points, path.loss, colour, scale), scale))
        return files


def surface_cloud(landscape: Landscape, terrain: Terrain, palette: Palette, scale: float) -> Cloud:
    """The landscape's own grid points (Ny * Nx,) on its terrain, in Unity's axes and metres times `scale`."""
    # the terrain divides each cell of the grid into equal parts: every so many-th of its points is the grid's
    rows = np.linspace(0, len(terrain.y) - 1, len(landscape.y)).round().astype(int)
    columns = np.linspace(0, len(terrain.x) - 1, len(landscape.x)).round().astype(int)
    z = terrain.z[np.ix_(rows, columns)]
    cloud = np.empty(z.shape, POINT)
    cloud["x"], cloud["z"] = -scale * terrain.x[columns], -scale * terrain.y[rows, None]
    cloud["y"] = scale * z
    entry = np.round(z * (255.0 / terrain.relief if terrain.relief > 0 else 0.0)).astype(np.uint8)
    table = palette.table(256)
    for k, name in enumerate(("red", "green", "blue")):
        cloud[name] = table[:, k][entry]
    cloud["alpha"] = 255
    with np.errstate(over="ignore"):
        cloud["loss"] = landscape.loss
    return cloud.ravel()


def path_cloud(points: Array, loss: Array, colour: str, scale: float) -> Cloud:
    """Points (T, 3) in Blender's metres with their losses (T,), all in one colour ('#rrggbb')."""
    cloud = np.empty(len(points), POINT)
    cloud["x"], cloud["y"], cloud["z"] = in_unity(points * scale).T
    cloud["red"], cloud["green"], cloud["blue"] = bytes.fromhex(colour[1:])
    cloud["alpha"] = 255
    with np.errstate(over="ignore"):
        cloud["loss"] = loss
    return cloud


def write_cloud(file: Path, cloud: Cloud, scale: float) -> Path:
    """A little-endian binary PLY."""
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
