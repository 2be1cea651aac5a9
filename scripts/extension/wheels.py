"""The wheels of the extension: the versions of addon_manifest.toml, with the hashes of scripts/requirements.lock.

They are downloaded once, by pip, into the user's cache; a download whose hash is not in the lock is refused, so every
machine builds the extension from the same files.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from starting.environment import find_pip
from starting.messages import StartError
from starting.paths import cache_path, lock_file
from starting.processes import explain_failure
from starting.pythons import Interpreter, clean_environment, probe

Pins = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Platform:
    """What wheels for one of Blender's platforms are tagged with, and the Pythons of the Blenders there are for it."""

    tags: tuple[str, ...]
    pythons: tuple[str, ...] = ("cp311", "cp313")


#: All that pip takes for glibc 2.28.
MANYLINUX = ("manylinux2014_x86_64", *(f"manylinux_2_{minor}_x86_64" for minor in range(5, 29)))

#: By Blender's names. Blender runs on glibc 2.28; on macOS the older wheel is taken where there are two (av has only
#: one for macOS 14).
PLATFORMS = {
    "linux-x64": Platform(MANYLINUX),
    "windows-x64": Platform(("win_amd64",)),
    "macos-arm64": Platform(("macosx_12_0_arm64", "macosx_14_0_arm64")),
    "macos-x64": Platform(("macosx_12_0_x86_64",), ("cp311",)),  # Blender 5 is not made for it
}


def collect_wheels(name: str, pins: Pins) -> list[Path]:
    """The wheels of a platform, each file once; those that are not in the cache yet are downloaded.

    Raises `StartError` with one line where one can not be had.
    """
    found: dict[str, Path] = {}
    for python in PLATFORMS[name].pythons:
        folder = Path(cache_path("wheels", name, python))
        folder.mkdir(parents=True, exist_ok=True)
        if len(list(cached_wheels(folder, pins[python]))) < len(pins[python]):
            download(name, python, pins[python], folder)
        found |= {wheel.name: wheel for wheel in cached_wheels(folder, pins[python])}
    return sorted(found.values())


def cached_wheels(folder: Path, pins: dict[str, str]) -> Iterator[Path]:
    """Those wheels in the folder that have a pinned version and a hash of the lock."""
    hashes = locked_hashes()
    for package, version in sorted(pins.items()):
        for wheel in folder.glob("*.whl"):
            named, release = wheel.name.split("-")[:2]
            digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
            if (normal(named), release) == (normal(package), version) and digest in hashes[normal(package), version]:
                yield wheel
                break


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked_hashes() -> dict[tuple[str, str], set[str]]:
    """The SHA-256 hashes of every package and version in the lock."""
    text = Path(lock_file(tests=False)).read_text(encoding="utf-8")
    entries = re.findall(r"^([\w.-]+)==([\w.]+)(.*(?:\n    --hash=.*)+)", text, re.MULTILINE)
    return {(normal(name), version): set(re.findall(r"sha256:(\w+)", rest)) for name, version, rest in entries}


def download(name: str, python: str, pins: dict[str, str], folder: Path) -> None:
    """Let pip fetch the pinned wheels of a platform and Python into a folder."""
    version = f"{python[2]}.{python[3:]}"
    pip = find_working_pip()
    with tempfile.TemporaryDirectory() as scratch:
        wanted = Path(scratch) / "wheels.txt"
        wanted.write_text("".join(requirement_lines(pins)), encoding="utf-8")
        target = ["--python-version", version, "--implementation", "cp", "--dest", str(folder)]
        for tag in PLATFORMS[name].tags:
            target += ["--platform", tag]
        options = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--progress-bar=off", "-r", str(wanted)]
        done = subprocess.run(
            [pip, "-m", "pip", "download", *options, *target],
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    if done.returncode:
        reason = explain_failure(done.stdout, Interpreter(sys.executable, version, 64, name, True))
        raise StartError(f"The wheels for {name} can not be had: {reason}")


def requirement_lines(pins: dict[str, str]) -> Iterator[str]:
    """The pins as pip wants them, with every hash that the lock has for each."""
    hashes = locked_hashes()
    for package, version in pins.items():
        known = hashes.get((normal(package), version))
        if not known:
            raise StartError(f"{package} {version} of addon_manifest.toml is not in scripts/requirements.lock")
        yield f"{package}=={version} {' '.join(f'--hash=sha256:{digest}' for digest in sorted(known))}\n"


def find_working_pip() -> str:
    """A Python with pip: this one, or the one behind this virtual environment."""
    behind = probe([sys.executable])
    for python in (sys.executable, behind.executable if behind else ""):
        if python and find_pip(python):
            return python
    raise StartError(
        "There is no pip here to download the wheels with; on Debian or Ubuntu: apt-get install -y python3-pip"
    )
