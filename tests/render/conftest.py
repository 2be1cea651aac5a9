"""One small film, rendered once for all tests that only look at it."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from lsblender.render.folder import FrameFolder
from lsblender.render.frames import render_frames
from lsblender.render.identity import Identities
from lsblender.render.quality import set_quality
from lsblender.render.video import encode
from lsblender.scene.build import build_scene
from lsblender.scene.library import empty_scene
from lsblender.storyboard.films import H264
from tests.conftest import Film

FRAMES = list(range(1, 13))


def prepared(film: Film, quality: str = "draft") -> bpy.types.Scene:
    """A scene of the film, ready to render."""
    scene = empty_scene()
    build_scene(*film, scene)
    set_quality(scene, quality)
    return scene


def opened(path: Path, scene: bpy.types.Scene, linear: bool = False) -> FrameFolder:
    """A folder for the scene's frames, ready."""
    identities = Identities(scene)
    frames = range(scene.frame_start, scene.frame_end + 1)
    folder = FrameFolder(path, {frame: identities.of(frame) for frame in frames}, linear)
    folder.open({"fps": scene.render.fps})
    return folder


def frame_path(folder: Path, frame: int) -> Path:
    return folder / f"{frame:06d}.png"


def pixels(path: Path) -> np.ndarray:
    """A picture's values (H, W, 3) from 0 to 255, by an independent reader, rows from the top."""
    from PIL import Image

    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.mode == "RGB"
        return np.asarray(image, dtype=np.int16)


@pytest.fixture(scope="session")
def rendered(film: Film, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the 12 frames of the film and the film itself."""
    folder = tmp_path_factory.mktemp("rendered") / "frames"
    scene = prepared(film)
    assert render_frames(scene, FRAMES, opened(folder, scene)) == 12
    encode([frame_path(folder, frame) for frame in FRAMES], folder.parent / "film.mp4", 12, H264())
    return folder
