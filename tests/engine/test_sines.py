"""The fast sine against the C library's."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lsblender.engine.models.sines import CHUNK, REACH, room_for, sine_in_place

EXACT = 2.3e-16


@pytest.mark.parametrize("size", [1e-300, 1e-8, 1.0, 3.0, 200.0, 1e4, REACH])
def test_sine_of_any_size(size: float) -> None:
    z = np.random.default_rng(0).uniform(-size, size, (3, CHUNK + 17))
    expected = [[math.sin(number) for number in row] for row in z.tolist()]
    sine_in_place(z)
    np.testing.assert_allclose(z, expected, rtol=0, atol=EXACT)


def test_sine_at_multiples_of_a_quarter_turn() -> None:
    z = 0.5 * np.pi * np.arange(-60000.0, 60000.0)
    z = np.concatenate([z, np.nextafter(z, np.inf), np.nextafter(z, -np.inf), [0.0, 5e-324, -5e-324]])
    expected = np.array([math.sin(number) for number in z.tolist()])
    sine_in_place(z)
    np.testing.assert_allclose(z, expected, rtol=0, atol=EXACT)
    assert np.abs(z).max() <= 1.0 + EXACT


def test_small_numbers_keep_their_digits() -> None:
    z = 10.0 ** -np.arange(0.0, 300.0)
    expected = [math.sin(number) for number in z.tolist()]
    sine_in_place(z)
    np.testing.assert_allclose(z, expected, rtol=EXACT)


def test_beyond_reach_and_what_is_no_number() -> None:
    for number in (np.nan, np.inf, 1e300, -2 * REACH):
        z = np.array([1.0, number, 2.0])
        with np.errstate(invalid="ignore"):
            expected = np.sin(z)
            sine_in_place(z)
        np.testing.assert_allclose(z, expected, rtol=0, atol=EXACT)


def test_any_shape_and_order_and_nothing_beside_it() -> None:
    whole = np.random.default_rng(1).normal(size=(4, 7, 11))
    for part in (np.s_[:, :-1], np.s_[:, :, 2:9], np.s_[0], np.s_[::2, ::3, ::-1], np.s_[1, 2], np.s_[:, :0]):
        for room in (None, room_for(5)):
            found, expected = whole.copy(), whole.copy()
            expected[part] = np.sin(expected[part])
            sine_in_place(found[part], room)
            np.testing.assert_allclose(found, expected, rtol=0, atol=EXACT)
    across = whole[0].T.copy(order="F")
    sine_in_place(across)
    np.testing.assert_allclose(across, np.sin(whole[0].T), rtol=0, atol=EXACT)
