"""The zip: package, scenes, wheels and Blender's manifest, put together and checked by Blender's own tool."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import tomli_w
from starting.messages import StartError

from . import ROOT


def read_manifest() -> dict[str, Any]:
    """The project's manifest as it stands in addon_manifest.toml."""
    return tomllib.loads((ROOT / "addon_manifest.toml").read_text(encoding="utf-8"))


def build_zip(platform: str, wheels: list[Path], folder: Path) -> Path:
    """The extension for one platform as a zip in `folder`, whole or not at all; raises `StartError` with the tool's
    words where Blender's tool finds a fault.
    """
    manifest = read_manifest()
    name = f"{manifest['id']}-{manifest['version']}-{platform}.zip"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".lsblender-", dir=folder) as scratch:
        source, result = Path(scratch) / "source", Path(scratch) / name
        gather(source, blender_manifest(manifest, platform, wheels), wheels)
        ask_blender("build", "--source-dir", str(source), "--output-filepath", str(result))
        ask_blender("validate", str(result))
        os.replace(result, folder / name)
    return folder / name


def blender_manifest(manifest: dict[str, Any], platform: str, wheels: list[Path]) -> dict[str, Any]:
    """Blender's manifest: the project's, with the files of the wheels in place of the pinned versions."""
    facts = {key: value for key, value in manifest.items() if key != "wheels_pinned"}
    return {**facts, "platforms": [platform], "wheels": [f"./wheels/{wheel.name}" for wheel in wheels]}


def gather(folder: Path, manifest: dict[str, Any], wheels: list[Path]) -> None:
    """Put all that goes into the zip into a new folder."""
    shutil.copytree(ROOT / "lsblender", folder, ignore=shutil.ignore_patterns("__pycache__", "*.py[co]"))
    (folder / "scenes").mkdir()
    for scene in sorted((ROOT / "scenes").glob("*.toml")):
        shutil.copy(scene, folder / "scenes")
    # README is the manual that the panel's controls lead to
    for name in ("LICENSE", "README.md"):
        shutil.copy(ROOT / name, folder)
    (folder / "wheels").mkdir()
    for wheel in wheels:
        shutil.copy(wheel, folder / "wheels")
    (folder / "blender_manifest.toml").write_text(tomli_w.dumps(manifest), encoding="utf-8")


def ask_blender(*words: str) -> None:
    """Run Blender's extension tool."""
    command = [sys.executable, str(find_tool()), *words]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
    if done.returncode:
        said = " ".join(f"{done.stdout}\n{done.stderr}".split())
        raise StartError(f"Blender's extension tool refused to {words[0]}: {said}")


def find_tool() -> Path:
    """Blender's extension tool, from the bpy package; it runs without Blender."""
    package = find_spec("bpy")
    folders = package.submodule_search_locations if package else None
    for folder in folders or ():
        for tool in Path(folder).glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py"):
            return tool
    raise StartError(f"{sys.executable} has no bpy; run this with the Python of .venv, which scripts/start.py makes")
