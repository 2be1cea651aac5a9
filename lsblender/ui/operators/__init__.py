"""Operators: they ask, the engines answer."""

from .base import Cancel
from .exchanging import AddMesh, Export, ImportLandscape
from .landscape import Build, Compute
from .rendering import RenderFilm, RenderStill
from .rows import AddEntry, DuplicateEntry, MoveEntry, OwnColours, RemoveEntry
from .scene_files import AddPreset, GettingStarted, LoadScene, SaveScene
from .starting import ClearStart, RandomStart, StartAtCursor

OPERATORS = (
    *(Compute, Build, Cancel),
    *(GettingStarted, LoadScene, SaveScene, AddPreset),
    *(AddEntry, DuplicateEntry, RemoveEntry, MoveEntry, OwnColours),
    *(StartAtCursor, RandomStart, ClearStart),
    *(RenderFilm, RenderStill, Export, ImportLandscape, AddMesh),
)
