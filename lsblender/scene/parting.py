"""A material's tree in two parts: the light that falls on it, and what is drawn on it or glows.

Which part of a colour is fine the materials say (`Nodes.fine`). Besides, the tree writes passes that tell what a place
is like: what its coarse colour takes from the light, and the direction that it faces. Both are 0 where nothing is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..look.nodes import FINE, Nodes
from .skins import CHANGES, put_output, take_output

#: The objects' property that says which of the two pictures is rendered: 0 for light, 1 for lines and glow.
SWITCH = "lines_alone"
#: The passes: how much a colour is lighter than its coarse form, by how much that is darker than white, and the
#: direction of the surface.
LINES, TAKEN, FACING = "Lines", "Taken", "Facing"

#: The weight of a coat under which lines look the same when they are parted from their light.
THIN_COAT = 0.15 + 1e-6

BLACK, WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Parted:
    """A shader's parts, as sockets or values: how much its colour is lighter than the coarse one; the shader that shows
    what glows by itself and hides what lies behind; what the coarse colour takes; the direction of the surface.
    """

    lines: Any
    glow: Any
    taken: Any
    facing: Any


@dataclass(eq=False)
class Parting:
    """A tree of shaders on its way to be parted; `found` counts what was, `kept` what can not be, and `deep` what was
    but looks a little different then: what light sinks into, and lines under a coat. It `changes` where one look
    becomes another, or where it vanishes.
    """

    nodes: Nodes
    changes: bool = False
    found: int = 0
    kept: int = 0
    deep: int = 0
    seen: Any = field(init=False)
    not_seen: Any = field(init=False)
    normal: Any = field(init=False)

    def __post_init__(self) -> None:
        self.seen = self.nodes.new("ShaderNodeLightPath").outputs["Is Camera Ray"]
        self.not_seen = self.nodes.math("SUBTRACT", 1.0, self.seen)
        self.normal = self.nodes.normal()

    def shader(self, socket: Any) -> Parted:
        """Part what leads to a shader socket."""
        node = socket.node
        if node.bl_idname == "ShaderNodeMixShader":
            return self._mixed(node)
        if node.bl_idname == "ShaderNodeBsdfTransparent":
            return Parted(BLACK, socket, BLACK, BLACK)
        if node.bl_idname == "ShaderNodeEmission":
            self.found += 1
            return Parted(BLACK, self._glow(node.inputs["Color"], node.inputs["Strength"]), BLACK, self.normal)
        if node.bl_idname == "ShaderNodeBsdfPrincipled":
            return self._principled(node)
        colour = node.inputs.get("Color")
        self.kept += _is_fine(colour)
        return Parted(BLACK, self._nothing(), BLACK if colour is None else self._taken(_value(colour)), self.normal)

    def _mixed(self, node: Any) -> Parted:
        share = _value(node.inputs[0])
        first, second = (self.shader(_source(socket)) for socket in node.inputs[1:3])

        def both(one: Any, other: Any) -> Any:
            return BLACK if one is other is BLACK else self.nodes.mix(share, one, other)

        return Parted(
            both(first.lines, second.lines),
            self.nodes.mixed(share, first.glow, second.glow),
            both(first.taken, second.taken),
            both(first.facing, second.facing),
        )

    def _principled(self, node: Any) -> Parted:
        nodes = self.nodes
        base, strength, bent = (node.inputs[name] for name in ("Base Color", "Emission Strength", "Normal"))
        glows = strength.is_linked or strength.default_value > 0
        coarse, whole = _forms(base)
        lines, glow, parts = BLACK, self._nothing(), glows + _is_fine(base)
        if _more(node, "Transmission Weight", 0.0):
            self.kept += parts
        else:
            self.found += parts
            self.deep += parts * (_more(node, "Subsurface Weight", 0.0) or _more(node, "Coat Weight", THIN_COAT))
            if glows:
                glow = self._glow(node.inputs["Emission Color"], strength)
            if _is_fine(base):
                lines = nodes.vector("SUBTRACT", whole, coarse)
                nodes.put(base, nodes.mix(self.seen, whole, coarse))
        return Parted(lines, glow, self._taken(coarse), _value(bent) if bent.is_linked else self.normal)

    def _taken(self, colour: Any) -> Any:
        return self.nodes.vector("SUBTRACT", WHITE, colour)

    def _nothing(self) -> Any:
        return self.nodes.emission(BLACK, 0.0)

    def _glow(self, colour: Any, strength: Any) -> Any:
        """A shader of its own for what glows, which does not glow for the camera any more where it was."""
        glow = self.nodes.emission(_value(colour), _value(strength))
        self.nodes.put(strength, self.nodes.math("MULTIPLY", self.not_seen, _value(strength)))
        return glow


def _source(socket: Any) -> Any:
    """The socket that leads into another, None where none does."""
    return socket.links[0].from_socket if socket.is_linked else None


def _value(socket: Any) -> Any:
    """What comes into a socket: another socket or a value (a colour without alpha)."""
    if socket.is_linked:
        return _source(socket)
    value = socket.default_value
    return tuple(value)[:3] if hasattr(value, "__len__") else value


def _is_fine(socket: Any) -> bool:
    """Whether a colour has a coarse form."""
    return socket is not None and socket.is_linked and _source(socket).node.label == FINE


def _forms(socket: Any) -> tuple[Any, Any]:
    """The coarse form of a colour and the whole one."""
    if not _is_fine(socket):
        return (_value(socket),) * 2
    coarse, whole = (_value(form) for form in _source(socket).node.inputs if form.type == "RGBA")
    return coarse, whole


def _more(node: Any, name: str, most: float) -> bool:
    """Whether an input may be more than that."""
    return bool(node.inputs[name].is_linked or node.inputs[name].default_value > most)


def part(tree: Any) -> Parting | None:
    """Part a material's tree: with the objects' property `SWITCH` at 0 it shows the light, at 1 what glows, and it
    writes the passes `LINES`, `TAKEN` and `FACING`. None if it has no surface.
    """
    sockets = take_output(tree)
    nodes = Nodes(tree)
    if sockets[0] is None:
        put_output(nodes, sockets)
        return None
    parting = Parting(nodes, any(tree.nodes.get(name) for name in CHANGES))
    parted = parting.shader(sockets[0])
    shown = nodes.mixed(nodes.attribute(SWITCH, of_object=True), sockets[0], parted.glow)
    put_output(nodes, [shown, *sockets[1:]])
    for name, colour in ((LINES, parted.lines), (TAKEN, parted.taken), (FACING, parted.facing)):
        nodes.new("ShaderNodeOutputAOV", {"Color": colour}).aov_name = name
    return parting
