"""Ground that changes, as Geometry Nodes: the mesh carries the heights of all its states, and a keyed number says
which of them, or which mix of two neighbours, it has. Plain Blender data: no handlers, no shape keys.
"""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..look.nodes import Nodes
from ..storyboard.block import block_heights
from ..storyboard.ground import Ground
from .animation import set_keyframes
from .library import mark

#: Names of the heights' attributes: this and the state's number.
HEIGHT = "height "


def store_states(data: bpy.types.Mesh, ground: Ground) -> None:
    """Write the heights (V,) of every state onto the vertices of a block that is filled already."""
    for number, terrain in enumerate(ground.states):
        heights = block_heights(terrain)
        store: Any = data.attributes.new(f"{HEIGHT}{number}", "FLOAT", "POINT")
        store.data.foreach_set("value", heights.astype(np.float32))


def add_states(item: bpy.types.Object, ground: Ground, frames: NDArray[np.int64]) -> None:
    """Let the object go through its states during the frames (K,)."""
    tree = add_nodes(item, "States")
    _fill(GeometryNodes(tree))
    numbers = np.arange(len(ground.states))
    widths = [float(np.ptp(terrain.x)) for terrain in ground.states]
    for name, values in (
        ("State", np.minimum(ground.state, len(ground.states) - 1.0)),
        ("Relief", np.interp(ground.state, numbers, [terrain.relief or 1.0 for terrain in ground.states])),
        ("Width", np.interp(ground.state, numbers, widths) / widths[0]),
    ):
        set_keyframes(tree, f'nodes["{name}"].outputs[0].default_value', frames, values)


def add_nodes(item: bpy.types.Object, name: str) -> Any:
    """An empty tree of Geometry Nodes that makes the object's geometry of its own."""
    tree = mark(bpy.data.node_groups.new(f"{item.name} {name}", "GeometryNodeTree"))
    for way in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    modifier: Any = item.modifiers.new(name, "NODES")
    modifier.node_group = tree
    return tree


def _fill(nodes: GeometryNodes) -> None:
    """Position from the state's heights, level and slope from the position."""
    state, relief, width = (nodes.value(name) for name in ("State", "Relief", "Width"))
    whole = nodes.math("FLOOR", state)
    first = nodes.numbered(HEIGHT, whole)
    second = nodes.numbered(HEIGHT, nodes.math("ADD", whole, 1.0))
    share = nodes.math("FRACT", state)
    # in the last state there is no next one: its share is 0, and a missing attribute is 0
    z = nodes.math(
        "ADD", nodes.math("MULTIPLY", first, nodes.math("SUBTRACT", 1.0, share)), nodes.math("MULTIPLY", second, share)
    )
    place = nodes.new("ShaderNodeSeparateXYZ", {0: nodes.new("GeometryNodeInputPosition").outputs[0]})
    x, y = (nodes.math("MULTIPLY", place.outputs[k], width) for k in (0, 1))
    position = nodes.new("ShaderNodeCombineXYZ", {0: x, 1: y, 2: z}).outputs[0]
    source = nodes.new("NodeGroupInput").outputs[0]
    shaped = nodes.new("GeometryNodeSetPosition", {"Geometry": source, "Position": position}).outputs[0]
    normal = nodes.new("ShaderNodeSeparateXYZ", {0: nodes.new("GeometryNodeInputNormal").outputs[0]}).outputs[2]
    level_ground = nodes.math("MULTIPLY", normal, normal)
    sine = nodes.math("SQRT", nodes.math("MAXIMUM", nodes.math("SUBTRACT", 1.0, level_ground), 0.0))
    for name, value in (("level", nodes.math("DIVIDE", z, relief)), ("slope", nodes.math("DIVIDE", sine, relief))):
        shaped = nodes.stored(shaped, name, value)
    nodes.new("NodeGroupOutput", {0: shaped})


class GeometryNodes(Nodes):
    """A tree of Geometry Nodes under construction."""

    def named(self, name: Any, kind: str = "FLOAT") -> Any:
        """A number or vector stored on the points under a name, which may itself be a socket."""
        node = self.new("GeometryNodeInputNamedAttribute", {"Name": name}, data_type=kind)
        return next(socket for socket in node.outputs if socket.enabled)

    def numbered(self, stem: str, number: Any) -> Any:
        """The attribute whose name is a stem and a whole number."""
        digits = self.new("FunctionNodeValueToString", {"Value": number}).outputs[0]
        join = self.new("GeometryNodeStringJoin")
        # the last one linked comes first
        self.tree.links.new(digits, join.inputs["Strings"])
        self.tree.links.new(self.new("FunctionNodeInputString", string=stem).outputs[0], join.inputs["Strings"])
        return self.named(join.outputs[0])

    def stored(self, geometry: Any, name: str, value: Any) -> Any:
        """The geometry with a number stored on its points under a name."""
        node = self.new("GeometryNodeStoreNamedAttribute", {"Geometry": geometry, "Name": name}, data_type="FLOAT")
        self.put(next(socket for socket in node.inputs if socket.name == "Value" and socket.enabled), value)
        return node.outputs[0]
