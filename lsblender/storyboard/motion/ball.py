"""The ball's settings, and the motion that comes of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...settings import setting
from .paces import ByDistance, Pace

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ball:
    """The ball and how it moves."""

    radius: float = setting(0.36, "Radius", min=0.01, max=100.0, soft_max=1.0, unit="m")
    pace: Pace = setting(ByDistance(), "How the time is shared out along the path")
    ease: float = setting(0.2, "Share of the time for setting off, and again for stopping", min=0.0, max=0.5)
    hold_start: float = setting(0.5, "Rest before it sets off", min=0.0, max=60.0, unit="s")
    hold_end: float = setting(0.8, "Rest after it has arrived", min=0.0, max=60.0, unit="s")
    together: bool = setting(False, "Several balls arrive at the same time, each at a pace of its own")
    apart: float = setting(
        1.05,
        "Least distance of the centres of several balls, in diameters; balls that would be nearer step aside "
        "and go back to their true places when these are free; 0: they may be in one another",
        min=0.0,
        max=3.0,
        soft_max=1.5,
    )
    leap: float = setting(
        0.03,
        "The ball leaps where the ground rises above the straight line to the next step by more than this share of the "
        "terrain's width; 0: never",
        min=0.0,
        max=1.0,
        soft_max=0.2,
    )
    smoothing: float = setting(
        0.0,
        "Steps over which the ball's way is smoothed; the line stays the true path",
        min=0.0,
        max=10_000.0,
        soft_max=50.0,
        unit="steps",
    )
    height: str = setting(
        "surface",
        "Where the ball is: on the ground, or above it by how far the true loss is from the ground's",
        choices=("surface", "true_loss"),
    )
    colours: tuple[str, ...] = setting(
        (), "Colours of the balls in their order, as '#1f7a8c'; none: from the look", is_colour=True
    )


@dataclass(frozen=True, eq=False)
class Trail:
    """The line along the optimizer's true path: points (M, 3) on the ground, and in arcs over leaps; `thickness`
    (M,) as a share of the line's; `share` (K,) of its length that lies behind the ball in each frame.
    """

    points: Array
    thickness: Array
    share: Array


@dataclass(frozen=True, eq=False)
class BallMotion:
    """Per frame (K): `frames`, `location` (K, 3) of the centre, `contact` (K, 3), `rotation` (K, 4) as w, x,
    y, z; `walked` (K,) the share of the path's arc that lies behind the ball; `step` (K,) of the optimizer, with
    fractions, and the true `loss` (K,) there.

    `lift` (K,) is how far the ball is above where it would rest, in metres, of leaps and of true loss together,
    `air` (K,) whether it leaps; where it is lifted, `contact` is where it would touch. The plumb line stands on
    `foot` (K, 3) and is `plumb` (K,) metres long (0 on the surface). `aside` (K, 2) is how far it has stepped aside
    for other balls, in metres. `notes` are sentences for the caption on what the picture hides or adds.
    """

    frames: NDArray[np.int64]
    location: Array
    contact: Array
    rotation: Array
    walked: Array
    step: Array
    loss: Array
    lift: Array
    air: NDArray[np.bool_]
    foot: Array
    plumb: Array
    aside: Array
    trail: Trail
    notes: tuple[str, ...] = ()
