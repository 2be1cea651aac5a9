"""The writing over finished frames: exact, only rendered where it changes, and the same in plain Blender."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import bpy
import numpy as np
import pytest

from lsblender.render.frames import FrameArtist, render_frame, render_frames
from lsblender.render.overlay import Writing, laid_over, together
from lsblender.render.pictures import Region, read_picture, render_picture
from lsblender.scene.labels import build_labels
from lsblender.scene.library import labels_of
from lsblender.storyboard.labels import Labels, PathFacts, ShotFacts
from lsblender.storyboard.labels.items import Dot, Patch, TextItem, Times
from lsblender.storyboard.labels.layout import lay_out
from lsblender.storyboard.storyboard import Results
from tests.conftest import Film
from tests.render.conftest import FRAMES, frame_path, opened, pixels, prepared

SIZE = (192, 108)
ASPECT = 16 / 9
LARGE = Labels(size=0.07)


def with_writing(film: Film, size: tuple[int, int] = SIZE, labels: Labels = LARGE) -> bpy.types.Scene:
    """The film's scene with all of its writing."""
    scene = prepared((dataclasses.replace(film[0], render=dataclasses.replace(film[0].render, size=size)), film[1]))
    frames = np.array(FRAMES)
    colours = ("#d1202f", "#1f6fb2")
    paths = tuple(
        PathFacts(path.name, colour, np.linspace(0, 3, 12), np.geomspace(9, 0.01, 12), frames > 10)
        for path, colour in zip(film[1].landscapes[0].paths, colours, strict=False)
    )
    backdrop = film[0].shots[0].look.palette.backdrop
    facts = ShotFacts(frames, 12, backdrop, "Bumps", ("by hand",), paths=paths, title_seconds=0.5, captions=("A test",))
    build_labels([lay_out(labels, facts, ASPECT)], scene, ASPECT)
    return scene


def flat_scene(*items, size: tuple[int, int] = SIZE) -> bpy.types.Scene:
    """An empty main scene with writing."""
    from lsblender.scene.library import empty_scene

    scene = empty_scene()
    scene.render.resolution_x, scene.render.resolution_y = size
    build_labels([items], scene, size[0] / size[1])
    return scene


# -- laying over ---------------------------------------------------------------------------------------------


def test_laid_over_is_what_another_program_does() -> None:
    from PIL import Image

    rng = np.random.default_rng(0)
    below, above = (rng.integers(0, 256, (40, 50, 4), dtype=np.uint8) for _ in range(2))
    below[..., 3] = 255
    above[:10, :, 3], above[10:20, :, 3] = 0, 255
    ours = laid_over((below / 255).astype(np.float32), (above / 255).astype(np.float32))
    theirs = np.asarray(Image.alpha_composite(Image.fromarray(below), Image.fromarray(above)), dtype=int)
    assert abs(np.round(ours * 255) - theirs)[..., :3].max() <= 1
    assert np.array_equal(np.round(ours[:10] * 255), below[:10]), "what is not covered stays to the last bit"


def test_colours_are_exact(tmp_path: Path) -> None:
    always = Times(1, 9)
    dots = [Dot(f"d{k}", -0.6 + 0.3 * k, 0.0, c, always, 0.12) for k, c in enumerate(("#d1202f", "#12181d", "#f3f6f7"))]
    writing = Writing(flat_scene(*dots))
    assert writing.update(5, tmp_path)
    for dot in dots:
        centre = writing.picture[54, round(96 + dot.x * 108)]
        expected = [int(dot.colour[i : i + 2], 16) for i in (1, 3, 5)]
        assert np.round(centre[:3] * 255) == pytest.approx(expected, abs=1)
        assert centre[3] == 1.0


def test_patches_cover_their_share(tmp_path: Path) -> None:
    patch = Patch("p", -0.5, -0.4, "#17425a", Times(1, 9), 1.0, 0.8, 0.1, 0.5)
    writing = Writing(flat_scene(patch))
    writing.update(5, tmp_path)
    assert writing.picture[54, 96, 3] == pytest.approx(0.5, abs=0.01)
    assert np.round(writing.picture[54, 96, :3] * 255) == pytest.approx([0x17, 0x42, 0x5A], abs=1)
    row = writing.picture[54, 42:54, 3]
    assert np.all(np.diff(row) >= -0.01)
    assert row[0] < 0.05


