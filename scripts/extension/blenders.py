"""The Blenders that the extension is for, each a package in an environment of its own in the user's cache."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from starting.environment import find_pip
from starting.messages import StartError
from starting.paths import cache_path
from starting.processes import explain_failure
from starting.pythons import Interpreter, clean_environment, list_candidates, probe


@dataclass(frozen=True)
class Blender:
    """A release of the package bpy, the numpy that this Blender ships, and the Python that it needs."""

    version: str
    numpy: str
    python: str


BLENDERS = {
    blender.version: blender
    for blender in (
        Blender("4.2.23", "1.24.3", "3.11"),
        Blender("4.5.15", "1.26.4", "3.11"),
        Blender("5.0.1", "1.26.4", "3.11"),
        Blender("5.2.3", "2.3.4", "3.13"),
    )
}


def installed(blender: Blender) -> Path:
    """The Python of a Blender's environment, made if it is not there; raises `StartError` where it can not be made."""
    folder = Path(cache_path("blenders", f"bpy-{blender.version}"))
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        interpreter = find_python(blender.python)
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        run([interpreter.executable, "-m", "venv", "--without-pip", str(folder)], interpreter)
        packages = [f"bpy=={blender.version}", f"numpy=={blender.numpy}"]
        pip = [interpreter.executable, "-m", "pip", "--python", str(python), "install", "--only-binary=:all:"]
        run([*pip, *packages], interpreter)
        (folder / "complete").touch()
    return python


def find_python(version: str) -> Interpreter:
    """A Python of this version that has a pip."""
    for command in list_candidates({}):
        interpreter = probe(command)
        if interpreter and interpreter.version == version and find_pip(interpreter.executable):
            return interpreter
    raise StartError(f"There is no Python {version} with pip here, which this Blender needs")


def run(command: list[str], interpreter: Interpreter) -> None:
    done = subprocess.run(
        command, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )
    if done.returncode:
        raise StartError(f"A Blender can not be installed: {explain_failure(done.stdout, interpreter)}")
