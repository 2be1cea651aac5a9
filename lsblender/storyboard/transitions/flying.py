"""Fly: a hop through the air to a neighbouring island."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ...settings import setting
from ..ground import still_ground
from .base import TRANSITIONS, BallPose, BallWay, Interlude, Passage, Side, Timed, chained, lerp, smooth

Array = NDArray[np.float64]

#: Height by which the flight clears the ground, in radii.
CLEARANCE = 1.0


@TRANSITIONS.register("fly")
@dataclass(frozen=True)
class Fly(Timed):
    """The ball flies in an arc to the next landscape, an island beside this one, and lands with a small bounce."""

    gathers: ClassVar[bool] = False
    gap: float = setting(0.35, "Room between the islands, as a share of their width", min=0.0, max=10.0, soft_max=2.0)
    height: float = setting(
        0.3,
        "Height of the arc over its higher end, at least, as a share of the width",
        min=0.01,
        max=10.0,
        soft_max=1.0,
    )
    bounciness: float = setting(0.3, "Share of the speed that is left after a bounce", min=0.0, max=0.8)
    bounces: int = setting(2, "Bounces before it rests", min=0, max=8)
    turns_in_air: float = setting(1.0, "Turns of the ball during the flight", min=0.0, max=50.0, soft_max=5.0)

    def place(self, before: Side, after: Side, right: Array) -> Array:
        """To the right of the last landscape, floor on floor."""
        # squares seen over a corner stand apart by their diagonals
        apart = (before.width + after.width) / 2 * np.abs(right[:2]).sum() + self.gap * before.width
        level = np.array([0.0, 0.0, before.terrain.base - after.terrain.base])
        return np.asarray(
            before.place + apart * np.array([right[0], right[1], 0.0]) / np.linalg.norm(right[:2]) + level
        )

    def play(self, passage: Passage) -> Interlude:
        count = len(passage.frames)
        before, after = passage.before, passage.after
        balls = tuple(self._hop(passage, source, goal) for source, goal in passage.pairs())
        grounds = tuple(still_ground(side.terrain, side.place, side.shot, count) for side in (before, after))
        return Interlude(grounds, balls, smooth(passage.share)[1:-1], attention=0.85)

    def _hop(self, passage: Passage, source: BallPose, goal: BallPose) -> BallWay:
        """Flight and bounces under one gravity, so that the time of each follows from its height."""
        apex = self._apex(passage, source, goal)
        up, down = (np.sqrt(apex - end.location[2]) for end in (source, goal))
        later = [down * 2 * self.bounciness**n for n in range(1, self.bounces + 1)] if self.bounciness else []
        ends = np.cumsum([up + down, *later])
        time = passage.share * ends[-1]
        flown = np.clip(time / ends[0], 0.0, 1.0)
        location = lerp(source.location, goal.location, flown)
        # in units in which a fall of 1 m takes a time of 1
        location[:, 2] = np.where(time <= ends[0], apex - (time - up) ** 2, goal.location[2])
        for start, length in zip(ends, later, strict=False):
            rises = (time > start) & (time < start + length)
            location[rises, 2] += (time[rises] - start) * (start + length - time[rises])
        radius = lerp(source.radius, goal.radius, flown)
        contact = location - radius[:, None] * np.array([0.0, 0.0, 1.0])
        contact[[0, -1]] = source.contact, goal.contact
        location[[0, -1]] = source.location, goal.location
        return BallWay(location, contact, self._spin(flown, source, goal), radius)

    def _spin(self, flown: Array, source: BallPose, goal: BallPose) -> Array:
        """Forward turns during the flight, slowing down to the landing."""
        from scipy.spatial.transform import Rotation

        way = (goal.location - source.location)[:2]
        axis = np.array([-way[1], way[0], 0.0]) / (np.linalg.norm(way) or 1.0)
        angle = 2 * np.pi * self.turns_in_air * (flown * (2.0 - flown))
        return chained(Rotation.from_rotvec(angle[:, None] * axis).as_quat()[:, [3, 0, 1, 2]], source.rotation)

    def _apex(self, passage: Passage, source: BallPose, goal: BallPose) -> float:
        """The least height of the arc's top that the setting asks for and at which the ball clears both grounds."""
        apex = max(source.location[2], goal.location[2]) + self.height * passage.before.width
        flown = np.linspace(0.02, 0.98, 97)
        way = lerp(source.location, goal.location, flown)
        ground = np.full(len(way), -np.inf)
        for side in (passage.before, passage.after):
            places = way[:, :2] - side.place[:2]
            low, high = side.terrain.corners
            inside = np.all((places >= low) & (places <= high), axis=1)
            ground[inside] = np.maximum(ground[inside], side.terrain.height(places[inside]) + side.place[2])
        need = ground + source.radius * (1.0 + CLEARANCE * np.minimum(1.0, 4 * np.minimum(flown, 1 - flown) / 0.2))
        for _ in range(60):
            up, down = np.sqrt(apex - source.location[2]), np.sqrt(apex - goal.location[2])
            if np.all(apex - (flown * (up + down) - up) ** 2 >= need):
                break
            apex += 0.04 * passage.before.width
        return float(apex)
