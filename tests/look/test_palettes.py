"""Palettes: the table, the ramp and the stops are one thing, and the ball stands out from all of it."""

from __future__ import annotations

import colorsys
from itertools import combinations, pairwise
from pathlib import Path

import bpy
import numpy as np
import pytest

from lsblender.look import palettes
from lsblender.look.nodes import Nodes
from lsblender.look.palettes import PALETTES, Palette, hex_colour, race_colours, to_linear, to_srgb
from lsblender.look.palettes.base import OURS
from lsblender.look.palettes.colour import to_oklab
from lsblender.scene.compat import use_nodes

FOLDER = Path(palettes.__file__).parent
#: The originals' 256 colours, as the package cmap 0.8.0 has them.
ORIGINALS = Path(__file__).parent / "data" / "tables.npz"
LICENCES = {
    "viridis": "CC0-1.0",
    "magma": "CC0-1.0",
    "inferno": "CC0-1.0",
    "cividis": "LicenseRef-Battelle",
    "batlow": "MIT",
    "oleron": "MIT",
    "turbo": "Apache-2.0",
}


@pytest.fixture(params=list(PALETTES))
def palette(request: pytest.FixtureRequest) -> Palette:
    return PALETTES[request.param]()


def srgb_bytes(text: str) -> list[int]:
    return [int(text[i : i + 2], 16) for i in (1, 3, 5)]


# -- eyes that lack red or green cones, after Viénot, Brettel & Mollon 1999 (the package uses another model) ----------

RGB_TO_LMS = np.array(
    [[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]],
)
EYES = {
    "full": np.eye(3),
    "protan": np.array([[0, 2.02344, -2.52581], [0, 1, 0], [0, 0, 1]]),
    "deutan": np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]]),
}


def seen(linear: np.ndarray, eye: str) -> np.ndarray:
    """Oklab of linear RGB (..., 3) as an eye sees it."""
    through = np.linalg.inv(RGB_TO_LMS) @ EYES[eye] @ RGB_TO_LMS
    return to_oklab(np.clip(linear @ through.T, 0.0, 1.0))


def nearest(lab: np.ndarray) -> float:
    """The smallest distance between two of the colours."""
    return min(float(np.linalg.norm(a - b)) for a, b in combinations(lab, 2))


# -- stops, table, ramp ----------------------------------------------------------------------------------------------


def test_stops_run_from_the_lowest_to_the_highest(palette: Palette) -> None:
    positions = [position for position, _ in palette.stops]
    assert positions[0] == 0.0
    assert positions[-1] == 1.0
    assert all(low < high for low, high in pairwise(positions))


def test_table_goes_through_the_stops(palette: Palette) -> None:
    table = palette.table(255 * 100 + 1)
    assert table.dtype == np.uint8
    for position, colour in palette.stops:
        row = table[round(position * 25_500)].astype(int)
        assert np.abs(row - srgb_bytes(colour)).max() <= 1


def test_table_has_256_rows_and_no_jumps_but_those_that_are_stated(palette: Palette) -> None:
    table = palette.table().astype(int)
    assert table.shape == (256, 3)
    jumps = np.abs(np.diff(table, axis=0)).max(axis=1)
    stated = {int(level * 255) for level in palette.breaks}
    assert {int(k) for k in np.flatnonzero(jumps > 12)} == stated


@pytest.mark.parametrize("name", list(LICENCES))
def test_scientific_palettes_are_the_originals(name: str) -> None:
    original = np.load(ORIGINALS, allow_pickle=False)[name]
    assert original.shape == (256, 3)
    assert np.abs(PALETTES[name]().table().astype(int) - original).max() <= 2


def test_levels_beyond_the_ends_take_the_ends_colours(palette: Palette) -> None:
    beyond = palette.colours(np.array([-1.0, 0.0, 1.0, 2.0]))
    assert np.array_equal(beyond[0], beyond[1])
    assert np.array_equal(beyond[2], beyond[3])


def test_blenders_ramp_is_the_table(palette: Palette) -> None:
    material = bpy.data.materials.new("Ramp")
    try:
        nodes = Nodes(use_nodes(material))
        nodes.ramp(0.0, palette.ramp())
        (node,) = (node for node in nodes.tree.nodes if node.type == "VALTORGB")
        drawn = np.array([node.color_ramp.evaluate(level)[:3] for level in np.linspace(0.0, 1.0, 256)])
        assert len(node.color_ramp.elements) <= 32
    finally:
        bpy.data.materials.remove(material)
    assert np.abs(to_srgb(drawn) * 255 - palette.table().astype(float)).max() <= 2.0


