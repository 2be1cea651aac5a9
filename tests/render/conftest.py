"""One small film, rendered once for all tests that only look at it."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from lsblender.render.frames import frame_path, open_folder, render_frames
from lsblender.render.quality import set_quality
from lsblender.render.video import encode
from lsblender.scene.build import build_scene
from lsblender.scene.library import empty_scene
from tests.conftest import Film

FRAMES = list(range(1, 13))


def prepared(film: Film, quality: str = "draft") -> bpy.types.Scene:
    """A scene of the film, ready to render."""
    scene = empty_scene()
    build_scene(*film, scene)
    set_quality(scene, quality)
    return scene


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
    open_folder(folder, "this film")
    assert render_frames(scene, FRAMES, folder) == 12
    encode([frame_path(folder, frame) for frame in FRAMES], folder.parent / "film.mp4", 12, (96, 54))
    return folder
