"""Readers: the formats that landscapes come in, by the names of their files.

The kinds, with their settings, are the engine's choices for `experiment.landscape`; here is what starts from a file: a
reader for it, its landscape and a storyboard of it.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from ..engine import Experiment, Landscape
from ..engine.imported import LANDSCAPES, LandscapeFile
from ..engine.untrusted import refuse_pickles
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
