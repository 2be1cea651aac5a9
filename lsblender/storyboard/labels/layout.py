"""The layout: a title in the upper left corner, a legend in the upper right, counters in the lower left, captions
in the lower right, and the colour bar at the right between them.

If it does not fit, all of it gets smaller, until it does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from .facts import Labels, PathFacts, ShotFacts
from .inks import inks_on
from .items import ASCENT, CAP, DESCENT, Bar, Box, Counter, Dot, Item, Patch, TextItem, Times, text_width
from .readings import Readings, counted, readings

#: Free border, as a share of the picture's shorter side.
MARGIN = 0.06
#: In ems of the body: size of the title, distance of its lines and of others, room between columns and blocks.
TITLE, TITLE_LEADING, LEADING, GAP, BLOCK_GAP = 1.85, 1.12, 1.5, 0.75, 1.2
#: How far a patch goes beyond its writing, and half of what it takes to fade, in ems.
SOFT = 1.6
#: A picture with a larger aspect has room beside the landscape.
WIDE = 1.2
#: Behind the loss of a ball that has arrived.
FINISHED = "✓"
#: Seconds in which the title card, and in which all else comes and goes.
TITLE_FADE, FADE = 0.5, 0.25
#: The layout shrinks by this factor until it fits, so often at most.
SHRINK, TRIES = 0.94, 40


@dataclass(frozen=True)
class _Page:
    """The page under way: em and aspect, the inks, the shot's times and frames per second."""

    em: float
    aspect: float
    strong: str
    muted: str
    times: Times
    fps: float

    @property
    def room(self) -> Box:
        margin = MARGIN * min(1.0, self.aspect)
        return Box(margin - self.aspect / 2, margin - 0.5, self.aspect / 2 - margin, 0.5 - margin)

    def text(self, name: str, x: float, y: float, text: str, strong: bool, size: float = 1.0) -> TextItem:
        return TextItem(name, x, y, self.strong if strong else self.muted, self.times, text, size * self.em)


def lay_out(labels: Labels, facts: ShotFacts, aspect: float) -> tuple[Item, ...]:
    """The items of a shot in a picture `aspect` times as wide as it is high: inside its margins, none over another
    that shows at the same time.
    """
    inks = inks_on(facts.backdrop)
    fade = round(FADE * facts.fps)
    times = Times(int(facts.frames[0]), int(facts.frames[-1]), fade)
    page = _Page(labels.size * min(1.0, aspect), aspect, inks.strong, inks.muted, times, facts.fps)
    for _ in range(TRIES):
        items = _arranged(labels, facts, page)
        if _fits(items, page.room):
            break
        page = replace(page, em=SHRINK * page.em)
    return tuple(items)


def _fits(items: Sequence[Item], room: Box) -> bool:
    items = [item for item in items if not isinstance(item, Patch)]
    boxes = [item.box for item in items]
    slack = 1e-9
    inside = all(
        box.left >= room.left - slack
        and box.right <= room.right + slack
        and box.bottom >= room.bottom - slack
        and box.top <= room.top + slack
        for box in boxes
    )
    pairs = combinations(zip(items, boxes, strict=True), 2)
    return inside and not any(a.times.meets(b.times) and first.overlaps(second) for (a, first), (b, second) in pairs)


def _arranged(labels: Labels, facts: ShotFacts, page: _Page) -> list[Item]:
    race = len(facts.paths) > 1
    with_legend = race and labels.legend
    legend = [*_legend(facts.paths, page, labels.counters)] if with_legend else []
    counters = [*_counters(facts, page, loss=not with_legend)] if labels.counters and facts.paths else []
    captions = [*_captions(facts.captions, page, bool(counters))] if labels.captions else []
    gap = BLOCK_GAP * page.em
    top = _around(legend).bottom - gap if legend else page.room.top
    bottom = _around(captions).top + gap if captions else page.room.bottom
    bar = [*_colour_bar(facts, page, bottom, top)] if labels.colour_bar and facts.stops else []
    title = _title(facts, page, legend, counters) if labels.title else []
    groups = [group for group in (title, legend, counters, captions, bar) if group]
    patches = [_patch(group, k, facts, labels, page) for k, group in enumerate(groups, 1)] if labels.ground else []
    return [*patches, *(item for group in groups for item in group)]


