"""Axes: Blender's are right-handed with z up; other programs have y up, and Unity's are left-handed.

glTF and FBX hold Blender's (x, y, z) as (x, z, -y), a turn about the x axis. Unity's importers of both flip the first
axis, so that it sees (-x, z, -y). Rotations are w, x, y, z.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def in_unity(points: Array) -> Array:
    """Blender's points (..., 3) where Unity has them: (-x, z, -y)."""
    return np.asarray(points[..., [0, 2, 1]] * (-1.0, 1.0, -1.0))


def unity_rotation(rotation: Array) -> Array:
    """Rotations (..., 4) as Unity has them: a mirror turns the other way round its axis."""
    return np.asarray(rotation[..., [0, 1, 3, 2]] * (1.0, 1.0, -1.0, 1.0))
