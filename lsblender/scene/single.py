"""A landscape as one mesh that belongs to the person: an object like any other, which Build does not touch."""

from __future__ import annotations

from typing import Any

import bpy

from ..engine import Landscape
from ..look.nodes import Nodes
from ..storyboard.block import block_mesh
from ..storyboard.storyboard import Look
from ..storyboard.terrain import build_terrain
from .compat import use_nodes
from .library import NAME
from .terrain import fill_mesh


def add_terrain(landscape: Landscape, look: Look, into: bpy.types.Collection) -> bpy.types.Object:
    """The landscape's block in its look, with the loss, its level and slope on the vertices."""
    data: Any = bpy.data.meshes.new(NAME)
    fill_mesh(data, block_mesh(build_terrain(landscape, look.relief)))
    for part in (look.material.surface, look.material.block):
        material = bpy.data.materials.new(f"{NAME} {part.__name__}")
        part(Nodes(use_nodes(material)), look.palette)
        data.materials.append(material)
    item = bpy.data.objects.new(NAME, data)
    into.objects.link(item)
    return item
