"""The contact sheet: moments of a film side by side, made from its finished frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..files import whole_file
from .video import Pixels, read_frame, scaled, write_picture

#: Width of a sheet and of its gaps in pixels, its columns, and how many pictures are on it.
WIDTH, GAP, COLUMNS, PICTURES = 1504, 4, 4, 12
#: A neutral ground for both kinds of theme.
GROUND = (231, 230, 228)


@dataclass(frozen=True)
class Sheet:
    """So many columns in a width, for pictures of an aspect (width / height); `line` is room for a text under each."""

    aspect: float
    width: int = WIDTH
    columns: int = COLUMNS
    gap: int = GAP
    line: int = 0

    @property
    def cell(self) -> tuple[int, int]:
        """Width and height of a picture."""
        width = (self.width - self.gap * (self.columns - 1)) // self.columns
        return width, max(1, round(width / self.aspect))

    def corner(self, number: int) -> tuple[int, int]:
        """Left and top of a picture, counted from 0."""
        row, column = divmod(number, self.columns)
        return column * (self.cell[0] + self.gap), row * (self.cell[1] + self.line + self.gap)

    def laid_out(self, pictures: Sequence[Path]) -> Pixels:
        """The files' pictures, each made to fit its cell: values (H, W, 3), rows from the top."""
        columns = min(self.columns, len(pictures))
        width = columns * self.cell[0] + (columns - 1) * self.gap
        bottom = self.corner(len(pictures) - 1)[1] + self.cell[1] + self.line
        sheet = np.empty((bottom, width, 3), dtype=np.uint8)
        sheet[:] = GROUND
        for number, path in enumerate(pictures):
            left, top = self.corner(number)
            sheet[top : top + self.cell[1], left : left + self.cell[0]] = scaled(read_frame(path), self.cell)
        return sheet


def write_contact_sheet(frames: Sequence[Path], path: Path) -> None:
    """Write a sheet of frames that lie evenly between the first and the last one."""
    chosen = np.unique(np.round(np.linspace(0, len(frames) - 1, PICTURES)).astype(int))
    height, width, _ = read_frame(frames[0]).shape
    # pictures are not made larger than they are
    room = min(WIDTH, COLUMNS * width + (COLUMNS - 1) * GAP)
    sheet = Sheet(width / height, room).laid_out([frames[number] for number in chosen])
    with whole_file(path) as temporary:
        write_picture(sheet, temporary)
