"""Frames: a folder of whole PNG files.

A frame lies under its name only when it is complete. Beside the frames a small file says what they are frames
of; a later run with the same fingerprint renders only what is missing, one with another fingerprint starts
anew, so that a folder never mixes two versions.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..errors import LsbError
from ..files import TEMPORARY, checked_folder, whole_file
from ..version import package_version
from .keyed import Numbers
from .overlay import Writing
from .pictures import Picture, Region, read_picture, render_picture, render_region, write_picture
from .plates import Backdrop, lay_in, moving_region, pose, trail_ends

SIDECAR = "frames.json"
#: A region larger than this share of the picture is not worth the seam.
WORTHWHILE = 0.5


def frame_path(folder: Path, frame: int) -> Path:
    """A frame's file: six digits."""
    return folder / f"{frame:06d}.png"


def check_folder(folder: Path) -> None:
    """Raise `LsbError` if the folder for the frames holds anything else, or frames that are not from here."""
    if not folder.is_dir():
        return
    names = sorted(os.listdir(folder))
    ours = SIDECAR in names
    others = [name for name in names if name != SIDECAR and name[0] != "." and not (ours and _is_frame(name))]
    if others:
        raise LsbError(f"'{folder}' holds other files ({others[0]}, ...); choose an empty folder for the frames")


def open_folder(folder: Path, fingerprint: str) -> None:
    """Make a frame folder ready: frames of something else go, and what a run that was killed has left.

    Raises `LsbError` if it holds anything but frames.
    """
    check_folder(folder)
    checked_folder(folder)
    for left in folder.glob(f"{TEMPORARY}*"):
        shutil.rmtree(left, ignore_errors=True)
    sidecar = folder / SIDECAR
    if _read_sidecar(sidecar) != fingerprint:
        for name in os.listdir(folder):
            if _is_frame(name):
                (folder / name).unlink()
        with whole_file(sidecar) as temporary:
            temporary.write_text(json.dumps({"fingerprint": fingerprint}) + "\n", encoding="utf-8")


def _is_frame(name: str) -> bool:
    return name.endswith(".png") and name[:-4].isdigit()


def _read_sidecar(path: Path) -> str:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(content.get("fingerprint", "")) if isinstance(content, dict) else ""


def render_frames(
    scene: bpy.types.Scene, frames: Sequence[int], folder: Path, done: Callable[[int], None] | None = None
) -> int:
    """Render the frames that the folder lacks; returns how many those were. `done` is told each finished
    frame.

    Cancelling is raising from `done`; what is finished stays.
    """
    artist = FrameArtist(scene)
    rendered = 0
    for frame in frames:
        path = frame_path(folder, frame)
        if path.exists():
            artist.known(frame, path)
        else:
            artist.make(frame, path)
            rendered += 1
        if done:
            done(frame)
    return rendered


def render_frame(scene: bpy.types.Scene, path: Path) -> None:
    """The scene's present frame with its writing, as a PNG file."""
    FrameArtist(scene).make(scene.frame_current, path)


@dataclass(frozen=True, eq=False)
class Made:
    """A frame that is finished: its file, its picture without the writing (None: it is the file's), and what decided
    it.
    """

    path: Path
    bare: Picture | None
    backdrop: tuple[Any, ...]
    pose: Numbers
    ends: dict[str, tuple[float, float]]
    region: Region


class FrameArtist:
    """Makes frames one after the other, reusing of the frame before what has not changed.

    `patched`, `copied` and `whole` count the frames by how they came about.
    """

    def __init__(self, scene: bpy.types.Scene) -> None:
        self.scene = scene
        self.writing = Writing(scene)
        self.backdrop = Backdrop(scene)
        self.last: Made | None = None
        self.waiting: tuple[int, Path] | None = None
        self.whole = self.patched = self.copied = 0

    def known(self, frame: int, path: Path) -> None:
        """A frame that is there already: the next one can build on it."""
        self.waiting = (frame, path)

    def make(self, frame: int, path: Path) -> None:
        """Render, patch or copy one frame."""
        self._look_at_known()
        self.scene.frame_set(frame)
        backdrop, pose_now = self.backdrop.now(), pose(self.scene)
        last = self.last if self.last is not None and self.last.backdrop == backdrop else None
        with whole_file(path) as temporary:
            if last is not None and last.pose == pose_now:
                bare = self._again(last, frame, temporary)
            else:
                bare = None if last is None else self._patched(last, temporary)
                if bare is None:
                    bare = self._rendered(temporary)
                self._finish(bare, frame, temporary)
        self._remember(path, bare, backdrop, pose_now)

    def _look_at_known(self) -> None:
        """Build on the frame that was there, unless there is writing over it: what lies under that is not known."""
        if self.waiting is not None:
            frame, path = self.waiting
            self.last = self.waiting = None
            if self.writing.scene is None:
                self.scene.frame_set(frame)
                self._remember(path, None, self.backdrop.now(), pose(self.scene))

    def _again(self, last: Made, frame: int, target: Path) -> Picture | None:
        """The picture before, under the writing of this frame."""
        self.copied += 1
        if self.writing.update(frame, target.parent):
            assert last.bare is not None
            write_picture(self.writing.over(last.bare), target)
        else:
            shutil.copyfile(last.path, target)
        return last.bare

    def _rendered(self, target: Path) -> Picture | None:
        """All of the frame rendered: into its file, or as a picture where there is writing to come over it."""
        self.whole += 1
        render_picture(self.scene, target)
        return None if self.writing.scene is None else read_picture(target)

    def _patched(self, last: Made, target: Path) -> Picture | None:
        """The frame before with the region of what moves rendered anew; None if that is not worth it."""
        region = moving_region(self.scene, last.ends).union(last.region)
        width, height = self.scene.render.resolution_x, self.scene.render.resolution_y
        if region.pixels == 0 or region.pixels > WORTHWHILE * width * height:
            return None
        self.patched += 1
        before = last.bare if last.bare is not None else read_picture(last.path)
        laid = lay_in(before, render_region(self.scene, region, target.with_name("patch.png")), region)
        # in the file's own steps, so that a run that goes on from the file gives the same frames
        return np.asarray(np.round(laid * 255) / np.float32(255))

    def _finish(self, bare: Picture | None, frame: int, target: Path) -> None:
        """Lay the writing over and write the file, if that is not done yet."""
        self.writing.update(frame, target.parent)
        if bare is not None:
            write_picture(self.writing.over(bare), target)

    def _remember(self, path: Path, bare: Picture | None, backdrop: tuple[Any, ...], pose_now: Numbers) -> None:
        ends = trail_ends(self.scene)
        self.last = Made(path, bare, backdrop, pose_now, ends, moving_region(self.scene, ends))


def fingerprint(content: str) -> str:
    """What a folder's frames are frames of: the content's hash, this program's version and Blender's."""
    return " ".join([content, package_version(), bpy.app.version_string])
