"""Files in and out: computed landscapes, and the formats of other programs."""

from .exporters import EXPORTERS, Exporter, export_landscapes
from .landscape_files import LandscapeFile, landscape_files, load_landscape, save_landscapes
from .point_cloud import CsvTables, PlyClouds
from .production import Production
from .readers import is_surface_file, read_landscape, reader_for, reader_kinds, surface_storyboard

__all__ = [
    "EXPORTERS",
    "CsvTables",
    "Exporter",
    "LandscapeFile",
    "PlyClouds",
    "Production",
    "export_landscapes",
    "is_surface_file",
    "landscape_files",
    "load_landscape",
    "read_landscape",
    "reader_for",
    "reader_kinds",
    "save_landscapes",
    "surface_storyboard",
]
