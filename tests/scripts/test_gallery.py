"""Contact sheets: the moments that they show, where each picture lies, and the files that are written."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path

import gallery
import numpy as np
import pytest
from galleries import panels
from galleries.films import contact_sheet, in_look, overview
from galleries.measure import measure
from galleries.moments import moments, rows, shares
from galleries.motion import Circling, flicker_of, followed, orbit_of
from galleries.sheet import Sheet, save
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lsblender.engine import Landscape
from lsblender.look.looks import LOOKS, Recipe
from lsblender.look.materials import MATERIALS
from lsblender.render.frames import render_frame
from lsblender.render.quality import set_quality
from lsblender.scene.build import build_scene
from lsblender.scene.library import empty_scene, role
from lsblender.settings import check
from lsblender.storyboard.scene_file import read_storyboard
from lsblender.storyboard.storyboard import Look, Results, Shot, Storyboard
from lsblender.storyboard.terrain import Relief
from tests.conftest import BARE
from tests.landscapes import landscape

SCENES = Path(__file__).parents[2] / "scenes"

FILM = """
fps = 4
[[shots]]
seconds = 1.0
experiment = { dataset = { kind = "iris" }, projection = "pca", steps = 20, resolution = [10, 10] }
look = { relief = { detail = 12 } }
labels = { counters = false, axes = false }
[[shots]]
inherit = true
transition = { kind = "morph", seconds = 1.0 }
experiment = { projection = { i = 2, j = 3 } }
"""


def chunks(path: Path) -> set[bytes]:
    """The kinds of chunks in a PNG file."""
    data, place, found = path.read_bytes(), 8, set()
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        found.add(kind)
        place += 12 + length
    return found


def png(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (40, 30)) -> Path:
    Image.new("RGB", size, colour).save(path)
    return path


# -- moments -------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 400), min_size=1, max_size=12), st.integers(12, 24))
def test_every_segment_is_seen_and_time_goes_on(lengths: list[int], count: int) -> None:
    ends = np.cumsum([0, *lengths])
    segments = [list(range(first + 1, last + 1)) for first, last in pairwise(ends)]
    chosen = moments(segments, count)
    assert len(chosen) == count
    assert chosen == sorted(chosen)
    for frames, share in zip(segments, shares(lengths, count), strict=True):
        assert sum(frame in frames for frame in chosen) == share >= 1


def test_long_segments_are_seen_more_often() -> None:
    assert shares([96, 24, 48], 7) == [4, 1, 2]


def test_moments_are_in_the_middle_of_equal_parts() -> None:
    assert moments([range(1, 101)], 4) == [13, 38, 63, 88]
    assert moments([range(1, 4), range(4, 5)], 2) == [2, 4]


def test_a_film_of_many_segments_gets_more_rows() -> None:
    assert [rows(n, 4, 3) for n in (1, 12, 13, 17)] == [3, 3, 4, 5]
    with pytest.raises(ValueError, match="too few for 3"):
        shares([1, 1, 1], 2)


# -- sheets --------------------------------------------------------------------------------------------------


def test_sheet_is_as_wide_as_asked_for() -> None:
    sheet = Sheet(16 / 9)
    assert sheet.cell == (373, 210)
    assert sheet.corner(3)[0] + sheet.cell[0] == 1504
    assert sheet.corner(11) == (3 * 377, 2 * 214)


def test_pictures_lie_in_reading_order_with_gaps_between(tmp_path: Path) -> None:
    sheet = Sheet(4 / 3, width=43, columns=2, gap=3, line=20)
    colours = [(250, 0, 0), (0, 250, 0), (0, 0, 250)]
    files = [png(tmp_path / f"{k}.png", colour) for k, colour in enumerate(colours)]
    laid = np.asarray(sheet.written(files, ["a", "", ""]))
    assert laid.shape == (15 + 20 + 3 + 15 + 20, 43, 3)
    for (top, left), colour in zip([(0, 0), (0, 23), (38, 0)], colours, strict=True):
        assert (laid[top : top + 15, left : left + 20] == colour).all()
    ground = laid[0, 21]
    assert np.ptp(ground.astype(int)) < 5
    assert (laid[:, 20:23] == ground).all()
    assert (laid[15:35, :20] != ground).any()  # the text
    assert (laid[15:35, 23:] == ground).all()


def test_a_sheet_that_is_too_large_gets_fewer_colours(tmp_path: Path) -> None:
    ramp = np.linspace(0, 255, 128)
    noise = np.random.default_rng(0).normal(0, 2, (128, 128, 3))
    pixels = np.clip(np.stack([*np.meshgrid(ramp, ramp), np.full((128, 128), 90.0)], axis=-1) + noise, 0, 255)
    picture = Image.fromarray(pixels.astype(np.uint8))
    save(picture, tmp_path / "large.png", 10**6)
    save(picture, tmp_path / "small.png", 20_000)
    assert (tmp_path / "large.png").stat().st_size > 20_000 > (tmp_path / "small.png").stat().st_size
    with Image.open(tmp_path / "small.png") as small, Image.open(tmp_path / "large.png") as large:
        assert (np.asarray(large) == np.asarray(picture)).all()
        blurred = [
            np.asarray(image.convert("RGB").resize((16, 16), Image.Resampling.BOX), int) for image in (small, large)
        ]
        assert np.abs(blurred[0] - blurred[1]).max() < 12


def test_contact_sheet_of_a_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("galleries.films.ROWS", 1)
    scene, target = tmp_path / "film.toml", tmp_path / "film-sheet.png"
    scene.write_text(FILM)
    contact_sheet(scene, target, "draft", 900_000, width=212)
    assert chunks(target) == {b"IHDR", b"IDAT", b"IEND"}
    with Image.open(target) as sheet:
        assert sheet.size == (212, 28)
        pixels = np.asarray(sheet.convert("RGB"), dtype=float)
    cells = [pixels[:, 54 * k : 54 * k + 50] for k in range(4)]
    assert all(cell.std() > 3 for cell in cells)  # a picture, not a plain ground
    for before, after in pairwise(cells[1:]):  # the first shot's end, the morph, the second shot
        assert np.abs(before - after).mean() > 1


# -- what is in the gallery ----------------------------------------------------------------------------------


def test_the_gallery_holds_every_scene_and_look_and_the_readme_shows_it() -> None:
    there = {path.name for path in gallery.GALLERY.glob("*.png")}
    scenes = {path.stem for path in SCENES.glob("*.toml")}
    assert {f"{name}.png" for name in scenes} | {f"look-{name}.png" for name in LOOKS} <= there
    assert {"scenes.png", "looks.png", "panels.png"} <= there
    readme = (SCENES.parent / "README.md").read_text(encoding="utf-8")
    for name in ("scenes.png", "looks.png", "panels.png"):
        assert f"](scenes/gallery/{name})" in readme
    assert all(f"{name}.toml" in readme for name in scenes)
    assert sum(path.stat().st_size for path in gallery.GALLERY.iterdir()) < 20e6


def test_no_still_is_burned_out_and_none_has_a_seam() -> None:
    for name in [*gallery.names_of_scenes(), *gallery.names_of_looks()]:
        burnt, seam = measure(gallery.GALLERY / f"{name}.png")
        assert burnt < 0.005, name
        assert seam < 0.02, name


def test_what_is_measured_of_a_still(tmp_path: Path) -> None:
    """2 of 100 pixels are at the end of a channel; the floor is a tenth darker than the air."""
    shown = np.full((100, 100, 3), 200, dtype=np.uint8)
    shown[60:] = 180
    shown[20:40, 40:50, 1] = 255
    shown[80:, :40] = 120  # a shadow
    shown[:2] = 0  # the rim
    Image.fromarray(shown).save(tmp_path / "still.png")
    burnt, seam = measure(tmp_path / "still.png")
    assert burnt == pytest.approx(0.02)
    assert seam == pytest.approx(20 / 255)


def test_sub_panels_lie_side_by_side(tmp_path: Path) -> None:
    for number, name in enumerate(panels.SHOWN):
        Image.new("RGB", (40, panels.HEIGHT + 100), (30 * number, 0, 99)).save(tmp_path / f"03-{name}.png")
    panels.panel_sheet(tmp_path, tmp_path / "panels.png", 10**6)
    with Image.open(tmp_path / "panels.png") as picture:
        assert picture.size == (6 * 40 + 5 * 9, panels.HEIGHT)
        shown = np.asarray(picture)
    for number in range(6):
        left = number * (40 + 9)
        assert (shown[:, left : left + 40] == (30 * number, 0, 99)).all()
        assert (shown[:, left + 40 : left + 49] == 255).all()


def test_an_overview_shows_what_is_there(tmp_path: Path) -> None:
    files = [png(tmp_path / f"look-{k}.png", (50 * k, 90, 120), (160, 90)) for k in range(5)]
    overview(files, tmp_path / "looks.png", 900_000, 332)
    with Image.open(tmp_path / "looks.png") as sheet:
        assert sheet.size == (332, 2 * (45 + 30) + 4)
        pixels = np.asarray(sheet)
    assert tuple(pixels[20, 40]) == (0, 90, 120)
    assert tuple(pixels[20 + 79, 40]) == (200, 90, 120)


# -- motion --------------------------------------------------------------------------------------------------


def drifting(jump: float) -> list[np.ndarray]:
    """Pictures of soft stripes that go half a pixel to the right in each frame, and are brighter by `jump` in every
    other one.
    """
    _, columns = np.indices((60, 80))
    stripes = [120 + 60 * np.sin((columns - 0.5 * t) / 4) + jump * (t % 2) for t in range(6)]
    return [np.repeat(picture[..., None], 3, axis=2) for picture in stripes]


@pytest.mark.parametrize("jump", [0.0, 10.0])
def test_flicker_is_what_motion_does_not_explain(jump: float) -> None:
    start = np.stack(np.meshgrid(np.linspace(15, 60, 12), np.linspace(10, 50, 9)), axis=-1).reshape(-1, 2)
    tracks = np.stack([start + np.array([0.5 * t, 0.0]) for t in range(6)])
    seen = np.ones(tracks.shape[:2], dtype=bool)
    seen[:, 0] = False
    flicker = flicker_of(drifting(jump), tracks, seen)
    assert flicker.values.shape == (4, len(start) - 1)
    assert flicker.strength == pytest.approx(jump, abs=0.2)
    assert flicker.seen == (jump > 0)


def crawling(film: Storyboard, ground: Landscape, frames: list[int], folder: Path, told: bool) -> float:
    """How much the ground flickers, whose material knows how wide a pixel is, or does not."""
    scene = empty_scene()
    build_scene(film, Results.of(ground), scene)
    set_quality(scene, "draft")
    (terrain,) = (item for item in scene.objects if role(item) == "terrain")
    if not told:
        del terrain["pixel"]
    pictures = []
    for frame in frames:
        scene.frame_set(frame)
        render_frame(scene, folder / f"{told}-{frame}.png")
        with Image.open(folder / f"{told}-{frame}.png") as picture:
            pictures.append(np.asarray(picture.convert("RGB"), dtype=float))
    return flicker_of(pictures, *followed(frames)).strength


@pytest.mark.parametrize(
    ("recipe", "most"),
    [(Recipe("satin", "viridis", "overcast", "", camera={"f_stop": 0.0}), 0.6), (LOOKS["night"], 1.3)],
    ids=["contour lines", "points of light"],
)
def test_what_is_thinner_than_a_pixel_does_not_crawl(recipe: Recipe, most: float, tmp_path: Path) -> None:
    """Thin lines, and points of light, on a bowl in tiny pictures, the camera going round it."""
    ground = landscape("bowl", np.array([[0.6, 0.7], [0.0, 0.0]]), x=(-1.2, 1.2, 25), y=(-1.2, 1.2, 25))
    shot = Shot(look=Look(relief=Relief(height=0.2, detail=64)), labels=BARE)
    film = orbit_of(Storyboard(shots=(shot,)), recipe.material, recipe, Circling(frames=4, size=(192, 108)))
    frames = list(range(film.n_frames - 3, film.n_frames + 1))
    with_width, without = (crawling(film, ground, frames, tmp_path, told) for told in (True, False))
    assert with_width < most
    assert with_width < 0.5 * without


# -- looks ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(LOOKS))
def test_look_fits_the_quickstart(name: str) -> None:
    storyboard, _ = read_storyboard(SCENES / "quickstart.toml")
    dressed = in_look(storyboard, name, LOOKS[name])
    check(dressed)
    look = dressed.shots[0].look
    assert MATERIALS.kind(look.material) == LOOKS[name].material
    assert dressed.shots[0].experiment == storyboard.shots[0].experiment


# -- what is asked for ---------------------------------------------------------------------------------------


def asked(*arguments: str) -> set[str]:
    """The files that are made in an empty folder."""
    return {name for name, _, _ in gallery.pictures(gallery._parser().parse_args([*arguments, "-o", "nowhere"]))}


def test_options_choose_the_pictures() -> None:
    one, several = "quickstart", "unfold"
    everything = asked()
    looks = {f"look-{name}.png" for name in LOOKS}
    assert {"errata.png", *looks, f"{one}.png", f"{several}.png", f"{several}-sheet.png"} <= everything
    assert f"{one}-sheet.png" not in everything
    assert asked("--looks") == looks
    assert asked("--only", "look-ice", one) == {"look-ice.png", f"{one}.png"}
    assert asked("--stills") == {f"{path.stem}.png" for path in SCENES.glob("*.toml")} | {"errata.png"}
    assert asked("--only", one, several) == {f"{one}.png", f"{several}.png", f"{several}-sheet.png"}
    assert asked("--only", one, "--sheets") == {f"{one}-sheet.png"}
    assert asked("--sheets") == {name for name in everything if name.endswith("-sheet.png")}


def test_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        gallery.main(["--only", "nothing"])
    assert ended.value.code == 2
    assert "nothing" in capsys.readouterr().err


def test_films_do_not_go_into_the_gallery(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        gallery.main(["--motion"])
    assert ended.value.code == 2
    assert "-o DIR" in capsys.readouterr().err


def test_a_sheet_that_is_too_large_gets_smaller_and_keeps_its_colours(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (120, 300, 3), dtype=np.uint8)
    save(Image.fromarray(noise), tmp_path / "whole.png", 10**6)
    save(Image.fromarray(noise), tmp_path / "small.png", 40_000)
    assert (tmp_path / "small.png").stat().st_size <= 40_000 < (tmp_path / "whole.png").stat().st_size
    with Image.open(tmp_path / "whole.png") as whole, Image.open(tmp_path / "small.png") as small:
        assert np.array_equal(np.asarray(whole), noise)
        assert small.mode == "RGB"
        assert small.width / small.height == pytest.approx(2.5, rel=0.02)
        assert len(np.unique(np.asarray(small).reshape(-1, 3), axis=0)) > 256
