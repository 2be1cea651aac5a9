"""Numbers as they are read: counters with four significant digits, and round ticks for the colour bar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...engine import Landscape
from ..terrain import Terrain

Array = NDArray[np.float64]

#: Significant digits of a counter, its decimals at most, and the sizes between which it needs no exponent.
DIGITS, MOST_DECIMALS, PLAIN_FROM, PLAIN_TO = 4, 4, 1e-3, 1e5
#: The least distance of two ticks, as a share of the bar.
APART = 0.13


@dataclass(frozen=True, eq=False)
class Readings:
    """Numbers (K,) as a mantissa (K,) with decimals (K,) and an exponent of ten (K,); 0 is not written."""

    mantissa: Array
    decimals: NDArray[np.int64]
    exponent: NDArray[np.int64]

    def text(self, k: int) -> str:
        power = f"e{self.exponent[k]}" if self.exponent[k] else ""
        return f"{self.mantissa[k]:.{self.decimals[k]}f}{power}"

    def texts(self) -> set[str]:
        """All texts that occur."""
        return {self.text(k) for k in range(len(self.mantissa))}


def readings(values: ArrayLike) -> Readings:
    """Values (K,) with four significant digits: 1352, 13.52, 0.0135, 9.87e-5.

    Where a value is not finite, the last one that was stands.
    """
    rows = []
    last = (0.0, 0, 0)
    for value in np.asarray(values, dtype=np.float64):
        last = _reading(float(value)) if np.isfinite(value) else last
        rows.append(last)
    mantissa, decimals, exponent = zip(*rows, strict=True)
    return Readings(np.array(mantissa), np.array(decimals, dtype=np.int64), np.array(exponent, dtype=np.int64))


def _reading(value: float) -> tuple[float, int, int]:
    rounded, exponent = _rounded(value, DIGITS - 1)
    if value == 0 or PLAIN_FROM <= abs(rounded * 10.0**exponent) < PLAIN_TO:
        return value, min(MOST_DECIMALS, max(0, DIGITS - 1 - exponent)), 0
    mantissa, exponent = _rounded(value, 2)
    return mantissa, 2, exponent


def _rounded(value: float, decimals: int) -> tuple[float, int]:
    """Mantissa with so many decimals and exponent of ten."""
    mantissa, _, exponent = f"{value:.{decimals}e}".partition("e")
    return float(mantissa), int(exponent)


def counted(values: ArrayLike) -> Readings:
    """Whole numbers (K,): the ones that have been reached."""
    whole = np.floor(np.asarray(values, dtype=np.float64) + 1e-6)
    nothing = np.zeros(len(whole), dtype=np.int64)
    return Readings(whole, nothing, nothing)


@dataclass(frozen=True)
class Tick:
    """A mark on the colour bar: the level from 0 to 1 at which it stands, and its text."""

    level: float
    text: str


def colour_bar_ticks(terrain: Terrain, landscape: Landscape) -> tuple[Tick, ...]:
    """Round losses at the levels at which the terrain draws them, whatever the scale of its heights.

    Where the heights are capped, the top says that there is more ('≥ 3.2').
    """
    low, high = float(terrain.loss.min()), float(terrain.loss.max())
    if not high > low or not terrain.relief > 0:
        return ()
    more = not np.isfinite(landscape.loss).all() or bool(landscape.loss.max() > high + 1e-9 * (high - low))
    top = (Tick(1.0, f"≥ {high:.3g}"),) if more else ()

    def ticks(values: list[float]) -> list[Tick]:
        levels = terrain.z_of(np.array(values)) / terrain.relief
        made = [Tick(float(at), f"{value:.12g}") for value, at in zip(values, levels, strict=True)]
        return [tick for tick in made if not more or tick.level < 1.0 - APART]

    sets = [made for values in _round_numbers(low, high) if values and _spread(made := ticks(values))]
    return (*max(sets, key=_evenness, default=()), *top)


def _round_numbers(low: float, high: float) -> Iterator[list[float]]:
    """Sets of round numbers between two: equal steps, and decades with none, one or two numbers between."""
    decade = 10.0 ** floor(log10(high - low))
    for factor in (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0):
        step = factor * decade
        yield [float(f"{k * step:.10g}") for k in range(ceil(low / step), floor(high / step) + 1)]
    if low > 0:
        decades = range(floor(log10(low)), ceil(log10(high)) + 1)
        for firsts, every in (((1, 2, 5), 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 3)):
            values = [float(f"{first}e{power}") for power in decades if power % every == 0 for first in firsts]
            yield [value for value in values if low <= value <= high]


def _spread(ticks: list[Tick]) -> bool:
    """Whether there are ticks, and each has room."""
    return bool(ticks) and all(b.level - a.level >= APART for a, b in pairwise(ticks))


def _evenness(ticks: list[Tick]) -> float:
    """Higher where no stretch of the bar is left without a tick; few letters decide between equals."""
    levels = [0.0, *(tick.level for tick in ticks), 1.0]
    widest = max(b - a for a, b in pairwise(levels))
    return -round(widest, 2) - 1e-4 * sum(len(tick.text) for tick in ticks)
