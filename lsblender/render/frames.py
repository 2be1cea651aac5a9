"""Frames: rendered one after the other into a folder, each with as little work as it allows.

A frame that is there stays. One whose picture is there under another writing gets the new writing. One that differs
from the frame before only by what moves is patched, one that does not differ is copied, and all others are rendered.

A frame is the same, byte for byte, whoever makes it and after whatever else: stretches of frames begin with one that is
rendered as a whole, and what Blender keeps from frame to frame is dropped when other things are seen.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..files import whole_file
from .brush import Brush, brush_for
from .folder import LINEAR, FrameFolder, Identity, State
from .keyed import Numbers
from .overlay import Writing
from .pictures import (
    Picture,
    Region,
    drop_persistent_data,
    read_picture,
    write_linear,
    write_picture,
)
from .plates import Backdrop, lay_in, moving_region, pose, trail_ends
from .png import UNDER, pack_under, read_chunks, stamp, unpack_under

#: A region larger than this share of the picture is not worth the seam.
WORTHWHILE = 0.5
#: Frames that may be built on one another. Long ones spare work under a still camera, short ones can be shared out.
STRETCH = 48
#: How a frame came about; `KEPT` was there.
RENDERED, PATCHED, COPIED, WRITTEN, KEPT = "rendered", "patched", "copied", "written", "kept"


@dataclass(frozen=True)
class Done:
    """A frame that is there now: how it came about, and the seconds that took."""

    frame: int
    how: str
    seconds: float


def render_frames(
    scene: bpy.types.Scene,
    frames: Sequence[int],
    folder: FrameFolder,
    done: Callable[[Done], None] | None = None,
    overwrite: bool = False,
) -> int:
    """Make the frames that the folder lacks, or all of them anew; returns how many those were. `done` is told each
    frame.

    Cancelling is raising from `done`; what is finished stays.
    """
    states = dict.fromkeys(frames, State.MISSING) if overwrite else {frame: folder.state(frame) for frame in frames}
    made = 0
    artist = FrameArtist(scene, folder.linear, brush_for(scene) if State.MISSING in states.values() else None)
    for frame, state in states.items():
        path, identity = folder.file(frame), folder.identity(frame)
        started = time.perf_counter()
        if state is State.THERE:
            artist.known(frame, path)
            how = KEPT
        elif state is State.WRITING:
            how = artist.write_again(frame, path, identity)
        else:
            how = artist.make(frame, path, identity)
        made += how != KEPT
        if done:
            done(Done(frame, how, time.perf_counter() - started))
    return made


def render_frame(scene: bpy.types.Scene, path: Path) -> None:
    """The scene's present frame with its writing, as a PNG file."""
    FrameArtist(scene, brush=brush_for(scene)).make(scene.frame_current, path)


@dataclass(frozen=True, eq=False)
class Bare:
    """A frame without its writing, as it is seen and, where that is wanted, linear."""

    seen: Picture
    linear: Picture | None = None


@dataclass(frozen=True, eq=False)
class Made:
    """A frame that is finished: its number, its file, its picture without the writing (None: it is still to be read
    from the file), and what decided it.
    """

    frame: int
    path: Path
    bare: Bare | None
    backdrop: tuple[Any, ...]
    pose: Numbers
    ends: dict[str, tuple[float, float]]
    region: Region


