"""A Unity package: a folder that is dropped into a project's Packages or Assets as it is.

Its scripts are those of the folder `unity_package` beside this module. Every file has a .meta beside it with a GUID
that depends on its name only: so the folder also works where Unity may not write (from git or a tarball), and a new
export over an old one keeps every reference in the project's scenes.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..engine.optimizers import OPTIMIZERS
from ..errors import LsbError
from ..look.palettes import PALETTES
from ..settings import fields_of
from ..storyboard.film import BallTrack
from ..storyboard.labels import PathFacts
from ..storyboard.telling import named, tell
from ..version import package_version
from .axes import in_unity, unity_rotation
from .exporters import EXPORTERS, Exporter, path_stems
from .mesh_files import blender_meshes
from .pictures import palette_strip, raw_heights, write_png
from .point_cloud import CsvTables, PlyClouds
from .production import Production
from .shot_model import ShotModel, mesh_detail, shot_models

Array = NDArray[np.float64]

#: The scripts, shaders and texts of every package.
SCRIPTS = Path(__file__).parent / "unity_package"
#: How the names of packages begin.
PREFIX = "com.lsblender."
#: The folder of the package for all that is computed.
DATA = "Data"
#: Points of the table from losses to metres.
HEIGHTS = 65
#: The columns of a ball's table.
COLUMNS = (
    *("time", "x", "y", "z", "contact_x", "contact_y", "contact_z", "qx", "qy", "qz", "qw"),
    *("radius", "step", "loss"),
)


@EXPORTERS.register("unity", "Unity package (folder)")
@dataclass(frozen=True)
class UnityPackage(Exporter):
    """A folder for a Unity project's Packages or Assets: terrain, moving balls, point clouds, palette, height map,
    and scripts that play the film.
    """

    suffix: ClassVar[str] = ""

    detail: int = mesh_detail()

    def check_folder(self, folder: Path) -> None:
        """A package is a folder of its own: a new one, an empty one or an older export."""
        super().check_folder(folder)
        if folder.is_dir() and any(folder.iterdir()) and not _is_ours(folder / "package.json"):
            raise LsbError(f"'{folder}' holds other files; a Unity package needs a folder of its own")

    def export(self, production: Production, folder: Path) -> list[Path]:
        name = package_name(production.storyboard.title)
        shutil.copytree(SCRIPTS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        data = folder / DATA
        data.mkdir()
        models = shot_models(production, near=True, detail=self.detail)
        for model in models:
            _write_shot(model, data)
        CsvTables().export(production, data)
        PlyClouds().export(production, data)
        facts = [told.paths for told in tell(production.storyboard, production.results, production.film)]
        shots = [_shot(production, model, told, data) for model, told in zip(models, facts, strict=True)]
        _write_json(folder / "landscape.json", _film(production, shots))
        _write_json(folder / "package.json", _package(production, name))
        _write_metas(folder, name)
        return sorted(path for path in folder.rglob("*") if path.is_file())


def _is_ours(file: Path) -> bool:
    """Whether a package.json is that of an export."""
    try:
        return f'"name": "{PREFIX}' in file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def package_name(title: str) -> str:
    """The package's name: Unity allows small letters, digits, - and . and shows the first 50 of them."""
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower())[:30].strip("-")
    return f"{PREFIX}{slug or 'landscape'}"


def _write_shot(model: ShotModel, data: Path) -> None:
    """Terrain, balls and lines as FBX and GLB, and the pictures of palette and heights."""
    meshes = blender_meshes()
    palette = data / f"palette_{model.number}.png"
    write_png(palette, palette_strip(model.shot.look.palette))
    meshes.write_glb(model, data / f"landscape_{model.number}.glb")
    meshes.write_fbx(model, data / f"landscape_{model.number}.fbx", palette.name)
    heights, _ = raw_heights(model.terrain)
    heights.astype("<u2").tofile(data / f"height_{model.number}.raw")


# -- landscape.json ------------------------------------------------------------------------------------------


def _film(production: Production, shots: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "title": production.storyboard.title,
        "generator": f"lsblender {package_version()}",
        "units": "metres, seconds",
        "axes": "left-handed, y up: theta_0 along -x, theta_1 along -z, the height along y",
        "fps": production.storyboard.fps,
        "shots": shots,
    }


def _shot(production: Production, model: ShotModel, paths: Sequence[PathFacts], data: Path) -> dict[str, Any]:
    """All that is said of a shot; writes the tables of its balls."""
    landscape, terrain, scale, number = model.landscape, model.terrain, model.scale, model.number
    frames = production.segment(number).frames
    explained = [float(share) for share in landscape.explained] if np.isfinite(landscape.explained).all() else []
    palette = model.shot.look.palette
    _, resolution = raw_heights(terrain)
    low, high = terrain.corners
    width, depth = ((high - low) * scale).tolist()
    return {
        "number": number,
        "title": model.shot.title,
        "firstFrame": int(frames[0]),
        "lastFrame": int(frames[-1]),
        "seconds": (len(frames) - 1) / model.fps,
        "scale": scale,
        "grid": {
            "points": [len(landscape.x), len(landscape.y)],
            "axisNames": list(landscape.axis_names),
            "first": [float(landscape.x[0]), float(landscape.y[0])],
            "last": [float(landscape.x[-1]), float(landscape.y[-1])],
            "metresPerUnit": (terrain.scale * scale).tolist(),
            "centre": terrain.offset.tolist(),
            "explainedVariance": explained,
        },
        "heights": _heights(model),
        "heightMap": {
            "file": f"{DATA}/height_{number}.raw",
            "resolution": resolution,
            "size": [width, terrain.relief * scale, depth],
            "position": [-width / 2, 0.0, -depth / 2],
        },
        "palette": {
            "name": PALETTES.kind(palette),
            "file": f"{DATA}/palette_{number}.png",
            "accent": palette.accent,
            "deep": palette.deep,
        },
        "files": {
            "glb": f"{DATA}/landscape_{number}.glb",
            "fbx": f"{DATA}/landscape_{number}.fbx",
            "cloud": f"{DATA}/surface_{number}.ply",
            "surface": f"{DATA}/surface_{number}.csv",
        },
        "balls": [
            _ball(model, k, track, told, data) for k, (track, told) in enumerate(zip(model.balls, paths, strict=True))
        ],
    }


