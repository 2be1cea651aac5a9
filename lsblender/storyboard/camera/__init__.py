"""Camera moves: where the camera stands in each frame and what is sharp.

The framing is computed, not tuned by hand: the camera looks along a direction, and stands exactly so far off,
and points exactly there, that what matters fills the picture up to a margin, whatever the picture's shape. A
move's future is known, so what moves is smoothed forwards and backwards in time: nothing lags, nothing jerks.
"""

from . import chasing, revealing, standing
from .base import CAMERAS, CameraMotion, CameraMove, Subject, joined
from .framing import SENSOR, frame_points, half_picture, outline
from .sight import in_sight, stand
from .standing import Orbit, Still
from .views import direction, view_axes

__all__ = [
    "CAMERAS",
    "SENSOR",
    "CameraMotion",
    "CameraMove",
    "Orbit",
    "Still",
    "Subject",
    "chasing",
    "direction",
    "frame_points",
    "half_picture",
    "in_sight",
    "joined",
    "outline",
    "revealing",
    "stand",
    "standing",
    "view_axes",
]
