"""Where a landscape comes from: computed here, or read from a file of another program.

A file is a choice with settings, like a model; the kinds differ by format. Everything else of the experiment then has
no effect: no data is loaded and nothing is trained.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ...errors import LsbError
from ...registry import Registry
from ...settings import setting
from ..landscape import Landscape
from ..untrusted import checked_file, in_file
from .surfaces import FileSurface, landscape_of
from .tracks import Track, read_tracks


class LandscapeSource(ABC):
    """Where a landscape comes from."""

    #: What the names of its files end in; none for what is computed.
    suffixes: ClassVar[tuple[str, ...]] = ()

    @property
    def is_computed(self) -> bool:
        """Whether it is the landscape of the experiment's own model."""
        return not self.suffixes

    @abstractmethod
    def read(self, tracks: tuple[Track, ...] = ()) -> Landscape:
        """The landscape of the file, with these paths on it. Raises `LsbError` with the setting at fault."""


LANDSCAPES: Registry[LandscapeSource] = Registry("landscape", LandscapeSource)


@LANDSCAPES.register("computed")
@dataclass(frozen=True)
class Computed(LandscapeSource):
    """Computed here: the loss of the model on the data."""

    def read(self, tracks: tuple[Track, ...] = ()) -> Landscape:
        raise LsbError("there is no file to read; this landscape is computed")


@dataclass(frozen=True)
class LandscapeFile(LandscapeSource):
    """A landscape that is there already. With `path` it is read, never run: pickles are refused."""

    path: str = setting("", "The surface's file; a relative path starts at the scene file", is_path=True)
    trajectory: str = setting(
        "", "The file of the path on it, in any of the formats; empty: that of the surface's file, if any", is_path=True
    )
    quantity: str = setting("", "Which of the file's quantities is the height, by its name there; empty: the loss")

    def read(self, tracks: tuple[Track, ...] = ()) -> Landscape:
        with in_file("path"):
            file = checked_file(self.path, "the landscape's file")
            surface = self._named_surface(file)
        if self.trajectory:
            with in_file("trajectory"):
                tracks = (*read_tracks(checked_file(self.trajectory, "the path's file")), *tracks)
        with in_file("path"):
            return landscape_of(surface, tracks, file.name)

    def _named_surface(self, file: Path) -> FileSurface | Landscape:
        """The surface; what is wrong with it is said of its file."""
        try:
            return self.surface(file)
        except LsbError as error:
            raise error if file.name in str(error) else LsbError(f"'{file.name}': {error}") from None

    @abstractmethod
    def surface(self, file: Path) -> FileSurface | Landscape:
        """What the file holds: a grid, or a landscape with all that belongs to one."""
