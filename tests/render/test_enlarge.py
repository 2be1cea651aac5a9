"""Light of half the size on what is known in full: sharp edges, exact where the light is as it is thought to be."""

from __future__ import annotations

import numpy as np
import pytest

from lsblender.render.enlarge import doubled, enlarged, halved

SUN = np.array([[0.1, 0.2, 0.0], [0.5, 0.4, 0.3], [0.6, 0.7, 0.8]], dtype=np.float32)


def ball(height: int, width: int) -> np.ndarray:
    """The directions (H, W, 3) of a ball that fills most of a picture; (0, 0, 1) around it."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j] / 0.8
    inside = x * x + y * y < 1
    z = np.sqrt(np.maximum(1 - x * x - y * y, 0))
    return np.where(inside[..., None], np.stack([x, y, z], -1), (0, 0, 1)).astype(np.float32)


def test_halves_are_means() -> None:
    picture = np.arange(4 * 6 * 2, dtype=np.float32).reshape(4, 6, 2)
    small = halved(picture)
    assert small.shape == (2, 3, 2)
    assert small[1, 2] == pytest.approx(picture[2:, 4:].mean((0, 1)))


def test_doubling_keeps_ramps_and_means() -> None:
    ramp = np.tile(np.arange(8, dtype=np.float32)[None, :, None], (4, 1, 1))
    twice = doubled(ramp)
    assert twice.shape == (8, 16, 1)
    assert twice[3, 1:-1, 0] == pytest.approx(np.arange(1, 15) / 2 - 0.25)
    assert halved(twice)[:, 1:-1] == pytest.approx(ramp[:, 1:-1])


def test_edges_of_colours_stay_sharp() -> None:
    """Even light over a board of two colours, whose edge lies inside a pixel of the small picture."""
    colour = np.full((32, 32, 3), 0.8, dtype=np.float32)
    colour[:, 15:] = 0.1
    facing = np.broadcast_to(np.float32([0, 0, 1]), colour.shape).copy()
    light = 3.0 * colour
    found = enlarged(halved(light), colour, facing)
    assert found == pytest.approx(light, abs=1e-4)
    blurred = doubled(halved(light))
    assert np.abs(blurred - light).max() > 0.5


def test_light_follows_the_direction() -> None:
    """A ball in the light of a far lamp: much nearer to it than what interpolation gives, above all at its rim."""
    facing = ball(64, 64)
    colour = np.full_like(facing, 0.5)
    light = 0.5 * (1.5 + facing @ SUN.T)
    found, blurred = enlarged(halved(light), colour, facing), doubled(halved(light))
    assert np.abs(found - light).mean() < 0.2 * np.abs(blurred - light).mean()
    assert np.abs(found - light).max() < 0.1


def test_what_is_dark_and_what_is_nothing_stay_finite() -> None:
    nothing = np.zeros((16, 16, 3), dtype=np.float32)
    light = np.random.default_rng(0).uniform(0.2, 1, (8, 8, 3)).astype(np.float32)
    assert halved(enlarged(light, nothing, nothing))[1:-1, 1:-1] == pytest.approx(light[1:-1, 1:-1], abs=0.3)
    assert (enlarged(nothing[:8, :8], nothing, nothing) == 0).all()
