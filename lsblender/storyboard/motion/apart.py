"""Several balls keep out of one another.

Each ball wants to be at its true place. Where several would be in one another they step aside: in small steps of
time a ball goes with its place, falls back towards it, and is pushed out of the others. One that is held up by
another before it goes round it on the side that is nearer. What comes out is smoothed over time and pushed apart
once more, so that they begin to give way a moment before they would touch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Seconds in which a ball that is free comes back to a third of what it was aside, and over which it is smoothed.
RELAX, SMOOTH = 0.08, 0.06
#: Rounds of pushing in one step of time, at the start, and at the end; rounds of smoothing.
PUSHES, SETTLE, LAST, ROUNDS = 12, 400, 60, 4
#: While it is smoothed, balls are kept apart by so much more than in the end.
SPARE = 1.03
#: Largest turn of a push, in radians, that leads a ball round another.
TURN = 0.6
#: Overlaps smaller than this share of the distance are none.
TOUCH = 1e-4


@dataclass(frozen=True, eq=False)
class Crowd:
    """What is wanted of N balls at F times `every` seconds apart: centres on the map `wanted` (F, N, 2) in metres,
    heights (F, N) of balls at rest there, `lift` (F, N) above that; `distance` of centres; `corners` (2,), (2,) of
    the ground.
    """

    wanted: Array
    rest: Array
    lift: Array
    distance: float
    every: float
    corners: tuple[Array, Array]


def step_aside(crowd: Crowd) -> Array:
    """How far (F, N, 2) each ball is beside its wanted place on the map, in metres."""
    need = _needed(crowd)
    if crowd.wanted.shape[1] < 2 or not (_overlaps(crowd.wanted, need) > 0).any():
        return np.zeros_like(crowd.wanted)
    places = _follow(crowd, need)
    from scipy.ndimage import gaussian_filter1d

    for spare in (SPARE,) * (ROUNDS - 1) + (1.0,):
        aside = gaussian_filter1d(places - crowd.wanted, SMOOTH / crowd.every, axis=0, mode="nearest")
        places = _pushed(crowd.wanted + aside, crowd.wanted, need * spare, crowd.corners, LAST)
    aside = places - crowd.wanted
    length = np.linalg.norm(aside, axis=-1, keepdims=True)
    return np.asarray(aside * np.maximum(0.0, 1.0 - TOUCH * crowd.distance / np.maximum(length, 1e-300)))


def _needed(crowd: Crowd) -> Array:
    """The least distance (F, N, N) on the map of each two balls; 0 where one flies high above the other.

    Heights at places that they step aside to are a little different; a diameter and the difference of the
    ground count against them.
    """
    lift, rest = (values[:, :, None] - values[:, None, :] for values in (crowd.lift, crowd.rest))
    clear = np.clip((abs(lift) - abs(rest)) / crowd.distance - 1.0, 0.0, 1.0)
    need = crowd.distance * np.sqrt(1.0 - clear**2)
    need[:, np.arange(need.shape[1]), np.arange(need.shape[1])] = 0.0
    return np.asarray(need)


def _between(places: Array) -> tuple[Array, Array]:
    """Vectors (..., N, N, 2) from each second ball to each first, and their lengths (..., N, N)."""
    vectors = places[..., :, None, :] - places[..., None, :, :]
    return vectors, np.sqrt(np.sum(vectors**2, axis=-1))


def _overlaps(places: Array, need: Array) -> Array:
    return np.asarray(need - _between(places)[1])


def _pushed(places: Array, wanted: Array, need: Array, corners: tuple[Array, Array], rounds: int) -> Array:
    """The places (..., N, 2) after each two balls that overlap were pushed apart, half of it each, so many times;
    none is pushed over the ground's edge.
    """
    low, high = np.minimum(corners[0], wanted), np.maximum(corners[1], wanted)
    goal, far = _between(wanted)
    places = np.clip(places, low, high)
    for _ in range(rounds):
        apart, distance = _between(places)
        overlap = need - distance
        if overlap.max() <= TOUCH * need.max():
            break
        along = apart / np.maximum(distance, 1e-12)[..., None]
        side = along[..., 0] * goal[..., 1] - along[..., 1] * goal[..., 0]
        # 0 where they are on the right sides of each other, up to 1 where each wants to be behind the other
        wrong = np.maximum(0.0, -np.sum(along * goal, axis=-1)) / np.maximum(far, need + 1e-12)
        angle = TURN * wrong * np.where(side >= 0, 1.0, -1.0)
        turned = np.stack([-along[..., 1], along[..., 0]], axis=-1)
        push = np.cos(angle)[..., None] * along + np.sin(angle)[..., None] * turned
        places = places + np.sum(0.5 * np.maximum(overlap, 0.0)[..., None] * push, axis=-2)
        places = np.clip(places, low, high)
    return places


def _follow(crowd: Crowd, need: Array) -> Array:
    """The places (F, N, 2) of balls that follow the wanted ones through time."""
    wanted = crowd.wanted
    keep = np.exp(-crowd.every / RELAX)
    aside = 0.05 * crowd.distance * _ring(wanted, crowd.distance)
    if not (_overlaps(wanted[0], need[0]) > 0).any():
        aside = np.zeros_like(aside)
    for _ in range(SETTLE):
        aside = _pushed(wanted[0] + aside, wanted[0], need[0], crowd.corners, PUSHES) - wanted[0]
        if np.allclose(aside, 0.0):
            break
        aside = keep * aside
    places = np.empty_like(wanted)
    for k, goal in enumerate(wanted):
        places[k] = _pushed(goal + (keep * aside if k else aside), goal, need[k], crowd.corners, PUSHES)
        aside = places[k] - goal
    return places


def _ring(wanted: Array, distance: float) -> Array:
    """Directions (N, 2) in which balls stand about a common start: all round, in the order in which they leave."""
    moved = wanted - wanted[0]
    left = np.argmax(np.sum(moved**2, axis=-1) > (2 * distance) ** 2, axis=0)
    way = moved[np.where(left > 0, left, -1), np.arange(wanted.shape[1])]
    mean = way.sum(axis=0)
    angle = np.arctan2(way[:, 1], way[:, 0]) - np.arctan2(mean[1], mean[0])
    order = np.argsort(np.round(np.angle(np.exp(1j * angle)), 9), kind="stable")
    places = np.empty(len(order))
    places[order] = (np.arange(len(order)) + 0.5) / len(order) * 2 * np.pi - np.pi
    places += np.arctan2(mean[1], mean[0])
    return np.column_stack([np.cos(places), np.sin(places)])
