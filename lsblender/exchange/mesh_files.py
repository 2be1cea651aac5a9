"""Scenes of a shot's ground, balls and lines, in the formats that Blender writes.

Blender is imported only when a file is written, so that what can be exported is known without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import ClassVar

from ..errors import LsbError
from .exporters import EXPORTERS, Exporter
from .production import Production
from .shot_model import mesh_detail, shot_models


def blender_meshes() -> ModuleType:
    """The module that works with Blender. Raises `LsbError` where Blender is not there."""
    try:
        from . import meshes
    except ModuleNotFoundError as error:
        if error.name not in ("bpy", "bmesh", "mathutils"):
            raise
        raise LsbError("this format is written by Blender, and there is no module 'bpy'; choose csv or ply") from None
    return meshes


@dataclass(frozen=True)
class SceneFiles(Exporter):
    """A file for each shot: landscape_1, landscape_2, ... `writer` is the function of `meshes` that writes one."""

    writer: ClassVar[str]

    detail: int = mesh_detail()

    def export(self, production: Production, folder: Path) -> list[Path]:
        write = getattr(blender_meshes(), self.writer)
        for model in shot_models(production, detail=self.detail):
            write(model, folder / f"landscape_{model.number}{self.suffix}")
        return sorted(folder.iterdir())


@EXPORTERS.register("glb", "glTF scenes (.glb)")
class GlbScenes(SceneFiles):
    """glTF scenes: ground with vertex colours, moving balls and their lines; for engines, viewers and the web.

    Metres, y up. The losses are the vertex attribute `_LOSS`.
    """

    suffix: ClassVar[str] = ".glb"
    writer: ClassVar[str] = "write_glb"


@EXPORTERS.register("fbx", "FBX scenes (.fbx)")
class FbxScenes(SceneFiles):
    """FBX scenes: ground with vertex colours, moving balls and their lines; for Unity, Unreal, Maya.

    Metres, y up, nothing turned or scaled.
    """

    suffix: ClassVar[str] = ".fbx"
    writer: ClassVar[str] = "write_fbx"


@EXPORTERS.register("obj", "OBJ models (.obj)")
class ObjModels(SceneFiles):
    """OBJ models of the first frame: ground with vertex colours, balls and their lines; nearly everything reads them.

    Metres, y up.
    """

    suffix: ClassVar[str] = ".obj"
    writer: ClassVar[str] = "write_obj"


@EXPORTERS.register("usd", "USD scenes (.usdc)")
class UsdScenes(SceneFiles):
    """USD scenes: ground with colours and losses, moving balls and their lines; for Houdini, Omniverse, Maya.

    Metres, z up as in Blender.
    """

    suffix: ClassVar[str] = ".usdc"
    writer: ClassVar[str] = "write_usd"


@EXPORTERS.register("alembic", "Alembic scenes (.abc)")
class AlembicScenes(SceneFiles):
    """Alembic scenes: ground with colours, moving balls and their lines; for Houdini, Maya, Cinema 4D.

    Metres, y up.
    """

    suffix: ClassVar[str] = ".abc"
    writer: ClassVar[str] = "write_alembic"
