"""Films in every format, decoded again: what they say of themselves, and how near they are to their frames."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from lsblender.errors import LsbError
from lsblender.render.video import encode, read_frame, write_picture
from lsblender.settings import check, fields_of
from lsblender.storyboard.films import FILMS, GIF, H264, FilmFormat, format_for
from tests.render.conftest import FRAMES, frame_path, pixels

ROOT = Path(__file__).parents[2]

#: What FFmpeg's decoders call each format's codec, and the largest error of a lossy film in decibels.
CODECS = {"h264": "h264", "h265": "hevc", "av1": "av1", "webm": "vp9", "prores": "prores", "gif": "gif"}


@dataclass
class Facts:
    """What the file says of itself."""

    codec: str
    pixels: str
    rate: Fraction
    colour: tuple[int, ...]


def decoded(path: Path) -> tuple[list[np.ndarray], Facts]:
    with av.open(str(path)) as container:
        (stream,) = container.streams  # no sound
        context = stream.codec_context
        said = [colours(context)]
        pictures = []
        for frame in container.decode(stream):
            pictures.append(frame.to_ndarray(format="rgb24"))
            said.append(colours(frame))
        assert len(set(said)) == 1, "the file and its frames say the same"
        return pictures, Facts(context.codec.canonical_name, context.pix_fmt, stream.average_rate, said[0])


def colours(of: Any) -> tuple[int, ...]:
    """Matrix, primaries, transfer and range."""
    return tuple(int(value) for value in (of.colorspace, of.color_primaries, of.color_trc, of.color_range))


def psnr(first: np.ndarray, second: np.ndarray) -> float:
    error = np.mean((first.astype(float) - second) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else np.inf


def luma(picture: np.ndarray) -> np.ndarray:
    """By BT.709."""
    return picture @ np.array([0.2126, 0.7152, 0.0722])


def numbered(folder: Path, count: int = 10, size: tuple[int, int] = (46, 34)) -> list[Path]:
    """Grey pictures, each a little lighter than the one before."""
    paths = []
    for k in range(count):
        paths.append(frame_path(folder, k + 7))
        Image.new("RGB", size, (25 + 20 * k,) * 3).save(paths[-1])
    return paths


def greys(path: Path) -> list[int]:
    """Which of the numbered pictures a film shows."""
    return [round((float(picture.mean()) - 25) / 20) for picture in decoded(path)[0]]


def smooth(folder: Path, count: int = 4, size: tuple[int, int] = (160, 90)) -> list[Path]:
    """Pictures whose colours go over into each other and move."""
    paths = []
    y, x = np.mgrid[: size[1], : size[0]]
    for k in range(count):
        waves = [np.sin(x / a + 0.3 * k) + np.cos(y / b - 0.2 * k) for a, b in ((23, 31), (41, 17), (29, 37))]
        paths.append(frame_path(folder, k + 1))
        Image.fromarray((127 + 55 * np.stack(waves, axis=-1)).astype(np.uint8)).save(paths[-1])
    return paths


@pytest.fixture(scope="module")
def waves(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return smooth(tmp_path_factory.mktemp("waves"))


# -- the default -----------------------------------------------------------------------------------------------


def test_film_is_the_frames(rendered: Path) -> None:
    """Rendered ones, at the smallest size there is: what is left is what two by two pixels share of their colour."""
    pictures, facts = decoded(rendered.parent / "film.mp4")
    assert (facts.codec, facts.pixels, facts.rate) == ("h264", "yuv420p", 12)
    assert len(pictures) == 12
    for frame, picture in zip(FRAMES, pictures, strict=True):
        whole = pixels(frame_path(rendered, frame))
        assert picture.shape == (54, 96, 3)
        assert psnr(luma(picture), luma(whole)) > 40
        assert psnr(picture, whole) > 32
    assert psnr(pictures[0], pictures[-1]) < 30


def test_nothing_else_is_left(rendered: Path) -> None:
    assert sorted(item.name for item in rendered.parent.iterdir()) == ["film.mp4", "frames"]


def test_it_needs_no_blender(waves: list[Path], tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from lsblender.render.video import encode
from lsblender.storyboard.films import H264
encode([Path({str(waves[0])!r})], Path({str(tmp_path / "a.mp4")!r}), 24, H264())
print([name for name in sys.modules if name.startswith("bpy")])
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stderr
    assert len(decoded(tmp_path / "a.mp4")[0]) == 1


# -- every format ----------------------------------------------------------------------------------------------


def qualities(kind: str) -> tuple[str, ...]:
    return next(facts.choices for field, _, facts in fields_of(FILMS[kind]) if field.name == "quality")


@pytest.mark.parametrize(("kind", "quality"), [(kind, quality) for kind in FILMS for quality in qualities(kind)])
def test_every_format_and_quality(kind: str, quality: str, waves: list[Path], tmp_path: Path) -> None:
    """Its codec, rate, colour and likeness; lossless is equal to the last digit."""
    made = FILMS[kind](quality=quality)
    film = tmp_path / f"film{made.suffix}"
    encode(waves, film, 10, made)
    pictures, facts = decoded(film)
    assert facts.codec == CODECS[kind]
    assert facts.rate == 10
    assert len(pictures) == len(waves)
    likeness = min(psnr(picture, pixels(path)) for picture, path in zip(pictures, waves, strict=True))
    if quality == "lossless":
        assert likeness == np.inf
        assert facts.colour[0] == 0, "RGB"
    elif kind == "gif":
        assert likeness > 28
    else:
        assert likeness > {"low": 32, "medium": 36, "high": 38}[quality]
        assert facts.colour == (1, 1, 1, 1), "BT.709 in video range"


@pytest.mark.parametrize("kind", ["h264", "h265", "av1", "webm"])
def test_qualities_differ_in_size(kind: str, waves: list[Path], tmp_path: Path) -> None:
    sizes = []
    for quality in qualities(kind):
        film = tmp_path / f"{quality}{FILMS[kind].suffix}"
        encode(waves, film, 10, FILMS[kind](quality=quality))
        sizes.append(film.stat().st_size)
    assert all(smaller < larger for smaller, larger in pairwise(sizes))


@pytest.mark.parametrize("kind", [kind for kind in FILMS if kind != "gif"])
def test_colour_goes_through_once(kind: str, tmp_path: Path) -> None:
    """Flat colours come out as they are in the frames: no second view transform, no other matrix or range."""
    colours = [(204, 51, 51), (51, 179, 77), (64, 77, 204), (128, 128, 128), (242, 242, 242), (13, 13, 13)]
    paths = []
    for k, colour in enumerate(colours):
        paths.append(frame_path(tmp_path, k + 1))
        Image.new("RGB", (64, 64), colour).save(paths[-1])
    film = tmp_path / f"film{FILMS[kind].suffix}"
    encode(paths, film, 24, FILMS[kind]())
    for picture, colour in zip(decoded(film)[0], colours, strict=True):
        assert picture[16:48, 16:48].mean(axis=(0, 1)) == pytest.approx(colour, abs=3)


def test_quicktime_knows_h265(waves: list[Path], tmp_path: Path) -> None:
    """Apple's players ask for this name."""
    encode(waves[:1], tmp_path / "film.mp4", 10, FILMS["h265"]())
    assert b"hvc1" in (tmp_path / "film.mp4").read_bytes()


