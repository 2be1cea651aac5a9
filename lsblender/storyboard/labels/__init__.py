"""What is written in the picture, as data: texts, counters, dots and bars with their places.

Places are in units of the picture's height, from its middle: x to the right, y up. Nothing here knows Blender;
`scene/labels` makes objects of the items.
"""

from __future__ import annotations

from .facts import Labels, PathFacts, ShotFacts, axis_texts

__all__ = [
    "Labels",
    "PathFacts",
    "ShotFacts",
    "axis_texts",
]
