"""Palettes: the table, the ramp and the stops are one thing, and the ball stands out from all of it."""

from __future__ import annotations

import colorsys
from itertools import pairwise

import numpy as np
import pytest

from lsblender.look.palettes import PALETTES, Palette, hex_colour, to_linear, to_srgb


@pytest.fixture(params=list(PALETTES))
def palette(request: pytest.FixtureRequest) -> Palette:
    return PALETTES[request.param]()


def srgb_bytes(text: str) -> list[int]:
    return [int(text[i : i + 2], 16) for i in (1, 3, 5)]


def test_stops_run_from_the_lowest_to_the_highest(palette: Palette) -> None:
    positions = [position for position, _ in palette.stops]
    assert positions[0] == 0.0
    assert positions[-1] == 1.0
    assert all(low < high for low, high in pairwise(positions))


def test_table_goes_through_the_stops(palette: Palette) -> None:
    table = palette.table(10_001)
    assert table.dtype == np.uint8
    for position, colour in palette.stops:
        row = table[round(position * 10_000)].astype(int)
        assert np.abs(row - srgb_bytes(colour)).max() <= 1


def test_table_has_256_rows_and_no_jumps(palette: Palette) -> None:
    table = palette.table().astype(int)
    assert table.shape == (256, 3)
    assert np.abs(np.diff(table, axis=0)).max() <= 12


def test_levels_beyond_the_ends_take_the_ends_colours(palette: Palette) -> None:
    beyond = palette.colours(np.array([-1.0, 0.0, 1.0, 2.0]))
    assert np.array_equal(beyond[0], beyond[1])
    assert np.array_equal(beyond[2], beyond[3])


def test_the_balls_colour_stands_out_from_every_level(palette: Palette) -> None:
    """By hue or by lightness: distance of sRGB bytes is the plainest measure of both."""
    accent = np.array(srgb_bytes(palette.accent))
    assert np.linalg.norm(palette.table().astype(int) - accent, axis=1).min() > 60


def test_the_ink_is_seen_on_the_ground_below_and_above_its_turn(palette: Palette) -> None:
    levels = np.linspace(0.0, 1.0, 101)
    ground = to_srgb(palette.colours(levels)) @ [0.2126, 0.7152, 0.0722]
    for ink, where in (
        (palette.ink_low, levels < palette.ink_turn - 0.2),
        (palette.ink_high, levels > palette.ink_turn + 0.15),
    ):
        lightness = np.array(srgb_bytes(ink)) / 255.0 @ [0.2126, 0.7152, 0.0722]
        assert np.abs(ground[where] - lightness).mean() > 0.12


def test_srgb_and_linear_light_are_inverse_and_meet_the_standard() -> None:
    values = np.linspace(0.0, 1.0, 256)
    assert np.allclose(to_srgb(to_linear(values)), values, atol=1e-7)
    # IEC 61966-2-1: middle grey 188 is half of the light
    assert to_linear(np.array([188 / 255]))[0] == pytest.approx(0.5028865, abs=1e-6)


def test_hex_colours_are_read_as_srgb() -> None:
    assert hex_colour("#ffffff") == pytest.approx((1.0, 1.0, 1.0))
    assert hex_colour("#000000") == (0.0, 0.0, 0.0)
    red, green, blue = hex_colour("#ff8000")
    hue, _, _ = colorsys.rgb_to_hsv(*to_srgb(np.array([red, green, blue])))
    assert hue * 360 == pytest.approx(30.1, abs=0.2)