class FrameArtist:
    """Makes frames one after the other, reusing of the frame before what has not changed; with `linear`, each with an
    EXR file of the picture without writing, before the view transform. `brush` renders; by itself, as a whole.

    `count` says how many frames came about in which way.
    """

    def __init__(self, scene: bpy.types.Scene, linear: bool = False, brush: Brush | None = None) -> None:
        self.scene = scene
        self.linear = linear
        self.brush = brush or Brush(scene)
        self.writing = Writing(scene)
        self.backdrop = Backdrop(scene)
        self.last: Made | None = None
        self.seen: frozenset[str] | None = None
        self.waiting: tuple[int, Path] | None = None
        self.count = dict.fromkeys((RENDERED, PATCHED, COPIED, WRITTEN), 0)

    def known(self, frame: int, path: Path) -> None:
        """A frame that is there already: the next one can build on it."""
        self.waiting = (frame, path)

    def make(self, frame: int, path: Path, identity: Identity | None = None) -> str:
        """Render, patch or copy one frame, and write into its file what it is a frame of; how it came about."""
        self._look_at_known()
        self.scene.frame_set(frame)
        backdrop, pose_now = self.backdrop.now(), pose(self.scene)
        self._forget_other_things()
        last = self.last
        if last is not None and not (same_stretch(last.frame, frame) and last.backdrop == backdrop):
            last = None
        with whole_file(path) as temporary:
            if last is not None and last.pose == pose_now:
                how, bare = COPIED, self._copied(last, temporary)
            else:
                patched = None if last is None else self._patched(last, temporary)
                how, bare = (RENDERED, self._rendered(temporary)) if patched is None else (PATCHED, patched)
            self._finish(frame, bare, temporary, identity)
            if self.linear:
                os.replace(temporary.with_suffix(LINEAR), path.with_suffix(LINEAR))
        self.count[how] += 1
        self._remember(frame, path, bare, backdrop, pose_now)
        return how

    def write_again(self, frame: int, path: Path, identity: Identity) -> str:
        """Take the writing off a frame that is there, and lay the present one over it."""
        bare = read_bare(path)
        with whole_file(path) as temporary:
            write_picture(bare, temporary)
            self._finish(frame, Bare(bare), temporary, identity)
        self.count[WRITTEN] += 1
        self.known(frame, path)
        return WRITTEN

    def _look_at_known(self) -> None:
        """Build on the frame that was there."""
        if self.waiting is not None:
            frame, path = self.waiting
            self.waiting = None
            self.scene.frame_set(frame)
            self._remember(frame, path, None, self.backdrop.now(), pose(self.scene))

    def _forget_other_things(self) -> None:
        """Drop what Blender has kept of other things than those that are seen now: Cycles numbers things in the order
        in which it met them, and the noise of a picture depends on that.
        """
        seen = frozenset(item.name for item in self.scene.objects if not item.hide_render)
        if seen != self.seen:
            drop_persistent_data(self.scene)
            self.seen = seen

    def _before(self, last: Made) -> Bare:
        """The frame before without its writing."""
        if last.bare is not None:
            return last.bare
        return Bare(read_bare(last.path), read_picture(last.path.with_suffix(LINEAR)) if self.linear else None)

    def _copied(self, last: Made, target: Path) -> Bare | None:
        """The picture before: the file where there is no writing, which may be another."""
        if self.linear:
            shutil.copyfile(last.path.with_suffix(LINEAR), target.with_suffix(LINEAR))
        if self.writing.scene is None:
            shutil.copyfile(last.path, target)
            return last.bare
        return self._before(last)

    def _rendered(self, target: Path) -> Bare:
        """All of the frame rendered, into its files."""
        linear = target.with_suffix(LINEAR) if self.linear else None
        self.brush.picture(target, linear)
        return Bare(in_steps(read_picture(target)), None if linear is None else read_picture(linear))

    def _patched(self, last: Made, target: Path) -> Bare | None:
        """The frame before with the region of what moves rendered anew; None if that is not worth it."""
        region = moving_region(self.scene, last.ends).union(last.region)
        width, height = self.scene.render.resolution_x, self.scene.render.resolution_y
        if region.pixels == 0 or region.pixels > WORTHWHILE * width * height:
            return None
        before = self._before(last)
        linear = target.with_name("patch.exr") if self.linear else None
        patch = self.brush.region(region, target.with_name("patch.png"), linear)
        seen = in_steps(lay_in(before.seen, patch, region))
        write_picture(seen, target)
        if linear is None or before.linear is None:
            return Bare(seen)
        write_linear(self.scene, lay_in(before.linear, read_picture(linear), region), target.with_suffix(LINEAR))
        return Bare(seen, read_picture(target.with_suffix(LINEAR)))

    def _finish(self, frame: int, bare: Bare | None, target: Path, identity: Identity | None) -> None:
        """Lay the writing over, and put into the file what it is a frame of and what is under the writing."""
        under = b""
        self.writing.update(frame, target.parent)
        covered = self.writing.picture[..., 3] > 0
        if bare is not None and covered.any():
            under = pack_under(bare.seen, covered)
            write_picture(self.writing.over(bare.seen), target)
        elif bare is not None and not target.exists():
            write_picture(bare.seen, target)
        if identity is not None:
            stamp(target, str(identity), under)

    def _remember(
        self, frame: int, path: Path, bare: Bare | None, backdrop: tuple[Any, ...], pose_now: Numbers
    ) -> None:
        ends = trail_ends(self.scene)
        self.last = Made(frame, path, bare, backdrop, pose_now, ends, moving_region(self.scene, ends))


def same_stretch(first: int, second: int) -> bool:
    """Whether the second frame may be built on the first."""
    return (first - 1) // STRETCH == (second - 1) // STRETCH


def in_steps(picture: Picture) -> Picture:
    """A picture in the 256 steps of a file, to the last digit, so that a run that goes on from the file gives the same
    frames: Blender reads a step a digit off.
    """
    return np.asarray(np.round(picture * 255) / np.float32(255))


def read_bare(path: Path) -> Picture:
    """The picture of a frame's file without the writing over it."""
    picture = in_steps(read_picture(path))
    under = next((content for kind, content in read_chunks(path) if kind == UNDER), None)
    if under is not None:
        covered, values = unpack_under(under, (picture.shape[0], picture.shape[1]))
        picture[covered, :3] = values
    return picture