@pytest.mark.parametrize(("kind", "size"), [("h265", (62, 34)), ("av1", (32, 30))])
def test_pictures_that_an_encoder_can_not_take(kind: str, size: tuple[int, int], tmp_path: Path) -> None:
    """x265 writes past its memory, and SVT-AV1 ends the program, where pictures are smaller than that."""
    film = tmp_path / "film.mp4"
    with pytest.raises(LsbError, match=rf"a film in {kind} is at least .* pixels, not {size[0]} x {size[1]}"):
        encode(numbered(tmp_path, 1, size), film, 10, FILMS[kind]())
    assert not film.exists()


@pytest.mark.parametrize("kind", [kind for kind in FILMS if kind != "gif"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_shortest_films_begin_at_nought(kind: str, count: int, tmp_path: Path) -> None:
    """x265 took the times of films of one or two frames from memory that nobody had written."""
    frames = numbered(tmp_path, count, (64, 34))
    film = tmp_path / f"film{FILMS[kind].suffix}"
    times = set()
    for _ in range(20):
        encode(frames, film, 10, FILMS[kind](quality="low"))
        with av.open(str(film)) as container:
            packets = [packet for packet in container.demux(video=0) if packet.size]
            times.add(tuple((float(p.pts * p.time_base), float(p.dts * p.time_base)) for p in packets))
    shown = [time for time, _ in times.pop()]
    assert not times, "the same in every run"
    assert sorted(shown) == pytest.approx([k / 10 for k in range(count)])


def test_a_film_on_the_web_starts_at_once(waves: list[Path], tmp_path: Path) -> None:
    """The table of contents lies before the pictures."""
    encode(waves, tmp_path / "film.mp4", 10, H264())
    data = (tmp_path / "film.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


# -- frames and rates ------------------------------------------------------------------------------------------


def test_frames_from_the_middle_come_in_order(tmp_path: Path) -> None:
    encode(numbered(tmp_path)[3:8], tmp_path / "part.mp4", 5, H264())
    assert greys(tmp_path / "part.mp4") == [3, 4, 5, 6, 7]
    assert decoded(tmp_path / "part.mp4")[1].rate == 5


@pytest.mark.parametrize("fps", [1, 23, Fraction(25, 2), 240])
def test_rates(fps: Fraction, tmp_path: Path) -> None:
    encode(numbered(tmp_path), tmp_path / "film.mp4", fps, H264())
    pictures, facts = decoded(tmp_path / "film.mp4")
    assert (len(pictures), facts.rate) == (10, fps)


@pytest.mark.parametrize("kind", [kind for kind in FILMS if kind != "gif"])
def test_odd_sizes_lose_a_row_and_a_column(kind: str, tmp_path: Path) -> None:
    """The picture is cut, not scaled: a pattern of stripes keeps its contrast."""
    pattern = np.zeros((55, 97, 3), dtype=np.uint8)
    pattern[::2] = 255
    Image.fromarray(pattern).save(frame_path(tmp_path, 1))
    film = tmp_path / f"film{FILMS[kind].suffix}"
    encode([frame_path(tmp_path, 1)] * 2, film, 24, FILMS[kind]())
    picture = decoded(film)[0][0]
    assert picture.shape == (54, 96, 3)
    assert picture.std() > 110


def test_relative_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = numbered(tmp_path)
    monkeypatch.chdir(tmp_path)
    encode([Path(path.name) for path in paths], Path("film.mp4"), 24, H264())
    assert len(decoded(tmp_path / "film.mp4")[0]) == 10


# -- loops and GIFs --------------------------------------------------------------------------------------------


def test_there_and_back(tmp_path: Path) -> None:
    """Neither end is seen twice."""
    encode(numbered(tmp_path, 5), tmp_path / "film.mp4", 10, H264(loop="there_and_back"))
    assert greys(tmp_path / "film.mp4") == [0, 1, 2, 3, 4, 3, 2, 1]


def test_fade(tmp_path: Path) -> None:
    """The end goes over into the beginning: 3 of 10 frames, in steps of equal light."""
    encode(numbered(tmp_path), tmp_path / "film.mp4", 3, H264(loop="fade", quality="lossless"))
    pictures = [picture[0, 0, 0] for picture in decoded(tmp_path / "film.mp4")[0]]
    grey = [25 + 20 * k for k in range(10)]
    mixed = [round(grey[7 + k] + (k + 1) / 4 * (grey[k] - grey[7 + k])) for k in range(3)]
    assert pictures == mixed + grey[3:7]
    jumps = np.abs(np.diff(np.array([*pictures, pictures[0]], dtype=int)))
    assert jumps.max() < abs(grey[9] - grey[0]) / 3, "less than from the end to the beginning"


@pytest.mark.parametrize(("loop", "lengths"), [("none", [1, 2, 3]), ("there_and_back", [1, 2, 4]), ("fade", [1, 2, 2])])
def test_loops_of_very_short_films(loop: str, lengths: list[int], tmp_path: Path) -> None:
    for count, length in zip((1, 2, 3), lengths, strict=True):
        encode(numbered(tmp_path, count), tmp_path / "film.mp4", 24, H264(loop=loop))
        assert len(decoded(tmp_path / "film.mp4")[0]) == length


def test_a_gif_is_short_and_plays_for_ever(tmp_path: Path) -> None:
    """40 frames of 4 s in 2 s at 5 frames per second: ten of them, from the first one on, at half the size."""
    paths = numbered(tmp_path, 40, (64, 33))
    for k, path in enumerate(paths):
        Image.new("RGB", (64, 33), (5 * k,) * 3).save(path)
    encode(paths, tmp_path / "film.gif", 10, GIF(seconds=2.0, fps=5, width=32))
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.info["loop"] == 0
        assert gif.size == (32, 16)
        shown, times = [], []
        for k in range(gif.n_frames):
            gif.seek(k)
            times.append(gif.info["duration"])
            shown.append(round(float(np.asarray(gif.convert("RGB")).mean()) / 5))
    assert shown == list(range(0, 40, 4))
    assert sum(times) == pytest.approx(2000, abs=20)


def test_a_gif_has_the_colours_that_it_needs(tmp_path: Path) -> None:
    """A scale of 200 blues, which no general palette has."""
    ramp = np.zeros((40, 200, 3), dtype=np.uint8)
    ramp[..., 2] = np.arange(200) + 40
    ramp[..., 1] = 90
    Image.fromarray(ramp).save(frame_path(tmp_path, 1))
    encode([frame_path(tmp_path, 1)] * 2, tmp_path / "film.gif", 10, GIF(quality="low"))
    with Image.open(tmp_path / "film.gif") as gif:
        assert psnr(np.asarray(gif.convert("RGB")), ramp) > 42


# -- mistakes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["h264", "gif"])
def test_frames_that_can_not_be_read(kind: str, tmp_path: Path) -> None:
    """In the middle of the film: what was there before stays, and nothing is left beside it."""
    (tmp_path / "f").mkdir()
    paths = numbered(tmp_path / "f")
    paths[4].write_text("no picture")
    film = tmp_path / f"film{FILMS[kind].suffix}"
    film.write_text("mine")
    with pytest.raises(LsbError, match="is not a picture that can be read"):
        encode(paths, film, 10, FILMS[kind]())
    assert film.read_text() == "mine"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["f", film.name]


def test_a_folder_in_place_of_the_film(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").mkdir()
    with pytest.raises(LsbError, match="is a folder"):
        encode(numbered(tmp_path), tmp_path / "film.mp4", 24, H264())


def test_settings_have_limits() -> None:
    for wrong in (FILMS["av1"](quality="lossless"), H264(loop="round"), GIF(width=4), GIF(seconds=0.0)):
        with pytest.raises(LsbError, match=r"choose from|out of range"):
            check(wrong)


@pytest.mark.parametrize(
    ("suffix", "wanted", "is_asked", "kind"),
    [
        (".mp4", FILMS["av1"](), False, "av1"),
        (".webm", H264(quality="low", loop="fade"), False, "webm"),
        (".mov", GIF(), False, "prores"),
        (".gif", GIF(width=99), True, "gif"),
    ],
)
def test_the_name_says_the_format(suffix: str, wanted: FilmFormat, is_asked: bool, kind: str) -> None:
    """Unless it is said otherwise; the other settings are those that are wanted."""
    found = format_for(suffix, wanted, is_asked)
    assert FILMS.kind(found) == kind
    assert (found.quality, found.loop) == (wanted.quality, wanted.loop)


def test_names_that_fit_no_format() -> None:
    with pytest.raises(LsbError, match=r"a film in h264 ends in '\.mp4', not in '\.gif'"):
        format_for(".gif", H264(), True)
    with pytest.raises(LsbError, match=r"no film ends in '\.avi'; choose from \.mp4, \.webm, \.mov, \.gif"):
        format_for(".avi", H264(), False)


def test_pictures_are_read_and_written_as_they_are(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 256, (31, 47, 3)).astype(np.uint8)
    write_picture(values, tmp_path / "a.png")
    assert np.array_equal(pixels(tmp_path / "a.png"), values)
    assert np.array_equal(read_frame(tmp_path / "a.png"), values)
