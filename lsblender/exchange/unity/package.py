"""A Unity package: a folder that is dropped into a project's Packages or Assets as it is.

Its scripts are those of the folder `files` beside this module. Every file has a .meta beside it with a GUID
that depends on its name only: so the folder also works where Unity may not write (from git or a tarball), and a new
export over an old one keeps every reference in the project's scenes.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from ...errors import LsbError
from ...version import package_version
from ..exporters import EXPORTERS, Exporter
from ..mesh_files import blender_meshes
from ..pictures import palette_strip, raw_heights, write_png
from ..point_cloud import CsvTables, PlyClouds
from ..production import Production
from ..shot_model import ShotModel, mesh_detail, shot_models

#: The scripts, shaders and texts of every package.
SCRIPTS = Path(__file__).parent / "files"
#: How the names of packages begin.
PREFIX = "com.lsblender."


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
        from .film import DATA, write_film, write_json

        name = package_name(production.storyboard.title)
        shutil.copytree(SCRIPTS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        data = folder / DATA
        data.mkdir()
        models = shot_models(production, near=True, detail=self.detail)
        for model in models:
            _write_shot(model, data)
        CsvTables().export(production, data)
        PlyClouds().export(production, data)
        write_film(production, models, folder)
        write_json(folder / "package.json", _package(production, name))
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
    raw_heights(model.terrain).astype("<u2").tofile(data / f"height_{model.number}.raw")


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
