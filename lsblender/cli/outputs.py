"""Where a command's output goes; what can not be written is refused before any work is done."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..errors import LsbError
from ..storyboard.films import FILMS, FilmFormat, format_for

#: Suffixes that mean a film or a picture that is not made here, and not a folder.
OTHER_FILMS = {".avi", ".jpg", ".m4v", ".mkv", ".mpg", ".ogv", ".png"}


def film_target(options: argparse.Namespace, stem: str, kind: FilmFormat) -> tuple[Path, FilmFormat]:
    """The film's file and format: `-o` names the film, or the folder for it; without it, it goes to `renders`.

    Where only the name says which format is wanted, that one is taken.
    """
    output: Path = options.output or Path("renders")
    suffix = output.suffix.lower()
    if not output.is_dir() and suffix in OTHER_FILMS | {cls.suffix for cls in FILMS.values()}:
        return _checked(output), format_for(suffix, kind, bool(options.film))
    if output.suffix and output.is_dir() and suffix == kind.suffix:
        raise LsbError(f"'{output}' is a folder; the name of a file is needed", "-o")
    return _checked(output / f"{stem}{kind.suffix}"), kind


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


def frame_numbers(options: argparse.Namespace, count: int) -> list[int]:
    """The frames that are wanted of so many."""
    first, last = options.frames or (1, count)
    if not 1 <= first <= last <= count:
        raise LsbError(f"{first}-{last} is out of range; allowed: 1-{count}", "--frames")
    return list(range(first, last + 1, options.step))
