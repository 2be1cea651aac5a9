"""The film, decoded by another library than the one that made it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import bpy
import numpy as np
import pytest

from lsblender.errors import LsbError
from lsblender.render.frames import frame_path
from lsblender.render.pictures import write_picture
from lsblender.render.video import encode
from lsblender.scene.library import empty_scene
from tests.render.conftest import FRAMES, pixels


@dataclass
class Facts:
    """What the file says of itself."""

    codec: str
    pixels: str
    rate: float
    seconds: float


def decoded(path: Path) -> tuple[list[np.ndarray], Facts]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert len(container.streams) == 1, "no sound"
        seconds = float(stream.duration * stream.time_base)
        facts = Facts(stream.codec_context.name, stream.codec_context.pix_fmt, float(stream.average_rate), seconds)
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)], facts


def psnr(first: np.ndarray, second: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((first.astype(float) - second) ** 2)))


@pytest.fixture
def numbered(tmp_path: Path) -> list[Path]:
    """Grey pictures, each a little lighter than the one before."""
    empty_scene()
    paths = []
    for k in range(10):
        path = frame_path(tmp_path, k + 7)
        write_picture(np.full((34, 46, 4), 0.1 + 0.08 * k, dtype=np.float32), path)
        paths.append(path)
    return paths


def test_film_is_the_frames(rendered: Path) -> None:
    pictures, facts = decoded(rendered.parent / "film.mp4")
    assert (facts.codec, facts.pixels, facts.rate) == ("h264", "yuv420p", 12.0)
    assert facts.seconds == pytest.approx(1.0)
    assert len(pictures) == 12
    for frame, picture in zip(FRAMES, pictures, strict=True):
        assert picture.shape == (54, 96, 3)
        assert picture.mean() > 10
        assert picture.std() > 10
        assert psnr(picture, pixels(frame_path(rendered, frame))) > 30
    assert psnr(pictures[0], pictures[-1]) < 30


def test_nothing_else_is_left(rendered: Path) -> None:
    assert sorted(item.name for item in rendered.parent.iterdir()) == ["film.mp4", "frames"]
    assert [scene.name for scene in bpy.data.scenes if scene.name == "Film"] == []


def test_frames_from_the_middle_come_in_order(numbered: list[Path], tmp_path: Path) -> None:
    encode(numbered[3:8], tmp_path / "part.mp4", 5, (46, 34))
    pictures, facts = decoded(tmp_path / "part.mp4")
    assert [round(picture.mean() / 255, 2) for picture in pictures] == pytest.approx(
        [0.1 + 0.08 * k for k in range(3, 8)], abs=0.015
    )
    assert facts.rate == 5


def test_one_frame(numbered: list[Path], tmp_path: Path) -> None:
    encode(numbered[:1], tmp_path / "one.mp4", 24, (46, 34))
    assert len(decoded(tmp_path / "one.mp4")[0]) == 1


@pytest.mark.parametrize("fps", [1, 23, 60, 240])
def test_rates(fps: int, numbered: list[Path], tmp_path: Path) -> None:
    encode(numbered, tmp_path / "film.mp4", fps, (46, 34))
    pictures, facts = decoded(tmp_path / "film.mp4")
    assert len(pictures) == 10
    assert facts.rate == fps


def test_odd_sizes_lose_a_row_and_a_column(tmp_path: Path) -> None:
    """The picture is cut, not scaled: a checked pattern keeps its contrast."""
    empty_scene()
    pattern = np.zeros((55, 97, 4), dtype=np.float32)
    pattern[..., 3] = 1.0
    pattern[::2, :, :3] = 1.0
    write_picture(pattern, frame_path(tmp_path, 1))
    encode([frame_path(tmp_path, 1)] * 3, tmp_path / "film.mp4", 24, (97, 55))
    pictures, _ = decoded(tmp_path / "film.mp4")
    assert pictures[0].shape == (54, 96, 3)
    assert pictures[0].std() > 110


def test_relative_names(numbered: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    encode([Path(path.name) for path in numbered], Path("film.mp4"), 24, (46, 34))
    assert len(decoded(tmp_path / "film.mp4")[0]) == 10


def test_an_existing_film_is_kept_when_encoding_fails(numbered: list[Path], tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.mkdir()
    with pytest.raises(LsbError, match="is a folder"):
        encode(numbered, film, 24, (46, 34))
    assert film.is_dir()
    assert not [item for item in tmp_path.iterdir() if item.name.startswith(".")]
    assert "Film" not in bpy.data.scenes


def test_colour_goes_through_once(tmp_path: Path) -> None:
    """Flat colours, away from the codec's rounding, come out as they are in the frames: no second view transform."""
    empty_scene()
    colours = [
        (0.8, 0.2, 0.2),
        (0.2, 0.7, 0.3),
        (0.25, 0.3, 0.8),
        (0.5, 0.5, 0.5),
        (0.95, 0.95, 0.95),
        (0.05, 0.05, 0.05),
    ]
    paths = []
    for k, colour in enumerate(colours):
        picture = np.ones((32, 32, 4), dtype=np.float32)
        picture[..., :3] = colour
        paths.append(frame_path(tmp_path, k + 1))
        write_picture(picture, paths[-1])
    encode(paths, tmp_path / "film.mp4", 24, (32, 32))
    pictures, _ = decoded(tmp_path / "film.mp4")
    for picture, colour in zip(pictures, colours, strict=True):
        assert picture.mean(axis=(0, 1)) / 255 == pytest.approx(colour, abs=0.04)
