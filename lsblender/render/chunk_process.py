"""The process in which Blender makes a chunk's frames: `python -m lsblender.render.chunk_process FOLDER`.

It does what the order in the folder says, and lays its answer beside it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

import bpy

from ..errors import LsbError
from ..files import whole_file
from ..version import package_version
from .chunks import ANSWER, FRAMES, ORDER, Means
from .folder import FrameFolder, Identity
from .frames import KEPT, Done, render_frames
from .quality import set_quality


def versions() -> tuple[str, str]:
    """Of this program and of Blender."""
    return package_version(), bpy.app.version_string


def make(place: Path) -> dict[str, Any]:
    """The answer to the order in a folder: what was made, and with what. Raises `LsbError` where that can not be."""
    order = json.loads((place / ORDER).read_text(encoding="utf-8"))
    means = Means(**order["means"])
    if list(versions()) != list(means.versions):
        ours, theirs = ("lsblender {} with Blender {}".format(*pair) for pair in (versions(), means.versions))
        raise LsbError(f"here is {ours}, and the film is of {theirs}; install the same")
    scene, device = opened(Path(order["blend"]), means)
    wanted = {int(frame): Identity.read(text) for frame, text in order["wanted"].items()}
    made: list[Done] = []
    render_frames(scene, sorted(wanted), FrameFolder(place / FRAMES, wanted, means.linear), made.append)
    return {"made": [(done.frame, done.how, done.seconds) for done in made if done.how != KEPT], "device": device}


def opened(file: Path, means: Means) -> tuple[bpy.types.Scene, str]:
    """The film's scene, ready to render, and what will render it. Nothing that the file brings is run."""
    bpy.ops.wm.open_mainfile(filepath=str(file), load_ui=False, use_scripts=False)
    scene = bpy.context.scene
    assert scene is not None
    device = set_quality(scene, means.level, means.device)
    if means.threads:
        scene.render.threads_mode, scene.render.threads = "FIXED", means.threads
    return scene, device


def _end_with_worker() -> None:
    """End when the worker has: it holds the other end of this process's input, and never writes to it."""
    sys.stdin.buffer.read()
    os._exit(1)


def main(place: Path) -> None:
    """Do what the order says, and answer."""
    threading.Thread(target=_end_with_worker, daemon=True).start()
    try:
        answer = make(place)
    except LsbError as error:
        answer = {"error": str(error)}
    with whole_file(place / ANSWER) as temporary:
        temporary.write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
