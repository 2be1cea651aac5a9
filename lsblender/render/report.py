"""The report of a film: with what it was made, what each frame is a frame of, how it came about and how long that took.

It lies beside the frames. A later run takes over what an earlier one has written of the frames that it keeps.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import bpy

from ..files import whole_file
from ..storyboard.films import FILMS, FilmFormat
from ..version import package_version
from .folder import FrameFolder
from .frames import KEPT, Done

REPORT = "report.json"
#: Libraries that have a part in what is seen.
LIBRARIES = ("numpy", "scipy", "av")


@dataclass(frozen=True)
class Report:
    """What is known after a run. `hashes` are those of what went in, `stages` seconds, `settings` those of the
    renderer; `spot_check` has the likeness of frames to the same ones rendered anew.
    """

    film: Path
    kind: FilmFormat
    fps: float
    frames: Iterable[Done]
    hashes: Mapping[str, str]
    stages: Mapping[str, float]
    settings: Mapping[str, Any]
    spot_check: Mapping[int, float]

    def write(self, folder: FrameFolder) -> None:
        """Write it beside the frames."""
        path = folder.path / REPORT
        earlier = _earlier(path)
        content = {
            "film": {
                "file": self.film.name,
                "sha256": file_hash(self.film),
                "format": {"kind": FILMS.kind(self.kind), **asdict(self.kind)},
                "fps": self.fps,
            },
            "versions": versions(),
            "hashes": dict(self.hashes),
            "settings": dict(self.settings),
            "seconds": {name: round(seconds, 3) for name, seconds in self.stages.items()},
            "spot_check": self._checked(),
            "frames": [self._frame(done, folder, earlier) for done in self.frames],
        }
        with whole_file(path) as temporary:
            temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    def _checked(self) -> dict[str, Any] | None:
        if not self.spot_check:
            return None
        frames = {str(frame): round(value, 6) for frame, value in self.spot_check.items()}
        return {"ssim": frames, "lowest": min(frames.values())}

    def _frame(self, done: Done, folder: FrameFolder, earlier: Mapping[int, Any]) -> dict[str, Any]:
        identity = folder.identity(done.frame)
        entry = {"frame": done.frame, "picture": identity.picture, "writing": identity.writing}
        before = earlier.get(done.frame)
        if done.how == KEPT and before is not None and {**before, **entry} == before:
            return dict(before)
        return {**entry, "how": done.how, "seconds": round(done.seconds, 3)}


def _earlier(path: Path) -> dict[int, Any]:
    """What an earlier report says of each frame; nothing if there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {entry["frame"]: entry for entry in content["frames"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def file_hash(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """What made it: this program, Blender, Python, the libraries, the system."""
    found = {"lsblender": package_version(), "blender": bpy.app.version_string, "python": platform.python_version()}
    found |= {name: str(import_module(name).__version__) for name in LIBRARIES}
    return {**found, "system": platform.platform()}
