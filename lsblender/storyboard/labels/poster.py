"""The poster: a picture on a mat, and under it a title, what was computed, and the colours' losses, in small type.

Places are in units of the page's height, from its middle, as in every layout.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...look.palettes import hex_colour, to_srgb
from ...look.palettes.colour import from_oklab, to_oklab
from .inks import hex_text, inks_on
from .items import ASCENT, CAP, Bar, Box, Dot, Item, TextItem, Times, text_width
from .layout import _wrapped

#: Pixels of a page of 20 x 30 cm at 300 dots per inch, and those.
PAGE, DPI = (2362, 3543), 300
#: Border of the mat beside and over the picture, and the room under it, as shares of the page's shorter side.
BORDER, FOOT = 0.085, 0.43
#: Lightness of the mat and of the rule round the picture, and the most of the backdrop's colour in them (OKLab).
MAT, RULE, TINT = 0.958, 0.82, 0.010
#: In ems of the small type: the title, the lines' distance, the gap under the picture and between the columns.
TITLE, LEADING, GAP, GUTTER = 2.7, 1.62, 2.6, 1.6
#: Small type, as a share of the page's shorter side; it shrinks by a factor until all fits, so often at most.
SMALL, SHRINK, TRIES = 0.0195, 0.94, 40
#: Colours of the strip, its height in ems, and the share of the page's room that title and strip take.
STEPS, STRIP, LEFT = 128, 0.55, 0.42
#: A poster has one picture: all that is on it shows all the time.
ALWAYS = Times(1, 1)


@dataclass(frozen=True, eq=False)
class PosterFacts:
    """What a poster says: `rows` of a name, a text and the colours '#rrggbb' of dots before it; `stops` are the
    palette's (level, '#rrggbb'), `ends` what its lowest and its highest colour stand for.
    """

    title: str
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]
    backdrop: str
    stops: tuple[tuple[float, str], ...]
    ends: tuple[str, str]


@dataclass(frozen=True, eq=False)
class Poster:
    """A page with a window for the picture, the mat's colour '#rrggbb', and what is written."""

    window: Box
    mat: str
    items: tuple[Item, ...]

    @property
    def paper(self) -> NDArray[np.float64]:
        """The mat as the values that a file holds (3,), 0 to 1."""
        return to_srgb(np.array(hex_colour(self.mat)))


def window_of(aspect: float) -> Box:
    """The window of a page `aspect` times as wide as it is high."""
    short = min(1.0, aspect)
    border = BORDER * short
    return Box(border - aspect / 2, FOOT * short - 0.5, aspect / 2 - border, 0.5 - border)


def lay_out_poster(facts: PosterFacts, aspect: float) -> Poster:
    """The poster on a page `aspect` times as wide as it is high."""
    short = min(1.0, aspect)
    window = window_of(aspect)
    mat = _tinted(facts.backdrop, MAT)
    em = SMALL * short
    for _ in range(TRIES):
        written = _written(facts, window, mat, em)
        if min(item.box.bottom for item in written) >= 0.65 * BORDER * short - 0.5:
            break
        em *= SHRINK
    return Poster(window, mat, (*_rule(window, _tinted(facts.backdrop, RULE), 0.0012 * short), *written))


def _tinted(colour: str, lightness: float) -> str:
    """A colour of this lightness with a touch of another one's hue."""
    lab = to_oklab(np.array(hex_colour(colour)))
    chroma = float(np.hypot(lab[1], lab[2]))
    share = min(1.0, TINT / chroma) if chroma > 0 else 0.0
    return hex_text(np.clip(from_oklab(np.array([lightness, share * lab[1], share * lab[2]])), 0.0, 1.0))


def _rule(window: Box, colour: str, width: float) -> list[Item]:
    """A thin line round the window."""
    wide, high = window.right - window.left + 2 * width, window.top - window.bottom
    return [
        Bar("Rule 1", window.left - width, window.bottom - width, colour, ALWAYS, wide, width),
        Bar("Rule 2", window.left - width, window.top, colour, ALWAYS, wide, width),
        Bar("Rule 3", window.left - width, window.bottom, colour, ALWAYS, width, high),
        Bar("Rule 4", window.right, window.bottom, colour, ALWAYS, width, high),
    ]


