"""Another Blender, without a window, that does something with a copy of the file that is open."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import bpy

from ..errors import LsbError
from ..scene.library import save_file
from .job import Progress

#: Seconds between two looks at the other Blender.
EVERY = 0.2
#: The package that the other Blender enables.
ADDON = __package__.rpartition(".")[0]
#: Lines that are told of what it said when it failed.
LAST = 3


class Another:
    """A copy of the open file, and the program to run on it."""

    def __init__(self, call: str) -> None:
        """Save the copy; `call` is a line of Python for the other Blender."""
        self.folder = tempfile.TemporaryDirectory(prefix="lsblender-")
        self.file = Path(self.folder.name) / "copy.blend"
        save_file(self.file)
        lines = f"import bpy; bpy.ops.preferences.addon_enable(module={ADDON!r}); {call}"
        self.command = [
            *(bpy.app.binary_path, "--background", str(self.file)),
            *("--python-exit-code", "1", "--python-expr", lines),
        ]

    def run(self, finished: Callable[[], float], progress: Progress) -> None:
        """Wait for it; a cancelled one is ended. Raises `LsbError` with its last words where it failed."""
        log = Path(self.folder.name) / "log.txt"
        with self.folder, log.open("w", encoding="utf-8") as stream:
            process = subprocess.Popen(self.command, stdout=stream, stderr=subprocess.STDOUT)
            try:
                while process.poll() is None:
                    progress(finished())
                    time.sleep(EVERY)
            finally:
                process.kill()
                process.wait()
            if process.returncode:
                said = log.read_text(encoding="utf-8", errors="replace").split("\n")
                errors = [line for line in said if "Error" in line] or [line for line in said if line.strip()]
                raise LsbError(f"the rendering failed: {' / '.join(errors[-LAST:])}")
