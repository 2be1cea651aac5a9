"""The poster's page: nothing over anything else, all within the border, and everything said."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from lsblender.engine import Experiment
from lsblender.look.palettes import PALETTES
from lsblender.storyboard.directing import direct
from lsblender.storyboard.labels.inks import contrast
from lsblender.storyboard.labels.items import Bar, Dot, TextItem
from lsblender.storyboard.labels.poster import BORDER, DPI, PAGE, Poster, PosterFacts, lay_out_poster, window_of
from lsblender.storyboard.posters import MARGIN, poster_facts, poster_storyboard, shot_at
from lsblender.storyboard.storyboard import Look, Results, Shot, Storyboard
from lsblender.storyboard.terrain import Relief
from tests.landscapes import landscape, zigzag

FEW = (("Model", "himmelblau, 2 parameters", ()), ("Date", "2026-11-23", ()))
MANY = (
    ("Data", "breast cancer", ()),
    *((f"{'Optimizers' if k == 0 else ''}", f"optimizer {k}, 200 steps", ("#ff0000",)) for k in range(12)),
    ("Note", "Balls that would be in one another step aside, and more is to be said of them. " * 4, ()),
    ("Date", "2026-11-23", ()),
)  # fmt: skip


def facts(rows: tuple = FEW, title: str = "Downhill in thirty dimensions", palette: str = "glacier") -> PosterFacts:
    colours = PALETTES[palette]
    return PosterFacts(title, rows, colours.backdrop, colours.stops, ("loss 0.1", "3"))


def test_a_page_of_20_by_30_centimetres() -> None:
    assert np.array(PAGE) / DPI * 2.54 == pytest.approx([20.0, 30.0], abs=0.005)


@pytest.mark.parametrize("aspect", [2 / 3, 1.0, 1.5])
@pytest.mark.parametrize("rows", [FEW, MANY], ids=["few", "many"])
@pytest.mark.parametrize("title", ["", "Hi", "Downhill in thirty dimensions", "Word " * 20])
def test_all_is_within_the_border_and_nothing_lies_over_anything_else(aspect: float, rows: tuple, title: str) -> None:
    poster = lay_out_poster(facts(rows, title), aspect)
    short = min(1.0, aspect)
    for item in poster.items:
        box = item.box
        assert box.left >= poster.window.left - 0.002
        assert box.right <= poster.window.right + 0.002
        assert box.bottom >= -0.5 + 0.65 * BORDER * short - 1e-9
    written = [item for item in poster.items if not item.name.startswith("Rule")]
    assert all(item.box.top < poster.window.bottom for item in written)
    apart = [item for item in written if not item.name.startswith("Strip")]
    apart.append(next(item for item in written if item.name == "Strip 1"))
    assert not [(a.name, b.name) for a, b in itertools.combinations(apart, 2) if a.box.overlaps(b.box)]


def test_the_window_is_centred_and_leaves_the_foot_heavier() -> None:
    window = window_of(2 / 3)
    assert window.left == pytest.approx(-window.right)
    assert 0.5 - window.top == pytest.approx(window.left + 1 / 3)
    assert window.bottom + 0.5 > 3 * (0.5 - window.top)


@pytest.mark.parametrize("palette", list(PALETTES))
def test_type_is_readable_on_every_mat(palette: str) -> None:
    poster = lay_out_poster(facts(palette=palette), 2 / 3)
    for item in poster.items:
        if isinstance(item, TextItem):
            assert contrast(item.colour, poster.mat) >= 4.5
    # a mat, not a colour: bright and hardly tinted
    assert poster.paper.min() > 0.85
    assert np.ptp(poster.paper) < 0.07


def strip(poster: Poster) -> list[Bar]:
    return [item for item in poster.items if isinstance(item, Bar) and item.name.startswith("Strip")]


def test_the_strip_is_the_palette() -> None:
    bars = strip(lay_out_poster(facts(), 2 / 3))
    assert all(b.x <= a.x + a.width + 1e-12 for a, b in itertools.pairwise(bars))
    values = np.array([[int(bar.colour[k : k + 2], 16) for k in (1, 3, 5)] for bar in bars])
    levels = (np.arange(len(bars)) + 0.5) / len(bars)
    table = PALETTES["glacier"]().table(4096)[np.round(levels * 4095).astype(int)]
    assert abs(values - table.astype(int)).max() <= 3


def two_shots() -> tuple[Storyboard, Results]:
    look = Look(relief=Relief(detail=16, finest=16, scale="log"))
    shot = Shot(seconds=0.5, look=look, experiment=Experiment())
    storyboard = Storyboard(title="All", fps=8, shots=(shot, dataclasses.replace(shot, title="Second")))
    paths = [zigzag(8), zigzag(4, seed=4)]
    second = dataclasses.replace(landscape("bowl", *paths), explained=np.array([0.84, 0.11]))
    return storyboard, Results.of(landscape("bumps", paths[0]), second)


def test_what_a_poster_says() -> None:
    storyboard, results = two_shots()
    film = direct(storyboard, results, lambda fall: fall, 0.8)  # type: ignore[arg-type, return-value]
    first, second = (poster_facts(storyboard, results, film, frame, "2026-11-23") for frame in (1, 8))
    assert (first.title, second.title) == ("All", "Second")
    texts = [text for _, text, _ in second.rows]
    assert "x 84 %, y 11 %" in texts
    assert "Heights: logarithm of the loss." in texts
    assert texts[-1] == "2026-11-23"
    optimizers = [(text, len(dots)) for _, text, dots in second.rows if dots]
    assert optimizers == [("path 1, 8 steps", 1), ("path 2, 4 steps", 1)]
    assert not [name for name, _, _ in first.rows if name == "Variance"]
    low, high = second.ends
    assert float(low.removeprefix("loss ")) == pytest.approx(results.landscapes[1].loss.min(), abs=1e-3)
    assert float(high) == pytest.approx(results.landscapes[1].loss.max(), rel=1e-2)
    assert any(isinstance(item, Dot) for item in lay_out_poster(second, 2 / 3).items)


def test_the_shot_that_a_frame_shows() -> None:
    storyboard, _ = two_shots()
    assert [shot_at(storyboard, frame) for frame in (1, 4, 5, 8)] == [0, 0, 1, 1]


def test_the_picture_is_composed_for_its_window() -> None:
    storyboard, _ = two_shots()
    made = poster_storyboard(storyboard, (553, 650))
    assert made.render.size == (553, 650)
    assert made.render.aspect == pytest.approx(553 / 650)
    for shot in made.shots:
        labels = shot.labels
        assert not any((labels.title, labels.counters, labels.captions, labels.legend, labels.colour_bar))
        assert shot.look.camera.margin == MARGIN
