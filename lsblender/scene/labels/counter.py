"""A number that counts by itself: Geometry Nodes turn keyed numbers into letters.

The keys are in the node group, which therefore belongs to one counter alone.
"""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ...look.nodes import Nodes
from ...storyboard.labels.items import Counter
from ..animation import set_keyframes
from ..compat import text_font
from ..library import mark


def counting_mesh(item: bpy.types.Object, counter: Counter, material: bpy.types.Material) -> None:
    """Let the object's geometry be the counter's number at each frame."""
    group: Any = mark(bpy.data.node_groups.new(item.name, "GeometryNodeTree"))
    group.is_modifier = True
    group.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    nodes = Nodes(group)
    numbers = {
        "Mantissa": nodes.new("ShaderNodeValue"),
        "Decimals": nodes.new("FunctionNodeInputInt"),
        "Exponent": nodes.new("FunctionNodeInputInt"),
    }
    for name, node in numbers.items():
        node.name = name
    letters = nodes.new(
        "GeometryNodeStringToCurves", {"String": _written(nodes, *numbers.values()), "Size": counter.size}
    )
    text_font(letters, bpy.data.fonts.load("<builtin>", check_existing=True))
    # real geometry, not instances, so that the object's bounding box is that of the number
    real = nodes.new("GeometryNodeRealizeInstances", {0: letters.outputs["Curve Instances"]}).outputs[0]
    filled = nodes.new("GeometryNodeFillCurve", {0: real}).outputs[0]
    inked = nodes.new("GeometryNodeSetMaterial", {"Geometry": filled, "Material": material}).outputs[0]
    nodes.put(nodes.new("NodeGroupOutput").inputs[0], inked)
    _key(group, counter)
    modifier: Any = item.modifiers.new("Counter", "NODES")
    modifier.node_group = group


def _written(nodes: Nodes, mantissa: Any, decimals: Any, exponent: Any) -> Any:
    """The mantissa, and 'e' with the exponent where that is not 0."""
    number = nodes.new("FunctionNodeValueToString", {"Value": mantissa.outputs[0], "Decimals": decimals.outputs[0]})
    power = nodes.new("FunctionNodeValueToString", {"Value": exponent.outputs[0], "Decimals": 0})
    # in two replacements, since the order in which a joining node takes its links is not the order of their making
    tail = nodes.new("FunctionNodeReplaceString", {"String": "e#", "Find": "#", "Replace": power.outputs[0]})
    there = nodes.math("ABSOLUTE", exponent.outputs[0])
    choice = nodes.new("GeometryNodeSwitch", input_type="STRING")
    nodes.put(choice.inputs["Switch"], there)
    nodes.put(choice.inputs["False"], "")
    nodes.put(choice.inputs["True"], tail.outputs[0])
    whole = nodes.new("FunctionNodeReplaceString", {"String": "#&", "Find": "#", "Replace": number.outputs[0]})
    return nodes.new(
        "FunctionNodeReplaceString", {"String": whole.outputs[0], "Find": "&", "Replace": choice.outputs[0]}
    ).outputs[0]


def _key(group: Any, counter: Counter) -> None:
    """Key the numbers where they change."""
    readings = counter.readings
    for path, values in (
        ('nodes["Mantissa"].outputs[0].default_value', readings.mantissa),
        ('nodes["Decimals"].integer', readings.decimals),
        ('nodes["Exponent"].integer', readings.exponent),
    ):
        changed = np.append(True, np.diff(values) != 0)
        frames = counter.times.first + np.flatnonzero(changed)
        set_keyframes(group, path, frames, values[changed], "CONSTANT")
