"""The README's Python examples, run with films of one small frame."""

from __future__ import annotations

import re
import runpy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import lsblender.films
from lsblender.storyboard.storyboard import Look
from lsblender.storyboard.terrain import Relief

COARSE = Look(relief=Relief(detail=16, finest=16))
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
PYTHON_BLOCKS: list[str] = re.findall(r"^```python\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Run:
    """What an example left behind: its names and the films that it made."""

    names: dict[str, Any]
    films: list[Path]


def run_small(block: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run an example as it stands in a folder, but that its films have one coarse frame of 64 x 36 pixels."""
    films: list[Path] = []
    film = lsblender.films.film

    def small(what: Any, file: str, **settings: Any) -> Path:
        few = {"seconds": 0.04, "size": (64, 36), "quality": "draft", "device": "cpu", "look": COARSE}
        films.append(film(what, file, **{**settings, **few}))
        return films[-1]

    example = folder / "example.py"
    example.write_text(block, encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(lsblender.films, "film", small)
        names = runpy.run_path(str(example))
    return Run(names, [folder / film for film in films])
