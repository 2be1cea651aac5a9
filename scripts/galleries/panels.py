"""The add-on's sub-panels side by side, from the screenshots that the test in a real window takes."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from lsblender.files import whole_file

from .sheet import save

#: The screenshots that are shown, how much of their height there is something in, and the room between two.
SHOWN = ("01-problem", "02-descent", "05-look", "08-storyboard", "09-ball", "13-output")
HEIGHT, ROOM = 820, 9


def panel_sheet(screenshots: Path, target: Path, largest: int) -> None:
    """Write the sub-panels that lie as `03-NAME.png` in a folder side by side, without the empty view below them."""
    made = []
    for name in SHOWN:
        with Image.open(screenshots / f"03-{name}.png") as picture:
            made.append(picture.convert("RGB").crop((0, 0, picture.width, HEIGHT)))
    sheet = Image.new("RGB", (sum(one.width + ROOM for one in made) - ROOM, HEIGHT), "white")
    left = 0
    for one in made:
        sheet.paste(one, (left, 0))
        left += one.width + ROOM
    with whole_file(target) as temporary:
        save(sheet, temporary, largest)
