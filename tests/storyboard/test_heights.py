"""Heights that flatter: rank, smoothing, terraces and meshes fine enough, against closed forms."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

from lsblender.look.palettes import Glacier
from lsblender.storyboard.directing import direct
from lsblender.storyboard.ground import between
from lsblender.storyboard.labels.lying import contour_places
from lsblender.storyboard.labels.readings import colour_bar_ticks
from lsblender.storyboard.motion.trails import thread_over
from lsblender.storyboard.refining import PIXELS, TOLERANCE, deviation, refined
from lsblender.storyboard.storyboard import Look, Results, Shot, Storyboard
from lsblender.storyboard.telling import tell
from lsblender.storyboard.terrain import Relief, Terrain, build_terrain, build_terrains
from tests.landscapes import SURFACES, landscape

GRID = (-1.2, 1.2, 49)


# -- rank ----------------------------------------------------------------------------------------------------


def test_rank_is_that_of_scipy() -> None:
    made = landscape(lambda x, y: np.round(3 * np.exp(x) + y, 1))
    ranks = stats.rankdata(made.loss)
    expected = 2.6 * (ranks - ranks.min()) / np.ptp(ranks)
    terrain = build_terrain(made, Relief(scale="rank", detail=8))
    assert terrain.z == pytest.approx(expected.reshape(made.loss.shape), abs=1e-9)
    assert len(np.unique(made.loss)) < made.loss.size / 2, "there are ties"
    assert terrain.loss == pytest.approx(made.loss)


def test_rank_makes_a_plane_of_what_rises_in_one_direction() -> None:
    made = landscape(lambda x, y: np.exp(9 * x) + 0 * y)
    terrain = build_terrain(made, Relief(scale="rank", detail=96))
    assert terrain.z == pytest.approx(np.tile(np.linspace(0, 2.6, 97), (97, 1)), abs=1e-9)


def test_z_of_follows_the_rank() -> None:
    """Losses of exp(9 x), drawn as x; and what lies outside of them."""
    made = landscape(lambda x, y: np.exp(9 * x) + 0 * y, x=(-1.2, 1.2, 481), y=(-1.2, 1.2, 9))
    terrain = build_terrain(made, Relief(scale="rank", detail=8))
    share = np.linspace(0, 1, 37)
    assert terrain.z_of(np.exp(9 * (2.4 * share - 1.2))) == pytest.approx(2.6 * share, abs=2.6 / 480)
    assert terrain.z_of(made.loss) == pytest.approx(terrain.z, abs=1e-9)
    assert terrain.z_of(np.array([1e9, np.inf, np.nan, -5.0])) == pytest.approx([2.6, 2.6, 2.6, 0.0])


def test_ticks_stand_at_the_ranks_of_their_losses() -> None:
    made = landscape(lambda x, y: np.exp(4 * x) + 0 * y, x=(-1.2, 1.2, 481))
    ticks = colour_bar_ticks(build_terrain(made, Relief(scale="rank", detail=8)), made)
    assert len(ticks) >= 3
    for tick in ticks:
        assert tick.level == pytest.approx((np.log(float(tick.text)) / 4 + 1.2) / 2.4, abs=0.005)


def test_states_share_one_scale() -> None:
    """The z of a loss is that at which each state draws it, though their ranges differ."""
    made = landscape("bowl")
    low, high = build_terrains(made, np.stack([made.loss, 3 * made.loss + 1]), Relief(detail=8))
    for terrain, loss in ((low, made.loss), (high, 3 * made.loss + 1)):
        assert terrain.z_of(loss) == pytest.approx(terrain.z, abs=1e-9)
    assert between(low, high, 0.5).z_of(made.loss) == pytest.approx(low.z, abs=1e-9)


# -- smoothing -----------------------------------------------------------------------------------------------


def test_smoothing_is_a_gaussian_of_so_many_cells() -> None:
    """A wave with k waves per cell comes out lower by exp(-2 (pi k sigma)^2)."""
    waves = 1 / 12
    made = landscape(
        lambda x, y: np.sin(2 * np.pi * waves * (x + 1.2) * 40) + 0 * y, x=(-1.2, 1.2, 97), y=(-1.2, 1.2, 97)
    )
    plain, smooth = (build_terrain(made, Relief(detail=8, smoothing=cells)) for cells in (0.0, 2.0))
    left = (smooth.z - 1.3)[40:56, 30:66] / (plain.z - 1.3)[40:56, 30:66]
    far = abs(plain.z - 1.3)[40:56, 30:66] > 0.2
    assert left[far] == pytest.approx(np.full(far.sum(), np.exp(-2 * (np.pi * waves * 2.0) ** 2)), abs=2e-3)


@pytest.mark.parametrize("surface", ["bumps", "banana"])
def test_smoothing_leaves_the_numbers_alone(surface: str) -> None:
    made = landscape(surface)
    before = made.loss.copy()
    plain, smooth = (build_terrain(made, Relief(detail=96, smoothing=cells)) for cells in (0.0, 1.5))
    assert np.array_equal(made.loss, before)
    assert np.array_equal(smooth.loss, plain.loss)
    losses = np.linspace(before.min(), before.max(), 9)
    assert smooth.z_of(losses) == pytest.approx(plain.z_of(losses))
    assert smooth.relief == plain.relief
    # no higher and no lower than what was there
    assert plain.z.min() <= smooth.z.min() < smooth.z.max() <= plain.z.max()
    assert abs(smooth.z - plain.z).max() > 0.01


def test_a_slope_stays_itself_when_smoothed() -> None:
    made = landscape(lambda x, y: 2 * x + y)
    plain, smooth = (build_terrain(made, Relief(detail=8, smoothing=cells)) for cells in (0.0, 1.0))
    assert smooth.z[8:-8, 8:-8] == pytest.approx(plain.z[8:-8, 8:-8], abs=1e-6)


# -- terraces ------------------------------------------------------------------------------------------------


def test_terraces_are_steps_of_equal_height() -> None:
    """On an even slope: treads at whole multiples of the step, edges half way between, 4 cm wide."""
    made = landscape(lambda x, y: x + 0 * y)
    terrain = build_terrain(made, Relief(detail=960, terraces=4))
    row = terrain.z[7]
    assert np.all(np.diff(row) >= -1e-12)
    number = np.linspace(0, 4, len(row))
    off = abs(number - np.floor(number) - 0.5)
    metres_per_step = 10.0 / 4
    tread = off * metres_per_step > 0.021
    assert row[tread] == pytest.approx(np.round(number[tread]) * 2.6 / 4, abs=1e-9)
    assert tread.mean() == pytest.approx(1 - 4 * 0.042 / 10, abs=0.005)
    middle = np.abs(number - 1.5).argmin()
    assert row[middle] == pytest.approx(1.5 * 2.6 / 4, abs=1e-6)


@pytest.mark.parametrize("surface", list(SURFACES))
def test_a_line_is_a_thread_over_the_terraces(surface: str) -> None:
    """It never sinks into the steps, is never more than a step above them, and is bent less than they are."""
    made = landscape(surface)
    terrain = build_terrain(made, Relief(detail=200, terraces=9))
    way = np.linspace(0.0, 1.0, 900)[:, None]
    xy = np.array([4.6, 4.2]) * (1 - way) + np.array([0.1, 0.0]) * way
    thread, ground = thread_over(terrain, xy, 0.03), terrain.height(xy)
    assert np.all(thread >= ground - 1e-9)
    around = np.max([terrain.height(xy + off) for off in ([0.0, 0.0], [0.03, 0.0], [-0.03, 0.0], [0.0, 0.03])], axis=0)
    assert np.all(thread >= around - 1e-9)
    assert np.all(thread <= ground + 1.6 * terrain.step + 1e-9)
    if surface == "bowl":
        assert np.abs(np.diff(thread, 2)).sum() < 0.4 * np.abs(np.diff(ground, 2)).sum()
        # on the wide tread at the bottom it has come down
        assert thread[-1] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("surface", list(SURFACES))
def test_terraces_stay_within_half_a_step(surface: str) -> None:
    made = landscape(surface)
    plain, steps = (build_terrain(made, Relief(detail=200, terraces=count)) for count in (0, 9))
    assert abs(steps.z - plain.z).max() <= steps.relief / 18 + 1e-9
    assert (steps.z.min(), steps.z.max()) == pytest.approx((plain.z.min(), plain.z.max()), abs=1e-9)
    # a wall so steep that no tread fits is only stepped softly: no cell rises by more than the slope and one step
    rise = abs(np.diff(plain.z, axis=1)).max() if surface != "level" else 0.0
    assert abs(np.diff(steps.z, axis=1)).max() <= 2.0 * rise + steps.relief / 9


@pytest.mark.parametrize(
    ("relief", "said"),
    [
        ({}, ()),
        ({"scale": "rank"}, ("Heights: rank of the loss.",)),
        ({"smoothing": 1.5}, ("Heights smoothed over 1.5 cells of the grid, for display only.",)),
        ({"smoothing": 1.0}, ("Heights smoothed over 1 cell of the grid, for display only.",)),
        ({"terraces": 7, "scale": "log"}, ("Heights: logarithm of the loss.", "Heights drawn in 7 steps.")),
    ],
    ids=str,
)
def test_the_caption_says_what_was_done_to_the_heights(relief: dict, said: tuple[str, ...]) -> None:
    shot = Shot(seconds=0.1, look=Look(relief=Relief(detail=16, finest=16, **relief)))
    storyboard, results = Storyboard(shots=(shot,)), Results.of(landscape("bowl"))
    film = direct(storyboard, results, lambda fall: fall, 1.5)  # type: ignore[arg-type, return-value]
    assert tell(storyboard, results, film)[0].captions == said


def test_true_losses_are_not_stepped() -> None:
    made = landscape("bowl")
    plain, steps = (build_terrain(made, Relief(detail=8, terraces=count)) for count in (0, 5))
    losses = np.linspace(0.1, 3.0, 20)
    assert steps.z_of(losses) == pytest.approx(plain.z_of(losses))


# -- the cap and the mesh ------------------------------------------------------------------------------------


def circle_of_cap(terrain: Terrain) -> np.ndarray:
    """Distance from the middle of the places where rows of the mesh reach the cap."""
    found = []
    for y, row in zip(terrain.y, terrain.z, strict=True):
        below = np.flatnonzero(row < terrain.relief - 1e-9)
        if len(below) and below[0] > 0 and abs(y) < 2.0:
            found.append(np.hypot(terrain.x[below[0]], y))
    return np.array(found)


def test_the_rim_of_the_cap_is_no_staircase() -> None:
    """A cone that is capped ends in a circle, to a cell of the mesh, though the landscape's cells are twenty times as
    wide.
    """
    made = landscape(lambda x, y: np.hypot(x, y) ** 2, x=(-1.2, 1.2, 25), y=(-1.2, 1.2, 25))
    terrain = build_terrain(made, Relief(detail=480, clip=50.0))
    radius = np.sqrt(np.percentile(made.loss, 50.0)) / 2.4 * 10
    cell = 10.0 / 480
    assert len(circle_of_cap(terrain)) > 50
    assert circle_of_cap(terrain) == pytest.approx(radius, abs=1.6 * cell)
    assert terrain.loss.max() == pytest.approx(np.percentile(made.loss, 50.0))


def test_deviation_of_a_parabola() -> None:
    """Between points h apart, z = a x^2 / 2 runs a h^2 / 8 below its chords, where it is level."""
    x = np.linspace(-5.0, 5.0, 101)
    z = 0.02 * x[None, :] ** 2 / 2 + 0 * x[:, None]
    off = deviation(Terrain(x, x, z, z, 1.0, -1.0, np.ones(2), np.zeros(2)))
    assert off.shape == (99, 99)
    assert off[:, 49] == pytest.approx(0.02 * 0.1**2 / 8 * PIXELS / 10)
    turned = deviation(Terrain(x, x, z.T, z.T, 1.0, -1.0, np.ones(2), np.zeros(2)))
    assert turned == pytest.approx(off.T)


@pytest.mark.parametrize(
    "relief", [Relief(), Relief(clip=70.0), Relief(terraces=6), Relief(scale="log"), Relief(scale="rank")], ids=str
)
@pytest.mark.parametrize("surface", ["bumps", "banana", "wall"])
def test_bends_get_enough_cells(surface: str, relief: Relief) -> None:
    made = landscape(surface)
    terrain = refined(lambda r: build_terrains(made, made.loss[None], r), relief)[0]
    assert relief.detail <= min(terrain.z.shape) - 1 < 1.2 * relief.finest
    # at the finest a little more is left
    assert np.percentile(deviation(terrain), 99.8) < TOLERANCE * 1.25


def test_level_ground_is_not_refined() -> None:
    made = landscape("level")
    terrain = refined(lambda r: build_terrains(made, made.loss[None], r), Relief(detail=40))[0]
    assert terrain.z.shape == (49, 49)


def test_finest_bounds_the_mesh() -> None:
    made = landscape("wall")
    relief = Relief(detail=48, finest=96, clip=60.0)
    terrain = refined(lambda r: build_terrains(made, made.loss[None], r), relief)[0]
    assert terrain.z.shape == (97, 97)
    assert refined(lambda r: build_terrains(made, made.loss[None], r), dataclasses.replace(relief, finest=8))[
        0
    ].z.shape == (49, 49)


def test_losses_on_contours_of_ranked_ground() -> None:
    made = landscape(lambda x, y: np.exp(3 * np.hypot(x, y)), x=(-1.2, 1.2, 97), y=(-1.2, 1.2, 97))
    terrain = build_terrain(made, Relief(scale="rank", detail=96))
    ranks = stats.rankdata(made.loss) / made.loss.size
    for text in contour_places(terrain, [0.25, 0.5], 37.0, Glacier()):
        level = {"Contour 1": 0.25, "Contour 2": 0.5}[text.name]
        assert float(text.text) == pytest.approx(np.interp(level, np.sort(ranks), np.sort(made.loss.ravel())), rel=0.02)
