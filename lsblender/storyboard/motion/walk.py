"""A path on the ground, finely sampled, and the leaps on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..terrain import Terrain

Array = NDArray[np.float64]

#: A leap clears the ground by this share of its rise.
CLEAR = 0.06
#: Places at which a leap is compared with the ground; none nearer to its ends than the share `NEAREST`.
LOOKS, NEAREST = 48, 0.01


@dataclass(frozen=True, eq=False)
class Flight:
    """A leap from sample `first` to sample `last` of a walk: a parabola from `start` (3,) to `end` (3,), even
    along the map, and at half way `rise` metres above the line between them. Ends and rise are those of the
    ball's centre on the ball's walk, and those of the line on the trail's.
    """

    first: int
    last: int
    start: Array
    end: Array
    rise: float

    def points(self, share: Array) -> Array:
        """Points (K, 3) at shares (K,) of the way, 0 to 1."""
        share = share[:, None]
        line = (1.0 - share) * self.start + share * self.end
        return np.asarray(line + 4.0 * self.rise * share * (1.0 - share) * [0.0, 0.0, 1.0])

    @property
    def length(self) -> float:
        """Of the parabola, in metres."""
        return float(np.linalg.norm(np.diff(self.points(np.linspace(0.0, 1.0, 65)), axis=0), axis=1).sum())


@dataclass(frozen=True, eq=False)
class Walk:
    """A path on the ground, finely sampled: xy (M, 2) in metres, `step` (M,) of the optimizer (whole at its
    iterates), `arc` (M,) the length walked in metres, `loss` (M,) the true loss (straight between iterates),
    `height` (M,) of the ground in metres; `width` of the terrain in metres; `flights` in their order. In a
    flight `arc` grows evenly to the parabola's length.
    """

    xy: Array
    step: Array
    arc: Array
    loss: Array
    height: Array
    width: float
    flights: tuple[Flight, ...] = ()

    def at(self, sample: Array, values: Array) -> Array:
        """Values (M,) or (M, C) at fractional samples (K,)."""
        along = np.arange(len(self.step))
        if values.ndim == 1:
            return np.interp(sample, along, values)
        return np.column_stack([np.interp(sample, along, column) for column in values.T])

    @property
    def iterates(self) -> NDArray[np.int64]:
        """The numbers (T,) of the samples that are iterates."""
        return np.flatnonzero(self.step == np.round(self.step))


def walk_of(
    terrain: Terrain, xy: Array, spacing: float = 0.002, most: int = 20_000, *, loss: Array | None = None
) -> Walk:
    """The walk along the iterates xy (T, 2), in landscape coordinates: straight between them, sampled every
    `spacing` widths of the terrain. `loss` (T,) is the true loss at them; without it the ground's is taken.
    """
    places = terrain.to_metres(xy)
    lengths = np.linalg.norm(np.diff(places, axis=0), axis=1)
    width = float(terrain.x[-1] - terrain.x[0])
    spacing = max(spacing * width, float(lengths.sum()) / most)
    parts = np.maximum(1, np.ceil(lengths / spacing)).astype(int)
    step = np.concatenate([k + np.arange(n) / n for k, n in enumerate(parts)] + [np.array([len(xy) - 1.0])])
    iterate = np.arange(len(xy))
    fine = np.column_stack([np.interp(step, iterate, places[:, k]) for k in (0, 1)])
    points = terrain.points(fine)
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    true = np.interp(step, iterate, finite(ground_loss(terrain, places) if loss is None else loss))
    return Walk(fine, step, arc, true, points[:, 2], width)


def ground_loss(terrain: Terrain, places: Array) -> Array:
    """The loss (K,) drawn at places (K, 2) in metres, straight between the mesh's points."""
    from scipy.interpolate import RectBivariateSpline

    plane = RectBivariateSpline(terrain.y, terrain.x, terrain.loss, kx=1, ky=1)
    return np.asarray(plane.ev(places[:, 1], places[:, 0]))


def finite(loss: Array) -> Array:
    """The losses (T,) with those that are not finite set to the largest that is."""
    known = np.isfinite(loss)
    return np.asarray(np.where(known, loss, loss[known].max() if known.any() else 0.0))


def smoothed(xy: Array, steps: float) -> Array:
    """Iterates xy (T, 2) under a Gaussian over so many steps; the first and the last stay where they are.

    Beyond the ends the path is continued by its mirror image through them (an odd function about them).
    """
    if steps <= 0 or len(xy) < 3:
        return xy
    reach = max(1, int(np.ceil(4 * steps)))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / steps) ** 2)
    padded = np.pad(xy, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    return np.column_stack([np.convolve(column, kernel / kernel.sum(), mode="valid") for column in padded.T])


def hills_between(walk: Walk, least: float) -> NDArray[np.int64]:
    """The numbers of the steps on whose straight way the ground rises above the line between its two ends by more
    than `least` metres.
    """
    marks = walk.iterates
    if len(marks) < 2:
        return np.zeros(0, dtype=np.int64)
    line = np.interp(walk.step, walk.step[marks], walk.height[marks])
    highest = np.maximum.reduceat(walk.height - line, marks[:-1])
    return np.flatnonzero(highest > least)


def with_flights(
    walk: Walk, steps: NDArray[np.int64], ends: tuple[Array, Array], ground: Callable[[Array], Array]
) -> Walk:
    """The walk with these steps (L,) as leaps between the points `ends` ((L, 3), (L, 3)).

    `ground` gives the heights (K,) at places (K, 2) that a leap has to stay above.
    """
    if len(steps) == 0:
        return walk
    share = np.clip((1.0 - np.cos(np.pi * np.linspace(0, 1, LOOKS + 2)[1:-1])) / 2, NEAREST, 1.0 - NEAREST)
    line = ends[0][:, None] + share[:, None] * (ends[1] - ends[0])[:, None]
    above = ground(line[..., :2].reshape(-1, 2)).reshape(len(steps), LOOKS) - line[..., 2]
    rises = (1.0 + CLEAR) * np.maximum(above / (4.0 * share * (1.0 - share)), 0.0).max(axis=1)
    marks = walk.iterates
    flights = tuple(
        Flight(int(marks[k]), int(marks[k + 1]), start, end, float(rise))
        for k, start, end, rise in zip(steps, *ends, rises, strict=True)
    )
    lengths = np.diff(walk.arc)
    for flight in flights:
        lengths[flight.first : flight.last] = flight.length / (flight.last - flight.first)
    return replace(walk, arc=np.concatenate([[0.0], np.cumsum(lengths)]), flights=flights)


def even_in_flight(values: Array, flights: Sequence[Flight]) -> Array:
    """Values (M,) over a walk, with those in flights put on the straight line between its ends."""
    values = values.copy()
    for flight in flights:
        inside = slice(flight.first, flight.last + 1)
        values[inside] = np.linspace(values[flight.first], values[flight.last], flight.last - flight.first + 1)
    return values