def _patch(group: Sequence[Item], number: int, facts: ShotFacts, labels: Labels, page: _Page) -> Patch:
    """The soft ground behind a group of items that come and go together."""
    box, soft = _around(group), SOFT * page.em
    size = (box.right - box.left + 2 * soft, box.top - box.bottom + 2 * soft)
    # in the backdrop's own colour: hardly seen over that, and over the landscape as if the backdrop came forward
    place = (f"Ground {number}", box.left - soft, box.bottom - soft, facts.backdrop, group[0].times)
    return Patch(*place, *size, 2 * soft, labels.ground)


def _around(items: Sequence[Item]) -> Box:
    box = items[0].box
    for item in items[1:]:
        box = box.union(item.box)
    return box


# -- the title card ------------------------------------------------------------------------------------------


def _title(facts: ShotFacts, page: _Page, legend: Sequence[Item], counters: Sequence[Item]) -> list[Item]:
    """In the upper left corner, or the lower left one if that keeps clear of what is to be avoided."""
    width = page.room.right - page.room.left
    # beside the landscape where the picture is wide, over it where it is not
    share = 0.36 if page.aspect > WIDE else 0.55 if legend else 1.0
    upper = _card(facts, page, share * width)
    if not upper:
        return []
    floor = _around(counters).top + BLOCK_GAP * page.em if counters else page.room.bottom
    down = floor - _around(upper).bottom
    lower: list[Item] = [replace(item, y=item.y + down) for item in upper]
    clear = [card for card in (upper, lower) if not any(_around(card).overlaps(box) for box in facts.avoid)]
    return (clear or [upper])[0]


