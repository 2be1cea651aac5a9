"""The storyboard: shots in sequence, and the scene file that describes them.

A scene file is TOML and reads straight into these dataclasses: every key is a field, every choice a table
with a `kind` (or just the kind's name in quotes).
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..engine import Experiment, Landscape
from ..engine.objective import Progress, part_of
from ..errors import LsbError, within
from ..look.lighting import LightRig, Studio
from ..look.materials import Ice, Material
from ..look.palettes import Glacier, Palette
from ..settings import setting, structure
from .camera import CameraMove, Still
from .motion import Ball
from .terrain import Relief
from .transitions import Cut, Transition

#: Radius of the largest ball, as a share of the terrain's width.
LARGEST_BALL = 0.25


@dataclass(frozen=True)
class Look:
    """What a landscape looks like and from where it is seen."""

    material: Material = setting(Ice(), "What the landscape is made of")
    palette: Palette = setting(Glacier(), "Its colours, from the lowest loss to the highest")
    light: LightRig = setting(Studio(), "Lamps, air and floor")
    camera: CameraMove = setting(Still(), "Where it is seen from")
    relief: Relief = setting(Relief(), "How the loss becomes ground")


@dataclass(frozen=True)
class Shot:
    """One landscape for some seconds."""

    seconds: float = setting(5.0, "Duration", min=0.04, max=36_000.0, soft_max=60.0, unit="s")
    experiment: Experiment = setting(Experiment(), "What the landscape is")
    look: Look = setting(Look(), "What it looks like")
    ball: Ball = setting(Ball(), "The ball and its way")
    transition: Transition = setting(Cut(), "How this shot begins")

    def check_sizes(self) -> None:
        """Raise `LsbError` for a ball that does not fit the terrain."""
        largest = LARGEST_BALL * self.look.relief.width
        if self.ball.radius > largest:
            raise LsbError(
                f"{self.ball.radius:g} m is too large for a terrain {self.look.relief.width:g} m wide; "
                f"allowed: up to {largest:g}",
                "ball.radius",
            )


@dataclass(frozen=True)
class Render:
    """The pictures that come out."""

    size: tuple[int, int] = setting((1280, 720), "Width and height", min=16, max=16_384, unit="pixels")
    quality: str = setting("preview", "Time spent on each frame", choices=("draft", "preview", "final"))


@dataclass(frozen=True)
class Storyboard:
    """A film: its shots one after the other, `fps` frames per second, numbered from 1."""

    title: str = setting("", "Name of the film")
    fps: int = setting(24, "Frames per second", min=1, max=240)
    shots: tuple[Shot, ...] = setting((Shot(),), "The shots in their order", min_length=1)
    render: Render = setting(Render(), "Size and quality of the pictures")

    def shot_frames(self) -> list[NDArray[np.int64]]:
        """The numbers (K,) of each shot's frames; a shot has at least one."""
        ends = np.cumsum([max(1, round(shot.seconds * self.fps)) for shot in self.shots])
        starts = np.concatenate([[0], ends[:-1]])
        return [np.arange(start + 1, end + 1) for start, end in zip(starts, ends, strict=True)]

    def run(self, progress: Progress | None = None) -> list[Landscape]:
        """The landscape of every shot. Touches nothing outside itself, so it may run in a thread."""
        for k, shot in enumerate(self.shots):
            with within(f"shots[{k}]"):
                shot.check_sizes()
        landscapes = []
        for k, shot in enumerate(self.shots):
            with within(f"shots[{k}].experiment"):
                part = part_of(progress, k / len(self.shots), (k + 1) / len(self.shots))
                landscapes.append(shot.experiment.run(part))
        return landscapes

    @property
    def n_frames(self) -> int:
        return int(self.shot_frames()[-1][-1])


def content_hash(storyboard: Storyboard, landscapes: Sequence[Landscape]) -> str:
    """A hash of all that decides the pictures: the settings and the numbers."""
    digest = hashlib.sha256(repr(storyboard).encode())
    for landscape in landscapes:
        for array in (landscape.x, landscape.y, landscape.loss, *(path.xy for path in landscape.paths)):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def read_storyboard(path: Path) -> tuple[Storyboard, str]:
    """The storyboard of a scene file, and the file's text. Raises `LsbError` with file, key, value and what
    is allowed.
    """
    source = str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        table = tomllib.loads(text)
    except OSError as error:
        raise LsbError(f"can not read the scene file ({error.strerror})", source=source) from None
    except UnicodeDecodeError:
        raise LsbError("is not a text in UTF-8", source=source) from None
    except tomllib.TOMLDecodeError as error:
        raise LsbError(f"is not valid TOML: {error}", source=source) from None
    with within(source=source):
        return structure(table, Storyboard, path.resolve().parent), text
