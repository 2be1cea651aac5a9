"""A storyboard as the text of a scene file, for people to read and to go on with.

What has its default is left out, a choice whose settings have theirs is its bare name, and a shot is written in full.
The text read again gives an equal storyboard.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from ..files import path_below, whole_file
from ..registry import FAMILIES
from ..settings import Setting, fields_of
from .storyboard import Storyboard

#: Length of a line, as far as lists and tables can be broken.
WIDTH = 120


def save_storyboard(storyboard: Storyboard, file: Path) -> None:
    """Write a scene file; paths are written relative to its folder. Raises `LsbError` where that fails, and for a path
    that leads out of the folder: it would not be read again.
    """
    text = scene_text(storyboard, file.resolve().parent)
    with whole_file(file) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def scene_text(storyboard: Storyboard, folder: Path | None = None) -> str:
    """The storyboard as a scene file in `folder`, which paths are relative to; without it they stay."""
    table = differing(storyboard, folder)
    shots = [differing(shot, folder) for shot in storyboard.shots]
    parts = [_lines({key: value for key, value in table.items() if not isinstance(value, dict) and key != "shots"})]
    for shot in shots:
        parts.append(["[[shots]]", *_lines({key: value for key, value in shot.items() if not _has_table(key)})])
        parts += [[f"[shots.{key}]", *_lines(value)] for key, value in shot.items() if _has_table(key)]
    parts += [[f"[{key}]", *_lines(value)] for key, value in table.items() if isinstance(value, dict)]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _has_table(key: str) -> bool:
    """Whether a key of a shot is written as a table of its own."""
    return key in ("experiment", "look", "ball", "labels")


def differing(value: Any, folder: Path | None = None) -> dict[str, Any]:
    """The settings of a dataclass that are not at their defaults, as a table of plain values.

    A shot takes nothing over from the one before: what that gave it is in its settings.
    """
    return {
        field.name: _plain(getattr(value, field.name), facts, folder)
        for field, _, facts in fields_of(type(value))
        if getattr(value, field.name) != field.default and field.name != "inherit"
    }


def _plain(value: Any, facts: Setting, folder: Path | None) -> Any:
    """A setting's value in numbers, texts, lists and tables."""
    if isinstance(value, tuple):
        return [_plain(item, facts, folder) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        table = differing(value, folder)
        family = next((family for base, family in FAMILIES.items() if isinstance(value, base)), None)
        if family is None:
            return table
        return {"kind": family.kind(value), **table} if table else family.kind(value)
    if facts.is_path and value and folder is not None:
        return Path(path_below(folder, value)).relative_to(folder).as_posix()
    return value


# -- TOML ----------------------------------------------------------------------------------------------------


def _lines(table: dict[str, Any]) -> list[str]:
    """A line, or several, for each key."""
    return [line for key, value in table.items() for line in _entry(key, value)]


def _entry(key: str, value: Any) -> list[str]:
    line = f"{key} = {_inline(value)}"
    if not isinstance(value, list) or (len(line) <= WIDTH and not (len(value) > 1 and isinstance(value[0], dict))):
        return [line]
    return [f"{key} = [", *(f"    {_inline(item)}," for item in value), "]"]


def _inline(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON's texts are TOML's, but for one character
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_inline(item)}" for key, item in value.items()) + " }"
    return repr(value)
