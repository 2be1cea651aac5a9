"""Frames made elsewhere: a film is cut into chunks, each of which gives the same frames wherever it is made.

A chunk brings all that is needed: the Blender file, packed, and of the frames that are there already those that its own
are built on. So it may be made on any machine that has this program, without a folder in common, and made twice. What
comes back are the bytes of the frames' files, which say themselves what they are frames of.

Blender works in a process of its own for each chunk: it bears no threads but the one that has imported it, and should
it crash, the worker does not. All that the two say to each other lies in a folder as plain files.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import LsbError
from ..files import whole_file
from .folder import LINEAR, SEEN, FrameFolder

#: The film's file, the order to the process, and its answer.
BLEND, ORDER, ANSWER = "film.blend", "order.json", "answer.json"
#: The folder of the frames beside them.
FRAMES = "frames"

Files = dict[str, bytes]


@dataclass(frozen=True)
class Means:
    """What frames are rendered with: level and device as in `set_quality`, Blender's threads (0: all), and the versions
    of this program and of Blender; `linear`, with EXR files.
    """

    level: str
    device: str
    threads: int
    versions: tuple[str, str]
    linear: bool = False

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Of a frame's files, the one that is seen last."""
        return (LINEAR, SEEN) if self.linear else (SEEN,)


@dataclass(frozen=True)
class Parcel:
    """A film on its way to the workers: the Blender file's bytes, or none where it lies in the folder `shared`, which
    all see under this name.
    """

    blend: bytes
    shared: str
    means: Means

    def place(self, frame: int, suffix: str) -> Path:
        """Where a frame's file lies in the shared folder."""
        return Path(self.shared) / f"{frame:06d}{suffix}"


@dataclass(frozen=True)
class Chunk:
    """Frames to be made one after the other, with the identities of these and of the one that they are built on, and
    what is there of them.
    """

    frames: tuple[int, ...]
    wanted: dict[int, str]
    given: dict[int, Files] = field(default_factory=dict)

    def __str__(self) -> str:
        first, last = self.frames[0], self.frames[-1]
        return f"frame {first}" if first == last else f"frames {first} to {last}"


@dataclass(frozen=True)
class Delivery:
    """What comes back: (frame, how it came about, seconds) of each, the bytes of their files unless those lie in the
    shared folder, and what rendered them.
    """

    made: tuple[tuple[int, str, float], ...]
    files: dict[int, Files]
    device: str


def make_chunk(parcel: Parcel, chunk: Chunk) -> Delivery:
    """Make a chunk's frames. Raises `LsbError` where this machine can not make the film's."""
    with tempfile.TemporaryDirectory(prefix="lsblender-") as apart:
        place = Path(apart)
        file = Path(parcel.shared or apart) / BLEND
        if not parcel.shared:
            file.write_bytes(parcel.blend)
        elif not file.is_file():
            raise LsbError(f"a worker does not find '{file}'; the shared folder must be there under the same name")
        (place / FRAMES).mkdir()
        for frame, files in chunk.given.items():
            for suffix, data in files.items():
                (place / FRAMES / f"{frame:06d}{suffix}").write_bytes(data)
        order = {"blend": str(file), "wanted": chunk.wanted, "means": asdict(parcel.means)}
        (place / ORDER).write_text(json.dumps(order), encoding="utf-8")
        answer = _in_a_process(place)
        made = tuple((frame, how, seconds) for frame, how, seconds in answer["made"] if frame in chunk.frames)
        folder = FrameFolder(place / FRAMES, {})
        return Delivery(made, {frame: _handed_over(folder, frame, parcel) for frame, _, _ in made}, answer["device"])


def _in_a_process(place: Path) -> dict[str, Any]:
    """The answer of the process that does what lies in the folder. It ends with this one: its input is then at its
    end.
    """
    package = __package__ or ""
    root = str(Path(__file__).parents[len(package.split("."))])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    words = [sys.executable, "-m", f"{package}.chunk_process", str(place)]
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment)
        try:
            status = process.wait()
        finally:
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
    if not (place / ANSWER).is_file():
        told = (place / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise LsbError(f"Blender ended on a worker with status {status} ({told[-1] if told else 'and said nothing'})")
    answer: dict[str, Any] = json.loads((place / ANSWER).read_text(encoding="utf-8"))
    if "error" in answer:
        raise LsbError(f"a worker says: {answer['error']}")
    return answer


def _handed_over(folder: FrameFolder, frame: int, parcel: Parcel) -> Files:
    """The bytes of a frame's files; in a shared folder they lie there, and nothing has to be sent."""
    files = {suffix: folder.file(frame, suffix).read_bytes() for suffix in parcel.means.suffixes}
    if not parcel.shared:
        return files
    for suffix, data in files.items():
        with whole_file(parcel.place(frame, suffix)) as temporary:
            temporary.write_bytes(data)
    return {}


def deliver(delivery: Delivery, parcel: Parcel, folder: FrameFolder) -> None:
    """Put the frames of a delivery into the folder. Raises `LsbError` for one that is not what it has to be."""
    for frame, _, _ in delivery.made:
        files = delivery.files[frame]
        if parcel.shared:
            files = {suffix: parcel.place(frame, suffix).read_bytes() for suffix in parcel.means.suffixes}
        folder.deliver(frame, files)
