"""Light and lines apart: what is fine is not lit, and what is lit is not fine.

A frame needs many samples where thin contour lines and points of light are to have clean edges, and few where light
only falls on ground: there the denoiser does well, and it does badly on lines. So a frame is made from two pictures.
One holds the light: every surface in its coarse colour as the camera sees it (reflections and bounced light are true),
nothing that glows by itself, with few samples and denoised. The other holds no light: by how much each place is
lighter or darker than its coarse colour, and what glows by itself, with as many samples as edges need and without
noise, since no ray goes further than to the first surface. Their sum

    light + lines * diffuse light + glow

is the frame. The diffuse light is what Cycles has counted of it in the first picture, smoothed a little; it only
matters on the lines.

For that, copies of the materials take the place of the scene's own, and leave it when the work is done. Which part of
a colour is fine the materials say (`Nodes.fine`). Where lines lie in glass, or nothing is fine, frames are rendered
whole.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..look.nodes import FINE, Nodes
from ..scene.library import role
from ..scene.skins import put_output, take_output
from .pictures import (
    Picture,
    Region,
    read_picture,
    render_layers,
    render_picture,
    set_border,
    write_linear,
    write_seen,
)
from .quality import Apart, apart_of

LOG = logging.getLogger(__name__)

#: The objects' property that says which of the two pictures is rendered, and the pass that holds the lines.
SWITCH, LINES = "lines_alone", "Lines"
#: Pixels over which the diffuse light is smoothed, and the share of it that coats and mirrors leave to a line.
SMOOTHED, LEFT = 2.0, 0.97
#: Passes of diffuse light as the renderer calls them, by Blender's version.
DIFFUSE = ("Diffuse Direct", "Diffuse Indirect") if bpy.app.version >= (5, 0, 0) else ("DiffDir", "DiffInd")

#: The weight of a coat under which lines look the same when they are parted from their light.
THIN_COAT = 0.15 + 1e-6

#: The slot of a terrain's upper side.
TOP = 0

BLACK = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Parted:
    """A shader's parts, as sockets or values: how much its colour is lighter than the coarse one, None if nowhere; the
    shader that shows what glows by itself and hides what lies behind.
    """

    lines: Any
    glow: Any


@dataclass(eq=False)
class Parting:
    """A tree of shaders on its way to be parted; `found` counts what was, `kept` what can not be. `strict` keeps what
    substances show that look a little different when they are parted.
    """

    nodes: Nodes
    strict: bool
    found: int = 0
    kept: int = 0
    not_seen: Any = field(init=False)
    seen: Any = field(init=False)

    def __post_init__(self) -> None:
        self.seen = self.nodes.new("ShaderNodeLightPath").outputs["Is Camera Ray"]
        self.not_seen = self.nodes.math("SUBTRACT", 1.0, self.seen)

    def shader(self, socket: Any) -> Parted:
        """Part what leads to a shader socket."""
        node = socket.node
        if node.bl_idname == "ShaderNodeMixShader":
            return self._mixed(node)
        if node.bl_idname == "ShaderNodeBsdfTransparent":
            return Parted(None, socket)
        if node.bl_idname == "ShaderNodeEmission":
            self.found += 1
            return Parted(None, self._glow(node.inputs["Color"], node.inputs["Strength"]))
        if node.bl_idname == "ShaderNodeBsdfPrincipled":
            return self._principled(node)
        self.kept += _is_fine(node.inputs.get("Color"))
        return Parted(None, self.nodes.emission(BLACK, 0.0))

    def _mixed(self, node: Any) -> Parted:
        share = _value(node.inputs[0])
        first, second = (self.shader(_source(socket)) for socket in node.inputs[1:3])
        lines = None
        if first.lines is not None or second.lines is not None:
            one, other = (BLACK if part.lines is None else part.lines for part in (first, second))
            lines = self.nodes.mix(share, one, other)
        return Parted(lines, self.nodes.mixed(share, first.glow, second.glow))

    def _principled(self, node: Any) -> Parted:
        nodes = self.nodes
        base, strength = node.inputs["Base Color"], node.inputs["Emission Strength"]
        glows = strength.is_linked or strength.default_value > 0
        parts = glows + _is_fine(base)
        if any(node.inputs[name].is_linked or node.inputs[name].default_value > most for name, most in self._most()):
            self.kept += parts
            return Parted(None, nodes.emission(BLACK, 0.0))
        self.found += parts
        glow = self._glow(node.inputs["Emission Color"], strength) if glows else nodes.emission(BLACK, 0.0)
        if not _is_fine(base):
            return Parted(None, glow)
        coarse, whole = (_value(socket) for socket in _source(base).node.inputs if socket.type == "RGBA")
        nodes.put(base, nodes.mix(self.seen, whole, coarse))
        return Parted(nodes.vector("SUBTRACT", whole, coarse), glow)

    def _most(self) -> Iterator[tuple[str, float]]:
        """The inputs of a Principled BSDF that keep it from being parted, and the most that they may be."""
        yield "Transmission Weight", 0.0
        if self.strict:
            yield "Subsurface Weight", 0.0
            yield "Coat Weight", THIN_COAT

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


def part(tree: Any, strict: bool = False) -> Parting | None:
    """Part a material's tree: with the objects' property `SWITCH` at 0 it shows the light, at 1 what glows, and writes
    the lines into the pass `LINES`. None if it has no surface.
    """
    sockets = take_output(tree)
    nodes = Nodes(tree)
    if sockets[0] is None:
        put_output(nodes, sockets)
        return None
    parting = Parting(nodes, strict)
    parted = parting.shader(sockets[0])
    shown = nodes.mixed(nodes.attribute(SWITCH, of_object=True), sockets[0], parted.glow)
    put_output(nodes, [shown, *sockets[1:]])
    colour = BLACK if parted.lines is None else parted.lines
    nodes.new("ShaderNodeOutputAOV", {"Color": colour}).aov_name = LINES
    return parting


@dataclass(eq=False)
class Brush:
    """How frames are rendered: as a whole, by Blender's own way."""

    scene: bpy.types.Scene

    def picture(self, path: Path, linear: Path | None = None) -> None:
        """Render the scene's present frame (or its border) into a PNG file; `linear` is an EXR file for the same before
        the view transform.
        """
        render_picture(self.scene, path, linear=linear)

    def region(self, region: Region, path: Path, linear: Path | None = None) -> Picture:
        """Render only a region of the present frame; its picture. `path` is a file for the time between."""
        set_border(self.scene, region)
        try:
            self.picture(path, linear)
        finally:
            set_border(self.scene, None)
        return read_picture(path)


