"""Files in and out: computed landscapes, and the formats of other programs."""

from .exporters import EXPORTERS, Exporter, export_landscapes
from .landscape_files import LandscapeFile, landscape_files, load_landscape, save_landscapes
from .point_cloud import CsvTables, PlyClouds
from .production import Production

__all__ = [
    "EXPORTERS",
    "CsvTables",
    "Exporter",
    "LandscapeFile",
    "PlyClouds",
    "Production",
    "export_landscapes",
    "landscape_files",
    "load_landscape",
    "save_landscapes",
]
