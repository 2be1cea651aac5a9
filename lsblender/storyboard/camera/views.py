"""Views of a level camera: azimuth, elevation, axes and quaternions.

A view is named by where the camera stands: azimuth from x towards y, elevation above the horizon, both in degrees.
Its axes are the rows right, up and back; right is always level, so the horizon never tilts, and straight from above the
azimuth still says which way is up in the picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

#: Angle off the view's axis beyond which a direction counts as being at the edge of all that can be seen, in degrees.
WIDEST = 85.0


def direction(azimuth: ArrayLike, elevation: ArrayLike) -> Array:
    """Unit vectors (..., 3) towards azimuth and elevation (...) in degrees."""
    a, e = np.radians(azimuth), np.radians(elevation)
    return np.stack(np.broadcast_arrays(np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)), axis=-1)


def view_axes(azimuth: ArrayLike, elevation: ArrayLike) -> Array:
    """Rows right, up, back (..., 3, 3) of level cameras at azimuth and elevation (...) in degrees."""
    a = np.radians(azimuth)
    back = direction(azimuth, elevation)
    right = np.stack([-np.sin(a), np.cos(a), np.zeros_like(a)], axis=-1)
    right = np.broadcast_to(right, back.shape)
    return np.stack([right, np.cross(back, right), back], axis=-2)


def quaternions(axes: Array) -> Array:
    """w, x, y, z (K, 4) of cameras with rows right, up, back (K, 3, 3), without flips of sign."""
    from scipy.spatial.transform import Rotation

    turns = Rotation.from_matrix(np.swapaxes(axes, -1, -2)).as_quat()[:, [3, 0, 1, 2]]
    return without_flips(turns)


def without_flips(turns: Array) -> Array:
    """The same rotations (K, 4), each with the sign that is near the one before."""
    signs = np.cumprod(np.where(np.sum(turns[1:] * turns[:-1], axis=1) < 0, -1.0, 1.0))
    return np.concatenate([turns[:1], turns[1:] * signs[:, None]])


def axes_of(turns: Array) -> Array:
    """Rows right, up, back (K, 3, 3) of cameras with quaternions w, x, y, z (K, 4)."""
    from scipy.spatial.transform import Rotation

    return np.asarray(np.swapaxes(Rotation.from_quat(turns[:, [1, 2, 3, 0]]).as_matrix(), -1, -2))


def angles_of(axes: Array) -> tuple[Array, Array]:
    """Azimuth and elevation (K,) in degrees of level views (K, 3, 3) with rows right, up, back; no jumps."""
    azimuth = np.unwrap(np.arctan2(-axes[:, 0, 0], axes[:, 0, 1]))
    return np.degrees(azimuth), np.degrees(np.arcsin(np.clip(axes[:, 2, 2], -1.0, 1.0)))


def seen_at(towards: Array, axes: Array) -> Array:
    """Where in the picture (K, 2) directions (K, 3) from the camera are, in distances of the picture plane.

    Beyond `WIDEST` off the axis, also behind the camera, they count as that far out on their side.
    """
    x, y, z = (np.sum(towards * axes[:, k], axis=1) for k in range(3))
    aside = np.hypot(x, y)
    reach = np.tan(np.minimum(np.arctan2(aside, -z), np.radians(WIDEST)))
    return np.asarray(np.stack([x, y], axis=-1) * (reach / np.maximum(aside, 1e-12))[:, None])


def aimed(towards: Array, place: Array, near: Array | None = None) -> tuple[Array, Array]:
    """Azimuth and elevation (K,) in degrees of the level view that has a direction (K, 3) at a place (K, 2) in the
    picture, given in distances of the picture plane.

    The height of that direction, (y cos e - sin e) / |(x, y, 1)|, gives the elevation; then its bearing the azimuth.
    Of the two elevations that do, it is the one whose view does not look back under itself, or that `near` (K,).
    """
    towards = towards / np.linalg.norm(towards, axis=1, keepdims=True)
    x, y = place.T
    tilt = np.arctan(y)
    fall = -towards[:, 2] * np.sqrt(1.0 + x**2 + y**2) * np.cos(tilt)
    elevation = tilt + np.arcsin(np.clip(fall, -1.0, 1.0))
    if near is not None:
        other = np.pi + 2.0 * tilt - elevation
        elevation = np.where(abs(other - np.radians(near)) < abs(elevation - np.radians(near)), other, elevation)
    elevation = np.clip(elevation, -np.pi / 2, np.pi / 2)
    turn = np.arctan2(x, -(y * np.sin(elevation) + np.cos(elevation)))
    azimuth = np.unwrap(np.arctan2(towards[:, 1], towards[:, 0]) - turn)
    return np.degrees(azimuth), np.degrees(elevation)