@dataclass(eq=False)
class SplitBrush(Brush):
    """Light and lines apart, in a scene whose materials are parted; see `brush_for`."""

    apart: Apart

    def picture(self, path: Path, linear: Path | None = None) -> None:
        """Render the present frame (or its border) in two pictures, and write their sum."""
        seen = self._both(path)
        write_seen(self.scene, seen, path)
        if linear is not None:
            write_linear(seen, linear)

    def _both(self, path: Path) -> Picture:
        """The frame in linear light."""
        scene, layer = self.scene, self.scene.view_layers[0]
        cycles: Any = scene.cycles
        file = path.with_suffix(".light.exr")
        with _set(
            (cycles, "samples", self.apart.samples),
            (cycles, "denoising_quality", self.apart.denoising),
            (cycles, "denoising_prefilter", self.apart.prefilter),
            (layer, "use_pass_diffuse_direct", True),
            (layer, "use_pass_diffuse_indirect", True),
        ):
            self._switch(0.0)
            light, direct, indirect = render_layers(scene, file, ("Combined", *DIFFUSE))
        with _set(
            (cycles, "samples", self.apart.lines),
            (cycles, "use_denoising", False),
            (scene.render, "film_transparent", True),
        ):
            self._switch(1.0)
            glow, lines = render_layers(scene, file, ("Combined", LINES))
        return light + lines * (LEFT * smoothed(direct + indirect)) + glow

    def _switch(self, value: float) -> None:
        for item in self.scene.objects:
            if item.material_slots:
                item[SWITCH] = value
                item.update_tag()


