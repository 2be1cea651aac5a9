"""A plane that turns into another one: what lies between two charts of the same parameters.

A plane is an orthonormal frame of two directions, lengths along them and an origin. Between two planes the frame moves
by a rotation at constant angular speed: R with R a = b for the frames a and b (P, 2), within the at most four
dimensions that both span. Of all such rotations the shortest is taken, the one whose angles have the least sum of
squares: a geodesic of the Stiefel manifold (Edelman, Arias & Smith 1998, section 2.4). What both planes have in common
stays where it is: the plane turns about the place where the two are nearest to each other.
"""

from __future__ import annotations

import numpy as np

from ...errors import LsbError
from ..objective import Array
from .base import PARALLEL, Plane

#: Sine of the angle below which a direction of the second plane lies in the first.
SAME = 1e-9
#: Cosine of the angle between directions of both planes above which they meet too far away to turn about that place.
NEARLY_PARALLEL = 0.99
#: Rotations of the rest of the space that are compared with each other.
TRIED = 64
#: Halvings of the angle between two of them.
HALVINGS = 60


def turned(first: Plane, second: Plane, share: float) -> Plane:
    """The plane at a share, 0 to 1, of the way: the very first one at 0, the very second one at 1.

    Both frames are taken in units of the planes' scale (the geometric mean of the two). Raises `LsbError` where a
    plane's directions are parallel, the planes belong to different numbers of parameters, or the second is the first
    mirrored and there are but two parameters, so that there is no room to turn it over.
    """
    if len(first.origin) != len(second.origin):
        raise LsbError(f"planes of {len(first.origin)} and {len(second.origin)} parameters do not turn into each other")
    if share in (0, 1):
        return second if share else first
    scales = [np.ones_like(plane.origin) if plane.scale is None else plane.scale for plane in (first, second)]
    unit = np.sqrt(scales[0] * scales[1])
    (a, lengths_a), (b, lengths_b) = _frame(first, unit), _frame(second, unit)
    places, at = _nearest_places(first.origin / unit, a, second.origin / unit, b)
    space, rotation = shortest_rotation(a, b)
    # Of the frame only its part in the space of the rotation moves, and that is all of it.
    frame = space @ (power_of_rotation(rotation, share) @ (space.T @ a))
    place, (x, y) = (part[0] + share * (part[1] - part[0]) for part in (places, at))
    u, v = (unit[:, None] * frame @ (lengths_a + share * (lengths_b - lengths_a))).T
    origin = unit * (place - frame @ np.array([x, y]))
    scale = None if first.scale is None and second.scale is None else scales[0] ** (1 - share) * scales[1] ** share
    return Plane(origin, u, v, scale=scale, axis_names=_names(first, second), notes=(f"turned by {share:.0%}",))


def _names(first: Plane, second: Plane) -> tuple[str, str]:
    """What an axis is called on its way."""
    x, y = (
        old if old == new else f"{old} to {new}" for old, new in zip(first.axis_names, second.axis_names, strict=True)
    )
    return x, y


def _frame(plane: Plane, unit: Array) -> tuple[Array, Array]:
    """The orthonormal frame (P, 2) of a plane, its first direction along u, and the triangular (2, 2) with
    (u, v) / unit = frame @ triangular.
    """
    basis = np.stack([plane.u / unit, plane.v / unit], axis=1)
    frame, lengths = np.linalg.qr(basis)
    if len(lengths) < 2 or not abs(lengths[1, 1]) > PARALLEL * np.linalg.norm(basis[:, 1]) or not lengths[0, 0]:
        raise LsbError("the two directions of the plane are parallel or zero")
    sign = np.sign(np.diag(lengths))
    return frame * sign, lengths * sign[:, None]


def _nearest_places(origin_a: Array, a: Array, origin_b: Array, b: Array) -> tuple[Array, Array]:
    """Where two planes are nearest to each other: the place on each (2, P) and its coordinates in its frame (2, 2).

    Along directions that they nearly share, where that place may be far away, the one halfway between the origins.
    """
    cosines, left, right = _principal(a, b)
    # (origin_a + a s) - (origin_b + b t) is shortest; by the principal directions s and t fall apart into pairs.
    away = origin_b - origin_a
    to_a, to_b = left.T @ (a.T @ away), right.T @ (b.T @ away)
    s, t = 0.5 * to_a, -0.5 * to_b
    meet = cosines < NEARLY_PARALLEL
    c = cosines[meet]
    s[meet] = (to_a[meet] - c * to_b[meet]) / (1 - c * c)
    t[meet] = (c * to_a[meet] - to_b[meet]) / (1 - c * c)
    at = np.stack([left @ s, right @ t])
    return np.stack([origin_a + a @ at[0], origin_b + b @ at[1]]), at


def _principal(a: Array, b: Array) -> tuple[Array, Array, Array]:
    """Cosines (2,) of the angles between two frames, and the rotations (2, 2) to their principal directions."""
    left, cosines, right = np.linalg.svd(a.T @ b)
    return cosines, left, right.T