# -- only what changes ---------------------------------------------------------------------------------------


def whole_writing(scene: bpy.types.Scene, frame: int, folder: Path) -> np.ndarray:
    flat = labels_of(scene)
    assert flat is not None
    flat.frame_set(frame)
    render_picture(flat, folder / "whole.png", alpha=True)
    return read_picture(folder / "whole.png")


def test_regions_give_what_the_whole_would(film: Film, tmp_path: Path) -> None:
    scene = with_writing(film)
    writing = Writing(scene)
    for frame in FRAMES:
        writing.update(frame, tmp_path)
        if frame in (1, 4, 7, 8, 12):
            ours, whole = (p[..., :3] * p[..., 3:] for p in (writing.picture, whole_writing(scene, frame, tmp_path)))
            assert whole.max() > 0.5
            # the noise of the letters' edges
            assert abs(ours - whole).max() < 0.35
            assert abs(ours - whole).mean() < 1e-3
            alphas = writing.picture[..., 3], whole_writing(scene, frame, tmp_path)[..., 3]
            assert ((alphas[0] > 0) ^ (alphas[1] > 0)).mean() < 1e-3, "nothing is left of what is gone"


def test_what_stays_is_not_rendered_again(tmp_path: Path) -> None:
    writing = Writing(flat_scene(TextItem("a", -0.5, 0.0, "#ffffff", Times(3, 6), "Hello", 0.1)))
    changes = [writing.update(frame, tmp_path) for frame in range(1, 9)]
    assert changes == [False, False, True, False, False, False, True, False]
    assert not writing.picture.any()


def test_together() -> None:
    near = [Region(0, 10, 0, 10), Region(10, 20, 0, 10), Region(0, 20, 9, 20)]
    far = Region(90, 100, 40, 50)
    assert set(together([*near, far, Region(5, 5, 0, 9)])) == {Region(0, 20, 0, 20), far}
    assert together([]) == []


def test_size_of_the_main_scene_counts(tmp_path: Path) -> None:
    scene = flat_scene(TextItem("a", -0.5, 0.0, "#ffffff", Times(1, 9), "Hello", 0.1))
    writing = Writing(scene)
    writing.update(1, tmp_path)
    scene.render.resolution_x, scene.render.resolution_y = 96, 54
    assert writing.update(1, tmp_path)
    assert writing.picture.shape == (54, 96, 4)


def test_no_writing_costs_nothing(film: Film, tmp_path: Path) -> None:
    writing = Writing(prepared(film))
    below = np.random.default_rng(0).random((54, 96, 4)).astype(np.float32)
    assert not writing.update(1, tmp_path)
    assert writing.over(below) is below


# -- frames with writing -------------------------------------------------------------------------------------


def luminance(picture: np.ndarray) -> np.ndarray:
    values = picture[..., :3] / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


