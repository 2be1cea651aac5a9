"""The clock of a shot: rests, setting off and stopping, for several balls at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .ball import Ball

Array = NDArray[np.float64]

#: Share of the time that goes by steps in any case, so that a counter goes on while the ball stands still.
TICK = 1e-10


def eased(time: Array, ease: float) -> Array:
    """0 to 1 over 0 to 1 with constant speed in the middle, speeding up and slowing down over a share `ease`
    each.
    """
    if ease <= 0:
        return np.clip(time, 0.0, 1.0)
    time = np.clip(time, 0.0, 1.0)
    speed = 1.0 / (1.0 - ease)
    start = speed * time**2 / (2 * ease)
    stop = 1.0 - speed * (1.0 - time) ** 2 / (2 * ease)
    middle = speed * (time - ease / 2)
    return np.where(time < ease, start, np.where(time > 1.0 - ease, stop, middle))


def moving_time(ball: Ball, seconds: Array) -> Array:
    """The share (F,) of the moving time that has passed; below 0 and above 1 in the rests before and after.

    Rests that are longer than half the shot are shortened to it.
    """
    duration = float(seconds[-1])
    hold = ball.hold_start + ball.hold_end
    squeeze = min(1.0, 0.5 * duration / hold) if hold > 0 else 1.0
    moving = duration - hold * squeeze
    return (seconds - ball.hold_start * squeeze) / moving if moving > 0 else np.ones_like(seconds)


def own_time(reach: float, ease: float) -> tuple[float, float]:
    """(share of the moving time, ease in it) of a ball that has to come `reach` times as far as the one that takes
    it all: it speeds up and slows down as fast, and goes as fast in between.
    """
    if ease <= 0:
        return reach, 0.0
    if reach * (1.0 - ease) >= ease:
        share = reach * (1.0 - ease) + ease
        return share, ease / share
    return 2.0 * float(np.sqrt(reach * ease * (1.0 - ease))), 0.5


def samples_at(costs: Sequence[Array], steps: Sequence[Array], ball: Ball, time: Array) -> list[Array]:
    """The fractional sample (F,) that each ball has come to at shares (F,) of the moving time; `costs` and `steps`
    (M,) of its walk.
    """
    longest = max(float(cost[-1]) for cost in costs) or 1.0
    result = []
    for cost, step in zip(costs, steps, strict=True):
        clock = cost / longest + TICK * step / max(1.0, step[-1])
        total = float(clock[-1])
        share, ease = (1.0, ball.ease) if ball.together else own_time(min(total, 1.0), ball.ease)
        passed = total * eased(time / share if share > 0 else np.ones_like(time), ease)
        sample = np.interp(passed, clock, np.arange(len(clock)))
        result.append(np.where(passed <= 0.0, 0.0, sample))
    return result
