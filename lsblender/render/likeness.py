"""How alike two pictures are: the structural similarity of Wang, Bovik, Sheikh and Simoncelli (2004)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Side of the window in pixels, and the constants of the paper, as shares of the largest value.
WINDOW, K1, K2, LARGEST = 7, 0.01, 0.03, 255.0


def ssim(first: NDArray[Any], second: NDArray[Any]) -> float:
    """The similarity of two pictures (H, W, 3) of values from 0 to 255: 1 for equal ones; the mean over the channels.

    The windows are square and even, as in the paper's simpler form. Sides are at least `WINDOW` pixels.
    """
    from scipy.ndimage import uniform_filter

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        rim = WINDOW // 2
        return np.asarray(uniform_filter(values, size=(WINDOW, WINDOW, 1))[rim:-rim, rim:-rim])

    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    mean_x, mean_y = mean(x), mean(y)
    unbiased = WINDOW**2 / (WINDOW**2 - 1)
    var_x, var_y = (unbiased * (mean(v * v) - m * m) for v, m in ((x, mean_x), (y, mean_y)))
    covariance = unbiased * (mean(x * y) - mean_x * mean_y)
    c1, c2 = (K1 * LARGEST) ** 2, (K2 * LARGEST) ** 2
    above = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    below = (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    return float(np.mean(above / below))
