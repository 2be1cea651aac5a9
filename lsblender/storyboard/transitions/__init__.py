"""Transitions: how one landscape gives way to the next."""

from .base import TRANSITIONS, BallPose, BallWay, Cut, Interlude, Passage, Side, Timed, Transition, Turning
from .deforming import Morph, Unfold
from .dissolving import Dissolve
from .falling import Drop
from .flying import Fly

__all__ = [
    "TRANSITIONS",
    "BallPose",
    "BallWay",
    "Cut",
    "Dissolve",
    "Drop",
    "Fly",
    "Interlude",
    "Morph",
    "Passage",
    "Side",
    "Timed",
    "Transition",
    "Turning",
    "Unfold",
]
