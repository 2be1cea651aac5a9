"""Landscapes and paths that are there already: surfaces and histories of other programs."""

from .base import LANDSCAPES, Computed, LandscapeFile, LandscapeSource
from .kinds import CsvSurface, H5Surface, NpzSurface, VtpSurface
from .tracks import Track, read_tracks

__all__ = [
    "LANDSCAPES",
    "Computed",
    "CsvSurface",
    "H5Surface",
    "LandscapeFile",
    "LandscapeSource",
    "NpzSurface",
    "Track",
    "VtpSurface",
    "read_tracks",
]
