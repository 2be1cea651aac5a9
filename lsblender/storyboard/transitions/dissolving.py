"""Dissolve: the terrain breaks into its grid points, the point cloud of 2018, and they gather again as the next one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...settings import setting
from ..ground import still_ground
from ..terrain import Terrain
from .base import TRANSITIONS, BallPose, BallWay, Interlude, Passage, Side, Timed, lerp, rolling, smooth

if TYPE_CHECKING:
    from ..film import Cloud

Array = NDArray[np.float64]

#: Shares of the time by which the solid ground is gone, and from which the next one is there again.
GONE, BACK = 0.3, 0.7


@TRANSITIONS.register("dissolve")
@dataclass(frozen=True)
class Dissolve(Timed):
    """The ground breaks into its grid points, which drift and gather again as the next landscape."""

    points: int = setting(110, "Grid points along a side", min=8, max=1000, soft_max=200)
    point_size: float = setting(0.42, "Radius of a point, as a share of the distance between two", min=0.02, max=1.0)
    swirl: float = setting(0.12, "How far the points drift, as a share of the width", min=0.0, max=3.0, soft_max=0.5)
    spread: float = setting(0.45, "How much later the farthest points set out than the nearest", min=0.0, max=0.9)
    seed: int = setting(0, "Decides the drift", min=0, max=2**32 - 1)

    def play(self, passage: Passage) -> Interlude:
        share, count = passage.share, len(passage.frames)
        before, after = passage.before, passage.after
        leaving = replace(
            still_ground(before.terrain, before.place, before.shot, count),
            presence=1.0 - smooth(share, 0.0, GONE)[1:-1],
        )
        coming = replace(
            still_ground(after.terrain, after.place, after.shot, count), presence=smooth(share, BACK, 1.0)[1:-1]
        )
        blend = self.eased(share)[1:-1]
        balls = tuple(self._float(passage, source, goal) for source, goal in passage.pairs())
        return Interlude((leaving, coming), balls, blend, (self._cloud(passage, blend),), attention=0.4)

    def _cloud(self, passage: Passage, blend: Array) -> Cloud:
        from ..film import Cloud

        before, after = passage.before, passage.after
        start, start_level = self._grid(before)
        goal, goal_level = self._grid(after)
        rng = np.random.default_rng(self.seed)
        centre = before.balls[0].contact if before.balls else before.place
        away = np.linalg.norm((start - centre)[:, :2], axis=1)
        delay = 0.85 * away / away.max() + 0.15 * rng.random(len(away))
        drift = rng.normal(size=start.shape) * 0.5 + (0.0, 0.0, 1.2)
        share = passage.share[1:-1]
        presence = smooth(share, 0.0, 0.12) * (1.0 - smooth(share, 0.88, 1.0))
        apart = before.width / (self.points - 1)
        return Cloud(
            start, goal, start_level, goal_level, delay, self.swirl * before.width * drift, self.spread,
            self.point_size * apart, share, presence, (before.shot, after.shot), blend,
        )  # fmt: skip

    def _grid(self, side: Side) -> tuple[Array, Array]:
        """Points (N, 3) of the ground in the world, and their levels (N,)."""
        terrain: Terrain = side.terrain
        x, y = (np.linspace(axis[0], axis[-1], self.points) for axis in (terrain.x, terrain.y))
        grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        points = terrain.points(grid)
        level = points[:, 2] / terrain.relief if terrain.relief else np.zeros(len(points))
        return points + side.place, level

    def _float(self, passage: Passage, source: BallPose, goal: BallPose) -> BallWay:
        """The ball rises over the cloud and comes down where the next path begins."""
        share = passage.share
        eased = smooth(share, 0.12, 0.9)
        location = lerp(source.location, goal.location, eased)
        straight = np.linspace(0.0, 1.0, 65)
        way = lerp(source.location, goal.location, straight)
        ground = np.maximum(*(self._ground(side, way) for side in (passage.before, passage.after)))
        need = (ground + 1.5 * source.radius - way[:, 2]) / np.maximum(np.sin(np.pi * straight), 0.05)
        lift = max(0.05 * passage.before.width, float(need[6:-6].max()))
        location[:, 2] += lift * np.sin(np.pi * eased)
        radius = lerp(source.radius, goal.radius, eased)
        contact = location - radius[:, None] * np.array([0.0, 0.0, 1.0])
        way_of_ball = rolling(location, contact, radius, source.rotation)
        contact[[0, -1]] = source.contact, goal.contact
        return way_of_ball

    def _ground(self, side: Side, way: Array) -> Array:
        """Height (K,) of a landscape under points (K, 3)."""
        return np.asarray(side.terrain.height(side.terrain.inside(way[:, :2] - side.place[:2])) + side.place[2])
