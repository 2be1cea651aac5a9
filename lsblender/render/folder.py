"""A folder of whole frames, and what each of them has to be.

A frame lies under its name only when it is complete, and its file says itself what it is a frame of. The folder knows
what every frame of the film has to be. So a later run makes only what is missing or has become something else, whoever
made the rest and however that ended; a file of another version is never taken for one of this, and goes.

Frames may be made elsewhere: `missing` says which are wanted, `identity` what each has to be, and `deliver` takes the
bytes of their files.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from ..errors import LsbError
from ..files import TEMPORARY, checked_folder, whole_file
from .png import identity_in, split, stamped

SIDECAR = "frames.json"
#: What else a folder of frames may hold.
BESIDE = {SIDECAR, "contact.png", "report.json"}
#: Suffixes of a frame's files; the picture that is seen is written last and says that the others are there.
SEEN, LINEAR = ".png", ".exr"


@dataclass(frozen=True)
class Identity:
    """What a frame is a frame of: the hashes of its picture and of the writing over it; no writing has none."""

    picture: str
    writing: str = ""

    def __str__(self) -> str:
        return f"{self.picture} {self.writing}".strip()

    @classmethod
    def read(cls, text: str) -> Identity:
        """The identity in a text that `str` made."""
        picture, _, writing = text.partition(" ")
        return cls(picture, writing)


class State(Enum):
    """What has to be done about a frame."""

    THERE = "there"
    WRITING = "its writing is another"
    OTHER = "it is of another version"
    MISSING = "missing"


class FrameFolder:
    """The folder `path` of a film whose frames have to be `wanted`; with `linear`, each has an EXR file too."""

    def __init__(self, path: Path, wanted: Mapping[int, Identity], linear: bool = False) -> None:
        self.path = path
        self.wanted = dict(wanted)
        self.linear = linear

    @classmethod
    def read(cls, path: Path) -> tuple[FrameFolder, dict[str, Any]]:
        """A folder as its sidecar describes it, and what that says of the film."""
        content = _read_sidecar(path / SIDECAR)
        if content is None:
            raise LsbError(f"'{path}' holds no frames of lsblender ({SIDECAR} is missing or can not be read)")
        wanted = {int(name): Identity.read(text) for name, text in content["frames"].items()}
        return cls(path, wanted, bool(content["film"].get("linear"))), content["film"]

    def file(self, frame: int, suffix: str = SEEN) -> Path:
        """A frame's file: six digits."""
        return self.path / f"{frame:06d}{suffix}"

    def identity(self, frame: int) -> Identity:
        """What a frame has to be."""
        return self.wanted[frame]

    def state(self, frame: int) -> State:
        """What there is of a frame."""
        says = stamped(self.file(frame))
        if not says or (self.linear and not self.file(frame, LINEAR).exists()):
            return State.OTHER if self.file(frame).exists() else State.MISSING
        found, wanted = Identity.read(says), self.wanted.get(frame)
        if found == wanted:
            return State.THERE
        same_picture = wanted is not None and found.picture == wanted.picture
        return State.WRITING if same_picture else State.OTHER

    def missing(self, frames: Iterable[int]) -> list[int]:
        """Those of the frames that are not there as they have to be."""
        return [frame for frame in frames if self.state(frame) is not State.THERE]

    def files(self, frames: Iterable[int]) -> list[Path]:
        """The files of frames that must all be there. Raises `LsbError` if some are missing."""
        frames = list(frames)
        missing = self.missing(frames)
        if missing:
            few = ", ".join(map(str, missing[:5])) + (", ..." if len(missing) > 5 else "")
            what = f"lacks {len(missing)} of {len(frames)} frames ({few})"
            raise LsbError(f"'{self.path}' {what}; render them first, or leave them out (--frames)")
        return [self.file(frame) for frame in frames]

    def open(self, film: Mapping[str, Any]) -> dict[State, int]:
        """Make the folder ready: pictures of another version go, and what a killed run has left; how many frames are
        in which state. `film` is what the sidecar is to say of the film.

        Raises `LsbError` if it holds anything but frames, or can not be written to.
        """
        check_folder(self.path)
        checked_folder(self.path)
        for left in self.path.glob(f"{TEMPORARY}*"):
            shutil.rmtree(left, ignore_errors=True)
        numbers = {int(name[:-4]) for name in os.listdir(self.path) if _is_frame(name)}
        states = {frame: self.state(frame) for frame in numbers | set(self.wanted)}
        for frame, state in states.items():
            if state in (State.OTHER, State.MISSING):
                # the picture first: without it the rest counts for nothing
                for suffix in (SEEN, LINEAR):
                    self.file(frame, suffix).unlink(missing_ok=True)
        frames = {f"{frame:06d}": str(identity) for frame, identity in self.wanted.items()}
        with whole_file(self.path / SIDECAR) as temporary:
            content = {"film": {**film, "linear": self.linear}, "frames": frames}
            temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        return Counter(states.values())

    def deliver(self, frame: int, files: Mapping[str, bytes]) -> None:
        """Take a frame that was made elsewhere: the bytes of its files by their suffixes.

        Raises `LsbError` if it is not whole, or not the frame that it has to be.
        """
        data = files[SEEN]
        try:
            split(data)
        except ValueError:
            raise LsbError(f"frame {frame} did not arrive whole") from None
        if Identity.read(identity_in(data)) != self.wanted[frame]:
            raise LsbError(f"frame {frame} that arrived is of another version")
        if self.linear and LINEAR not in files:
            raise LsbError(f"frame {frame} arrived without its {LINEAR} file")
        for suffix in sorted(files):  # .exr comes before .png
            with whole_file(self.file(frame, suffix)) as temporary:
                temporary.write_bytes(files[suffix])


def check_folder(folder: Path) -> None:
    """Raise `LsbError` if the folder for the frames holds anything else, or frames that are not from here."""
    if not folder.is_dir():
        return
    names = sorted(os.listdir(folder))
    ours = SIDECAR in names
    others = [
        name
        for name in names
        if name != SIDECAR and name[0] != "." and not (ours and (name in BESIDE or _is_frame(name)))
    ]
    if others:
        raise LsbError(f"'{folder}' holds other files ({others[0]}, ...); choose an empty folder for the frames")


def _is_frame(name: str) -> bool:
    return name.endswith((SEEN, LINEAR)) and name[:-4].isdecimal()


def _read_sidecar(path: Path) -> dict[str, Any] | None:
    """What the sidecar says; None if there is none, or it is not one."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    parts = ("film", "frames")
    is_one = isinstance(content, dict) and all(isinstance(content.get(part), dict) for part in parts)
    numbered = is_one and all(name.isdecimal() and isinstance(text, str) for name, text in content["frames"].items())
    return content if numbered else None