@pytest.fixture(scope="module")
def written(film: Film, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The frames of the film with its writing, as a run makes them."""
    folder = tmp_path_factory.mktemp("written") / "frames"
    scene = with_writing(film)
    assert render_frames(scene, FRAMES, opened(folder, scene)) == 12
    return folder


def test_letters_stand_out_from_what_is_behind_them(film: Film, tmp_path: Path) -> None:
    """At 640 x 360 in the size that is usual, all but the thinnest strokes."""
    scene = with_writing(film, (640, 360), labels=Labels(ground=0.0))
    scene.frame_set(4)
    alone = whole_writing(scene, 4, tmp_path)
    # what is colourful is a dot, and no letter
    letters = (alone[..., 3] > 0.9) & (np.ptp(alone[..., :3], axis=2) < 0.3)
    assert letters.sum() > 200
    scene = with_writing(film, (640, 360), labels=Labels())
    scene.frame_set(4)
    render_picture(scene, tmp_path / "bare.png")
    bare = read_picture(tmp_path / "bare.png")
    writing = Writing(scene)
    writing.update(4, tmp_path)
    # under a letter is what the patch of the backdrop's colour makes of the picture
    share = Labels().ground
    behind = (1 - share) * bare[letters][:, :3] + share * np.array([0x17, 0x42, 0x5A]) / 255
    low, high = np.sort([luminance(255 * writing.over(bare)[letters]), luminance(255 * behind)], axis=0)
    ratio = (high + 0.05) / (low + 0.05)
    assert np.median(ratio) > 4.5
    assert np.percentile(ratio, 5) > 3.0


def test_plain_blender_shows_the_writing(film: Film, tmp_path: Path) -> None:
    """A render of the file without this program: the compositor lays the writing over."""
    scene = with_writing(film)
    scene.frame_set(4)
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGB"
    made = []
    for composed in (True, False):
        scene.render.use_compositing = composed
        scene.render.filepath = str(tmp_path / f"{composed}.png")
        bpy.ops.render.render(write_still=True, scene=scene.name)
        made.append(pixels(tmp_path / f"{composed}.png"))
    change = abs(made[0] - made[1]).max(axis=2)
    alpha = whole_writing(scene, 4, tmp_path)[::-1, :, 3]
    assert np.median(change[alpha > 0.95]) > 60
    assert change[alpha == 0].max() <= 2


def test_our_render_leaves_the_compositor_as_it_was(film: Film, tmp_path: Path) -> None:
    scene = with_writing(film)
    assert scene.render.use_compositing
    render_frame(scene, tmp_path / "a.png")
    assert scene.render.use_compositing


def test_patched_frames_with_writing_are_what_full_ones_would_be(film: Film, tmp_path: Path) -> None:
    from skimage.metrics import structural_similarity

    one_ball = (film[0], Results.of(dataclasses.replace(film[1].landscapes[0], paths=film[1].landscapes[0].paths[:1])))
    scene = with_writing(one_ball)
    scene.cycles.samples = 16
    artist = FrameArtist(scene)
    for frame in FRAMES:
        artist.make(frame, frame_path(tmp_path / "f", frame))
    assert artist.count["rendered"] == 1
    assert artist.count["patched"] >= 6
    for frame in (5, 8, 12):
        scene.frame_set(frame)
        full = tmp_path / "full.png"
        render_frame(scene, full)
        ours, whole = pixels(frame_path(tmp_path / "f", frame)), pixels(full)
        assert structural_similarity(ours, whole, channel_axis=2, data_range=255) > 0.985
        assert np.percentile(abs(ours - whole), 99.5) < 16
        assert abs(ours - whole).mean() < 1.2


def test_writing_counts_while_the_ball_rests(film: Film, tmp_path: Path) -> None:
    """The picture under the writing is a copy, and the number that was there before is gone."""
    scene = with_writing(film)
    artist = FrameArtist(scene)
    for frame in (1, 2, 3):
        artist.make(frame, frame_path(tmp_path / "f", frame))
    assert (artist.count["rendered"], artist.count["copied"]) == (1, 2)
    first, second = (pixels(frame_path(tmp_path / "f", frame)) for frame in (1, 2))
    change = abs(first - second).max(axis=2)
    assert change.max() > 20
    alphas = [whole_writing(scene, frame, tmp_path)[::-1, :, 3] for frame in (1, 2)]
    assert change[(alphas[0] == 0) & (alphas[1] == 0)].max() == 0


def test_a_run_in_two_parts(film: Film, written: Path, tmp_path: Path) -> None:
    """What lies under the writing is in the file, so that a later run goes on as the first one would have."""
    folder = tmp_path / "f"
    for part in (FRAMES[:6], FRAMES[:8]):
        scene = with_writing(film)
        render_frames(scene, part, opened(folder, scene))
    for frame in (6, 7, 8):
        ours, other = pixels(frame_path(folder, frame)), pixels(frame_path(written, frame))
        assert abs(ours - other).max() <= 3
