"""Which format keeps what, found out by reading every format with somebody else's reader.

.venv/bin/python -m tests.exchange.keeping      puts the table into README.md
"""

from __future__ import annotations

import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image
from plyfile import PlyData
from scipy.spatial import cKDTree
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOXML import vtkXMLPolyDataReader

from lsblender.exchange import EXPORTERS, Production, export_landscapes
from lsblender.terminal import quiet_stdout
from tests.exchange.productions import ball_places, grounds_of, inner, small_film, top_of, y_up
from tests.exchange.reimport import READERS, reimport

Array = NDArray[np.float64]
README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- formats -->", "<!-- /formats -->"
#: Turns of Blender's axes, by what is said of them.
AXES = {
    "z up": lambda points: points,
    "y up": y_up,
    "Unity": lambda points: points[:, [0, 2, 1]] * (-1, 1, -1),
}
NO = "–"


@dataclass(frozen=True, eq=False)
class Found:
    """What a reader finds of the first shot: points of the ground, colours (N, 3) in sRGB bytes or whether there are
    any, losses; the paths' points and how many there are; balls per frame (K, 3).
    """

    ground: Array | None = None
    surface: str = "points"
    colours: Array | bool | None = None
    loss: NDArray[Any] | None = None
    paths: int = 0
    balls: Array | None = None


# -- readers -------------------------------------------------------------------------------------------------


def scene(folder: Path, suffix: str, production: Production) -> Found:
    """Blender's importers."""
    frames = (0, 3, 5)
    seen = reimport(folder / f"landscape_1{suffix}", production.storyboard.fps, frames)
    ball = seen.balls[0]
    middle = (ball.max(axis=1) + ball.min(axis=1)) / 2
    moved = middle if np.ptp(middle, axis=0).any() else None
    ground = seen.ground if suffix == ".usdc" else AXES["y up"](seen.ground)
    return Found(ground, "faces", seen.colours, seen.loss, len(seen.lines), moved)


def csv(folder: Path, production: Production) -> Found:
    table = np.loadtxt(folder / "surface_1.csv", delimiter=",", skiprows=1)
    return Found(None, "points", None, table[:, 2], len(list(folder.glob("path_1*.csv"))))


def ply(folder: Path, production: Production) -> Found:
    vertex = PlyData.read(folder / "surface_1.ply")["vertex"].data
    ground, colours = (np.column_stack([vertex[k] for k in names]) for names in ("xyz", ("red", "green", "blue")))
    return Found(ground, "points", colours, vertex["loss"], len(list(folder.glob("path_1*.ply"))))


def ply_mesh(folder: Path, production: Production) -> Found:
    data = PlyData.read(folder / "mesh_1.ply")
    vertex = data["vertex"].data
    ground, colours = (np.column_stack([vertex[k] for k in names]) for names in ("xyz", ("red", "green", "blue")))
    surface = "closed" if trimesh.load_mesh(folder / "mesh_1.ply").is_watertight and len(data["face"].data) else "faces"
    return Found(ground, surface, colours, vertex["loss"])


def stl(folder: Path, production: Production) -> Found:
    mesh = trimesh.load_mesh(folder / "solid_1.stl")
    width = production.storyboard.shots[0].look.relief.width
    metres = np.asarray(mesh.vertices) * width / np.ptp(mesh.bounds[:, 0])
    return Found(metres, "closed" if mesh.is_watertight else "faces")


def svg(folder: Path, production: Production) -> Found:
    name = "{http://www.w3.org/2000/svg}"
    root = ET.parse(folder / "map_1.svg").getroot()
    layers = {group.get("id"): group for group in root.iter(f"{name}g")}
    palette = production.storyboard.shots[0].look.palette
    table = {"#" + bytes(row.tolist()).hex() for row in palette.table(256)}
    fills = {shape.get("fill") for shape in layers["fills"]}
    lines = "lines" if len(layers["contours"]) else ""
    return Found(None, lines, fills <= table, None, len(layers["paths"].findall(f"{name}circle")))


def heightmap(folder: Path, production: Production) -> Found:
    with Image.open(folder / "height_1.png") as picture:
        return Found(None, f"{picture.mode[2:]}-bit heights")


def npz(folder: Path, production: Production) -> Found:
    with np.load(folder / "landscape_1.npz", allow_pickle=False) as archive:
        return Found(None, "points", None, archive["loss"].ravel(), len(archive["path_names"]))


def li_hdf5(folder: Path, production: Production) -> Found:
    with h5py.File(folder / "surface_1.h5") as file:
        return Found(None, "points", None, file["train_loss"][:].ravel(), len(list(folder.glob("path_1*.h5"))))


