"""Where a command's output goes; what can not be written is refused before any work is done."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..errors import LsbError

#: Suffixes that mean a film or a picture, and not a folder.
OTHER_FILMS = {".avi", ".gif", ".jpg", ".m4v", ".mkv", ".mov", ".mpg", ".ogv", ".png", ".webm"}


def film_path(options: argparse.Namespace) -> Path:
    """`-o` names the film, or the folder for it; without it, it goes to `renders`."""
    output: Path = options.output or Path("renders")
    if output.suffix.lower() in OTHER_FILMS and not output.is_dir():
        raise LsbError(f"'{output}' ends in '{output.suffix}'; '.mp4' is written here", "-o")
    return _checked(output if output.suffix.lower() == ".mp4" else output / f"{options.scene.stem}.mp4")


def target(path: Path, suffix: str) -> Path:
    """The output file with its suffix; a wrong one is refused before any work is done."""
    if path.is_dir():
        raise LsbError(f"'{path}' is a folder; the name of a file is needed", "-o")
    if path.suffix.lower() not in ("", suffix):
        raise LsbError(f"'{path}' ends in '{path.suffix}'; '{suffix}' is written here", "-o")
    return _checked(path if path.suffix else path.with_suffix(suffix))


def output_folder(path: Path) -> Path:
    """The absolute path of a folder for outputs; refused where it can not be written to, before any work is done."""
    folder = path.resolve()
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not there.is_dir():
        raise LsbError(f"'{there}' is a file; a folder is needed there", "-o")
    if not os.access(there, os.W_OK):
        raise LsbError(f"can not write to the folder '{folder}'", "-o")
    return folder


def _checked(file: Path) -> Path:
    """The absolute path of an output; refused where nothing can be written, before any work is done."""
    file = file.resolve()
    if file.is_dir():
        raise LsbError(f"'{file}' is a folder; the name of a file is needed", "-o")
    folder = next(parent for parent in file.parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise LsbError(f"can not write to '{file.parent}'", "-o")
    return file


def frame_range(text: tuple[int, int] | None, count: int) -> list[int]:
    first, last = text or (1, count)
    if not 1 <= first <= last <= count:
        raise LsbError(f"{first}-{last} is out of range; allowed: 1-{count}", "--frames")
    return list(range(first, last + 1))
