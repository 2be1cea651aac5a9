"""Axes and grid walls: straight round lines in one curve each, and numbers; they throw no shadow and no light."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ..look.nodes import Nodes
from ..look.palettes import hex_colour
from ..storyboard.walls import Walls
from .compat import use_nodes
from .labels import build_lying
from .library import mark, new_object

#: The part that they play.
ROLE = "wall"


def build_walls(
    walls: Walls, name: str, place: NDArray[np.float64], into: bpy.types.Collection
) -> list[bpy.types.Object]:
    """The walls as objects named after `name`, at a place (3,)."""
    made = []
    for part, lines, radius, colour, share in (
        ("Grid", walls.grid, walls.grid_radius, walls.grid_colour, GRID_LIGHT),
        ("Axes", walls.axes, walls.axis_radius, walls.axis_colour, 1.0),
    ):
        if len(lines):
            item = _lines(f"{name} {part}", lines, radius, colour, share, into)
            item.location = tuple(place)
            made.append(item)
    texts = build_lying(walls.numbers, f"{name} Numbers", into)
    for item in texts:
        item.location = tuple(np.array(item.location) + place)
        mark(item, ROLE)
    return made + texts


#: The share of their colour that the grid's lines have; the rest is what lies behind them.
GRID_LIGHT = 0.45


def _lines(
    name: str, lines: NDArray[np.float64], radius: float, colour: str, share: float, into: bpy.types.Collection
) -> bpy.types.Object:
    """Lines (L, 2, 3) as one object."""
    data = bpy.data.curves.new(name, "CURVE")
    data.dimensions = "3D"
    for ends in lines:
        spline = data.splines.new("POLY")
        spline.points.add(1)
        spline.points.foreach_set("co", np.column_stack([ends, np.ones(2)]).astype(np.float32).ravel())
    data.bevel_depth = radius
    data.bevel_resolution = 1
    material: bpy.types.Material = mark(bpy.data.materials.new(name))
    nodes = Nodes(use_nodes(material))
    light = nodes.emission(hex_colour(colour))
    clear = nodes.new("ShaderNodeBsdfTransparent").outputs[0]
    nodes.surface(nodes.mixed(share, clear, light))
    material.cycles.emission_sampling = "NONE"
    data.materials.append(material)
    item = new_object(name, data, into, ROLE)
    item.visible_shadow = item.visible_diffuse = item.visible_glossy = False
    return item
