"""The pieces of a layout and the room that they take."""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from dataclasses import dataclass

from .readings import Readings

#: Advances of Blender's own font in ems, by the letters that have them; measured in Blender 5.0.
_ADVANCES = {
    0.219: "ijl,.:;",
    0.25: "IJf'",
    0.281: " !|/\\·",
    0.333: "()[]{}`?t-₁₂²",
    0.396: 'rs"',
    0.427: "agz*",
    0.438: "cvy",
    0.479: "ekSF^",
    0.51: "0123456789bhnpqux_ELPd–",
    0.563: "Bo$",
    0.604: "RTVY+<=>~#−×",
    0.656: "KZ&θ",
    0.71: "ACUX%",
    0.781: "DGHMNmw",
    0.823: "OQ",
    1.042: "W@…→",
}
ADVANCE = {letter: width for width, letters in _ADVANCES.items() for letter in letters}
#: Other letters of that font or one that stands in for it; wide ones (Chinese, ...) take a whole em.
OTHER, WIDE = 0.75, 1.0
#: Reach of letters above and below the line they stand on, in ems; height of an H.
ASCENT, DESCENT, CAP = 0.78, 0.24, 0.68


def text_width(text: str, size: float) -> float:
    """The width of a line at most, for letters `size` high."""
    return size * sum(ADVANCE.get(c, WIDE if unicodedata.east_asian_width(c) in "WF" else OTHER) for c in text)


@dataclass(frozen=True)
class Box:
    """Left, bottom, right and top in units of the picture's height, from its middle."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )

    def union(self, other: Box) -> Box:
        return Box(
            min(self.left, other.left),
            min(self.bottom, other.bottom),
            max(self.right, other.right),
            max(self.top, other.top),
        )


@dataclass(frozen=True)
class Times:
    """Frames from `first` to `last` in which an item shows; it fades over `fade` frames at both ends."""

    first: int
    last: int
    fade: int = 0

    def meets(self, other: Times) -> bool:
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, eq=False)
class Item(ABC):
    """Something in the picture at (x, y), of a colour '#rrggbb', for a time."""

    name: str
    x: float
    y: float
    colour: str
    times: Times

    @property
    @abstractmethod
    def box(self) -> Box:
        """Where it is."""


@dataclass(frozen=True, eq=False)
class TextItem(Item):
    """A line of text that stands on y; x is its left end, or its right end where `align` is 'RIGHT'."""

    text: str
    size: float
    align: str = "LEFT"

    @property
    def box(self) -> Box:
        return _line_box(self.x, self.y, text_width(self.text, self.size), self.size, self.align)


@dataclass(frozen=True, eq=False)
class Counter(Item):
    """A number that changes with the frames (K,) from `times.first` on; x is its left end."""

    readings: Readings
    size: float

    @property
    def box(self) -> Box:
        widest = max(text_width(text, self.size) for text in self.readings.texts())
        return _line_box(self.x, self.y, widest, self.size, "LEFT")


@dataclass(frozen=True, eq=False)
class Dot(Item):
    """A disc round (x, y)."""

    radius: float

    @property
    def box(self) -> Box:
        r = self.radius
        return Box(self.x - r, self.y - r, self.x + r, self.y + r)


@dataclass(frozen=True, eq=False)
class Bar(Item):
    """An upright rectangle with its lower left corner at (x, y), coloured from the bottom up by the stops
    (level, '#rrggbb'); without stops all of it has the item's colour.
    """

    width: float
    height: float
    stops: tuple[tuple[float, str], ...] = ()

    @property
    def box(self) -> Box:
        return Box(self.x, self.y, self.x + self.width, self.y + self.height)


@dataclass(frozen=True, eq=False)
class Patch(Item):
    """A soft rectangle behind writing, with its lower left corner at (x, y): covers a share `strength` of what is
    behind it, and less and less towards its rim, over `soft`.
    """

    width: float
    height: float
    soft: float
    strength: float

    @property
    def box(self) -> Box:
        return Box(self.x, self.y, self.x + self.width, self.y + self.height)


def _line_box(x: float, y: float, width: float, size: float, align: str) -> Box:
    left = x - width if align == "RIGHT" else x
    return Box(left, y - DESCENT * size, left + width, y + ASCENT * size)
