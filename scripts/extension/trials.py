"""Running `trial.py` in a Blender, and what its facts must be."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Trial:
    """The facts of a trial, by the names in trial.py, and what a process that failed said last."""

    facts: dict[str, Any]
    failure: str = ""

    def faults(self) -> list[str]:
        """What is not as it must be, each in a line."""
        if self.failure:
            return [self.failure]
        facts = self.facts
        wanted = {
            "the first scene is not shown": bool(facts["started"]),
            f"the picture has {facts['size']} pixels in {facts['colours']} colours": facts["size"] == [96, 54]
            and facts["colours"] > 100,
            f"{len(facts['loss'])} losses were exported": len(facts["loss"]) == 16 * 12,
            f"libraries come from elsewhere: {facts['libraries']}": not facts["libraries"],
            f"enabling imports {facts['slow']}": not facts["slow"],
            f"disabling leaves {facts['left']} {facts['timers']}": not facts["left"] and not facts["timers"],
        }
        return [fault for fault, right in wanted.items() if not right]


def run_trial(python: Path, zipped: Path, folder: Path, path: str = "") -> Trial:
    """Install and use the zip in one process, and enable and disable it in a later one; user files go into `folder`.

    `path` is the PYTHONPATH, for a Python whose own packages are to be left out.
    """
    facts: dict[str, Any] = {"blender": python.parent.parent.name}
    said = folder / "facts.json"
    for words in (["install", str(zipped)], ["again"]):
        options = ["-S"] if path else []
        done = subprocess.run(
            [str(python), *options, "-m", "extension.trial", str(said), *words],
            cwd=SCRIPTS,
            env=environment(folder, path),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=900,
        )
        if done.returncode or not said.exists():
            lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
            return Trial(facts, " / ".join(lines[-3:]))
        facts |= json.loads(said.read_text(encoding="utf-8"))
        said.unlink()
    return Trial(facts)


def environment(folder: Path, path: str) -> dict[str, str]:
    """The environment of a Blender that knows nothing of this user, and keeps what Python compiles as a user's does."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "BLENDER_"))}
    environ["BLENDER_USER_RESOURCES"] = str(folder / "user")
    return {**environ, "PYTHONPATH": path} if path else environ
