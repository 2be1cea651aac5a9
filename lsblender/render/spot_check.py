"""The spot check: a few frames rendered anew, each as a whole and by itself, against what lies in the folder."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import bpy
import numpy as np

from .brush import brush_for
from .folder import FrameFolder
from .frames import FrameArtist
from .likeness import ssim
from .video import read_frame


def spot_check(
    scene: bpy.types.Scene,
    folder: FrameFolder,
    frames: Sequence[int],
    count: int,
    done: Callable[[], None] | None = None,
) -> dict[int, float]:
    """The structural similarity of so many frames, taken at random, to the same ones rendered anew."""
    chosen = np.random.default_rng().choice(frames, size=min(count, len(frames)), replace=False)
    found = {}
    brush = brush_for(scene)
    with tempfile.TemporaryDirectory() as apart:
        for frame in sorted(int(number) for number in chosen):
            anew = Path(apart) / f"{frame}.png"
            FrameArtist(scene, brush=brush).make(frame, anew)
            found[frame] = ssim(read_frame(folder.file(frame)), read_frame(anew))
            if done:
                done()
    return found
