"""Palettes: colours from the lowest loss to the highest.

A palette is a few sRGB stops; between them it runs straight in Oklab (Ottosson 2020), where equal steps look equal. The
table for point clouds and the ramp for shaders come from these same stops.
"""

from . import own, scientific
from .base import PALETTES, Palette, race_colours
from .colour import Array, hex_colour, to_linear, to_srgb
from .own import Glacier

__all__ = [
    "PALETTES",
    "Array",
    "Glacier",
    "Palette",
    "hex_colour",
    "own",
    "race_colours",
    "scientific",
    "to_linear",
    "to_srgb",
]
