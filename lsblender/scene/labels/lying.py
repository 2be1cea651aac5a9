"""Writing that lies in the landscape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from ...look.nodes import Nodes
from ...look.palettes import hex_colour
from ...storyboard.labels.lying import Lying
from ..compat import use_nodes
from ..library import mark, new_object

#: Light of the letters' own, so that they can be read in the shade.
GLOW = 0.55


def build_lying(texts: Sequence[Lying], name: str, into: bpy.types.Collection) -> list[bpy.types.Object]:
    """Texts flat in the world, named after `name`; they throw no shadow and no light."""
    inks = {ink: _ink(ink, name) for ink in sorted({text.ink for text in texts})}
    made = []
    for text in texts:
        data: Any = bpy.data.curves.new(f"{name} {text.name}", "FONT")
        data.body, data.size, data.align_x = text.text, text.size, "CENTER"
        data.materials.append(inks[text.ink])
        item = new_object(f"{name} {text.name}", data, into, "writing")
        axes = Matrix([text.right.tolist(), text.up.tolist(), np.cross(text.right, text.up).tolist()]).transposed()
        item.matrix_world = Matrix.Translation(text.place.tolist()) @ axes.to_4x4()
        item.visible_shadow = item.visible_diffuse = item.visible_glossy = False
        made.append(item)
    return made


def _ink(colour: str, name: str) -> bpy.types.Material:
    material: bpy.types.Material = mark(bpy.data.materials.new(f"{name} Ink"))
    nodes = Nodes(use_nodes(material))
    ink = hex_colour(colour)
    nodes.surface(
        nodes.principled({"Base Color": ink, "Roughness": 0.8, "Emission Color": ink, "Emission Strength": GLOW})
    )
    material.cycles.emission_sampling = "NONE"
    return material
