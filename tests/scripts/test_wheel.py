"""The wheel that `pip install .` makes: the package, with the scenes in it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_wheel_has_the_package_and_the_scenes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.iterdir()
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    sources = {str(path.relative_to(ROOT)) for path in (ROOT / "lsblender").rglob("*.py")}
    scenes = {f"lsblender/scenes/{path.name}" for path in (ROOT / "scenes").glob("*.toml")}
    assert sources | scenes | {"lsblender/engine/datasets/mnist.npz"} <= names
    assert {name for name in names if name.startswith("lsblender/scenes/")} == scenes
