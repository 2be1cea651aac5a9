"""Files in and out: computed landscapes, and the formats of other programs."""

from .exporters import EXPORTERS, Exporter, export_landscapes
from .production import Production
from .readers import is_surface_file, read_landscape, reader_for, reader_kinds, surface_storyboard

# the formats, in the order in which they are offered
from .point_cloud import CsvTables, PlyClouds  # isort: skip
from .solid import PlyMeshes, StlSolids  # isort: skip
from .mesh_files import AlembicScenes, FbxScenes, GlbScenes, ObjModels, UsdScenes  # isort: skip
from .unity import UnityPackage  # isort: skip
from .contour_maps import ContourMaps  # isort: skip
from .pictures import HeightMaps  # isort: skip
from .landscape_files import (  # isort: skip
    LandscapeFile,
    NpzFiles,
    landscape_files,
    load_landscape,
    save_landscapes,
)
from .li_files import LiFiles  # isort: skip
from .paraview import VtpFiles  # isort: skip

__all__ = [
    "EXPORTERS",
    "AlembicScenes",
    "ContourMaps",
    "CsvTables",
    "Exporter",
    "FbxScenes",
    "GlbScenes",
    "HeightMaps",
    "LandscapeFile",
    "LiFiles",
    "NpzFiles",
    "ObjModels",
    "PlyClouds",
    "PlyMeshes",
    "Production",
    "StlSolids",
    "UnityPackage",
    "UsdScenes",
    "VtpFiles",
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
