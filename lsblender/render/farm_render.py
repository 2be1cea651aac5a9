"""A film on a farm: cut into chunks, sent, and its frames taken into the folder as they come.

The folder is what counts: a chunk is sent for frames that it lacks and for no others, and what comes twice or is of
another version changes nothing in it. So a film can be begun here, go on on a farm, and be finished here.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import bpy

from ..files import checked_folder, whole_file
from ..scene.library import save_file
from .chunk_process import versions
from .chunks import BLEND, Chunk, Means, Parcel, deliver, make_chunk
from .farm import Farm
from .folder import FrameFolder, State
from .frames import KEPT, Done, same_stretch
from .plates import Backdrop

#: The work of a chunk in whole frames: little enough to be done again, and to keep all workers busy to the end.
CHUNK = 8.0
#: The work of a frame under a still camera, in whole frames.
PATCH = 0.15


@dataclass(frozen=True)
class FarmRender:
    """Rendering on a farm at a level, on the workers' devices; `shared` is a folder that they all have, if any."""

    farm: Farm
    level: str
    device: str = "auto"
    shared: Path | None = None

    def render_frames(
        self,
        scene: bpy.types.Scene,
        frames: Sequence[int],
        folder: FrameFolder,
        done: Callable[[Done], None],
        overwrite: bool = False,
    ) -> set[str]:
        """As `frames.render_frames`, and the same frames; what the workers rendered with."""
        means = Means(self.level, self.device, self.farm.threads, versions(), folder.linear)
        chunks = cut(scene, frames, folder, means.suffixes, overwrite)
        missing = {frame for chunk in chunks for frame in chunk.frames}
        for frame in frames:
            if frame not in missing:
                done(Done(frame, KEPT, 0.0))
        devices: set[str] = set()
        if not chunks:
            return devices
        parcel = self._sent(pack(means))
        try:
            for _, delivery in self.farm.each(partial(make_chunk, parcel), chunks):
                deliver(delivery, parcel, folder)
                devices.add(delivery.device)
                for made in delivery.made:
                    done(Done(*made))
        finally:
            if parcel.shared:
                shutil.rmtree(parcel.shared, ignore_errors=True)
        return devices

    def _sent(self, parcel: Parcel) -> Parcel:
        """The parcel as it travels: where there is a shared folder, the file goes there."""
        if self.shared is None:
            return parcel
        name = hashlib.sha256(parcel.blend).hexdigest()[:16]
        place = checked_folder(self.shared.resolve()) / f"lsblender-{name}"
        with whole_file(place / BLEND) as temporary:
            temporary.write_bytes(parcel.blend)
        return replace(parcel, blend=b"", shared=str(place))


def pack(means: Means) -> Parcel:
    """The film that is built as a parcel."""
    with tempfile.TemporaryDirectory() as apart:
        file = Path(apart) / BLEND
        save_file(file)
        return Parcel(file.read_bytes(), "", means)


def cut(
    scene: bpy.types.Scene, frames: Sequence[int], folder: FrameFolder, suffixes: Sequence[str], overwrite: bool
) -> list[Chunk]:
    """The chunks of those of the frames that the folder lacks, or of all."""
    states = {frame: State.MISSING if overwrite else folder.state(frame) for frame in frames}
    is_alone = alone(scene)
    chunks = []
    for part in spans(frames, {frame for frame in frames if states[frame] is not State.THERE}, is_alone):
        before = [frame for frame in frames if frame < part[0]][-1:]
        base = [frame for frame in before if _is_there(states[frame]) and not is_alone(frame, part[0])]
        known = base + [frame for frame in part if states[frame] is State.WRITING]
        given = {frame: {suffix: folder.file(frame, suffix).read_bytes() for suffix in suffixes} for frame in known}
        chunks.append(Chunk(tuple(part), {frame: str(folder.identity(frame)) for frame in (*base, *part)}, given))
    return chunks


def _is_there(state: State) -> bool:
    return state in (State.THERE, State.WRITING)


def alone(scene: bpy.types.Scene) -> Callable[[int, int], bool]:
    """Whether a frame that follows another is never built on it."""
    backdrop = Backdrop(scene)
    return lambda before, frame: not same_stretch(before, frame) or backdrop.camera_moves(before, frame)


def spans(frames: Sequence[int], missing: set[int], is_alone: Callable[[int, int], bool]) -> Iterator[list[int]]:
    """The missing ones of the frames in parts of about equal work, cut where nothing is built on what went before."""
    part: list[int] = []
    work = 0.0
    for number, frame in enumerate(frames):
        before = frames[number - 1] if number else frame
        cuttable = number == 0 or is_alone(before, frame)
        if part and (before != part[-1] or (cuttable and work >= CHUNK)):
            yield part
            part, work = [], 0.0
        if frame in missing:
            part.append(frame)
            work += 1.0 if cuttable else PATCH
    if part:
        yield part