def _written(facts: PosterFacts, window: Box, mat: str, em: float) -> list[Item]:
    """Title and strip in a column on the left, the rows in one on the right."""
    room = window.right - window.left
    middle = window.left + LEFT * room
    top = window.bottom - GAP * em
    title = _title(facts, Box(window.left, -0.5, middle, top), mat, em)
    rows = _rows(facts, Box(middle + GUTTER * em, -0.5, window.right, top), mat, em)
    # the strip's losses stand on the last row's line, or lower where the title comes down that far
    under = title[-1].y - (0.3 * TITLE + STRIP + 2.3) * em if title else top
    lowest = min(*(item.y for item in rows if isinstance(item, TextItem)), under)
    return [*title, *rows, *_strip(facts, Box(window.left, lowest, middle - GUTTER * em, top), mat, em)]


def _title(facts: PosterFacts, room: Box, mat: str, em: float) -> list[Item]:
    inks, size = inks_on(mat), TITLE * em
    lines = _wrapped(facts.title, size, room.right - room.left)
    # the capitals of the title begin where those of the rows do
    first = room.top - CAP * size
    return [
        TextItem(f"Title {k + 1}", room.left, first - k * 1.08 * size, inks.strong, ALWAYS, line, size)
        for k, line in enumerate(lines)
    ]


def _rows(facts: PosterFacts, room: Box, mat: str, em: float) -> list[Item]:
    """A name in the muted ink, and what it is beside it in the strong one."""
    inks = inks_on(mat)
    column = room.left + max(text_width(name, em) for name, _, _ in facts.rows) + GUTTER * em
    items: list[Item] = []
    y = room.top - CAP * em
    for number, (name, text, dots) in enumerate(facts.rows, 1):
        items.append(TextItem(f"Name {number}", room.left, y, inks.muted, ALWAYS, name, em))
        x = column
        for k, colour in enumerate(dots):
            items.append(Dot(f"Dot {number} {k}", x + 0.32 * em, y + CAP / 2 * em, colour, ALWAYS, 0.32 * em))
            x += 0.95 * em
        x += 0.35 * em if dots else 0.0
        for k, line in enumerate(_wrapped(text, em, room.right - x)):
            y -= LEADING * em if k else 0.0
            items.append(TextItem(f"Row {number} {k + 1}", x, y, inks.strong, ALWAYS, line, em))
        y -= LEADING * em
    return items


def _strip(facts: PosterFacts, room: Box, mat: str, em: float) -> list[Item]:
    """The palette from the lowest to the highest loss, on the last row's line, with what its ends stand for."""
    inks, width = inks_on(mat), room.right - room.left
    places = np.array([level for level, _ in facts.stops])
    lab = to_oklab(np.array([hex_colour(colour) for _, colour in facts.stops]))
    levels = (np.arange(STEPS) + 0.5) / STEPS
    colours = from_oklab(np.stack([np.interp(levels, places, lab[:, k]) for k in range(3)], axis=-1)).clip(0.0, 1.0)
    low, high = facts.ends
    foot = room.bottom + (ASCENT + 0.35) * em
    # each goes a little under the next one, so that no seam shows
    items: list[Item] = [
        Bar(f"Strip {k + 1}", room.left + k * width / STEPS, foot, hex_text(colour), ALWAYS, reach, STRIP * em)
        for k, colour in enumerate(colours)
        for reach in [width / STEPS * (1.0 if k == STEPS - 1 else 1.02)]
    ]
    items.append(TextItem("Low", room.left, room.bottom, inks.muted, ALWAYS, low, 0.9 * em))
    end = TextItem("High", room.right, room.bottom, inks.muted, ALWAYS, high, 0.9 * em)
    return [*items, replace(end, align="RIGHT")]
