"""What is written in the picture, as data: texts, counters, dots and bars with their places.

Places are in units of the picture's height, from its middle: x to the right, y up. Nothing here knows Blender;
`scene/labels` makes objects of the items.
"""

from __future__ import annotations

from .facts import Labels, PathFacts, ShotFacts, axis_texts
from .inks import Inks, contrast, inks_on
from .items import Bar, Box, Counter, Dot, Item, Patch, TextItem, Times, text_width
from .layout import lay_out
from .lying import Lying, axis_places, contour_places, emphasised_levels
from .readings import Readings, Tick, colour_bar_ticks, readings

__all__ = [
    "Bar",
    "Box",
    "Counter",
    "Dot",
    "Inks",
    "Item",
    "Labels",
    "Lying",
    "Patch",
    "PathFacts",
    "Readings",
    "ShotFacts",
    "TextItem",
    "Tick",
    "Times",
    "axis_places",
    "axis_texts",
    "colour_bar_ticks",
    "contour_places",
    "contrast",
    "emphasised_levels",
    "inks_on",
    "lay_out",
    "readings",
    "text_width",
]