def smoothed(light: Picture) -> Picture:
    """Diffuse light (H, W, 3) without most of its noise; where there is none, nothing is counted."""
    from scipy.ndimage import gaussian_filter

    there = np.asarray(light.max(axis=-1, keepdims=True) > 0, dtype=np.float32)
    width = (SMOOTHED, SMOOTHED, 0.0)
    return np.asarray(gaussian_filter(light, width) / np.maximum(gaussian_filter(there, width), 1e-3))


@contextmanager
def _set(*wanted: tuple[Any, str, Any]) -> Iterator[None]:
    """Set properties (of, name, value) for a while."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in wanted]
    try:
        for owner, name, value in wanted:
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in reversed(before):
            setattr(owner, name, value)


@contextmanager
def brush_for(scene: bpy.types.Scene) -> Iterator[Brush]:
    """What renders the scene's frames best for a while: with light and lines apart, or whole. The log says which.

    The scene's own materials are back afterwards.
    """
    apart = apart_of(scene)
    layers = [layer for layer in scene.view_layers if layer.use]
    if apart is None or len(layers) != 1 or layers[0] != scene.view_layers[0]:
        yield Brush(scene)
        return
    copies: dict[str, bpy.types.Material] = {}
    swapped: list[tuple[Any, bpy.types.Material]] = []
    aov: Any = None
    try:
        reason = _swap(scene, apart.strict, copies, swapped)
        if reason:
            LOG.info("frames are rendered whole: %s", reason)
            _swap_back(scene, copies, swapped)
            yield Brush(scene)
            return
        LOG.info("light and lines are rendered apart: %d and %d samples", apart.samples, apart.lines)
        aov = layers[0].aovs.add()
        aov.name, aov.type = LINES, "COLOR"
        yield SplitBrush(scene, apart)
    finally:
        if aov is not None:
            layers[0].aovs.remove(aov)
        _swap_back(scene, copies, swapped)


def _swap(
    scene: bpy.types.Scene,
    strict: bool,
    copies: dict[str, bpy.types.Material],
    swapped: list[tuple[Any, bpy.types.Material]],
) -> str:
    """Put parted copies in the place of the materials; why that is of no use, if it is not. What counts is the
    ground, and above all its upper side: balls and trails are small.
    """
    found = 0
    for item in scene.objects:
        for place, slot in enumerate(item.material_slots):
            material = slot.material
            if material is None or material.name_full in {copy.name_full for copy in copies.values()}:
                continue
            if item.library or (slot.link == "DATA" and item.data is not None and item.data.library):
                return "a part of the scene belongs to another file"
            if material.name_full not in copies:
                copy = copies[material.name_full] = material.copy()
                parting = part(copy.node_tree, strict) if copy.node_tree is not None else None
                if parting is not None and role(item) == "terrain":
                    if parting.kept:
                        return f"the lines of '{material.name}' can not be taken off it"
                    found += parting.found if place == TOP else 0
            slot.material = copies[material.name_full]
            swapped.append((slot, material))
    return "" if found else "nothing in the scene is fine"


def _swap_back(
    scene: bpy.types.Scene, copies: dict[str, bpy.types.Material], swapped: list[tuple[Any, bpy.types.Material]]
) -> None:
    """The scene as it was."""
    for slot, material in reversed(swapped):
        slot.material = material
    swapped.clear()
    for copy in copies.values():
        bpy.data.materials.remove(copy)
    copies.clear()
    item: Any
    for item in scene.objects:
        if SWITCH in item:
            del item[SWITCH]