def _heights(model: ShotModel) -> dict[str, Any]:
    """How losses become metres, as a table, whatever the scale."""
    terrain = model.terrain
    low, high = float(terrain.loss.min()), float(terrain.loss.max())
    losses = np.linspace(low, high, HEIGHTS)
    if terrain.relief > 0:
        # evenly spaced heights: a table of even losses would have a logarithm's bend between its first two rows
        known = np.unique(terrain.loss)
        losses = np.interp(np.linspace(0.0, terrain.relief, HEIGHTS), terrain.z_of(known), known)
    return {
        "quantity": model.landscape.height,
        "scale": model.shot.look.relief.scale,
        "lowest": low,
        "highest": high,
        "relief": terrain.relief * model.scale,
        "floor": terrain.base * model.scale,
        "tableLoss": losses.tolist(),
        "tableMetres": (terrain.z_of(losses) * model.scale).tolist(),
    }


def _ball(model: ShotModel, k: int, track: BallTrack, told: PathFacts, data: Path) -> dict[str, Any]:
    """What is said of ball k of a shot; writes its table. A ball that only falls has no path."""
    table = f"ball_{model.number}_{k + 1}.csv"
    _write_table(data / table, track, told, model.fps)
    made: dict[str, Any] = {
        "name": told.name,
        "optimizer": "",
        "colour": told.colour,
        "radius": float(track.radius.max()),
        "firstStep": 0,
        "lastStep": 0,
        "table": f"{DATA}/{table}",
        "path": "",
        "pathCloud": "",
    }
    if not track.skin.free:
        path, stem = model.landscape.paths[k], path_stems(model.number, model.landscape)[k]
        made |= {"name": named(path.name)[0], "path": f"{DATA}/{stem}.csv", "pathCloud": f"{DATA}/{stem}.ply"}
        made |= {"firstStep": path.first_step, "lastStep": path.first_step + len(path.xy) - 1}
        optimizers = model.shot.experiment.optimizers
        made["optimizer"] = _settings(optimizers[k]) if len(optimizers) == len(model.landscape.paths) else ""
    return made


def _settings(optimizer: Any) -> str:
    """An optimizer as its name and the settings that are not the default's: 'sgd, learning_rate = 0.1'."""
    changed = [
        f"{field.name} = {value!r}"
        for field, _, _ in fields_of(type(optimizer))
        if (value := getattr(optimizer, field.name)) != field.default
    ]
    return ", ".join([OPTIMIZERS.kind(optimizer), *changed])


def _write_table(file: Path, track: BallTrack, told: PathFacts, fps: int) -> None:
    """The ball frame by frame, in Unity's axes; the first frame is at 0 seconds."""
    count = len(track.location)
    rotation = unity_rotation(track.rotation)
    rows = np.column_stack(
        [
            *(np.arange(count) / fps, in_unity(track.location), in_unity(track.contact)),
            *(rotation[:, 1:], rotation[:, :1], track.radius, told.step, told.loss),
        ]
    )
    with file.open("w", encoding="ascii", newline="\n") as text:
        text.write(",".join(COLUMNS) + "\n")
        text.writelines(",".join(f"{value:.9g}" for value in row) + "\n" for row in rows.tolist())


# -- the package ---------------------------------------------------------------------------------------------


def _package(production: Production, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "version": package_version(),
        "displayName": production.storyboard.title or "Loss Landscape",
        "description": "A loss landscape as terrain, balls, point clouds and numbers, with scripts that play it.",
        "unity": "2019.4",
        "author": {"name": "lsblender"},
        "samples": [
            {
                "displayName": "Steps",
                "description": "Writes every step that a ball comes by into the console.",
                "path": "Samples~/Steps",
            }
        ],
    }


def _write_json(file: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    file.write_text(text + "\n", encoding="utf-8", newline="\n")


def _write_metas(folder: Path, name: str) -> None:
    """A .meta beside everything that Unity sees; the GUIDs of the scripts are the same in every package."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if any(part.endswith("~") for part in inside.parts):
            continue
        owner = "lsblender" if (SCRIPTS / inside).exists() and inside.parts[0] in ("Runtime", "Editor") else name
        guid = hashlib.md5(f"{owner}/{inside.as_posix()}".encode(), usedforsecurity=False).hexdigest()
        kind = "folderAsset: yes\n" if path.is_dir() else ""
        meta = path.with_name(f"{path.name}.meta")
        meta.write_text(f"fileFormatVersion: 2\nguid: {guid}\n{kind}", encoding="ascii", newline="\n")
