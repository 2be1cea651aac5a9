"""Install the built extension into each Blender that it is for, do the work there, and print a table.

    .venv/bin/python scripts/test_matrix.py [--zip FILE] [--blender 4.2.23 ...]

Blender comes as the package bpy, each release in an environment of its own in the user's cache (1 GB each, downloaded
once). The extension runs there with what Blender ships and what its own zip brings, without network. The exit status is
1 if anything fails anywhere, or if two Blenders do not give the same numbers.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from extension.blenders import BLENDERS, Blender, installed
from extension.trials import Trial, run_trial
from extension.wheels import collect_wheels
from extension.zips import build_zip, read_manifest
from starting.messages import StartError, tell

PLATFORM = "linux-x64"
COLUMNS = ("blender", "python", "numpy", "install", "enable", "cpu", "compute", "build", "frame", "export", "result")


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="test_matrix.py", description="Try the extension in several Blenders.")
    parser.add_argument("--zip", type=Path, help="the built extension (default: build it)")
    parser.add_argument("--blender", nargs="+", choices=list(BLENDERS), default=list(BLENDERS))
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            zipped = options.zip or build_zip(
                PLATFORM, collect_wheels(PLATFORM, read_manifest()["wheels_pinned"]), Path(scratch)
            )
            trials = [tried(BLENDERS[version], zipped) for version in options.blender]
        except StartError as error:
            tell(str(error))
            return 1
    print(table(trials))
    for fault in faults(trials):
        print(fault)
    return 1 if faults(trials) else 0


def tried(blender: Blender, zipped: Path) -> Trial:
    tell(f"Blender {blender.version} ...")
    with tempfile.TemporaryDirectory() as scratch:
        return run_trial(installed(blender), zipped, Path(scratch))


def faults(trials: list[Trial]) -> list[str]:
    """What is wrong, each in a line: of each trial, and where the numbers of two differ."""
    found = [f"{trial.facts['blender']}: {fault}" for trial in trials for fault in trial.faults()]
    losses = [(trial.facts["blender"], np.array(trial.facts["loss"])) for trial in trials if not trial.faults()]
    for name, loss in losses[1:]:
        if not np.allclose(loss, losses[0][1], rtol=1e-9, atol=0.0):
            found.append(f"{name} and {losses[0][0]} give other numbers")
    return found


def table(trials: list[Trial]) -> str:
    """The trials as a table in Markdown; times in seconds."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    for trial in trials:
        facts: dict[str, Any] = {**trial.facts, "result": "failed" if trial.faults() else "passed"}
        lines.append("| " + " | ".join(str(facts.get(name, "-")) for name in COLUMNS) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
