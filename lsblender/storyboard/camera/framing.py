"""Framing: what has to be in the picture, and from where it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .base import Subject, radius_of

Array = NDArray[np.float64]

#: Width of the film in mm along the picture's longer side: Blender's default, with the sensor's fit on AUTO.
SENSOR = 36.0
#: Points of a way that are looked at.
MOST_POINTS = 200


def half_picture(lens: float, aspect: float, margin: float) -> Array:
    """Half the width and height (2,) of the picture inside its margins, at a distance of 1."""
    return SENSOR / (2 * lens) * (1 - 2 * margin) * np.array([min(1.0, aspect), min(1.0, 1 / aspect)])


def way_points(subject: Subject) -> Array:
    """Points (N, 3) around every ball's way: N is 0 without a ball."""
    parts = [np.zeros((0, 3))]
    for motion in subject.motions:
        centre = motion.location[:: max(1, len(motion.location) // MOST_POINTS)]
        centre = np.concatenate([centre, motion.location[-1:]])
        around = radius_of(motion) * np.stack(np.meshgrid(*[[-0.75, 0.75]] * 3), axis=-1).reshape(-1, 3)
        parts.append((centre[:, None] + around).reshape(-1, 3))
    return np.concatenate(parts)


def outline(subject: Subject) -> Array:
    """Points (N, 3) whose visibility means that the whole block and all of the balls' ways are in the picture."""
    terrain = subject.terrain
    step_y, step_x = (max(1, n // 24) for n in terrain.z.shape)
    rows = np.unique(np.append(np.arange(0, terrain.z.shape[0], step_y), terrain.z.shape[0] - 1))
    columns = np.unique(np.append(np.arange(0, terrain.z.shape[1], step_x), terrain.z.shape[1] - 1))
    x, y = np.meshgrid(terrain.x[columns], terrain.y[rows])
    top = np.column_stack([x.ravel(), y.ravel(), terrain.z[np.ix_(rows, columns)].ravel()])
    foot = np.array([[x, y, terrain.base] for x in terrain.x[[0, -1]] for y in terrain.y[[0, -1]]])
    return np.concatenate([top, foot, subject.beside, way_points(subject)])


def frame_points(points: Array, axes: Array, lens: float, aspect: float, margin: float, sky: float = 0.5) -> Array:
    """The camera position (3,), looking along -axes[2], from which all points (N, 3) just fit inside the
    margins; `sky` is the share of spare height that is left above them.

    Each point bounds the position from four sides (left, right, below, above of the picture's pyramid); the
    nearest position satisfies the two tightest opposite pairs, centred in the direction that has room left.
    """
    half = half_picture(lens, aspect, margin)
    view = points @ axes.T
    position = np.zeros(3)
    depths = []
    for k in (0, 1):
        right = np.max(view[:, k] + half[k] * view[:, 2])
        left = np.max(-view[:, k] + half[k] * view[:, 2])
        depths.append((right + left) / (2 * half[k]))
        position[k] = (right - left) / 2
    position[2] = max(depths)
    for k in (0, 1):
        if depths[k] < position[2]:
            position[k] = _centred(view, k, position[2])
    if depths[1] < position[2]:
        # the highest and the lowest position from which all is seen
        highest = half[1] * position[2] - np.max(-view[:, 1] + half[1] * view[:, 2])
        lowest = np.max(view[:, 1] + half[1] * view[:, 2]) - half[1] * position[2]
        position[1] = np.interp(sky, [0.0, 0.5, 1.0], [lowest, position[1], highest])
    return np.asarray(position @ axes)


def _centred(view: Array, k: int, depth: float) -> float:
    """The sideways position at which the picture's extremes along axis k lie equally far from its middle."""
    distance = depth - view[:, 2]
    low, high = view[:, k].min(), view[:, k].max()
    for _ in range(60):
        middle = (low + high) / 2
        seen = (view[:, k] - middle) / distance
        low, high = (middle, high) if seen.max() + seen.min() > 0 else (low, middle)
    return float((low + high) / 2)


def circle(points: Array, axes: Array, half: Array, heights: Array) -> tuple[float, float]:
    """Height of the centre and radius of the smallest circle, for views with rows right, up, back (K, 3, 3) at a
    point of the z axis, from which every view holds all points (N, 3).

    `half` (2,) is half a picture at a distance of 1; `heights` (H,) are those tried.
    """
    reach = np.full(len(heights), -np.inf)
    for view in axes:
        # a point (a, b) off the view's axis and c towards the camera is in the picture from this distance on
        a, b, c = (points @ row - np.multiply.outer(heights, row[2])[..., None] for row in view)
        reach = np.maximum(reach, (c + np.maximum(abs(a) / half[0], abs(b) / half[1])).max(axis=1))
    best = int(reach.argmin())
    return float(heights[best]), float(reach[best])


def needed_depth(offsets: Array, radius: Array | float, axes: Array, place: Array, half: Array) -> Array:
    """How far (K, N) a camera has to be from what it holds at `place` (K, 2) in the picture, so that balls that are
    `offsets` (K, N, 3) away from that, with their radii (N,), are in the picture too.

    axes (K, 3, 3) are the views; the depth is measured along them, `place` and `half` (2,) at a distance of 1.
    """
    a, b, c = (np.einsum("knj,kj->kn", offsets, axes[:, k]) for k in range(3))
    depth = c + radius
    for aside, at, edge in ((a, place[:, :1], half[0]), (b, place[:, 1:], half[1])):
        rim = radius * np.hypot(1.0, edge) + edge * c
        depth = np.maximum(depth, np.maximum((aside + rim) / (edge - at), (rim - aside) / (edge + at)))
    return np.asarray(depth)


def focus_of(subject: Subject, location: Array, axes: Array) -> Array:
    """Distance (K,) along the views (K, 3, 3) from location (K, 3) to the leading ball, or to the terrain's middle."""
    target = subject.motions[0].location if subject.motions else np.zeros((1, 3))
    return np.asarray(np.sum((location - target) * axes[:, 2], axis=-1))
