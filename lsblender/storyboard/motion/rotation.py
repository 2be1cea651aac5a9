"""How a ball turns that rolls without slipping."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def rolled(centre: Array, contact: Array, radius: float) -> Array:
    """Quaternions (K, 4) of a ball that rolls without slipping: centre (K, 3), contact (K, 3); upright at
    first.
    """
    from scipy.spatial.transform import Rotation

    normal = (centre - contact) / radius
    between = normal[1:] + normal[:-1]
    between /= np.linalg.norm(between, axis=1, keepdims=True)
    turns = Rotation.from_rotvec(np.cross(between, np.diff(centre, axis=0)) / radius).as_quat()[:, [3, 0, 1, 2]]
    pose = (1.0, 0.0, 0.0, 0.0)
    poses = [pose]
    for w, x, y, z in turns.tolist():
        a, b, c, d = pose
        pose = (
            w * a - x * b - y * c - z * d,
            w * b + x * a + y * d - z * c,
            w * c - x * d + y * a + z * b,
            w * d + x * c - y * b + z * a,
        )
        poses.append(pose)
    quaternions = np.array(poses)
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    flips = np.sign(np.sum(quaternions[1:] * quaternions[:-1], axis=1))
    quaternions[1:] *= np.cumprod(np.where(flips < 0, -1.0, 1.0))[:, None]
    return quaternions
