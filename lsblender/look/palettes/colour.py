"""Colours as numbers: sRGB, linear light, Oklab, and what colour-blind eyes make of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Oklab (Ottosson 2020): linear sRGB to cone responses, and their cube roots to lightness and two opponent axes
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
#: Linear RGB as seen without red or without green cones (Machado, Oliveira & Fernandes 2009, severity 1).
COLOUR_BLIND = {
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}

#: Light that a shining ball throws back whatever its colour, and how much its lightness tells of it beside its hue.
VEIL, LIGHTNESS = 0.03, 0.7


def to_linear(srgb: Array) -> Array:
    """Linear light of sRGB values (..., 3) in 0 to 1 (IEC 61966-2-1)."""
    return np.asarray(np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4))


def to_srgb(linear: Array) -> Array:
    """sRGB values of linear light (..., 3), clipped to 0 to 1."""
    linear = np.clip(linear, 0.0, 1.0)
    return np.asarray(np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055))


def to_oklab(linear: Array) -> Array:
    """Oklab (..., 3) of linear RGB."""
    return np.asarray(np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T)


def from_oklab(lab: Array) -> Array:
    """Linear RGB (..., 3) of Oklab, clipped to 0 to 1."""
    return np.asarray(np.clip((lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T, 0.0, 1.0))


def hex_colour(text: str) -> tuple[float, float, float]:
    """Linear RGB of an sRGB colour written like '#1f7a8c'."""
    srgb = np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    red, green, blue = (float(value) for value in to_linear(srgb))
    return red, green, blue


def seen_by_all(linear: Array) -> Array:
    """Oklab (3, ..., 3) of linear RGB (..., 3) to full sight, without red cones and without green cones."""
    eyes = (np.eye(3), *COLOUR_BLIND.values())
    return np.stack([to_oklab(np.clip(linear @ eye.T, 0.0, 1.0)) for eye in eyes])


def apart(first: Array, second: Array) -> Array:
    """The smallest Oklab distance (N, M), over the three kinds of eyes, between linear colours (N, 3) and (M, 3)."""
    a, b = seen_by_all(first), seen_by_all(second)
    return np.asarray(np.linalg.norm(a[:, :, None] - b[:, None], axis=-1).min(axis=0))


def apart_on_balls(first: Array, second: Array) -> Array:
    """How far (N, M) balls in linear colours (N, 3) and (M, 3) look apart in a small picture.

    What shines on them lays a veil over dark colours, and from the lit to the shaded side their lightness changes
    anyhow, so that hue counts for more: black and navy, or yellow and ochre, are one. To colour-blind eyes half the
    distance is enough.
    """
    a, b = seen_by_all(first + VEIL), seen_by_all(second + VEIL)
    distance = np.linalg.norm((a[:, :, None] - b[:, None]) * [LIGHTNESS, 1.0, 1.0], axis=-1)
    return np.asarray(np.minimum(distance[0], 2.0 * distance[1:].min(axis=0)))
