"""A sheet: pictures in rows and columns with thin gaps, and where wanted a line of text under each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

#: Width of a sheet and of its gaps in pixels, and its columns.
WIDTH, GAP, COLUMNS = 1504, 4, 4
#: Neutral grounds of both kinds of theme, and the ink on it.
GROUND, INK = "#e7e6e4", "#33322f"
#: Height of a line of text, and of its letters.
LINE, LETTERS = 30, 17
#: Pictures are rendered so many times as large, since labels are thin.
FINER = 2


#: Each step makes a sheet that is too large this much smaller, down to this share of its width.
SMALLER, LEAST = 0.92, 0.4


@dataclass(frozen=True)
class Sheet:
    """So many columns in a width, for pictures of an aspect (width / height)."""

    aspect: float
    width: int = WIDTH
    columns: int = COLUMNS
    gap: int = GAP
    line: int = 0

    @property
    def cell(self) -> tuple[int, int]:
        """Width and height of a picture."""
        width = (self.width - self.gap * (self.columns - 1)) // self.columns
        return width, round(width / self.aspect)

    @property
    def rendered(self) -> tuple[int, int]:
        """The size to render a picture in."""
        return FINER * self.cell[0], FINER * self.cell[1]

    def corner(self, number: int) -> tuple[int, int]:
        """Left and top of a picture, counted from 0."""
        row, column = divmod(number, self.columns)
        return column * (self.cell[0] + self.gap), row * (self.cell[1] + self.line + self.gap)

    def laid_out(self, pictures: Sequence[Path], texts: Sequence[str] = ()) -> Image.Image:
        """The files' pictures, each made to fit its cell, with the texts under them."""
        width = self.columns * self.cell[0] + (self.columns - 1) * self.gap
        bottom = self.corner(len(pictures) - 1)[1] + self.cell[1] + self.line
        sheet = Image.new("RGB", (width, bottom), GROUND)
        for number, path in enumerate(pictures):
            with Image.open(path) as picture:
                fitting = picture.convert("RGB").resize(self.cell, Image.Resampling.BOX)
            sheet.paste(fitting, self.corner(number))
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
