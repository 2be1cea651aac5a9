"""One ball alone: where it is wanted, on the ground and in its leaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...engine import Path
from ..contact import rest_ball, ride_normals
from ..terrain import Terrain
from .ball import Ball
from .walk import Walk, hills_between, smoothed, walk_of, with_flights

Array = NDArray[np.float64]


def ball_walk(terrain: Terrain, path: Path, true: Walk, ball: Ball) -> Walk:
    """The walk that the ball goes: the true one, or that of the smoothed path, with its leaps."""
    if ball.smoothing > 0:
        lowest, highest = (terrain.offset + corner / terrain.scale for corner in terrain.corners)
        xy = np.clip(smoothed(path.xy, ball.smoothing), np.minimum(lowest, path.xy), np.maximum(highest, path.xy))
        true = walk_of(terrain, xy, loss=path.loss)
    return with_leaps(terrain, true, ball, ball.radius)


def with_leaps(terrain: Terrain, walk: Walk, ball: Ball, radius: float) -> Walk:
    """The walk with its leaps for a ball of this radius; 0: for a line on the ground."""
    steps = hills_between(walk, ball.leap * walk.width) if ball.leap > 0 else np.zeros(0, dtype=np.int64)
    if len(steps) == 0:
        return walk
    marks = walk.iterates
    ends = [walk.xy[marks[steps + k]] for k in (0, 1)]
    if radius == 0:
        return with_flights(walk, steps, (terrain.points(ends[0]), terrain.points(ends[1])), terrain.height)

    def ground(over: Array) -> Array:
        return rest_ball(terrain, radius, over)[0][:, 2]

    both = np.concatenate(ends)
    centres = rest_ball(terrain, radius, both + radius * ride_normals(terrain, radius, both)[:, :2])[0]
    return with_flights(walk, steps, (centres[: len(steps)], centres[len(steps) :]), ground)


@dataclass(frozen=True, eq=False)
class Ride:
    """A ball alone, at each of F times: `over` (F, 2) of its centre on the map, `rest` (F, 3) the centre at rest
    there and `contact` (F, 3) where it touches then, `lift` (F,) of leaps above that, `flight` (F,) number of the leap
    that it is in (-1: none) and `share` (F,) of it; `step` of the optimizer and true `loss` (F,).
    """

    over: Array
    rest: Array
    contact: Array
    lift: Array
    flight: NDArray[np.int64]
    share: Array
    step: Array
    loss: Array


def rides_of(terrain: Terrain, walks: Sequence[Walk], samples: Sequence[Array], radius: float) -> list[Ride]:
    """The rides of balls that are at these samples (F,) of their walks."""
    places = np.concatenate([walk.at(sample, walk.xy) for walk, sample in zip(walks, samples, strict=True)])
    leans = np.split(radius * ride_normals(terrain, radius, places)[:, :2], len(walks))
    return [
        _ride(terrain, walk, sample, lean, radius) for walk, sample, lean in zip(walks, samples, leans, strict=True)
    ]


def resting(terrain: Terrain, radius: float, over: Array) -> tuple[Array, Array]:
    """`rest_ball` for a way (F, 2): where the ball stands still it is computed once."""
    new = np.append(True, np.any(np.diff(over, axis=0) != 0, axis=1))
    same = np.cumsum(new) - 1
    centre, contact = rest_ball(terrain, radius, over[new])
    return centre[same], contact[same]


def _ride(terrain: Terrain, walk: Walk, sample: Array, lean: Array, radius: float) -> Ride:
    """One of them; `lean` (F, 2) is how far its centre is beside the place of the walk when it rests."""
    places = walk.at(sample, walk.xy)
    over = places + lean
    number, share, arc = np.full(len(sample), -1), np.zeros(len(sample)), np.full(len(sample), -np.inf)
    if walk.flights:
        firsts = np.array([flight.first for flight in walk.flights])
        lasts = np.array([flight.last for flight in walk.flights])
        found = np.searchsorted(firsts, sample, side="left") - 1
        number = np.where((found >= 0) & (sample < lasts[found]), found, -1)
    for k in np.unique(number[number >= 0]):
        flight, now = walk.flights[k], number == k
        share[now] = (sample[now] - flight.first) / (flight.last - flight.first)
        points = flight.points(share[now])
        over[now], arc[now] = points[:, :2], points[:, 2]
    rest, contact = resting(terrain, radius, over)
    lift = np.maximum(arc - rest[:, 2], 0.0)
    return Ride(over, rest, contact, lift, number, share, walk.at(sample, walk.step), walk.at(sample, walk.loss))


def floats_of(terrain: Terrain, path: Path, step: Array, ball: Ball) -> Array:
    """How far (F,) the ball floats above the ground at steps (F,), in metres: by what the true loss and the loss on
    the surface are apart on the terrain's scale.
    """
    if ball.height == "surface":
        return np.zeros(len(step))
    from scipy.interpolate import PchipInterpolator

    error = abs(terrain.z_of(path.loss) - terrain.z_of(path.surface_loss))
    if len(error) < 2:
        return np.full(len(step), error[0])
    return np.asarray(PchipInterpolator(np.arange(len(error)), error)(step))


def roads_in_air(
    terrain: Terrain, walk: Walk, ride: Ride, aside: Array, radius: float
) -> tuple[Array, NDArray[np.intp]]:
    """Normals (A, 3) of the road that a ball in the air seems to roll on, at the times (A,) at which it is there:
    they turn evenly from where it took off to where it lands. `aside` (F, 2) is how far it stepped aside.
    """
    now = np.flatnonzero(ride.flight >= 0)
    numbers, first, which = np.unique(ride.flight[now], return_index=True, return_inverse=True)
    if len(numbers) == 0:
        return np.zeros((0, 3)), now
    last = np.append(first[1:], len(now)) - 1
    ends = []
    for place, edge in (("start", first), ("end", last)):
        over = np.array([getattr(walk.flights[k], place)[:2] for k in numbers]) + aside[now[edge]]
        centre, contact = rest_ball(terrain, radius, over)
        ends.append((centre - contact) / radius)
    share = ride.share[now][:, None]
    return np.asarray((1.0 - share) * ends[0][which] + share * ends[1][which]), now
