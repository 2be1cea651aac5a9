"""Exported files for programs that are no Python packages.

`.ci/run` installs those (packages.txt, and gltf-validator from npm into `build/node`); where one is missing these
tests fail. `scripts/start.py test` leaves this folder out; `scripts/start.py test tests/programs` runs it.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from lsblender.exchange import EXPORTERS, Production, export_landscapes
from lsblender.terminal import quiet_stdout
from tests.exchange.productions import small_film

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """What a program writes; it has to succeed."""
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def production() -> Production:
    return small_film()


@pytest.fixture(scope="session")
def package(production: Production, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Unity package."""
    folder = tmp_path_factory.mktemp("unity")
    with quiet_stdout():
        export_landscapes(EXPORTERS["unity"](), production, folder)
    return folder


@pytest.fixture(scope="session")
def scenes(production: Production, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with OBJ, GLB and FBX scenes."""
    folder = tmp_path_factory.mktemp("scenes")
    with quiet_stdout():
        for kind in ("glb", "fbx", "obj"):
            export_landscapes(EXPORTERS[kind](), production, folder)
    return folder
