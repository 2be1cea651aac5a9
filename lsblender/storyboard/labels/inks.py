"""Inks: a strong and a muted one that both stand out from what lies behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...look.palettes import hex_colour, to_linear, to_srgb

#: The least ratio of luminances of small text and its ground (WCAG 2.1, success criterion 1.4.3).
LEAST_CONTRAST = 4.5
#: Soft white and soft black, then the pure ones for grounds that are neither dark nor light.
LIGHT, DARK, WHITE, BLACK = "#f3f6f7", "#12181d", "#ffffff", "#000000"
#: Share of the ground's colour in the muted ink, as far as the contrast allows.
MUTED = 0.34


@dataclass(frozen=True)
class Inks:
    """Colours as '#rrggbb' for what is read first and for what is read second."""

    strong: str
    muted: str


def contrast(first: str, second: str) -> float:
    """The ratio of two colours' luminances, 1 to 21 (WCAG 2.1)."""
    low, high = sorted(_luminance(colour) for colour in (first, second))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    return float(np.dot(hex_colour(colour), (0.2126, 0.7152, 0.0722)))


def inks_on(ground: str) -> Inks:
    """The inks for a ground."""
    soft = max((LIGHT, DARK), key=lambda ink: contrast(ink, ground))
    strong = (
        soft if contrast(soft, ground) >= LEAST_CONTRAST else max((WHITE, BLACK), key=lambda i: contrast(i, ground))
    )
    shares = np.linspace(MUTED, 0.0, 18)
    muted = next((mix for s in shares if contrast(mix := _mixed(strong, ground, s), ground) >= LEAST_CONTRAST), strong)
    return Inks(strong, muted)


def _mixed(ink: str, ground: str, share: float) -> str:
    """The ink with a share of the ground, mixed as displayed."""
    first, second = (to_srgb(np.array(hex_colour(colour))) for colour in (ink, ground))
    return hex_text(to_linear(first + share * (second - first)))


def hex_text(linear: NDArray[np.float64]) -> str:
    """A linear RGB colour (3,) as '#rrggbb'."""
    return "#" + "".join(f"{value:02x}" for value in np.round(to_srgb(linear) * 255).astype(int))
