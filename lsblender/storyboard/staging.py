"""Staging: one shot's ground and balls, frame by frame, in its own metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..engine import Landscape
from ..engine.landscape import Path
from ..errors import LsbError
from .film import BallTrack, PlumbLine, Skin, Trail
from .ground import Ground, Passed, changing_ground, ride, still_ground
from .motion import BallMotion
from .motion.roll import crowd_notes, roll_all
from .motion.rotation import rolled
from .physics import Simulator
from .refining import refined
from .releasing import Way, fall_from, let_go
from .storyboard import Shot
from .surfaces import Changes
from .terrain import Relief, Terrain, build_terrains
from .transitions.base import BallPose, chained

Array = NDArray[np.float64]

#: Radius of the trail as a share of the ball's.
TRAIL = 0.17
#: Radius of a plumb line as a share of the ball's.
PLUMB = 0.08
#: Cells along a side of a ground that changes, at most: it has many states.
CHANGING_CELLS = 200


@dataclass(frozen=True, eq=False)
class StagedShot:
    """A shot's ground, balls and trails over its frames; `terrain` is what the camera is set for; `watched` are the
    motions that it looks at; `notes` say what the picture shows.
    """

    number: int
    terrain: Terrain
    ground: Ground
    balls: tuple[BallTrack, ...]
    trails: tuple[Trail, ...]
    watched: tuple[BallMotion, ...]
    notes: tuple[str, ...]

    @property
    def first_terrain(self) -> Terrain:
        return self.ground.terrain(0)

    @property
    def last_terrain(self) -> Terrain:
        return self.ground.terrain(len(self.ground.state) - 1)

    def poses(self, k: int) -> tuple[BallPose, ...]:
        """The balls in the shot's k-th frame."""
        return tuple(
            BallPose(ball.location[k], ball.contact[k], ball.rotation[k], float(ball.radius[k])) for ball in self.balls
        )

    def moved(self, place: Array) -> StagedShot:
        """The same at another place (3,)."""
        return replace(
            self,
            ground=replace(self.ground, place=self.ground.place + place),
            balls=tuple(_moved_ball(ball, place) for ball in self.balls),
            trails=tuple(replace(trail, points=trail.points + place) for trail in self.trails),
        )

    def turned(self, first: Sequence[Array]) -> StagedShot:
        """The same with balls that begin with these rotations (4,) and roll on from there."""
        balls = [
            replace(ball, rotation=chained(ball.rotation, first[k])) if k < len(first) else ball
            for k, ball in enumerate(self.balls)
        ]
        return replace(self, balls=tuple(balls))


def _moved_ball(ball: BallTrack, place: Array) -> BallTrack:
    line = ball.plumb_line
    return replace(
        ball,
        location=ball.location + place,
        contact=ball.contact + place,
        plumb_line=line and replace(line, foot=line.foot + place),
    )


def stage_shot(
    number: int,
    shot: Shot,
    landscape: Landscape,
    changes: Changes | None,
    frames: NDArray[np.int64],
    fps: float,
    simulate: Simulator,
) -> StagedShot:
    """Shot `number` (from 0) over its frames (K,), with the origin of its landscape at the world's."""
    terrain, states = _terrains(shot.look.relief, landscape, changes)
    true = [_part(path, *shot.steps(path)) for path in landscape.paths]
    paths = [_inside(path, landscape) for path in true]
    motions = tuple(roll_all(paths, terrain, shot.ball, frames, fps)) if paths else ()
    offsets = [path.first_step + shot.steps(path)[0] for path in landscape.paths]
    motions = tuple(replace(motion, step=motion.step + offset) for motion, offset in zip(motions, offsets, strict=True))
    ground = still_ground(terrain, np.zeros(3), number, len(frames))
    if changes is not None and motions:
        state = np.interp(motions[0].step, changes.steps, np.arange(len(changes.steps)))
        ground = changing_ground(states, state, np.zeros(3), (number, number), np.zeros(len(frames)))
    stage = _Stage(number, shot, terrain, ground, frames, fps, simulate)
    balls = [stage.ball(k, path.name, motion) for k, (path, motion) in enumerate(zip(paths, motions, strict=True))]
    trails = [stage.trail(k, path.name, motion) for k, (path, motion) in enumerate(zip(paths, motions, strict=True))]
    notes = (*dict.fromkeys(note for motion in motions for note in motion.notes), *crowd_notes(motions))
    if any(path is not there for path, there in zip(paths, true, strict=True)):
        notes = (*notes, "Where the path leaves the surface it is drawn at the edge.")
    if shot.physics.raced and motions:
        ball, trail = stage.free_ball(motions[0])
        balls.append(ball)
        trails.append(trail)
        notes = (*notes, "One ball follows the gradient, the other one gravity alone.")
    if len(ground.states) == 1:
        ground = replace(ground, passed=_passed(trails))
    watched = tuple(
        replace(motion, location=ball.location, contact=ball.contact)
        for motion, ball in zip(motions, balls, strict=False)
    )
    return StagedShot(number, terrain, ground, tuple(balls), tuple(trails), watched, notes)


