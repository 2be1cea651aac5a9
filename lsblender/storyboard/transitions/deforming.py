"""Transitions in which the ground itself changes, and carries the ball."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import LsbError
from ...settings import setting
from ..ground import Ground, changing_ground, ride
from ..terrain import Terrain
from .base import TRANSITIONS, BallPose, BallWay, Interlude, Passage, Timed, lerp, rolling

Array = NDArray[np.float64]


@TRANSITIONS.register("morph")
class Morph(Timed):
    """The ground deforms into the next landscape while the ball rides on it: a blend of the two pictures."""

    def play(self, passage: Passage) -> Interlude:
        terrains = (passage.before.terrain, passage.after.terrain)
        pairs = passage.pairs()
        # from where the balls rest to where they begin, straight over the ground
        places = [
            np.stack([source.location - passage.before.place, goal.location - passage.after.place])[:, :2]
            for source, goal in pairs
        ]
        return _carried(self, passage, terrains, np.reshape(places, (len(pairs), 2, 2)))


@TRANSITIONS.register("unfold")
@dataclass(frozen=True)
class Unfold(Timed):
    """The two axes turn into the next two: the plane rotates in parameter space, and the loss is computed on it at
    each step, so that what is seen between are landscapes too, not blends.

    Both shots show one training run, on flat charts.
    """

    landscapes: int = setting(24, "Landscapes that are computed between the two", min=1, max=500, soft_max=100)

    @property
    def between(self) -> int:
        return self.landscapes

    def play(self, passage: Passage) -> Interlude:
        if passage.turning is None:
            raise LsbError("the landscapes between the two planes were not computed")
        terrains = (passage.before.terrain, *passage.turning.terrains, passage.after.terrain)
        ends = [
            (source.location - passage.before.place, goal.location - passage.after.place)
            for source, goal in passage.pairs()
        ]
        contacts = [
            (source.contact - passage.before.place, goal.contact - passage.after.place)
            for source, goal in passage.pairs()
        ]
        places = []
        for k, ((source, goal), (first, last)) in enumerate(zip(ends, contacts, strict=True)):
            way = np.vstack([first[:2], passage.turning.places[:, k], last[:2]])
            # a ball's centre is not above the place that it touches; what it is off by changes evenly
            aside = lerp((source - first)[:2], (goal - last)[:2], np.linspace(0.0, 1.0, len(way)))
            places.append(way + aside)
        return _carried(self, passage, terrains, np.reshape(places, (len(places), len(terrains), 2)))


def _carried(transition: Timed, passage: Passage, terrains: tuple[Terrain, ...], places: Array) -> Interlude:
    """The ground going through the terrains (S), with the balls above its places (n, S, 2)."""
    share = transition.eased(passage.share)
    place = lerp(passage.before.place, passage.after.place, share)
    state = share * (len(terrains) - 1)
    looks = (passage.before.shot, passage.after.shot)
    ground = changing_ground(terrains, state, place, looks, share)
    balls = tuple(_riding(ground, pair, over, share) for pair, over in zip(passage.pairs(), places, strict=True))
    return Interlude((_inner(ground),), balls, share[1:-1])


def _riding(ground: Ground, pair: tuple[BallPose, BallPose], over: Array, share: Array) -> BallWay:
    """A ball on the ground that changes, above places (S, 2) given for each of its states."""
    from scipy.interpolate import PchipInterpolator

    source, goal = pair
    way = PchipInterpolator(np.arange(len(over)), over)(ground.state)
    radius = lerp(source.radius, goal.radius, share)
    low, high = ground.states[0].corners
    for terrain in ground.states[1:]:
        low, high = np.minimum(low, terrain.corners[0]), np.maximum(high, terrain.corners[1])
    location, contact = ride(ground, np.clip(way, low, high), radius)
    # what it is above its rest at both ends (a ball may float by its true loss, or still bounce) changes evenly
    location += lerp(source.location - location[0], goal.location - location[-1], share)
    contact[[0, -1]] = source.contact, goal.contact
    return rolling(location, contact, radius, source.rotation)


def _inner(ground: Ground) -> Ground:
    """A ground without the frame before the transition and the one after."""
    inner = slice(1, -1)
    return Ground(
        ground.states, ground.state[inner], ground.place[inner], ground.looks, ground.blend[inner],
        ground.presence[inner], ground.hole[inner], ground.hole_at,
    )  # fmt: skip
