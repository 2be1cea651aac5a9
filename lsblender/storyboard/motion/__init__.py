"""The ball's way: pace, contact and roll, as arrays.

The path that the optimizer took is laid onto the terrain and walked at a pace. The ball rests on the ground
like a solid sphere: its centre lies one radius along the normal from the point that it touches, and where the
ground is more sharply bent than the ball it rides on the two flanks and does not sink in. It rolls without
slipping: over a way dc its turn is n x dc / r. Where the straight way to the next iterate would cut through a
hill it leaps. Several balls share one clock and step aside for one another.
"""

from .ball import Ball, BallMotion, Trail
from .clock import eased
from .paces import PACES, ByDistance, ByLoss, Pace, PerStep, Physical

__all__ = [
    "PACES",
    "Ball",
    "BallMotion",
    "ByDistance",
    "ByLoss",
    "Pace",
    "PerStep",
    "Physical",
    "Trail",
    "eased",
]
