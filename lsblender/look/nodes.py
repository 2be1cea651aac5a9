"""Writing shader trees as formulas.

`Nodes` wraps the tree that a material was given; its methods make a node each and return the socket with the result,
and take sockets or plain numbers. This is all that materials need of Blender, so they import none of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import bpy

Colour = tuple[float, float, float]


class Nodes:
    """A node tree under construction."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self.tree = tree

    def new(self, kind: str, inputs: dict[str | int, Any] | None = None, **properties: Any) -> Any:
        """A node with its properties set and its inputs linked or filled."""
        node: Any = self.tree.nodes.new(kind)
        for name, value in properties.items():
            setattr(node, name, value)
        for key, value in (inputs or {}).items():
            self.put(node.inputs[key], value)
        return node

    def put(self, socket: Any, value: Any) -> None:
        """Link a socket, or set its value (a colour gets alpha 1 where the socket has four numbers)."""
        if hasattr(value, "is_linked"):
            self.tree.links.new(value, socket)
        elif isinstance(value, tuple) and len(value) == 3 and len(socket.default_value) == 4:
            socket.default_value = (*value, 1.0)
        else:
            socket.default_value = value

    def value(self, name: str) -> Any:
        """A number that is keyed from outside under this name."""
        node = self.new("ShaderNodeValue")
        node.name = node.label = name
        return node.outputs[0]

    def math(self, operation: str, *values: Any, clamp: bool = False) -> Any:
        """A Math node's result."""
        node = self.new("ShaderNodeMath", dict(enumerate(values)), operation=operation, use_clamp=clamp)
        return node.outputs[0]

    def vector(self, operation: str, *values: Any) -> Any:
        """A Vector Math node's result (its number where the operation gives one)."""
        node = self.new("ShaderNodeVectorMath", dict(enumerate(values)), operation=operation)
        return node.outputs["Value" if operation in {"DOT_PRODUCT", "LENGTH", "DISTANCE"} else "Vector"]

    def smooth(self, value: Any, low: Any, high: Any) -> Any:
        """0 below `low`, 1 above `high`, smooth between."""
        node = self.new(
            "ShaderNodeMapRange",
            {"Value": value, "From Min": low, "From Max": high, "To Min": 0.0, "To Max": 1.0},
            interpolation_type="SMOOTHSTEP",
        )
        return node.outputs[0]

    def mix(self, share: Any, first: Any, second: Any, blend: str = "MIX") -> Any:
        """Two colours mixed."""
        node = self.new("ShaderNodeMix", data_type="RGBA", blend_type=blend)
        colours = [socket for socket in node.inputs if socket.type == "RGBA"]
        self.put(node.inputs[0], share)
        self.put(colours[0], first)
        self.put(colours[1], second)
        return next(socket for socket in node.outputs if socket.type == "RGBA")

    def attribute(self, name: str, of_object: bool = False) -> Any:
        """A number stored on the mesh, or a custom property of the object; 0 where there is none."""
        kind = "OBJECT" if of_object else "GEOMETRY"
        return self.new("ShaderNodeAttribute", attribute_name=name, attribute_type=kind).outputs[2]

    def view_distance(self) -> Any:
        """How far a point is from the camera, in metres."""
        return self.new("ShaderNodeCameraData").outputs["View Distance"]

    def normal(self) -> Any:
        """The direction that the surface faces."""
        return self.new("ShaderNodeNewGeometry").outputs["Normal"]

    def towards_eye(self) -> Any:
        """The direction from a point to where it is seen from."""
        return self.new("ShaderNodeNewGeometry").outputs["Incoming"]

    def ramp(self, value: Any, stops: Iterable[tuple[float, Colour]]) -> Any:
        """A colour ramp (at most 32 stops of linear RGB)."""
        node = self.new("ShaderNodeValToRGB", {0: value})
        elements = node.color_ramp.elements
        for k, (position, colour) in enumerate(stops):
            element = elements[k] if k < 2 and k < len(elements) else elements.new(position)
            element.position = position
            element.color = (*colour, 1.0)
        return node.outputs["Color"]

    def clamp_to(self, value: Any, low: float, high: float) -> Any:
        """The value, held between two numbers."""
        return self.math("MINIMUM", self.math("MAXIMUM", value, low), high)

    def place(self, stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Any:
        """Where on the object a point lies (m), each axis multiplied."""
        place = self.new("ShaderNodeTexCoord").outputs["Object"]
        return self.vector("MULTIPLY", place, stretch)

    def noise(self, place: Any, scale: float, detail: float = 2.0, roughness: float = 0.5) -> Any:
        """Smooth noise around 0.5, `scale` bumps per metre."""
        inputs: dict[str | int, Any] = {"Vector": place, "Scale": scale, "Detail": detail, "Roughness": roughness}
        return self.new("ShaderNodeTexNoise", inputs).outputs[0]

    def cells(self, place: Any, scale: float) -> tuple[Any, Any]:
        """Voronoi cells, `scale` per metre: the distance (in cells) to the middle, and a random colour for each."""
        node = self.new("ShaderNodeTexVoronoi", {"Vector": place, "Scale": scale})
        return node.outputs["Distance"], node.outputs["Color"]

    def cell_edges(self, place: Any, scale: float) -> Any:
        """The distance (in cells) to the edge between Voronoi cells."""
        node = self.new("ShaderNodeTexVoronoi", feature="DISTANCE_TO_EDGE")
        self.put(node.inputs["Vector"], place)
        self.put(node.inputs["Scale"], scale)
        return node.outputs["Distance"]

    def chance(self, number: Any) -> Any:
        """A random number, 0 to 1, that belongs to a number."""
        return self.new("ShaderNodeTexWhiteNoise", {"W": number}, noise_dimensions="1D").outputs["Value"]

    def bump(self, height: Any, strength: float = 1.0, more: dict[str | int, Any] | None = None) -> Any:
        """The normal of the surface raised by `height` metres; `more` may hold the normal to start from."""
        inputs: dict[str | int, Any] = {"Strength": strength, "Distance": 1.0, "Height": height, **(more or {})}
        return self.new("ShaderNodeBump", inputs).outputs[0]

    def facing(self, blend: float = 0.5, normal: Any = None) -> Any:
        """0 where the surface is seen from above, 1 where it is seen along itself."""
        inputs: dict[str | int, Any] = {"Blend": blend}
        if normal is not None:
            inputs["Normal"] = normal
        return self.new("ShaderNodeLayerWeight", inputs).outputs["Facing"]

    def scaled(self, colour: Any, factor: Any) -> Any:
        """A colour times a number."""
        node = self.new("ShaderNodeVectorMath", {0: colour, "Scale": factor}, operation="SCALE")
        return node.outputs["Vector"]

    def emission(self, colour: Any, strength: Any = 1.0) -> Any:
        """A shader that shows a colour whatever the light."""
        return self.new("ShaderNodeEmission", {"Color": colour, "Strength": strength}).outputs[0]

    def mixed(self, share: Any, first: Any, second: Any) -> Any:
        """Two shaders mixed."""
        return self.new("ShaderNodeMixShader", {0: share, 1: first, 2: second}).outputs[0]

    def principled(self, inputs: dict[str | int, Any]) -> Any:
        """A Principled BSDF's shader."""
        return self.new("ShaderNodeBsdfPrincipled", inputs).outputs[0]

    def surface(self, shader: Any) -> None:
        """What the material shows."""
        self.put(self.new("ShaderNodeOutputMaterial").inputs["Surface"], shader)
