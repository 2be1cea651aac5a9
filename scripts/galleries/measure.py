"""What can be measured of a still: whether it is burned out, and whether floor and air meet in a seam."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

#: Less than this share of the pixels is burned out in a still.
BURNT = 0.005
#: Rows that are neighbours differ by less than this (0 to 1) along the picture's left and right border, where there is
#: nothing but floor and air, over so many columns.
SEAM, BORDER = 0.02, 6


def measure(picture: Path) -> tuple[float, float]:
    """The share of pixels of which a channel is at its end, and the largest step between neighbouring rows of the
    borders, 0 to 1.
    """
    with Image.open(picture) as image:
        shown = np.asarray(image.convert("RGB"), dtype=np.float64) / 255
    burnt = float((shown.max(axis=2) >= 254.5 / 255).mean())
    borders = [side.mean(axis=1) for side in (shown[:, :BORDER], shown[:, -BORDER:])]
    return burnt, max(float(np.abs(np.diff(side, axis=0)).max()) for side in borders)
