"""Readers: the formats that landscapes come in, by the names of their files.

The kinds, with their settings, are the engine's choices for `experiment.landscape`; here is what starts from a file: a
reader for it, its landscape, a storyboard of it and the text of a scene file to go on from.
"""

from __future__ import annotations

import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..engine import Experiment, Landscape
from ..engine.imported import LANDSCAPES, LandscapeFile
from ..engine.imported.files import refuse_pickles
from ..errors import LsbError
from ..registry import unknown
from ..settings import check
from ..storyboard.storyboard import Shot, Storyboard


def reader_kinds() -> dict[str, type[LandscapeFile]]:
    """The formats by kind: each class has its `suffixes`, a docstring, and settings as fields."""
    return {kind: cls for kind, cls in LANDSCAPES.items() if issubclass(cls, LandscapeFile)}


def suffixes() -> dict[str, str]:
    """The kind that reads each suffix: {'.npz': 'npz', ...}."""
    return {suffix: kind for kind, cls in reader_kinds().items() for suffix in cls.suffixes}


def is_surface_file(path: str | Path) -> bool:
    """Whether a file is a landscape's by its name."""
    return Path(path).suffix.lower() in suffixes()


def reader_for(path: str | Path, trajectory: str | Path = "", **settings: Any) -> LandscapeFile:
    """The reader for a file by its suffix, with further settings of its kind (`quantity`, `transpose`, ...).

    It is what `Experiment(landscape=...)` takes. Raises `LsbError` for a suffix that none reads, or a wrong setting.
    """
    refuse_pickles(Path(path))
    kind = suffixes().get(Path(path).suffix.lower())
    if kind is None:
        raise LsbError(f"'{path}' is no landscape's file by its name; its suffix may be {', '.join(suffixes())}")
    cls = reader_kinds()[kind]
    allowed = [field.name for field in fields(cls) if field.init]
    for name in settings:
        if name not in allowed:
            raise unknown("setting", name, allowed)
    reader = cls(path=str(path), trajectory=str(trajectory), **settings)
    check(reader)
    return reader


def read_landscape(path: str | Path, trajectory: str | Path = "", **settings: Any) -> Landscape:
    """The landscape in a file of any of the formats, with the path in `trajectory` on it.

    Raises `LsbError` with file and what is wrong; nothing of the file is run.
    """
    return reader_for(path, trajectory, **settings).read()


def surface_storyboard(path: str | Path, trajectory: str | Path = "", **settings: Any) -> Storyboard:
    """A film of one shot of the landscape in a file."""
    experiment = Experiment(landscape=reader_for(path, trajectory, **settings))
    return Storyboard(title=Path(path).stem.replace("_", " "), shots=(Shot(experiment=experiment),))


def scene_text(path: str | Path, trajectory: str | Path = "", folder: Path | None = None) -> str:
    """The text of a scene file in `folder` that shows the landscape in a file: `surface_storyboard` to go on from."""
    reader = reader_for(path, trajectory)
    entries = [f"kind = {_quoted(LANDSCAPES.kind(reader))}"]
    for key, value in (("path", reader.path), ("trajectory", reader.trajectory)):
        if value:
            entries.append(f"{key} = {_quoted(_from(folder, value))}")
    title = _quoted(surface_storyboard(path, trajectory).title)
    shot = f"[[shots]]\nseconds = 5.0\n\n[shots.experiment]\nlandscape = {{ {', '.join(entries)} }}\n"
    look = '\n[shots.look]\nrelief = { scale = "linear" }      # or log, sqrt, rank\n'
    return f"title = {title}\n\n{shot}{look}"


def _from(folder: Path | None, file: str) -> str:
    """The file's name as it is from the folder."""
    if folder is None:
        return str(Path(file).resolve())
    return Path(os.path.relpath(file, folder)).as_posix()


def _quoted(text: str) -> str:
    """A text in TOML's quotes, which are JSON's."""
    return json.dumps(text, ensure_ascii=False)