def vtp(folder: Path, production: Production) -> Found:
    reader = vtkXMLPolyDataReader()
    reader.SetFileName(str(folder / "surface_1.vtp"))
    reader.Update()
    data = reader.GetOutput()
    surface = "faces" if data.GetNumberOfPolys() else "points"
    loss = vtk_to_numpy(data.GetPointData().GetArray("loss"))
    return Found(None, surface, None, loss, len(list(folder.glob("path_1*.vtp"))))


def unity(folder: Path, production: Production) -> Found:
    """The clouds for ground and losses; the tables for balls."""
    found = ply(folder / "Data", production)
    table = np.genfromtxt(folder / "Data" / "ball_1_1.csv", delimiter=",", names=True)
    places = np.column_stack([-table["x"], -table["z"], table["y"]])[[0, 3, 5]]
    exact = csv(folder / "Data", production).loss
    return Found(found.ground, "points, faces", found.colours, exact, found.paths, places)


OTHERS: dict[str, Callable[[Path, Production], Found]] = {
    reader.__name__: reader for reader in (csv, ply, ply_mesh, stl, svg, heightmap, npz, li_hdf5, vtp, unity)
}


# -- the table -----------------------------------------------------------------------------------------------


def read(kind: str, folder: Path, production: Production) -> Found:
    suffix = EXPORTERS[kind].suffix
    return OTHERS[kind](folder, production) if kind in OTHERS else scene(folder, suffix, production)


def axes(found: Found, production: Production) -> str:
    """Which way the points lie: where nearly all inner points of the terrain's grid, or the landscape's, are."""
    if found.ground is None:
        return NO
    terrain = grounds_of(production)[0]
    wanted = top_of(terrain)[inner(terrain)]
    for name, turn in AXES.items():
        if cKDTree(turn(wanted)).query(found.ground)[0].min() < 1e-4 and fits(found.ground, turn(wanted)):
            return name
    return "?"


def fits(points: Array, wanted: Array) -> bool:
    """Whether all points lie in the box of the wanted ones, and most of those near one of them."""
    near = cKDTree(points).query(wanted)[0]
    return bool(np.median(near) < 0.6)


def precision(loss: NDArray[Any] | None, production: Production) -> str:
    """Exact where every double is there; single where they are rounded to that."""
    if loss is None:
        return NO
    ground, terrain = production.results.landscapes[0].loss.ravel(), grounds_of(production)[0].loss.ravel()
    for wanted in (ground, terrain):
        if set(wanted.tolist()) <= set(np.asarray(loss, dtype=float).tolist()):
            return "exact"
        if set(wanted.astype(np.float32).tolist()) <= set(np.asarray(loss, dtype=np.float32).tolist()):
            return "single"
    return "?"


def coloured(found: Found, production: Production) -> str:
    """Whether every colour of the ground is one of the palette's, or its block's."""
    if found.colours is None or isinstance(found.colours, bool):
        return "yes" if found.colours else NO
    palette = production.storyboard.shots[0].look.palette
    known = np.vstack([palette.table(256), [list(bytes.fromhex(palette.deep[1:]))]]).astype(float)
    near = cKDTree(known).query(np.asarray(found.colours, dtype=float))[0]
    return "yes" if near.max() <= 1.5 else "?"


def moving(found: Found, production: Production) -> str:
    if found.balls is None:
        return NO
    wanted = ball_places(production, 0)[0][[0, 3, 5]]
    return "yes" if abs(found.balls - wanted).max() < 0.01 else "?"


def row(kind: str, production: Production) -> list[str]:
    """What a format keeps."""
    with tempfile.TemporaryDirectory() as folder, quiet_stdout():
        export_landscapes(EXPORTERS[kind](), production, Path(folder))
        found = read(kind, Path(folder), production)
    paths = production.results.landscapes[0].paths
    return [
        f"`{kind}`",
        found.surface,
        coloured(found, production),
        precision(found.loss, production),
        "yes" if found.paths == len(paths) else NO if not found.paths else "?",
        moving(found, production),
        axes(found, production),
    ]


def table() -> str:
    """The whole table, as it stands in README.md."""
    head = ["format", "surface", "colours", "losses", "paths", "moving balls", "axes"]
    rows = [head, ["---"] * len(head), *(row(kind, small_film()) for kind in EXPORTERS)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def written() -> str:
    """The table that stands there."""
    return README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].strip()


def main() -> None:
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    README.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    assert READERS
    main()
