"""The contact sheet, the report, and the likeness of pictures."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity

from lsblender.render.contact import write_contact_sheet
from lsblender.render.folder import FrameFolder, Identity
from lsblender.render.frames import KEPT, PATCHED, RENDERED, Done
from lsblender.render.likeness import ssim
from lsblender.render.report import Report
from lsblender.storyboard.films import GIF
from tests.render.conftest import frame_path


def greys(folder: Path, count: int, size: tuple[int, int]) -> list[Path]:
    paths = []
    for k in range(count):
        paths.append(frame_path(folder, k + 1))
        Image.new("RGB", size, (5 * k,) * 3).save(paths[-1])
    return paths


@pytest.mark.parametrize(
    ("count", "shown"), [(45, [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44]), (3, [0, 1, 2]), (1, [0])]
)
def test_contact_sheet(count: int, shown: list[int], tmp_path: Path) -> None:
    """From the first to the last frame, in rows of four, with gaps."""
    write_contact_sheet(greys(tmp_path, count, (640, 360)), tmp_path / "contact.png")
    with Image.open(tmp_path / "contact.png") as image:
        sheet = np.asarray(image)
    columns, rows = min(4, len(shown)), -(-len(shown) // 4)
    assert sheet.shape == (rows * 210 + (rows - 1) * 4, columns * 373 + (columns - 1) * 4, 3)
    for number, grey in enumerate(shown):
        row, column = divmod(number, 4)
        cell = sheet[row * 214 : row * 214 + 210, column * 377 : column * 377 + 373]
        assert (cell == 5 * grey).all()


def test_small_frames_are_not_made_larger(tmp_path: Path) -> None:
    write_contact_sheet(greys(tmp_path, 12, (96, 54)), tmp_path / "contact.png")
    with Image.open(tmp_path / "contact.png") as image:
        assert image.size == (4 * 96 + 3 * 4, 3 * 54 + 2 * 4)


def report(folder: FrameFolder, frames: list[Done], checked: dict[int, float]) -> dict:
    film = folder.path.parent / "film.gif"
    film.write_bytes(b"a film")
    made = Report(film, GIF(width=99), 12.5, frames, {"scene_file": "abc"}, {"Rendering": 1.25}, {"x": 1}, checked)
    made.write(folder)
    return json.loads((folder.path / "report.json").read_text())


def test_report(tmp_path: Path) -> None:
    import bpy

    folder = FrameFolder(tmp_path / "f", {1: Identity("p1", "w1"), 2: Identity("p2"), 3: Identity("p3")})
    folder.open({})
    found = report(folder, [Done(1, RENDERED, 2.0004), Done(2, PATCHED, 0.5)], {2: 0.99, 1: 0.999})
    assert found["film"]["sha256"] == hashlib.sha256(b"a film").hexdigest()
    assert found["film"]["fps"] == 12.5
    assert (found["film"]["format"]["kind"], found["film"]["format"]["width"]) == ("gif", 99)
    assert found["versions"]["blender"] == bpy.app.version_string
    assert found["versions"]["numpy"] == np.__version__
    assert found["seconds"] == {"Rendering": 1.25}
    assert found["spot_check"] == {"ssim": {"2": 0.99, "1": 0.999}, "lowest": 0.99}
    first = {"frame": 1, "picture": "p1", "writing": "w1", "how": "rendered", "seconds": 2.0}
    assert found["frames"][0] == first

    # a later run, for which the second frame is another one
    folder.wanted[2] = Identity("other")
    found = report(folder, [Done(frame, KEPT, 0.0) for frame in (1, 2, 3)], {})
    assert found["spot_check"] is None
    assert found["frames"][0] == first
    assert [frame["how"] for frame in found["frames"]] == ["rendered", "kept", "kept"]


@pytest.mark.parametrize("content", ["", "[]", '{"frames": 3}', '{"frames": [1]}'])
def test_a_broken_report_is_replaced(content: str, tmp_path: Path) -> None:
    folder = FrameFolder(tmp_path / "f", {1: Identity("p1")})
    folder.open({})
    (folder.path / "report.json").write_text(content)
    assert report(folder, [Done(1, KEPT, 0.0)], {})["frames"][0]["how"] == "kept"


def test_likeness_is_that_of_another_library() -> None:
    rng = np.random.default_rng(0)
    first = rng.integers(0, 256, (40, 53, 3)).astype(np.uint8)
    for noise in (0, 3, 30, 200):
        second = np.clip(first + rng.normal(0, noise, first.shape), 0, 255).astype(np.uint8) if noise else first
        other = structural_similarity(first, second, channel_axis=2, data_range=255)
        assert ssim(first, second) == pytest.approx(other, abs=1e-6)
    assert ssim(first, first) == pytest.approx(1.0)
