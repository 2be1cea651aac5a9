"""Paces: how the time of a shot is shared out along the path."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...registry import Registry
from ...settings import setting

if TYPE_CHECKING:
    from .walk import Walk

Array = NDArray[np.float64]

#: Metres per second squared.
GRAVITY = 9.81


class Pace(ABC):
    """How the time of a shot is shared out along the path.

    The costs are in units of the pace's own (steps, metres, seconds, ...), so that several balls can share one
    clock: what costs as much takes as long.
    """

    @abstractmethod
    def cost(self, walk: Walk) -> Array:
        """What it costs (M,) to come to each sample of the walk: 0 at first, and never falling."""

    def costs(self, walks: Sequence[Walk]) -> list[Array]:
        """The costs of several walks that are measured by one clock."""
        return [self.cost(walk) for walk in walks]


PACES: Registry[Pace] = Registry("pace", Pace)


@PACES.register("per_step")
@dataclass(frozen=True)
class PerStep(Pace):
    """Every optimizer step takes equal time: first leaps fast, the last crawl slow."""

    def cost(self, walk: Walk) -> Array:
        return walk.step


@PACES.register("by_distance")
@dataclass(frozen=True)
class ByDistance(Pace):
    """Constant speed over the ground."""

    def cost(self, walk: Walk) -> Array:
        return walk.arc


@PACES.register("by_loss")
@dataclass(frozen=True)
class ByLoss(Pace):
    """Equal drops of the true loss take equal time.

    Only what is lower than all before counts: a rise, and the fall that merely undoes it, takes no time for the
    loss. A share of the time goes by distance, so that the ball does not jump over plateaus and rises. Among several
    balls that share is exact for one that has both the largest drop and the longest way.
    """

    crawl: float = setting(0.25, "Share of the time that goes by distance", min=0.01, max=0.99)

    def cost(self, walk: Walk) -> Array:
        return self.costs([walk])[0]

    def costs(self, walks: Sequence[Walk]) -> list[Array]:
        lowest = [np.minimum.accumulate(walk.loss) for walk in walks]
        drops = [low[0] - low for low in lowest]
        drop, arc = max(float(d[-1]) for d in drops), max(float(walk.arc[-1]) for walk in walks)
        rate = self.crawl / (1.0 - self.crawl) * drop / arc if drop > 0 and arc > 0 else 1.0
        return [fallen + rate * walk.arc for fallen, walk in zip(drops, walks, strict=True)]


@PACES.register("physical")
@dataclass(frozen=True)
class Physical(Pace):
    """As if it slid along the path under gravity with friction; the total time is that of the shot.

    v^2 / 2 grows by g times the drop and falls by friction times g times the way on the map (the ground carries
    the weight's share across the slope), and v is never below the least speed, so that the ball goes on over bumps.
    A leap takes as long as a throw that high, without friction; the ball lands with the speed that a slide without
    friction would have given it.
    """

    friction: float = setting(0.06, "Friction", min=0.0, max=10.0, soft_max=1.0)
    least: float = setting(
        0.06,
        "Least speed, as a share of that after a fall through the terrain's width",
        min=0.001,
        max=10.0,
        soft_max=1.0,
    )

    def cost(self, walk: Walk) -> Array:
        if len(walk.arc) < 2:
            return np.zeros(len(walk.arc))
        speed = self.speed(walk)
        seconds = 2.0 * np.diff(walk.arc) / (speed[1:] + speed[:-1])
        for flight in walk.flights:
            inside = slice(flight.first, flight.last)
            thrown = np.sqrt(8.0 * flight.rise / GRAVITY)
            seconds[inside] = max(thrown, 1e-3 * seconds[inside].sum()) / (flight.last - flight.first)
        return np.concatenate([[0.0], np.cumsum(seconds)])

    def speed(self, walk: Walk) -> Array:
        """The speed (M,) at each sample in m/s, before the time is scaled to the shot."""
        ahead = np.linalg.norm(np.diff(walk.xy, axis=0), axis=1)
        gain = GRAVITY * (-np.diff(walk.height) - self.friction * ahead)
        for flight in walk.flights:
            gain[flight.first : flight.last] = 0.0
            gain[flight.last - 1] = GRAVITY * (walk.height[flight.first] - walk.height[flight.last])
        total = np.concatenate([[0.0], np.cumsum(gain)])
        floor = self.least**2 * GRAVITY * walk.width
        # a sum that is lifted back to the floor whenever it would fall below: what was added so far is the largest
        # shortfall so far
        return np.asarray(np.sqrt(2.0 * (total + np.maximum.accumulate(floor - total))))
