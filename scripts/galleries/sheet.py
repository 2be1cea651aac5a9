"""A sheet as of a film's contacts, with a line of text under each picture where that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from lsblender.render import contact

#: Widths, gaps and columns are those of a film's contact sheet.
WIDTH, GAP, COLUMNS = contact.WIDTH, contact.GAP, contact.COLUMNS
#: The ink on its ground.
INK = "#33322f"
#: Height of a line of text, and of its letters.
LINE, LETTERS = 30, 17
#: Pictures are rendered so many times as large, since labels are thin.
FINER = 2


#: Each step makes a sheet that is too large this much smaller, down to this share of its width.
SMALLER, LEAST = 0.92, 0.4


@dataclass(frozen=True)
class Sheet(contact.Sheet):
    """So many columns in a width, for pictures of an aspect (width / height)."""

    @property
    def rendered(self) -> tuple[int, int]:
        """The size to render a picture in."""
        return FINER * self.cell[0], FINER * self.cell[1]

    def written(self, pictures: Sequence[Path], texts: Sequence[str] = ()) -> Image.Image:
        """The files' pictures, each made to fit its cell, with the texts under them."""
        sheet = Image.fromarray(self.laid_out(pictures))
        draw = ImageDraw.Draw(sheet)
        font = ImageFont.load_default(LETTERS)
        for number, text in enumerate(texts):
            left, top = self.corner(number)
            middle = (left + self.cell[0] / 2, top + self.cell[1] + self.line / 2)
            draw.text(middle, text, fill=INK, font=font, anchor="mm")
        return sheet


def save(sheet: Image.Image, path: Path, largest: int) -> None:
    """Write a sheet as PNG without texts; smaller, step by step, where the file would be larger than `largest`."""
    sheet.save(path, optimize=True)
    shown, width = sheet, sheet.width
    while path.stat().st_size > largest and shown.width > LEAST * sheet.width:
        width = int(SMALLER * width)
        shown = sheet.resize((width, round(sheet.height * width / sheet.width)), Image.Resampling.LANCZOS)
        shown.save(path, optimize=True)
