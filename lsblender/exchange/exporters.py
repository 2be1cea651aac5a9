"""Exporters: the formats that landscapes leave in, each a registered choice."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from ..engine import Landscape
from ..errors import LsbError
from ..files import whole_files
from ..registry import Registry
from .production import Production

#: Longest part of a file's name that a path's name may fill; Windows stops at 260 for the folders and all.
LONGEST_NAME = 60


class Exporter(ABC):
    """A format, with its settings. `suffix` is what its files' names end in; empty for a folder of several kinds."""

    suffix: ClassVar[str]

    @abstractmethod
    def export(self, production: Production, folder: Path) -> list[Path]:
        """Write the files of all shots into the folder or folders in it; the files, in the order of the shots.

        The folder is empty and temporary: `export_landscapes` moves the files to where they belong.
        """

    def check_folder(self, folder: Path) -> None:
        """Raise `LsbError` if the files should not go into this folder; worth asking before a long computation."""
        if folder.exists() and not folder.is_dir():
            raise LsbError(f"'{folder}' is a file; a folder is needed there")


EXPORTERS: Registry[Exporter] = Registry("exporter", Exporter)


def export_landscapes(exporter: Exporter, production: Production, folder: Path) -> list[Path]:
    """Export into the folder, made if missing: all files or, if anything fails, none.

    Files of the same names are replaced once all new ones are complete; others stay. Raises `LsbError`.
    """
    exporter.check_folder(folder)
    with whole_files(folder) as temporary:
        files = exporter.export(production, temporary)
    return [folder / file.relative_to(temporary) for file in files]


def path_stems(number: int, landscape: Landscape) -> list[str]:
    """File names, without suffix, for the paths of a shot: `path_1`, and `path_1_<name>` from the second on.

    Only letters, digits, - and _ of a path's name are kept, and no two differ in case alone: safe on Windows.
    """
    stems: list[str] = []
    for path in landscape.paths:
        name = re.sub(r"[^A-Za-z0-9_]+", "-", path.name).strip("-")[:LONGEST_NAME]
        stem = "_".join(part for part in (f"path_{number}", name) if part) if stems else f"path_{number}"
        taken = {other.casefold() for other in stems}
        unique, count = stem, 2
        while unique.casefold() in taken:
            unique, count = f"{stem}_{count}", count + 1
        stems.append(unique)
    return stems