def _passed(trails: Sequence[Trail]) -> Passed | None:
    """When each point of the trails is reached."""
    if not trails:
        return None
    time = np.linspace(0.0, 1.0, len(trails[0].end))
    when = []
    for trail in trails:
        arc = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(trail.points, axis=0), axis=1)))
        reached = np.maximum.accumulate(trail.end) + 1e-9 * np.arange(len(time))
        when.append(np.interp(arc / (arc[-1] or 1.0), reached, time, right=2.0))
    return Passed(np.concatenate([trail.points for trail in trails]), np.concatenate(when), time)


def _terrains(relief: Relief, landscape: Landscape, changes: Changes | None) -> tuple[Terrain, tuple[Terrain, ...]]:
    """The landscape's terrain, and those of its states, which share their scale of heights."""
    if changes is None:
        return refined(lambda finer: build_terrains(landscape, landscape.loss[None], finer), relief)[0], ()
    coarse = replace(relief, detail=min(relief.detail, CHANGING_CELLS))
    terrain, *states = build_terrains(landscape, np.concatenate([landscape.loss[None], changes.loss]), coarse)
    return terrain, tuple(states)


def _inside(path: Path, landscape: Landscape) -> Path:
    """The path with what lies off the landscape's grid at its edge; itself where nothing does."""
    x, y = landscape.x, landscape.y
    clipped = np.clip(path.xy, (x[0], y[0]), (x[-1], y[-1]))
    return path if (clipped == path.xy).all() else replace(path, xy=clipped)


def _part(path: Path, first: int, last: int) -> Path:
    """A path from one of its steps to another."""
    piece = slice(first, last + 1)
    return replace(
        path, xy=path.xy[piece], loss=path.loss[piece], surface_loss=path.surface_loss[piece], theta=path.theta[piece]
    )


@dataclass(frozen=True, eq=False)
class _Stage:
    """What all balls of a shot share."""

    number: int
    shot: Shot
    terrain: Terrain
    ground: Ground
    frames: NDArray[np.int64]
    fps: float
    simulate: Simulator

    def ball(self, k: int, name: str, motion: BallMotion) -> BallTrack:
        """The ball of path k: as it rolls, on the ground as it is in each frame, and let go where it is."""
        radius = np.full(len(self.frames), self.shot.ball.radius)
        way = Way(motion.location, motion.contact, motion.rotation)
        line = PlumbLine(motion.foot, motion.plumb, PLUMB * radius[0]) if motion.plumb.any() else None
        if len(self.ground.states) > 1:
            way = self._carried(motion, radius)
        if self.shot.physics.released:
            self._check_release(motion)
            arrival = int(np.argmax(motion.walked >= motion.walked[-1]))
            way = let_go(way, arrival, self.terrain, self.shot.ball.radius, self.shot.physics, self.fps, self.simulate)
        ball_name = f"Ball {self.number + 1} {name}"
        return BallTrack(ball_name, self._skin(k), way.location, way.contact, way.rotation, radius, line)

    def trail(self, k: int, name: str, motion: BallMotion) -> Trail:
        """The line along path k. On ground that changes there is none: it would hang in the air."""
        end = motion.trail.share if len(self.ground.states) == 1 else np.zeros(len(self.frames))
        return Trail(
            f"Trail {self.number + 1} {name}",
            self._skin(k),
            motion.trail.points,
            motion.trail.thickness,
            TRAIL * self.shot.ball.radius,
            np.zeros(len(self.frames)),
            end,
        )

    def free_ball(self, motion: BallMotion) -> tuple[BallTrack, Trail]:
        """A ball that is only let go where the path starts, and the line of where it was."""
        self._check_release(motion)
        radius, count = self.shot.ball.radius, len(self.frames)
        held = max(1, min(round(self.shot.ball.hold_start * self.fps), count - 1))
        start = motion.contact[0, :2]
        way = fall_from(start, held, count, self.terrain, radius, self.shot.physics, self.fps, self.simulate)
        skin = replace(self._skin(1), free=True)
        arc = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(way.contact, axis=0), axis=1)))
        name = f"{self.number + 1} gravity"
        trail = Trail(
            f"Trail {name}", skin, way.contact, np.ones(count), TRAIL * radius, np.zeros(count), arc / (arc[-1] or 1.0)
        )
        return BallTrack(f"Ball {name}", skin, way.location, way.contact, way.rotation, np.full(count, radius)), trail

    def _skin(self, k: int) -> Skin:
        return Skin(k, (self.number, self.number), np.zeros(len(self.frames)))

    def _carried(self, motion: BallMotion, radius: Array) -> Way:
        """The ball on ground that changes under it."""
        location, contact = ride(self.ground, self.terrain.inside(motion.location[:, :2]), radius)
        location[:, 2] += motion.lift
        return Way(location, contact, rolled(location, contact, float(radius[0])))

    def _check_release(self, motion: BallMotion) -> None:
        if len(self.ground.states) > 1:
            raise LsbError("a ball can be let go on ground that stays what it is; choose surface = 'fixed'", "physics")
        if motion.plumb.any():
            raise LsbError(
                "a ball that floats by the true loss can not be let go; choose height = 'surface'", "physics"
            )
