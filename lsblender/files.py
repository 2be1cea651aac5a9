"""Files that are whole or not there.

Whatever the program writes appears under its name only once it is complete; until then it lies beside it
under a temporary name, and what was there before stays. A failure or a cancellation leaves nothing behind.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import LsbError, shown

#: How the names of temporary folders begin; the process's number follows.
TEMPORARY = ".lsblender-"
#: Held while a temporary folder is made. Whoever ends the process takes it first: then there will be no new one.
MAKING = threading.Lock()


def checked_folder(path: Path) -> Path:
    """The folder, made if it was missing; raises `LsbError` where it can not be made or written to."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise LsbError(f"'{path}' is a file; a folder is needed there") from None
    except OSError as error:
        raise LsbError(f"can not make the folder '{path}' ({error.strerror})") from None
    if not os.access(path, os.W_OK):
        raise LsbError(f"can not write to the folder '{path}'")
    return path


@contextmanager
def _temporary_folder(parent: Path) -> Iterator[Path]:
    """A folder beside the final place (so that a rename suffices), gone at the end; full disks become one
    clear line.

    Folders that had to be made for it go again if the block fails.
    """
    made = [folder for folder in (parent, *parent.parents) if not os.path.lexists(folder)]
    done = False
    try:
        try:
            with MAKING:
                folder = Path(tempfile.mkdtemp(prefix=f"{TEMPORARY}{os.getpid()}-", dir=checked_folder(parent)))
        except OSError as error:
            raise LsbError(f"can not write to the folder '{parent}' ({error.strerror})") from None
        try:
            yield folder
            done = True
        except OSError as error:
            raise LsbError(f"can not write to '{parent}' ({error.strerror or error})") from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        if not done:
            _remove_empty(made)


def _remove_empty(folders: list[Path]) -> None:
    """Remove those of the folders, innermost first, that are there and empty."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary path with the same suffix; renamed to `path` at the end, removed if the block fails."""
    _refuse_folder(path)
    with _temporary_folder(path.parent) as folder:
        temporary = folder / path.name
        yield temporary
        os.replace(temporary, path)


@contextmanager
def whole_files(folder: Path) -> Iterator[Path]:
    """A temporary folder; at the end all that is in it, folders too, moves into `folder`; nothing if anything fails.

    Files of the same names are replaced, others stay. If one can not be replaced, those before it come back.
    """
    with _temporary_folder(folder) as temporary:
        new = temporary / "new"
        new.mkdir()
        yield new
        files = sorted(path.relative_to(new) for path in new.rglob("*") if not path.is_dir())
        for file in files:
            _refuse_folder(folder / file)
        _move_all(files, new, folder, temporary / "old")


def _move_all(files: list[Path], source: Path, target: Path, old: Path) -> None:
    """Move files (relative) from one folder to another, all or none; those in their places go to `old` for the time."""
    made = [path for path in dict.fromkeys(target / up for file in files for up in file.parents) if not path.is_dir()]
    moved: list[tuple[Path, bool]] = []
    done = False
    try:
        for file in files:
            checked_folder((target / file).parent)
            was_there = os.path.lexists(target / file)
            if was_there:
                (old / file).parent.mkdir(parents=True, exist_ok=True)
                os.replace(target / file, old / file)
            moved.append((file, was_there))
            os.replace(source / file, target / file)
        done = True
    finally:
        for file, was_there in () if done else reversed(moved):
            if was_there:
                os.replace(old / file, target / file)
            else:
                (target / file).unlink(missing_ok=True)
        if not done:
            _remove_empty(sorted(made, key=lambda path: len(path.parts), reverse=True))


def _refuse_folder(path: Path) -> None:
    if os.path.isdir(path):
        raise LsbError(f"'{path}' is a folder; the name of a file is needed")


def path_below(folder: Path, path: str, key: str = "") -> str:
    """A path taken from the folder. Raises `LsbError` for one that leads out of it: a scene file can be somebody
    else's, and reads what lies beside it only. A link that lies there may lead anywhere.
    """
    whole = os.path.normpath(folder / path)
    if not Path(whole).is_relative_to(folder) and not Path(whole.replace("\0", "")).resolve().is_relative_to(folder):
        raise LsbError(
            f"{shown(path)} lies outside of the scene file's folder; put it into that folder, or a link", key
        )
    return whole
