"""Light from a picture of half the size: what it fell on is known in full.

A picture of the light is blurred by its size, but the light itself is not fine: fine are the edges of what it falls on.
Where the colour and the direction of every place are known at the full size, the light per colour is, near every
place, a linear function of the direction. That is fitted to the small picture in windows (a guided filter as of He, Sun
and Tang 2013, with the direction as a guide of three channels) and evaluated at the full size.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]

#: Pixels of the small picture to each side of which a window consists, and what keeps the fit from following noise.
WINDOW, STIFFNESS = 2, 1e-3
#: Darker colours count as this dark: what falls on them is mirrored.
DARKEST = 0.02


def halved(picture: Field) -> Field:
    """The means of 2 x 2 pixels of a picture (H, W, C) with even sides: (H / 2, W / 2, C)."""
    pairs = picture[::2] + picture[1::2]
    return np.asarray((pairs[:, ::2] + pairs[:, 1::2]) * np.float32(0.25))


def doubled(picture: Field) -> Field:
    """A picture (H, W, C) of twice the size, (2 H, 2 W, C), interpolated linearly between the middles of pixels."""
    for axis in (0, 1):
        picture = np.moveaxis(picture, axis, 0)
        before = np.concatenate([picture[:1], picture[:-1]])
        after = np.concatenate([picture[1:], picture[-1:]])
        pair = np.stack([0.75 * picture + 0.25 * before, 0.75 * picture + 0.25 * after], axis=1)
        picture = np.moveaxis(pair.reshape(-1, *picture.shape[1:]), 0, axis)
    return picture


def enlarged(light: Field, colour: Field, facing: Field) -> Field:
    """Light (H / 2, W / 2, 3) at the size of the colour and direction (H, W, 3) of what it falls on."""
    colour = np.maximum(colour, DARKEST)
    small = light / halved(colour)
    fitted = _fitted(small, halved(facing), facing)
    return np.asarray(np.maximum(fitted + doubled(small - halved(fitted)), 0.0) * colour)


def _fitted(values: Field, guide: Field, full: Field) -> Field:
    """The values (h, w, 3) as linear functions of the guide (h, w, K) in windows, at the guide in full (H, W, K)."""
    from scipy.ndimage import uniform_filter

    def mean(field: Field) -> Field:
        return np.asarray(uniform_filter(field, (2 * WINDOW + 1,) * 2 + (0,) * (field.ndim - 2), mode="nearest"))

    count = guide.shape[-1]
    of_guide, of_values = mean(guide), mean(values)
    squares = mean(guide[..., :, None] * guide[..., None, :]) - of_guide[..., :, None] * of_guide[..., None, :]
    products = mean(guide[..., :, None] * values[..., None, :]) - of_guide[..., :, None] * of_values[..., None, :]
    slopes = _solved(squares.astype(float) + STIFFNESS * np.eye(count), products.astype(float)).astype(np.float32)
    offsets = of_values - _applied(guide_at=of_guide, slopes=slopes)
    slopes = doubled(mean(slopes).reshape(*guide.shape[:2], -1)).reshape(*full.shape[:2], count, -1)
    return np.asarray(_applied(full, slopes) + doubled(mean(offsets)))


def _solved(matrices: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """The solutions X (..., 3, C) of A X = B for symmetric positive matrices A (..., 3, 3), by their cofactors.

    numpy.linalg.solve lets many threads meet for each of the small matrices, and on a busy machine each waits for its
    turn: 12 s for a frame instead of 0.03.
    """
    a, b, c = (matrices[..., 0, column] for column in range(3))
    d, e, f = matrices[..., 1, 1], matrices[..., 1, 2], matrices[..., 2, 2]
    first, second, third, mixed = d * f - e * e, c * e - b * f, b * e - c * d, b * c - a * e
    size = (a * first + b * second + c * third)[..., None]
    rows = (first, second, third), (second, a * f - c * c, mixed), (third, mixed, a * d - b * b)
    return np.stack([_applied(np.stack(row, axis=-1) / size, right) for row in rows], axis=-2)


def _applied(guide_at: Any, slopes: Any) -> Any:
    """The sum over the guide's channels, in their order: the same digits wherever the arrays lie in memory."""
    total = guide_at[..., 0, None] * slopes[..., 0, :]
    for channel in range(1, guide_at.shape[-1]):
        total += guide_at[..., channel, None] * slopes[..., channel, :]
    return total
