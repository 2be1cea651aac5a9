"""What a material or an air is in a frame, as a hash.

A tree of shaders is followed from its output to what it is made from. Where two shaders are mixed and the share of one
is nothing in a frame, the other one alone counts: so the air of a film, which holds the airs of all its shots, is in
each shot that shot's.
"""

from __future__ import annotations

import hashlib
from typing import Any

import bpy

from ..scene.animation import curves_of
from .contents import Contents, address, keyed_values

#: Of a node itself: its sockets are read apart, and where it stands on the screen does not matter.
APART = ("inputs", "outputs", "internal_links", "location", "parent", "hide", "color", "width", "height")
#: Nodes whose outputs hold a value; others' only hold what they begin with.
VALUES = ("ShaderNodeValue", "ShaderNodeRGB", "ShaderNodeNormal")

Address = tuple[int, str]


class Shader:
    """A tree of shaders, read once; its hash may differ from frame to frame."""

    def __init__(self, tree: bpy.types.ShaderNodeTree) -> None:
        self.curves = curves_of(tree)
        self.keyed = keyed_values(self.curves, tree)
        self.addresses = [address(curve, tree) for curve in self.curves]
        self.links = {link.to_socket.as_pointer(): link for link in tree.links if not link.is_muted}
        nodes = list(tree.nodes)
        self.roots = [node for node in nodes if getattr(node, "is_active_output", False)] or nodes
        owners = [*nodes, *(socket for node in nodes for socket in (*node.inputs, *node.outputs))]
        self._owners = {owner.as_pointer() for owner in owners}
        self._static: dict[int, bytes] = {}
        self._known: dict[tuple[float, ...], bytes] = {}

    def digest(self, frame: int) -> bytes:
        """The hash of the tree in a frame."""
        values = tuple(curve.evaluate(frame) for curve in self.curves)
        if values not in self._known:
            self._known[values] = self._followed(values)
        return self._known[values]

    def _followed(self, values: tuple[float, ...]) -> bytes:
        now: dict[int, list[object]] = {}
        whole = hashlib.sha256()
        for curve, place, value in zip(self.curves, self.addresses, values, strict=True):
            if place is not None and place[0] in self._owners:
                now.setdefault(place[0], []).append((place[1], curve.array_index, value))
            else:
                # deep in a node, such as a stop of a ramp: it counts wherever it leads
                whole.update(repr((curve.data_path, curve.array_index, value)).encode())
        visit = _Visit(self, now)
        for root in self.roots:
            whole.update(visit.node(root))
        return whole.digest()

    def static(self, item: Any, but: tuple[str, ...] = ()) -> bytes:
        """The hash of a node or socket without what is keyed in it."""
        key = item.as_pointer()
        if key not in self._static:
            contents = Contents(self.keyed)
            contents.struct(item, but)
            self._static[key] = contents.digest
        return self._static[key]


class _Visit:
    """One way through a tree, with the keyed values (name, index, value) of its nodes and sockets."""

    def __init__(self, shader: Shader, now: dict[int, list[object]]) -> None:
        self.shader, self.now = shader, now
        self.known: dict[int, bytes] = {}

    def node(self, node: Any) -> bytes:
        """The hash of a node and of all that leads into it."""
        key = node.as_pointer()
        if key not in self.known:
            self.known[key] = self._node(node)
        return self.known[key]

    def _node(self, node: Any) -> bytes:
        if node.bl_idname == "ShaderNodeMixShader" and not node.mute:
            share = self._share(node.inputs[0])
            if share is not None and not 0.0 < share < 1.0:
                return self._into(node.inputs[1 if share <= 0.0 else 2])
        whole = hashlib.sha256(self.shader.static(node, APART))
        whole.update(self._keyed(node))
        for socket in node.inputs:
            whole.update(self._into(socket))
        for socket in node.outputs if node.bl_idname in VALUES else ():
            whole.update(self.shader.static(socket) + self._keyed(socket))
        return whole.digest()

    def _into(self, socket: Any) -> bytes:
        """The hash of what comes into a socket."""
        link = self.shader.links.get(socket.as_pointer())
        if link is None:
            return self.shader.static(socket) + self._keyed(socket)
        return self.node(link.from_node) + link.from_socket.identifier.encode()

    def _keyed(self, owner: Any) -> bytes:
        return repr(self.now.get(owner.as_pointer(), "")).encode()

    def _share(self, socket: Any) -> float | None:
        """The share that a socket takes; None where it is worked out for every place."""
        link = self.shader.links.get(socket.as_pointer())
        source = socket if link is None else link.from_socket
        if link is not None and link.from_node.bl_idname != "ShaderNodeValue":
            return None
        keyed: Any = self.now.get(source.as_pointer())
        return float(keyed[0][2] if keyed else source.default_value)
