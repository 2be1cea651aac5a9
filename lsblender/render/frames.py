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
from pathlib import Path

import bpy
import numpy as np

from ..errors import LsbError
from ..files import TEMPORARY, checked_folder, whole_file
from ..version import package_version
from .pictures import Picture, read_picture, render_picture, write_picture
from .plates import Region, lay_in, moving_region, pose, stands_still, trail_ends

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
    artist = FrameArtist(scene, list(frames))
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


class FrameArtist:
    """Makes frames one after the other, reusing of the frame before what has not changed."""

    def __init__(self, scene: bpy.types.Scene, frames: list[int]) -> None:
        self.scene = scene
        self.frames = frames
        self.still = stands_still(scene, frames)
        self.last_path: Path | None = None
        self.last_picture: Picture | None = None
        self.last_pose: tuple[float, ...] = ()
        self.last_ends: dict[str, float] = {}
        self.last_region: Region | None = None

    def known(self, frame: int, path: Path) -> None:
        """A frame that is there already: the next one can build on it."""
        if self.still:
            self.scene.frame_set(frame)
            self._remember(path, None)

    def make(self, frame: int, path: Path) -> None:
        """Render, patch or copy one frame."""
        self.scene.frame_set(frame)
        with whole_file(path) as temporary:
            if not self.still or self.last_path is None or self.last_region is None:
                render_picture(self.scene, temporary)
                picture = None
            elif pose(self.scene) == self.last_pose:
                shutil.copyfile(self.last_path, temporary)
                picture = self.last_picture
            else:
                picture = self._patched(temporary)
        if self.still:
            self._remember(path, picture)

    def _patched(self, target: Path) -> Picture | None:
        """The frame before with the region of what moves rendered anew; the picture, or None if all was
        rendered.
        """
        assert self.last_path is not None
        assert self.last_region is not None
        region = moving_region(self.scene, self.last_ends).union(self.last_region)
        width, height = self.scene.render.resolution_x, self.scene.render.resolution_y
        if region.pixels == 0 or region.pixels > WORTHWHILE * width * height:
            render_picture(self.scene, target)
            return None
        before = self.last_picture if self.last_picture is not None else read_picture(self.last_path)
        patch_path = target.with_name("patch.png")
        set_border(self.scene, region)
        try:
            render_picture(self.scene, patch_path)
        finally:
            set_border(self.scene, None)
        # in the file's own steps, so that a run that goes on from the file gives the same frames
        laid = lay_in(before, read_picture(patch_path), region)
        picture: Picture = np.round(laid * 255) / np.float32(255)
        write_picture(picture, target)
        return picture

    def _remember(self, path: Path, picture: Picture | None) -> None:
        self.last_path, self.last_picture = path, picture
        self.last_pose = pose(self.scene)
        self.last_ends = trail_ends(self.scene)
        self.last_region = moving_region(self.scene, self.last_ends)


def set_border(scene: bpy.types.Scene, region: Region | None) -> None:
    """Render only a region, or everything again."""
    render = scene.render
    render.use_border = render.use_crop_to_border = region is not None
    if region is not None:
        width, height = render.resolution_x, render.resolution_y
        # a border's edges are rounded: aim at the middle of the pixels
        render.border_min_x, render.border_max_x = (region.left + 1e-3) / width, (region.right + 1e-3) / width
        render.border_min_y, render.border_max_y = (
            (region.bottom + 1e-3) / height,
            (region.top + 1e-3) / height,
        )


def fingerprint(content: str) -> str:
    """What a folder's frames are frames of: the content's hash, this program's version and Blender's."""
    return " ".join([content, package_version(), bpy.app.version_string])