def _card(facts: ShotFacts, page: _Page, width: float) -> list[Item]:
    last = min(page.times.last, page.times.first + round(facts.title_seconds * page.fps) - 1)
    fade = min(round(TITLE_FADE * page.fps), (last - page.times.first) // 3)
    page = replace(page, times=Times(page.times.first, max(page.times.first, last), fade))
    items: list[Item] = []
    y, x = page.room.top, page.room.left
    for k, line in enumerate(_wrapped(facts.title, TITLE * page.em, width)):
        y -= (ASCENT if k == 0 else TITLE_LEADING) * TITLE * page.em
        items.append(page.text(f"Title {k + 1}", x, y, line, True, TITLE))
    lines = [line for text in facts.lines for line in _wrapped(text, page.em, width)]
    for k, line in enumerate(lines):
        y -= (ASCENT if not items else DESCENT * TITLE + 0.45 + ASCENT if k == 0 else LEADING * 0.9) * page.em
        items.append(page.text(f"Subtitle {k + 1}", x, y, line, False))
    return items


def _wrapped(text: str, size: float, width: float) -> list[str]:
    """The text in lines of at most the width, of about equal length; a longer word has a line of its own."""
    whole = text_width(text, size)
    if whole > width:
        # as narrow as it can be in so many lines, so that no word is left alone
        fewest = len(_broken(text, size, width))
        for share in np.linspace(whole / fewest, width, 12):
            if len(lines := _broken(text, size, float(share))) <= fewest:
                return lines
    return [text] if text.strip() else []


def _broken(text: str, size: float, width: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


# -- what stays ----------------------------------------------------------------------------------------------


def _counters(facts: ShotFacts, page: _Page, loss: bool) -> Iterator[Item]:
    """Step and loss of the ball, from the bottom up; with several balls the step of the one that is farthest."""
    steps = np.max([path.step for path in facts.paths], axis=0)
    rows: list[tuple[str, Readings]] = [("step", counted(steps))]
    first = facts.paths[0]
    if loss:
        rows.append((facts.quantity, readings(first.loss)))
    column = page.room.left + max(text_width(name, page.em) for name, _ in rows) + GAP * page.em
    y = page.room.bottom + DESCENT * page.em
    if loss and first.diverged_at is not None and first.finished.any():
        start = int(facts.frames[int(first.finished.argmax())])
        ended = page.text("Diverged", page.room.left, y, f"diverged at step {first.diverged_at}", True)
        yield replace(ended, times=replace(page.times, first=start))
        y += LEADING * page.em
    for name, values in reversed(rows):
        yield page.text(f"Counter {name}", page.room.left, y, name, False)
        yield Counter(f"Value {name}", column, y, page.strong, page.times, values, page.em)
        y += LEADING * page.em


def _legend(paths: Sequence[PathFacts], page: _Page, losses: bool) -> Iterator[Item]:
    """A row for each ball: dot, name, loss, and how it ended."""
    em, pages = page.em, LEADING * page.em
    rows = [(path, readings(path.loss) if losses else None) for path in paths]
    name = max(text_width(path.name, em) for path in paths)
    value = max((text_width(text, em) for _, r in rows if r is not None for text in r.texts()), default=0.0)
    gap = GAP * em
    ends = [_ending(path) for path in paths]
    rest = max(
        [value]
        + [text_width(text, em) for path, text in zip(paths, ends, strict=True) if path.diverged_at is not None]
        + [
            (value + gap / 2 if losses else 0.0) + text_width(text, em)
            for path, text in zip(paths, ends, strict=True)
            if path.diverged_at is None and text
        ]
    )
    left = page.room.right - rest - gap - name - 1.1 * em
    for k, (path, numbers) in enumerate(rows):
        y = page.room.top - ASCENT * em - k * pages
        number = left + 1.1 * em + name + gap
        yield Dot(f"Dot {path.name}", left + 0.36 * em, y + CAP / 2 * em, path.colour, page.times, 0.32 * em)
        yield page.text(f"Name {path.name}", left + 1.1 * em, y, path.name, True)
        over = _over(path, page.times)
        if numbers is not None:
            shown = over if over is not None and path.diverged_at is not None else None
            times = page.times if shown is None else replace(page.times, last=shown.first - 1)
            if times.last >= times.first:
                yield Counter(f"Value {path.name}", number, y, page.strong, times, numbers, em)
        if over is not None:
            x = number if path.diverged_at is not None or not losses else number + value + gap / 2
            yield replace(page.text(f"End {path.name}", x, y, ends[k], False), times=over)


def _ending(path: PathFacts) -> str:
    """How a path ended; empty if it did not in these frames."""
    if not path.finished.any():
        return ""
    return FINISHED if path.diverged_at is None else f"diverged at step {path.diverged_at}"


def _over(path: PathFacts, times: Times) -> Times | None:
    """The times from the frame on in which the path is over."""
    if not path.finished.any():
        return None
    return Times(times.first + int(path.finished.argmax()), times.last, times.fade)


def _captions(captions: Sequence[str], page: _Page, beside: bool) -> Iterator[Item]:
    """Sentences in the lower right corner, the last one lowest."""
    share = 0.8 if not beside else 0.36 if page.aspect > WIDE else 0.5
    width = (page.room.right - page.room.left) * share
    lines = [line for text in captions for line in _wrapped(text, 0.9 * page.em, width)]
    for k, line in enumerate(reversed(lines)):
        y = page.room.bottom + (DESCENT + 0.9 * LEADING * k) * page.em
        item = page.text(f"Caption {len(lines) - k}", page.room.right, y, line, False, 0.9)
        yield replace(item, align="RIGHT")


def _colour_bar(facts: ShotFacts, page: _Page, bottom: float, top: float) -> Iterator[Item]:
    """The palette upright at the right edge, its losses to the left of it and what they are above."""
    em, right = page.em, page.room.right
    width, head = 0.6 * em, 1.3 * em
    height = min((11.0 if page.aspect > WIDE else 8.0) * em, top - bottom - head - em)
    # beside the landscape where the picture is wide, under it where it is not
    lowest = bottom + 0.4 * em
    foot = float(np.clip(-height / 2 if page.aspect > WIDE else lowest, lowest, max(lowest, top - head - height)))
    yield Bar("Colour bar", right - width, foot, page.strong, page.times, width, max(height, em), facts.stops)
    title = page.text("Colour bar title", right, foot + height + 0.75 * em, facts.quantity, False, 0.9)
    yield replace(title, align="RIGHT")
    for k, tick in enumerate(facts.ticks):
        y = foot + tick.level * height
        name = f"Tick {k + 1}"
        yield Bar(f"{name} mark", right - width - 0.3 * em, y - 0.03 * em, page.muted, page.times, 0.2 * em, 0.06 * em)
        text = page.text(name, right - width - 0.5 * em, y - 0.9 * CAP / 2 * em, tick.text, False, 0.9)
        yield replace(text, align="RIGHT")
