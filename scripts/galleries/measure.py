"""What can be measured of a still: whether it is burned out, and whether floor and air meet in a seam."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

#: Less than this share of the pixels is burned out in a still.
BURNT = 0.005
#: Rows that are neighbours differ by less than this (0 to 1) along the picture's left or right border, where there is
#: nothing but floor and air, over so many columns. A horizon is at both borders; what is at one of them is a shadow.
SEAM, BORDER = 0.02, 6
#: Pixels at the picture's rim where the quick denoiser is off.
RIM = 4


def measure(picture: Path) -> tuple[float, float]:
    """The share of pixels of which a channel is at its end, and the largest step between neighbouring rows, 0 to 1, of
    the border that is calmer.
    """
    with Image.open(picture) as image:
        shown = np.asarray(image.convert("RGB"), dtype=np.float64) / 255
    burnt = float((shown.max(axis=2) >= 254.5 / 255).mean())
    inner = shown[RIM:-RIM, RIM:-RIM]
    borders = [side.mean(axis=1) for side in (inner[:, :BORDER], inner[:, -BORDER:])]
    return burnt, min(float(np.abs(np.diff(side, axis=0)).max()) for side in borders)
