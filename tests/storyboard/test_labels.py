"""What is written: its numbers, its inks and its places."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from lsblender.look.palettes import Glacier, to_srgb
from lsblender.storyboard.labels import Labels, PathFacts, ShotFacts, axis_texts
from lsblender.storyboard.labels.inks import contrast, inks_on
from lsblender.storyboard.labels.items import Bar, Box, Counter, Dot, Item, Patch, TextItem
from lsblender.storyboard.labels.layout import lay_out
from lsblender.storyboard.labels.lying import axis_places, contour_places, emphasised_levels
from lsblender.storyboard.labels.readings import Tick, colour_bar_ticks, readings
from lsblender.storyboard.terrain import Relief, build_terrain
from tests.landscapes import landscape

FRAMES = np.arange(25, 145)
ASPECTS = [16 / 9, 1.0, 9 / 16]
NAMES = ("gradient descent", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "natural gradient", "lbfgs")
TICKS = (Tick(0.0, "0.1"), Tick(0.5, "1"), Tick(1.0, "≥ 10"))
STOPS = ((0.0, "#000000"), (1.0, "#ffffff"))
ALL = Labels(colour_bar=True, contour_values=True)


def make_facts(n_paths: int = 1, **changes) -> ShotFacts:
    """A shot of 120 frames; the second ball diverges at step 12, the others arrive one after the other."""
    count = len(FRAMES)
    paths = tuple(
        PathFacts(
            name,
            "#d1202f",
            np.linspace(0, 200, count),
            np.geomspace(135, 1e-6, count),
            np.arange(count) > 100 - 5 * k,
            12 if k == 1 else None,
        )
        for k, name in enumerate(NAMES[:n_paths])
    )
    made = ShotFacts(
        FRAMES,
        24,
        "#17425a",
        "Downhill in thirty dimensions",
        ("Breast cancer, standardized", "Linear SVM, gradient descent"),
        paths=paths,
        ticks=TICKS,
        stops=STOPS,
        captions=("The ball floats by the in-plane error", "Smoothed over 5 steps"),
    )
    return dataclasses.replace(made, **changes)


def named(items: tuple[Item, ...], part: str) -> list[Item]:
    return [item for item in items if item.name.startswith(part)]


# -- numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1352.4, "1352"),
        (135.24, "135.2"),
        (9.9996, "10.00"),
        (1.0, "1.000"),
        (0.31544, "0.3154"),
        (0.0135, "0.0135"),
        (0.00098, "9.80e-4"),
        (1.234e-29, "1.23e-29"),
        (0.0, "0.000"),
        (-2.5, "-2.500"),
        (123456.0, "1.23e5"),
        (99999.96, "1.00e5"),
    ],
)
def test_readings_have_few_digits(value: float, text: str) -> None:
    assert readings([value]).text(0) == text


def test_readings_are_the_numbers() -> None:
    values = np.random.default_rng(1).normal(size=500) * 10.0 ** np.random.default_rng(2).uniform(-12, 12, 500)
    made = readings(values)
    read = np.array([float(made.text(k)) for k in range(500)])
    assert np.max(abs(read - values) / np.maximum(abs(values), 0.02)) < 6e-3
    assert max(len(text) for text in made.texts()) <= 9


def test_readings_hold_the_last_finite_number() -> None:
    made = readings([3.0, np.nan, np.inf, 5.0])
    assert [made.text(k) for k in range(4)] == ["3.000", "3.000", "3.000", "5.000"]


LEVELS = {"linear": lambda v: v, "sqrt": np.sqrt, "log": np.log}


@pytest.mark.parametrize("scale", list(LEVELS))
@pytest.mark.parametrize("span", [(0.2, 0.47), (0.01, 350.0), (1e-7, 2e4), (900.0, 1100.0)])
def test_ticks_stand_where_the_terrain_draws_their_loss(scale: str, span: tuple[float, float]) -> None:
    """Against the formula of the scale."""
    low, high = span
    ground = landscape(lambda x, y: low * (high / low) ** ((x + 1.2) / 2.4) + 0 * y, x=(-1.2, 1.2, 129))
    ticks = colour_bar_ticks(build_terrain(ground, Relief(scale=scale, detail=129)), ground)
    function = LEVELS[scale]
    assert 1 <= len(ticks) <= 8
    for tick in ticks:
        expected = (function(float(tick.text)) - function(low)) / (function(high) - function(low))
        assert tick.level == pytest.approx(expected, abs=0.02)
        assert len(f"{float(tick.text):.12e}".partition("e")[0].rstrip("0").rstrip(".")) <= 4, "a round number"
    assert all(b.level - a.level > 0.1 for a, b in itertools.pairwise(ticks))


def test_ticks_say_where_heights_are_capped() -> None:
    ground = landscape("bowl")
    whole = build_terrain(ground, Relief(detail=24))
    cut = build_terrain(ground, Relief(detail=24, clip=60))
    assert not any("≥" in tick.text for tick in colour_bar_ticks(whole, ground))
    top = colour_bar_ticks(cut, ground)[-1]
    assert top.level == 1.0
    assert float(top.text.removeprefix("≥ ")) == pytest.approx(np.percentile(ground.loss, 60), rel=5e-3)


def test_level_ground_has_no_ticks() -> None:
    ground = landscape("level")
    assert colour_bar_ticks(build_terrain(ground, Relief(detail=24)), ground) == ()


def test_axis_texts() -> None:
    assert axis_texts(("PC 1", "PC 2"), np.array([0.934, 0.0042])) == ("PC 1  (93 %)", "PC 2  (0.4 %)")
    assert axis_texts(("w", "b"), np.full(2, np.nan)) == ("w", "b")


# -- inks ----------------------------------------------------------------------------------------------------


def test_contrast_is_that_of_the_guidelines() -> None:
    """Well-known values of WCAG 2: black on white, and the lightest grey that just fails on white."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_inks_stand_out_from_every_ground() -> None:
    rng = np.random.default_rng(0)
    for red, green, blue in [*rng.integers(0, 256, (300, 3)), *([grey] * 3 for grey in range(256))]:
        ground = f"#{red:02x}{green:02x}{blue:02x}"
        inks = inks_on(ground)
        assert contrast(inks.strong, ground) >= contrast(inks.muted, ground) >= 4.5


