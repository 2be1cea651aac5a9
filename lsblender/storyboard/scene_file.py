"""Scene files: a storyboard as text.

A scene file is TOML and reads straight into the storyboard's dataclasses: every key is a field, every choice a table
with a `kind` (or just the kind's name in quotes). A shot that inherits is laid over the one before it, table by table,
before it is read.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from ..errors import LsbError, within
from ..settings import structure
from .storyboard import Storyboard


def read_storyboard(path: Path) -> tuple[Storyboard, str]:
    """The storyboard of a scene file, and the file's text. Raises `LsbError` with file, key, value and what is
    allowed.
    """
    source = str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise LsbError(f"can not read the scene file ({error.strerror})", source=source) from None
    except UnicodeDecodeError:
        raise LsbError("is not a text in UTF-8", source=source) from None
    return storyboard_from(text, path.resolve().parent, source), text


def storyboard_from(text: str, folder: Path, source: str = "") -> Storyboard:
    """The storyboard of a scene file's text, whose paths are relative to the folder. Raises `LsbError`."""
    with within(source=source):
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise LsbError(f"is not valid TOML: {error}") from None
        return structure(inherited(table), Storyboard, folder)


def built_in_scenes() -> Path:
    """The folder of the scene files that come along; raises `LsbError` where the package was copied without them."""
    return scenes_of(Path(__file__).parents[1])


def scenes_of(package: Path) -> Path:
    """The scene files of the package in this folder: in it once installed, beside it in a checkout."""
    inside, beside = package / "scenes", package.parent / "scenes"
    if inside.is_dir():
        return inside
    if beside.is_dir() and (package.parent / "addon_manifest.toml").is_file():
        return beside
    raise LsbError(f"the built-in scenes are missing: '{inside}' is not there; install lsblender again")


def inherited(table: dict[str, Any]) -> dict[str, Any]:
    """A scene file's table in which every shot that inherits has what the one before it has and it does not say, and
    is a shot like any other.

    What it does not take over is how that shot began, and its title.
    """
    shots = table.get("shots")
    if not isinstance(shots, list) or not all(isinstance(shot, dict) for shot in shots):
        return table
    whole: list[dict[str, Any]] = []
    for k, shot in enumerate(shots):
        if shot.get("inherit") is True:
            if not k:
                raise LsbError("the first shot has none before it to inherit from", "shots[0].inherit")
            before = {key: value for key, value in whole[-1].items() if key not in ("transition", "title")}
            shot = laid_over(before, {key: value for key, value in shot.items() if key != "inherit"})
        whole.append(shot)
    return {**table, "shots": whole}


def laid_over(below: Any, above: Any) -> Any:
    """A table over another: what both have is taken from the upper one, tables within them likewise.

    A choice is a table with a `kind`, or that kind's name: another kind replaces the whole of it.
    """
    if not isinstance(above, dict):
        return above
    lower = {"kind": below} if isinstance(below, str) else below
    if not isinstance(lower, dict) or ("kind" in above and above["kind"] != lower.get("kind")):
        return above
    return {**lower, **{key: laid_over(lower.get(key), value) for key, value in above.items()}}
