"""Balls that roll, leap and make room: the motions of all paths of a shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...engine import Path
from ...settings import check
from ..terrain import Terrain
from .apart import Crowd, step_aside
from .ball import Ball, BallMotion
from .clock import moving_time, samples_at
from .ride import Ride, ball_walk, floats_of, resting, rides_of, roads_in_air, with_leaps
from .rotation import rolled
from .trails import Line, lines_of, trail_of
from .walk import Walk, even_in_flight, finite, ground_loss, walk_of

Array = NDArray[np.float64]

#: Samples of the motion between two frames, for the rotation; every so many of them balls make room.
SUBFRAMES, EVERY = 8, 2
#: The plumb line is drawn in full once the ball floats by this share of its radius.
PLUMB = 0.05


def roll_along(xy: Array, terrain: Terrain, ball: Ball, frames: NDArray[np.int64], fps: float) -> BallMotion:
    """The motion of a ball that follows the iterates xy (T, 2), in landscape coordinates, during the frames
    (K,). The true loss is taken to be the ground's.
    """
    loss = ground_loss(terrain, terrain.to_metres(xy))
    return roll_all([Path("", xy, loss, loss, xy)], terrain, ball, frames, fps)[0]


def roll_all(
    paths: Sequence[Path], terrain: Terrain, ball: Ball, frames: NDArray[np.int64], fps: float
) -> list[BallMotion]:
    """The motions of a ball along each path during the frames (K,); one clock for all of them.

    Raises `LsbError` for settings of the ball that can not be.
    """
    check(ball)
    if not paths:
        return []
    true = [walk_of(terrain, path.xy, loss=path.loss) for path in paths]
    walks = [ball_walk(terrain, path, walk, ball) for path, walk in zip(paths, true, strict=True)]
    lines = lines_of(terrain, [with_leaps(terrain, walk, ball, 0.0) for walk in true], ball.radius)
    costs = [even_in_flight(cost, walk.flights) for cost, walk in zip(ball.pace.costs(walks), walks, strict=True)]
    seconds = np.arange((len(frames) - 1) * SUBFRAMES + 1) / SUBFRAMES / fps
    samples = samples_at(costs, [walk.step for walk in walks], ball, moving_time(ball, seconds))
    rides = rides_of(terrain, walks, samples, ball.radius)
    floats = [floats_of(terrain, path, ride.step, ball) for path, ride in zip(paths, rides, strict=True)]
    beside = _beside(terrain, rides, floats, ball, fps)
    stories = zip([ball] * len(paths), paths, true, walks, lines, rides, floats, beside, strict=True)
    return [_motion(_Story(*story), terrain, frames) for story in stories]


def _beside(terrain: Terrain, rides: Sequence[Ride], floats: Sequence[Array], ball: Ball, fps: float) -> list[Array]:
    """How far (F, 2) each ball steps aside for the others."""
    count = len(rides[0].over)
    if len(rides) < 2 or ball.apart == 0:
        return [np.zeros((count, 2)) for _ in rides]
    keep = np.unique(np.append(np.arange(0, count, EVERY), count - 1))
    crowd = Crowd(
        wanted=np.stack([ride.over[keep] for ride in rides], axis=1),
        rest=np.stack([ride.rest[keep, 2] for ride in rides], axis=1),
        lift=np.stack([(ride.lift + high)[keep] for ride, high in zip(rides, floats, strict=True)], axis=1),
        distance=ball.apart * 2 * ball.radius,
        every=EVERY / SUBFRAMES / fps,
        corners=terrain.corners,
    )
    aside = step_aside(crowd)
    fine = np.arange(count)
    return [np.column_stack([np.interp(fine, keep, aside[:, k, axis]) for axis in (0, 1)]) for k in range(len(rides))]


@dataclass(frozen=True, eq=False)
class _Story:
    """All that is known of one ball before it rolls."""

    ball: Ball
    path: Path
    true: Walk
    walk: Walk
    line: Line
    ride: Ride
    floats: Array
    aside: Array


def _motion(story: _Story, terrain: Terrain, frames: NDArray[np.int64]) -> BallMotion:
    ride, radius, up = story.ride, story.ball.radius, np.array([0.0, 0.0, 1.0])
    centre, contact = ride.rest.copy(), ride.contact.copy()
    moved = story.aside.any(axis=1)
    if moved.any():
        centre[moved], contact[moved] = resting(terrain, radius, (ride.over + story.aside)[moved])
    normal = (centre - contact) / radius
    road, flying = roads_in_air(terrain, story.walk, ride, story.aside, radius)
    normal[flying] = road / np.linalg.norm(road, axis=1, keepdims=True)
    rolling = centre + ride.lift[:, None] * up
    rotation = rolled(rolling, rolling - radius * normal, radius)
    location = rolling + story.floats[:, None] * up
    foot = terrain.points(terrain.inside(location[:, :2]))
    # the line ends at the ball; it is drawn out of it when the ball leaves the ground
    gap = np.maximum(location[:, 2] - radius - foot[:, 2], 0.0)
    plumb = gap * np.clip(story.floats / (PLUMB * radius), 0.0, 1.0)
    walked = np.interp(ride.step, story.true.step, _share(story.true.arc))
    keep = slice(None, None, SUBFRAMES)
    return BallMotion(
        frames=frames,
        location=location[keep],
        contact=contact[keep],
        rotation=rotation[keep],
        walked=walked[keep],
        step=ride.step[keep],
        loss=ride.loss[keep],
        lift=(ride.lift + story.floats)[keep],
        air=(ride.flight >= 0)[keep],
        foot=foot[keep],
        plumb=plumb[keep],
        aside=story.aside[keep],
        trail=trail_of(story.line, ride.step[keep]),
        notes=_notes(story),
    )


def _share(values: Array) -> Array:
    """Values counted from 0 to 1; even steps where they do not grow."""
    span = values[-1] - values[0]
    return np.asarray((values - values[0]) / span) if span > 0 else np.linspace(0.0, 1.0, len(values))


def _notes(story: _Story) -> tuple[str, ...]:
    """What a viewer has to be told of this ball."""
    notes = []
    if story.ball.smoothing > 0:
        hidden = np.linalg.norm(story.walk.xy[story.walk.iterates] - story.true.xy[story.true.iterates], axis=1).max()
        notes.append(
            f"The ball's way is smoothed over {story.ball.smoothing:g} steps, up to {hidden:.2g} m off the line, "
            "the true path."
        )
    if story.ball.height != "surface":
        error = abs(finite(story.path.loss) - finite(story.path.surface_loss)).max()
        notes.append(f"The ball floats by how far its true loss is from the surface's: up to {error:.2g}.")
    return tuple(notes)


def crowd_notes(motions: Sequence[BallMotion]) -> tuple[str, ...]:
    """What a viewer has to be told of several balls together."""
    beside = max((float(np.linalg.norm(motion.aside, axis=1).max()) for motion in motions), default=0.0)
    return (f"Balls that would be in one another step aside by up to {beside:.2g} m.",) if beside > 0 else ()
