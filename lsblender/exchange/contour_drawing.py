"""Contour maps as SVG: filled ones for slides, bare lines for pen plotters.

Lines, fills, paths and writing are layers of their own (Inkscape's), lengths are millimetres.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from ..engine import Landscape
from ..look.palettes import Palette
from ..storyboard.colours import ball_colours
from ..storyboard.labels import axis_texts
from ..storyboard.labels.readings import colour_bar_ticks
from ..storyboard.storyboard import Shot
from ..storyboard.terrain import Terrain
from ..storyboard.walls import round_numbers
from .contours import contour_lines

Array = NDArray[np.float64]

#: The page, the map's left and upper border and its side, in mm.
PAGE, LEFT, TOP, SIDE = (190.0, 172.0), 26.0, 14.0, 136.0
#: The colour bar's distance from the map and its width.
BAR_APART, BAR = 6.0, 5.0
#: Cells of the grid that lines are sought on, at most: finer ones are not seen.
CELLS = 240
#: Every so many-th line is thick.
EMPHASIS = 5
INK, THIN, THICK, WAY = "#16202a", 0.18, 0.36, 0.7


@dataclass(frozen=True, eq=False)
class ContourMap:
    """A landscape on its way to paper."""

    shot: Shot
    landscape: Landscape
    terrain: Terrain
    levels: int
    title: str

    def lines(self, filled: bool) -> Iterator[str]:
        """The file's lines."""
        width, height = PAGE
        yield '<?xml version="1.0" encoding="UTF-8"?>'
        yield (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" '
            f'width="{width:g}mm" height="{height:g}mm" viewBox="0 0 {width:g} {height:g}">'
        )
        yield f"<title>{escape(self.title or 'Contour map')}</title>"
        if filled:
            yield from _layer("Fills", self._fills(), 'stroke="none"')
        yield from _layer("Contours", self._contours(filled), f'fill="none" stroke-width="{THIN}"')
        yield from _layer("Paths", self._paths(filled), f'fill="none" stroke-width="{WAY}" stroke-linejoin="round"')
        yield from _layer("Frame", self._frame(), f'fill="none" stroke="{INK}" stroke-width="{THICK}"')
        if filled:
            yield from _layer("Colour bar", self._bar(), 'stroke="none"')
        style = f'font-family="Helvetica, Arial, sans-serif" font-size="3.4" fill="{INK}"'
        yield from _layer("Writing", self._writing(filled), style)
        yield "</svg>"

    def _grid(self) -> tuple[Array, Array, Array]:
        """x, y on paper and the level on a grid fine enough for paper."""
        every = [max(1, -(-(len(axis) - 1) // CELLS)) for axis in (self.terrain.x, self.terrain.y)]
        columns, rows = (
            np.unique(np.append(np.arange(0, len(axis), step), len(axis) - 1))
            for axis, step in zip((self.terrain.x, self.terrain.y), every, strict=True)
        )
        low, high = self.terrain.corners
        x = LEFT + SIDE * (self.terrain.x[columns] - low[0]) / (high - low)[0]
        y = TOP + SIDE * (high[1] - self.terrain.y[rows]) / (high - low)[1]
        return x, y, self.terrain.level[np.ix_(rows, columns)]

    def _heights(self) -> Array:
        """The levels (n,) of the lines, evenly spaced, half a step from the lowest and the highest point."""
        return np.asarray((np.arange(self.levels) + 0.5) / self.levels)

    def _fills(self) -> Iterator[str]:
        """The lowest colour, and on it what lies above each line in the colour of the band that begins there."""
        palette, heights = self.shot.look.palette, self._heights()
        colours = _shades(palette, np.append(0.0, heights + 0.5 / self.levels))
        yield f'<rect x="{LEFT:g}" y="{TOP:g}" width="{SIDE:g}" height="{SIDE:g}" fill="{colours[0]}"/>'
        x, y, level = self._grid()
        # a rim below everything closes all lines
        rim = 1e-4 * SIDE
        x, y = (np.concatenate([[axis[0]], axis, [axis[-1]]]) for axis in (x, y))
        x[[0, -1]] += (-rim, rim)
        y[[0, -1]] += (rim, -rim)
        level = np.pad(level, 1, constant_values=-1.0)
        for height, colour in zip(heights, colours[1:], strict=True):
            closed = " ".join(_path_data(line) for line in contour_lines(x, y, level, height))
            if closed:
                yield f'<path fill="{colour}" fill-rule="evenodd" d="{closed}"/>'

    def _contours(self, filled: bool) -> Iterator[str]:
        x, y, level = self._grid()
        palette = self.shot.look.palette
        known = np.unique(self.terrain.loss)
        losses = np.interp(self._heights() * self.terrain.relief, self.terrain.z_of(known), known)
        for k, (height, loss) in enumerate(zip(self._heights(), losses, strict=True)):
            lines = contour_lines(x, y, level, height)
            if lines:
                ink = (palette.ink_low if height < palette.ink_turn else palette.ink_high) if filled else INK
                width = THICK if k % EMPHASIS == 0 else THIN
                what = f"<title>{self.landscape.height.replace('_', ' ')} {loss:.4g}</title>"
                data = " ".join(map(_path_data, lines))
                yield f'<path stroke="{ink}" stroke-width="{width}" d="{data}">{what}</path>'

    def _on_paper(self, xy: Array) -> Array:
        """Places (..., 2) of the chart's coordinates in mm."""
        x, y = self.landscape.x, self.landscape.y
        share = (xy - (x[0], y[0])) / (np.ptp(x), np.ptp(y))
        return np.asarray((LEFT, TOP + SIDE) + share * (SIDE, -SIDE))

    def _paths(self, filled: bool) -> Iterator[str]:
        colours = ball_colours(self.shot, len(self.landscape.paths))
        for path, colour in zip(self.landscape.paths, colours, strict=True):
            # steps on one another's places are one, and what runs off the map stops at its border
            places = np.clip(self._on_paper(path.xy), (LEFT, TOP), (LEFT + SIDE, TOP + SIDE)).round(2)
            places = places[np.append(True, (np.diff(places, axis=0) != 0).any(axis=1))]
            (last_x, last_y), fill = places[-1], colour if filled else "none"
            name = f"<title>{escape(path.name)}</title>"
            yield f'<path stroke="{colour}" d="{_path_data(places)}">{name}</path>'
            yield f'<circle cx="{last_x:g}" cy="{last_y:g}" r="1.6" stroke="{colour}" fill="{fill}">{name}</circle>'

    def _ticks(self, axis: int) -> Iterator[tuple[float, str]]:
        """Where round numbers of an axis are on paper, and what they are."""
        values = (self.landscape.x, self.landscape.y)[axis]
        for number in round_numbers(float(values[0]), float(values[-1])):
            at = np.zeros(2)
            at[axis] = number
            yield float(self._on_paper(at)[axis]), f"{number:.6g}".replace("-", "\N{MINUS SIGN}")

    def _frame(self) -> Iterator[str]:
        yield f'<rect x="{LEFT:g}" y="{TOP:g}" width="{SIDE:g}" height="{SIDE:g}"/>'
        below, beside = TOP + SIDE, LEFT
        for at, _ in self._ticks(0):
            yield f'<path d="M{at:.2f} {below:g}v1.6"/>'
        for at, _ in self._ticks(1):
            yield f'<path d="M{beside:g} {at:.2f}h-1.6"/>'

    def _bar(self) -> Iterator[str]:
        bands = len(self._heights()) + 1
        colours = _shades(self.shot.look.palette, np.append(0.0, self._heights() + 0.5 / self.levels))
        edges = TOP + SIDE * (1.0 - np.concatenate([[0.0], self._heights(), [1.0]]))
        for k in range(bands):
            y, height = edges[k + 1], edges[k] - edges[k + 1] + 0.02
            place = f'x="{LEFT + SIDE + BAR_APART:g}" y="{y:.3f}" width="{BAR:g}" height="{height:.3f}"'
            yield f'<rect {place} fill="{colours[k]}"/>'

    def _writing(self, filled: bool) -> Iterator[str]:
        for at, number in self._ticks(0):
            yield _text(at, TOP + SIDE + 6.0, number, "middle")
        for at, number in self._ticks(1):
            yield _text(LEFT - 2.8, at + 1.2, number, "end")
        first, second = axis_texts(self.landscape.axis_names, self.landscape.explained)
        yield _text(LEFT + SIDE / 2, TOP + SIDE + 13.5, first, "middle", 'font-size="4.2"')
        x, y = LEFT - 16.0, TOP + SIDE / 2
        yield _text(x, y, second, "middle", f'font-size="4.2" transform="rotate(-90 {x:g} {y:g})"')
        if self.title:
            yield _text(LEFT, TOP - 4.5, self.title, "start", 'font-size="5"')
        if filled:
            for tick in colour_bar_ticks(self.terrain, self.landscape):
                beside = LEFT + SIDE + BAR_APART + BAR + 1.6
                yield _text(beside, TOP + SIDE * (1.0 - tick.level) + 1.2, tick.text, "start")
            yield _text(LEFT + SIDE + BAR_APART, TOP - 3.0, self.landscape.height.replace("_", " "), "start")


def _shades(palette: Palette, levels: Array) -> list[str]:
    table = palette.table(256)[np.round(np.clip(levels, 0.0, 1.0) * 255).astype(int)]
    return ["#" + bytes(row.tolist()).hex() for row in table]


def _layer(name: str, lines: Iterator[str], style: str) -> Iterator[str]:
    identity = name.lower().replace(" ", "-")
    yield f'<g id="{identity}" inkscape:groupmode="layer" inkscape:label="{escape(name)}" {style}>'
    yield from lines
    yield "</g>"


def _path_data(places: Array) -> str:
    """A line (M, 2) as an SVG path, to a hundredth of a millimetre; closed where it ends as it began."""
    closed = len(places) > 2 and bool((places[0] == places[-1]).all())
    points = [f"{x:.2f} {y:.2f}" for x, y in places[: -1 if closed else None].tolist()]
    return "M" + "L".join(points) + ("Z" if closed else "")


def _text(x: float, y: float, text: str, anchor: str, more: str = "") -> str:
    return f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" {more}>{escape(text)}</text>'.replace(" >", ">")
