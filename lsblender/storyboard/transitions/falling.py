"""Drop: the floor opens, and the ball falls onto the next landscape."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...settings import setting
from ..ground import still_ground
from ..physics import Keyed, Release, pad
from .base import TRANSITIONS, BallPose, BallWay, Interlude, Passage, Side, Timed, lerp, smooth

Array = NDArray[np.float64]

#: Shares of the time at which the opening is as wide as the ball, and at which the ball is to be at rest.
OPEN, RESTED = 0.14, 0.92
#: The opening at its widest, in radii.
WIDE = 2.3
#: By how much more than asked for a simulated ball may bounce: what overlaps at a landing is pushed apart.
LIVELIER = 0.2
#: Frames over which what the simulated rest differs from the path's start (less than a centimetre) is evened out.
EVENED = 8


@TRANSITIONS.register("drop")
@dataclass(frozen=True)
class Drop(Timed):
    """The floor opens under the ball, which falls by physics onto the next landscape, waiting below."""

    seconds: float = setting(3.5, "Duration", min=0.1, max=600.0, soft_max=20.0, unit="s")
    depth: float = setting(0.7, "Height of the fall, as a share of the width", min=0.2, max=20.0, soft_max=4.0)
    bounciness: float = setting(0.3, "Share of the speed that is left after a bounce", min=0.0, max=0.6)

    def place(self, before: Side, after: Side, right: Array) -> Array:
        """Under the last landscape, so that the ball comes down on the next path's start."""
        if not before.balls or not after.balls:
            return np.asarray(before.place - (0.0, 0.0, self.depth * before.width))
        above = before.place[2] + before.terrain.base - self.depth * before.width
        start = after.balls[0].location
        return np.array([*(before.balls[0].location - start)[:2], above - after.terrain.relief])

    def play(self, passage: Passage) -> Interlude:
        before, after = passage.before, passage.after
        count = len(passage.frames)
        share = passage.share
        balls = tuple(self._fall(passage, source, goal) for source, goal in passage.pairs())
        upper = still_ground(before.terrain, before.place, before.shot, count)
        if before.balls:
            widest = WIDE * before.balls[0].radius
            upper = replace(
                upper,
                hole=widest * smooth(share, 0.0, 1.4 * OPEN)[1:-1],
                hole_at=(before.balls[0].contact - before.place)[:2],
                presence=1.0 - smooth(share, 0.6, 0.9)[1:-1],
            )
        lower = still_ground(after.terrain, after.place, after.shot, count)
        return Interlude((upper, lower), balls, smooth(share, OPEN, 0.7)[1:-1], attention=0.9)

    def _fall(self, passage: Passage, source: BallPose, goal: BallPose) -> BallWay:
        """At rest until the floor is open; then a fall that is over in time."""
        share, count = passage.share, len(passage.share)
        held = max(1, min(int(OPEN * count), count - 3))
        time = (RESTED - OPEN) * count / passage.fps
        height = max(float(source.location[2] - goal.location[2]), 0.1)
        # a fall of time t is followed by bounces of 2 e t, 2 e^2 t, ...
        most = min(self.bounciness + LIVELIER, 0.9)
        fall = time / (1.0 + 2.0 * most / (1.0 - most))
        physics = Keyed(bounciness=self.bounciness, gravity=2.0 * height / fall**2, damping=0.0)
        above = np.array([*goal.location[:2], source.location[2]])
        release = Release(
            np.tile(above, (4, 1)), np.tile(source.rotation, (4, 1)), goal.radius, count - held, passage.fps, physics,
            (pad(goal.location, goal.radius),),
        )  # fmt: skip
        fallen = passage.simulate(release)
        location = np.vstack([np.tile(source.location, (held, 1)), fallen.location])
        # balls that do not stand straight above their goal glide there while they fall
        down = np.clip((source.location[2] - location[:, 2]) / height, 0.0, 1.0)
        location[:, :2] += (
            (1.0 - np.maximum.accumulate(down))[:, None]
            * (source.location - above)[:2]
            * (np.arange(count) >= held)[:, None]
        )
        # at a fast landing the simulated ball is in the ground for a moment; the drawn one is on it
        location[:, 2] = np.maximum(location[:, 2], goal.location[2])
        rest = smooth(np.arange(count) / (count - 1), 1.0 - EVENED / count, 1.0)
        location += rest[:, None] * (goal.location - location[-1])
        radius = lerp(source.radius, goal.radius, smooth(share, OPEN, 0.5))
        rotation = np.vstack([np.tile(source.rotation, (held, 1)), fallen.rotation])
        contact = location - radius[:, None] * np.array([0.0, 0.0, 1.0])
        contact[0], contact[-1] = source.contact, goal.contact
        return BallWay(location, contact, rotation, radius)