def shortest_rotation(a: Array, b: Array) -> tuple[Array, Array]:
    """(space, rotation): an orthonormal basis (P, d), d <= 4, of what the frames a and b (P, 2) span, and in it the
    shortest rotation (d, d) that takes a to b.

    A mirrored frame of the same plane needs one dimension more: that of the parameter that has least to do with it.
    """
    space = np.concatenate([a, _beyond(a, b)], axis=1)
    if space.shape[1] == 2 and np.linalg.det(a.T @ b) < 0:
        space = np.concatenate([space, _one_more(a)], axis=1)
    start, end = space.T @ a, np.linalg.qr(space.T @ b)[0]
    end = end * np.sign(np.sum(end * (space.T @ b), axis=0))
    rest_of_start, rest_of_end = (np.linalg.qr(frame, mode="complete")[0][:, 2:] for frame in (start, end))
    sides = np.concatenate([start, rest_of_start], axis=1), np.concatenate([end, rest_of_end], axis=1)
    if rest_of_start.shape[1] and np.linalg.det(sides[0]) * np.linalg.det(sides[1]) < 0:
        sides[1][:, -1] *= -1.0
    if space.shape[1] < 4:
        return space, sides[1] @ sides[0].T
    angle = _best_angle(*sides)
    return space, _with_rest_turned(*sides, np.array([angle]))[0]


def _beyond(a: Array, b: Array) -> Array:
    """An orthonormal basis (P, 0 to 2) of what b spans and a does not."""
    rest = b - a @ (a.T @ b)
    directions, sines, _ = np.linalg.svd(rest, full_matrices=False)
    directions = directions[:, sines > SAME]
    # Small ones have lost digits: take away once more what a spans.
    directions = np.linalg.qr(directions - a @ (a.T @ directions))[0]
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=0)[None], axis=0)
    return np.asarray(directions * np.sign(largest))


def _one_more(a: Array) -> Array:
    """A unit direction (P, 1) at right angles to the frame a (P, 2). Raises `LsbError` where there is none."""
    if len(a) == 2:
        raise LsbError("the second plane is the first one mirrored; with two parameters it can not be turned over")
    free = np.zeros((len(a), 1))
    free[np.argmin(np.round((a * a).sum(axis=1), 9))] = 1.0
    for _ in range(2):
        free = free - a @ (a.T @ free)
    return np.asarray(free / np.linalg.norm(free))


def _with_rest_turned(start: Array, end: Array, angles: Array) -> Array:
    """The rotations (n, 4, 4) from start to end (4, 4) where the last two of end are turned by angles (n,)."""
    cos, sin = np.cos(angles), np.sin(angles)
    ends = np.repeat(end[None], len(angles), axis=0)
    ends[:, :, 2] = np.multiply.outer(cos, end[:, 2]) + np.multiply.outer(sin, end[:, 3])
    ends[:, :, 3] = np.multiply.outer(cos, end[:, 3]) - np.multiply.outer(sin, end[:, 2])
    return np.asarray(ends @ start.T)


def _best_angle(start: Array, end: Array) -> float:
    """By how much to turn the rest, so that the rotation from start to end is the shortest.

    The sum of squared angles has its minimum where the generator does not turn the rest within itself (the lower right
    block of its matrix is zero). From the best of some angles by bisection of that block's sign.
    """
    angles = np.linspace(0.0, 2.0 * np.pi, TRIED, endpoint=False)
    turns = np.angle(np.linalg.eigvals(_with_rest_turned(start, end, angles)))
    # Rounded, so that of equally short ones the first is taken on every machine.
    best = float(angles[np.argmin(np.round((turns * turns).sum(axis=1), 9))])

    def inner(angle: float) -> float:
        generator = generator_of(_with_rest_turned(start, end, np.array([angle]))[0])
        return float(start[:, 3] @ generator @ start[:, 2])

    step = 2.0 * np.pi / TRIED
    low, high = best - step, best + step
    if not inner(low) < 0 < inner(high):
        return best
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if inner(middle) < 0 else (low, middle)
    return 0.5 * (low + high)


def power_of_rotation(rotation: Array, share: float) -> Array:
    """The rotation (d, d) at a share of its angles."""
    from scipy.linalg import expm

    return np.asarray(expm(share * generator_of(rotation)))


def generator_of(rotation: Array) -> Array:
    """The skew matrix (d, d) of a rotation: its logarithm, with angles from -180 to 180 degrees.

    From the real Schur form, which for a rotation has 2 x 2 blocks for its angles, and 1 or -1, the latter in pairs.
    """
    from scipy.linalg import schur

    blocks, vectors = schur(rotation, output="real")
    generator = np.zeros_like(rotation)
    halves: list[int] = []
    k = 0
    while k < len(blocks):
        if k + 1 < len(blocks) and abs(blocks[k + 1, k]) > 1e-14:
            angle = np.arctan2(blocks[k + 1, k] - blocks[k, k + 1], blocks[k, k] + blocks[k + 1, k + 1])
            generator += angle * _turn(vectors[:, k], vectors[:, k + 1])
            k += 2
        else:
            if blocks[k, k] < 0:
                halves.append(k)
            k += 1
    for one, other in zip(halves[::2], halves[1::2], strict=True):
        half = _turn(vectors[:, one], vectors[:, other])
        # Half a turn leads there both ways round; take always the same.
        generator += np.pi * half * np.sign(half.ravel()[np.argmax(np.round(np.abs(half), 9))])
    return generator


def _turn(p: Array, q: Array) -> Array:
    """The generator (d, d) of the turn by 1 from p to q, which are orthonormal."""
    return np.outer(q, p) - np.outer(p, q)