# -- places --------------------------------------------------------------------------------------------------


def overlap(a: Box, b: Box) -> float:
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.top, b.top) - max(a.bottom, b.bottom)
    return min(width, height)


CASES = {
    "one": {},
    "race": {"n_paths": 6},
    "many": {"n_paths": 8},
    "no balls": {"n_paths": 0},
    "long": {"n_paths": 3, "title": "The quick brown fox jumps over the lazy dog and then once more " * 2},
    "one long word": {"title": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamter"},
    "other letters": {"title": "下り坂の風景と確率的勾配降下法", "lines": ("θ ∈ ℝ³⁰", "")},
    "many captions": {"n_paths": 6, "captions": ("The surface is the loss of each mini-batch, not of all data",) * 4},
    "nothing": {"n_paths": 0, "title": "", "lines": (), "captions": (), "stops": (), "ticks": ()},
    "short": {"frames": np.arange(1, 4)},
}


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("case", list(CASES))
@pytest.mark.parametrize("size", [0.036, 0.1])
def test_writing_is_inside_and_never_over_other_writing(case: str, aspect: float, size: float) -> None:
    facts = make_facts(**CASES[case])
    if case == "short":
        paths = tuple(
            dataclasses.replace(path, step=path.step[:3], loss=path.loss[:3], finished=path.finished[:3])
            for path in facts.paths
        )
        facts = dataclasses.replace(facts, paths=paths)
    items = [
        item for item in lay_out(dataclasses.replace(ALL, size=size), facts, aspect) if not isinstance(item, Patch)
    ]
    assert bool(items) == (case != "nothing")
    for item in items:
        assert -aspect / 2 < item.box.left <= item.box.right < aspect / 2
        assert -0.5 < item.box.bottom <= item.box.top < 0.5
        assert facts.frames[0] <= item.times.first <= item.times.last <= facts.frames[-1]
    for a, b in itertools.combinations(items, 2):
        if max(a.times.first, b.times.first) <= min(a.times.last, b.times.last):
            assert overlap(a.box, b.box) < 1e-9, (a.name, b.name)
    assert len({item.name for item in items}) == len(items)


@pytest.mark.parametrize("aspect", ASPECTS)
def test_writing_is_large_enough_to_read(aspect: float) -> None:
    """An x is half an em high: 5 pixels at 640 x 360."""
    shorter = 360
    height = shorter / min(1.0, aspect)
    for item in lay_out(Labels(), make_facts(), aspect):
        if isinstance(item, TextItem | Counter):
            assert item.size * height * 0.45 > 5


SWITCHES = {
    "title": ("Title", "Subtitle"),
    "counters": ("Counter", "Value"),
    "legend": ("Dot", "Name"),
    "colour_bar": ("Colour bar", "Tick"),
    "captions": ("Caption",),
}


@pytest.mark.parametrize("switch", list(SWITCHES))
def test_each_can_be_switched_off(switch: str) -> None:
    facts = make_facts(6)
    on, off = (lay_out(dataclasses.replace(ALL, **{switch: state}), facts, 16 / 9) for state in (True, False))
    for part in SWITCHES[switch]:
        assert named(on, part)
        if (switch, part) != ("counters", "Value"):
            assert not named(off, part)
    kept = {item.name for item in on if not item.name.startswith((*SWITCHES[switch], "Ground", "Value", "End"))}
    assert kept <= {item.name for item in off}


def test_losses_are_in_the_legend_or_with_the_step() -> None:
    race = lay_out(Labels(), make_facts(3), 16 / 9)
    assert {item.name for item in named(race, "Value")} == {"Value step", *(f"Value {name}" for name in NAMES[:3])}
    single = lay_out(Labels(), make_facts(1), 16 / 9)
    assert {item.name for item in named(single, "Value")} == {"Value step", "Value loss"}
    assert not named(single, "Dot"), "one ball needs no legend"


def test_counters_show_step_and_loss() -> None:
    facts = make_facts(1)
    step, loss = (named(lay_out(Labels(), facts, 16 / 9), f"Value {part}")[0] for part in ("step", "loss"))
    assert isinstance(step, Counter)
    assert isinstance(loss, Counter)
    for k in (0, 7, 60, 119):
        assert step.readings.text(k) == str(int(facts.paths[0].step[k] + 1e-6))
        assert float(loss.readings.text(k)) == pytest.approx(facts.paths[0].loss[k], rel=6e-3, abs=6e-5)


def test_a_ball_that_diverged_says_so_from_then_on() -> None:
    items = lay_out(Labels(), make_facts(3), 16 / 9)
    (end,) = named(items, "End momentum")
    (value,) = named(items, "Value momentum")
    assert isinstance(end, TextItem)
    assert end.text == "diverged at step 12"
    assert end.times.first == FRAMES[0] + 96
    assert value.times.last == end.times.first - 1
    (arrived,) = named(items, "End nesterov")
    (stays,) = named(items, "Value nesterov")
    assert arrived.times.first == FRAMES[0] + 91
    assert stays.times.last == FRAMES[-1]


def test_title_card_comes_and_goes() -> None:
    card = named(lay_out(Labels(), make_facts(), 16 / 9), "Title")
    for item in card:
        assert item.times.first == FRAMES[0]
        assert item.times.last == FRAMES[0] + 59, "2.5 s"
        assert item.times.fade == 12


def test_title_card_keeps_clear_of_the_ball() -> None:
    usual = named(lay_out(Labels(), make_facts(), 16 / 9), "Title")[0]
    ball = Box(-0.7, 0.3, -0.5, 0.45)
    assert overlap(usual.box, ball) > 0
    moved = lay_out(Labels(), make_facts(avoid=(ball,)), 16 / 9)
    assert all(overlap(item.box, ball) <= 0 for item in [*named(moved, "Title"), *named(moved, "Subtitle")])


def test_colour_bar_has_the_palette() -> None:
    items = lay_out(ALL, make_facts(), 16 / 9)
    (bar,) = (item for item in items if isinstance(item, Bar) and item.stops)
    assert bar.stops == STOPS
    marks = sorted((item for item in items if item.name.endswith("mark")), key=lambda item: item.y)
    heights = [((mark.box.top + mark.box.bottom) / 2 - bar.y) / bar.height for mark in marks]
    assert heights == pytest.approx([tick.level for tick in TICKS])


def test_dots_have_the_balls_colours() -> None:
    dots = [item for item in lay_out(Labels(), make_facts(4), 16 / 9) if isinstance(item, Dot)]
    assert [dot.colour for dot in dots] == ["#d1202f"] * 4


# -- lying writing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("azimuth", [-53.0, 37.0, 127.0, 217.0, 5.0])
def test_axis_names_lie_before_the_sides_that_are_seen(azimuth: float) -> None:
    terrain = build_terrain(landscape("bumps"), Relief(detail=24))
    towards = np.array([np.cos(np.radians(azimuth)), np.sin(np.radians(azimuth)), 0.0])
    seen_right = np.array([-towards[1], towards[0], 0.0])
    for axis, name in enumerate(axis_places(terrain, ("a", "b"), azimuth, "#17425a")):
        assert abs(name.right[axis]) == 1, "along its axis"
        assert name.right @ seen_right > 0, "from left to right"
        assert name.up @ towards < 0, "upright"
        assert np.cross(name.right, name.up) == pytest.approx([0, 0, 1])
        outside = abs(name.place[1 - axis]) - terrain.x[-1]
        assert outside > 0.5 * name.size
        assert terrain.base < name.place[2] < terrain.base + 0.05
        assert (name.place @ towards) > 0


def test_contour_values_stand_on_their_lines() -> None:
    terrain = build_terrain(landscape("bowl"), Relief(detail=96))
    levels = [0.12, 0.22, 0.42]
    way = terrain.points(np.column_stack([np.linspace(0, -4, 50), np.zeros(50)]))
    made = contour_places(terrain, levels, 37.0, Glacier(), way)
    assert len(made) == 3
    for level, value in zip(levels, made, strict=True):
        foot = value.place - 0.4 * value.size * value.up
        assert terrain.height(foot[:2]) / terrain.relief == pytest.approx(level, abs=0.01)
        # a bowl's loss is its height
        assert float(value.text) == pytest.approx(level * terrain.loss.max(), rel=0.01)
        normal = terrain.normals(foot[:2])
        assert np.cross(value.right, value.up) @ normal == pytest.approx(1.0, abs=1e-3)
        ground = "#" + "".join(
            f"{v:02x}" for v in np.round(255 * to_srgb(Glacier().colours(np.array(level)))).astype(int)
        )
        assert contrast(value.ink, ground) >= 4.5
        assert value.up[:2] @ (np.cos(np.radians(37)), np.sin(np.radians(37))) < 0
        assert np.linalg.norm(way - foot, axis=1).min() > value.size


def test_emphasised_levels_are_those_of_the_shader() -> None:
    """Where the formulas of the materials have a strong line: half a line off a whole number of counted levels."""
    for contours, emphasis in ((25, 5), (30, 4), (12, 1), (500, 5)):
        levels = np.array(emphasised_levels(contours, emphasis))
        assert 1 <= len(levels) <= 5
        counted = levels + (0.5 * emphasis - 0.5) / contours
        assert counted * contours / emphasis % 1 == pytest.approx(0.5)
        assert levels.min() > 0.05
        assert levels.max() < 1
    assert emphasised_levels(0, 5) == emphasised_levels(25, 0) == []


def test_level_ground_has_no_contour_values() -> None:
    assert contour_places(build_terrain(landscape("level"), Relief(detail=24)), [0.5], 37.0, Glacier()) == ()
