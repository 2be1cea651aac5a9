"""Skins: the looks' materials on the film's things, mixed where one look becomes another, and opened where the ground
opens.

A look's material fills a tree as if it were alone. Here the trees of two looks are put into one material and mixed by
a keyed number, and what is to vanish gets a veil: transparency that grows in grains, or a round hole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..look.nodes import Nodes
from ..storyboard.ground import Ground
from ..storyboard.storyboard import Look
from .animation import set_keyframes
from .compat import use_nodes
from .library import mark

Array = NDArray[np.float64]
#: Fills a tree with what a look makes of something, a ball's or trail's in a colour ('#rrggbb').
Filler = Callable[[Nodes, Look, str], None]

#: Grains of the veil across a terrain, and the softness of their edges.
GRAINS, SOFT = 26.0, 0.06
#: Width of the light rim of a hole, as a share of the hole's radius.
RIM = 0.12
#: Numbers of a material that are keyed where it changes: to another look, to be open, to vanish.
BLEND, HOLE, PRESENCE = "Blend", "Hole", "Presence"


@dataclass(frozen=True, eq=False)
class Wardrobe:
    """The materials of a film: equal things that do not change share theirs. `colours` are those of each shot's
    balls.
    """

    looks: Sequence[Look]
    colours: Sequence[Sequence[str]]
    made: dict[tuple[Any, ...], bpy.types.Material]

    def colour(self, look: int, number: int) -> str:
        """The colour of ball `number` in a shot; where it has fewer, of its first one."""
        colours = self.colours[look]
        return colours[number if number < len(colours) else 0] if colours else self.looks[look].palette.accent

    def plain(self, name: str, look: int, key: tuple[Any, ...], fill: Filler, number: int = 0) -> bpy.types.Material:
        """The material of one look; the same for the same look, key and colour."""
        shared = (repr((self.looks[look].material, self.looks[look].palette)), self.colour(look, number), *key)
        if shared not in self.made:
            self.made[shared] = self._filled(name, (look,), fill, number)
        return self.made[shared]

    def mixed(
        self,
        name: str,
        looks: tuple[int, int],
        blend: Array,
        frames: NDArray[np.int64],
        key: tuple[Any, ...],
        fill: Filler,
        number: int = 0,
    ) -> bpy.types.Material:
        """The material of a thing that goes from one look to another during the frames (K,)."""
        a, b = (self.looks[k] for k in looks)
        same = (a.material, a.palette) == (b.material, b.palette)
        if not blend.any() or (same and len({self.colour(look, number) for look in looks}) == 1):
            return self.plain(name, looks[0], key, fill, number)
        material = self._filled(name, looks, fill, number)
        set_keyframes(material.node_tree, f'nodes["{BLEND}"].outputs[0].default_value', frames, blend)
        return material

    def _filled(self, name: str, looks: tuple[int, ...], fill: Filler, colour: int) -> bpy.types.Material:
        material: bpy.types.Material = mark(bpy.data.materials.new(name))
        tree = use_nodes(material)
        shaders = []
        for look in dict.fromkeys(looks):
            fill(Nodes(tree), self.looks[look], self.colour(look, colour))
            shaders.append(take_output(tree))
        nodes = Nodes(tree)
        if len(shaders) == 2:
            share = nodes.value(BLEND)
            shaders = [_mixed_shader(nodes, share, first, second) for first, second in zip(*shaders, strict=True)]
        else:
            shaders = shaders[0]
        put_output(nodes, shaders)
        material.cycles.emission_sampling = "NONE"
        return material


#: The inputs of a material's output that looks use.
OUTPUTS = ("Surface", "Volume", "Displacement")


def take_output(tree: Any) -> list[Any]:
    """Remove the tree's output and give the sockets that led to it, None where nothing did."""
    output = next(node for node in tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial")
    sockets = [output.inputs[name].links[0].from_socket if output.inputs[name].is_linked else None for name in OUTPUTS]
    tree.nodes.remove(output)
    return sockets


def put_output(nodes: Nodes, sockets: Sequence[Any]) -> None:
    """Give the tree an output with these sockets."""
    output = nodes.new("ShaderNodeOutputMaterial")
    for name, socket in zip(OUTPUTS, sockets, strict=True):
        if socket is not None:
            nodes.put(output.inputs[name], socket)


def _mixed_shader(nodes: Nodes, share: Any, first: Any, second: Any) -> Any:
    """Two shaders mixed; one of them may be missing."""
    if first is None and second is None:
        return None
    kinds = {socket.type for socket in (first, second) if socket is not None}
    if kinds != {"SHADER"}:
        return first if second is None else second
    node = nodes.new("ShaderNodeMixShader", {0: share})
    for k, socket in ((1, first), (2, second)):
        if socket is not None:
            nodes.put(node.inputs[k], socket)
    return node.outputs[0]


def veil(material: bpy.types.Material, ground: Ground, frames: NDArray[np.int64], width: float, rim: Any) -> None:
    """Let what has the material vanish as the ground's presence says, and open round its hole; `rim` is the linear
    colour of the light round it.
    """
    tree: Any = material.node_tree
    sockets = take_output(tree)
    nodes = Nodes(tree)
    place = nodes.new("ShaderNodeTexCoord").outputs["Object"]
    shader = sockets[0]
    if ground.hole.any():
        flat = nodes.vector("MULTIPLY", place, (1.0, 1.0, 0.0))
        away = nodes.vector("DISTANCE", flat, (float(ground.hole_at[0]), float(ground.hole_at[1]), 0.0))
        radius = nodes.value(HOLE)
        light = nodes.new("ShaderNodeEmission", {"Color": rim, "Strength": 1.2}).outputs[0]
        edge = nodes.math("MULTIPLY", radius, 1.0 + RIM)
        shader = nodes.new(
            "ShaderNodeMixShader", {0: nodes.math("LESS_THAN", away, edge), 1: shader, 2: light}
        ).outputs[0]
        opened = nodes.math("LESS_THAN", away, radius)
        shader = _seen_through(nodes, opened, shader)
        set_keyframes(tree, f'nodes["{HOLE}"].outputs[0].default_value', frames, ground.hole)
    if ground.presence.min() < 1.0:
        noise = nodes.new("ShaderNodeTexNoise", {"Vector": place, "Scale": GRAINS / width, "Detail": 1.0}).outputs[0]
        # most of the noise lies in the middle; what lies outside is cut, so that nothing is left and nothing missing
        grain = nodes.math("MULTIPLY_ADD", noise, 2.0, -0.5, clamp=True)
        presence = nodes.value(PRESENCE)
        threshold = nodes.math("MULTIPLY_ADD", presence, 1.0 + 2 * SOFT, -SOFT)
        low, high = (nodes.math("ADD", threshold, side) for side in (-SOFT, SOFT))
        shader = _seen_through(nodes, nodes.smooth(grain, low, high), shader)
        set_keyframes(tree, f'nodes["{PRESENCE}"].outputs[0].default_value', frames, ground.presence)
    put_output(nodes, [shader, *sockets[1:]])


def _seen_through(nodes: Nodes, share: Any, shader: Any) -> Any:
    clear = nodes.new("ShaderNodeBsdfTransparent").outputs[0]
    return nodes.new("ShaderNodeMixShader", {0: share, 1: shader, 2: clear}).outputs[0]