# -- what is seen ----------------------------------------------------------------------------------------------------


def test_the_balls_colour_stands_out_from_every_level(palette: Palette) -> None:
    """By hue or by lightness: distance of sRGB bytes is the plainest measure of both."""
    accent = np.array(srgb_bytes(palette.accent))
    assert np.linalg.norm(palette.table().astype(int) - accent, axis=1).min() > 60


@pytest.mark.parametrize("eye", list(EYES))
def test_the_balls_colour_stands_out_to_every_eye(palette: Palette, eye: str) -> None:
    accent = seen(np.array(hex_colour(palette.accent)), eye)
    ground = seen(palette.colours(np.linspace(0.0, 1.0, 65)), eye)
    assert np.linalg.norm(ground - accent, axis=1).min() > 0.06


def test_equal_steps_stay_apart_where_a_palette_says_so(palette: Palette) -> None:
    """Nine levels, an eighth apart, as each eye sees them; and of all levels the order can be told by lightness."""
    if not palette.colour_blind_safe:
        return
    levels = np.linspace(0.0, 1.0, 9)
    for eye in EYES:
        lab = seen(palette.colours(levels), eye)
        assert nearest(lab) > 0.012
        steps = np.diff(seen(palette.colours(np.linspace(0.0, 1.0, 64)), eye)[:, 0])
        assert (steps > -1e-3).all() or (steps < 1e-3).all()


def test_unsafe_palettes_are_not_called_safe() -> None:
    unsafe = {name for name in PALETTES if not PALETTES[name].colour_blind_safe}
    assert unsafe == {"atlas", "oleron", "turbo"}
    for name in unsafe:
        lightness = to_oklab(PALETTES[name]().colours(np.linspace(0.0, 1.0, 64)))[:, 0]
        steps = np.diff(lightness)
        assert (steps > 1e-3).any()
        assert (steps < -1e-3).any()


def test_race_colours_tell_eight_balls_apart(palette: Palette) -> None:
    colours = race_colours(palette, 8)
    assert colours[0] == palette.accent
    assert len(set(colours)) == 8
    linear = np.array([hex_colour(colour) for colour in colours])
    assert nearest(seen(linear, "full")) > 0.12
    for eye in ("protan", "deutan"):
        assert nearest(seen(linear, eye)) > 0.05
    ground = to_oklab(palette.colours(np.linspace(0.0, 1.0, 65)))
    assert np.linalg.norm(to_oklab(linear)[:, None] - ground, axis=2).min() > 0.05


def test_race_colours_are_as_many_as_asked_for(palette: Palette) -> None:
    many = race_colours(palette, 60)
    assert len(many) == 60
    assert race_colours(palette, 3) == many[:3]
    assert race_colours(palette, 0) == []


def test_the_ink_is_seen_on_the_ground_below_and_above_its_turn(palette: Palette) -> None:
    levels = np.linspace(0.0, 1.0, 101)
    ground = to_srgb(palette.colours(levels)) @ [0.2126, 0.7152, 0.0722]
    for ink, where in (
        (palette.ink_low, levels < palette.ink_turn - 0.2),
        (palette.ink_high, levels > palette.ink_turn + 0.15),
    ):
        lightness = np.array(srgb_bytes(ink)) / 255.0 @ [0.2126, 0.7152, 0.0722]
        assert np.abs(ground[where] - lightness).mean() > 0.12


# -- licences --------------------------------------------------------------------------------------------------------


def test_every_palette_says_whose_it_is() -> None:
    assert {name: PALETTES[name].licence for name in PALETTES if PALETTES[name].licence != OURS} == LICENCES
    assert all(PALETTES[name].credit for name in PALETTES)


def test_licence_texts_are_there() -> None:
    text = (FOLDER / "licences.txt").read_text(encoding="utf-8")
    for name in LICENCES:
        assert name in text
    # what the licences ask to be kept
    for line in (
        "Copyright (c) 2017, Battelle Memorial Institute",
        "neither the name Battelle Memorial Institute",
        "Copyright (c) 2020 Fabio Crameri",
        "The above copyright notice and this permission notice shall be included",
        "Copyright 2019 Google LLC",
    ):
        assert line in text
    apache = (FOLDER / "licence-apache-2.0.txt").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in apache
    assert "END OF TERMS AND CONDITIONS" in apache or "9. Accepting Warranty" in apache


# -- colours as numbers ----------------------------------------------------------------------------------------------


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
