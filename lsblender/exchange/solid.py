"""The block as one closed mesh of triangles: for printers, and for programs that want faces.

Every edge has two triangles, whose corners go round anticlockwise as seen from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..look.palettes import Palette
from ..settings import setting
from ..storyboard.terrain import Terrain
from ..version import package_version
from .exporters import EXPORTERS, Exporter
from .production import Production
from .shot_model import COLOURS, mesh_detail, shot_terrain, surface_colours

Array = NDArray[np.float64]
Index = NDArray[np.int32]

#: Thickness of the thinnest block under its lowest point, as a share of the width.
THINNEST = 0.01

VERTEX = np.dtype(
    [
        *((name, "<f4") for name in ("x", "y", "z")),
        *((name, "u1") for name in ("red", "green", "blue", "alpha")),
        ("loss", "<f4"),
    ]
)
FACE = np.dtype([("count", "u1"), ("corners", "<i4", 3)])
STL_FACE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("more", "<u2")])


@EXPORTERS.register("ply_mesh", "PLY meshes (.ply)")
@dataclass(frozen=True)
class PlyMeshes(Exporter):
    """The block of each shot as a closed mesh with colours and losses: mesh_1.ply, ... for MeshLab, CloudCompare.

    Metres, z up as in Blender.
    """

    suffix: ClassVar[str] = ".ply"

    detail: int = mesh_detail()

    def export(self, production: Production, folder: Path) -> list[Path]:
        files = []
        for number, shot, _ in production.shots:
            files.append(folder / f"mesh_{number}.ply")
            write_ply_mesh(files[-1], shot_terrain(production, number, self.detail), shot.look.palette)
        return files


@EXPORTERS.register("stl", "STL solids (.stl)")
@dataclass(frozen=True)
class StlSolids(Exporter):
    """The block of each shot as a solid for 3-D printing: solid_1.stl, ... in millimetres, z up."""

    suffix: ClassVar[str] = ".stl"

    width: float = setting(120.0, "Side of the printed block", min=1.0, max=10_000.0, soft_max=500.0, unit="mm")
    detail: int = mesh_detail()

    def export(self, production: Production, folder: Path) -> list[Path]:
        files = []
        for number, _, _ in production.shots:
            files.append(folder / f"solid_{number}.stl")
            terrain = shot_terrain(production, number, self.detail)
            write_stl(files[-1], terrain, self.width / float(np.ptp(terrain.x)))
        return files


def solid(terrain: Terrain) -> tuple[Array, Index]:
    """Vertices (V, 3) in metres and triangles (T, 3) of a closed block: the terrain's grid points first, x fastest,
    then the foot under its rim, then the middle of the floor.
    """
    ny, nx = terrain.z.shape
    index = np.arange(nx * ny, dtype=np.int32).reshape(ny, nx)
    rim = np.concatenate([index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]])
    grid_x, grid_y = np.meshgrid(terrain.x, terrain.y)
    top = np.column_stack([grid_x.ravel(), grid_y.ravel(), terrain.z.ravel()])
    base = min(terrain.base, -THINNEST * float(np.ptp(terrain.x)))
    foot = np.column_stack([top[rim, :2], np.full(len(rim), base)])
    middle = np.array([[terrain.x.mean(), terrain.y.mean(), base]])
    low = nx * ny + np.arange(len(rim), dtype=np.int32)
    following, centre = np.roll(low, -1), np.full(len(rim), nx * ny + len(rim), np.int32)
    # each cell is cut along x = y, as where a ball lies on it is found
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]))
    after = np.roll(rim, -1)
    triples = [(a, b, c), (a, c, d), (low, following, after), (low, after, rim), (centre, following, low)]
    triangles = np.concatenate([np.column_stack(triple) for triple in triples])
    return np.concatenate([top, foot, middle]), triangles.astype(np.int32)


def write_ply_mesh(file: Path, terrain: Terrain, palette: Palette) -> None:
    """A little-endian binary PLY of vertices and triangles."""
    points, triangles = solid(terrain)
    n_top, rest = terrain.z.size, len(points) - terrain.z.size
    vertices = np.empty(len(points), VERTEX)
    vertices["x"], vertices["y"], vertices["z"] = points.T
    deep = np.frombuffer(bytes.fromhex(palette.deep[1:]), np.uint8)
    colours = np.concatenate([surface_colours(terrain, palette.table(COLOURS)), np.tile(deep, (rest, 1))])
    vertices["red"], vertices["green"], vertices["blue"] = colours.T
    vertices["alpha"] = 255
    with np.errstate(over="ignore"):
        vertices["loss"][:n_top] = terrain.loss.ravel()
    vertices["loss"][n_top:] = np.nan
    faces = np.empty(len(triangles), FACE)
    faces["count"], faces["corners"] = 3, triangles
    kinds = {"f": "float", "u": "uchar"}
    header = [
        "ply",
        "format binary_little_endian 1.0",
        f"comment lsblender {package_version()}",
        "comment metres, z up",
        f"element vertex {len(vertices)}",
        *(f"property {kinds[VERTEX[name].kind]} {name}" for name in VERTEX.names or ()),
        f"element face {len(faces)}",
        "property list uchar int vertex_indices",
        "end_header\n",
    ]
    with file.open("wb") as stream:
        stream.write("\n".join(header).encode("ascii"))
        vertices.tofile(stream)
        faces.tofile(stream)


def write_stl(file: Path, terrain: Terrain, millimetres: float) -> None:
    """A binary STL, `millimetres` to the metre."""
    points, triangles = solid(terrain)
    corners = (points * millimetres).astype(np.float32)[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    faces = np.zeros(len(triangles), STL_FACE)
    faces["corners"] = corners
    faces["normal"] = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    with file.open("wb") as stream:
        # a header that begins with "solid" would be taken for text
        stream.write(f"lsblender {package_version()}, millimetres, z up".encode("ascii").ljust(80))
        stream.write(np.uint32(len(faces)).astype("<u4").tobytes())
        faces.tofile(stream)
