"""The flat scene: the layout's items before an orthographic camera, one unit to the picture's height."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import bpy
import numpy as np

from ...look.nodes import Nodes
from ...look.palettes import hex_colour
from ...storyboard.labels.items import Bar, Counter, Dot, Item, Patch, TextItem, Times
from ..animation import set_keyframes
from ..compat import alpha_over, compositor, drop_compositor, new_compositor, use_nodes
from ..library import labels_of, mark, new_object, role
from .counter import counting_mesh

#: The scene's name, and the name of the tree that lays it over the picture.
NAME = "Loss Landscape Labels"
#: Samples of a pixel: the steps of a letter's soft edge. The filter is narrower than Blender's, for crisp letters.
SAMPLES, FILTER = 16, 1.1
#: Corners of a dot, rows of a colour bar, and how far off the camera stands.
CORNERS, ROWS, DISTANCE = 48, 64, 5.0
#: Cells of a patch along a side, and its z.
CELLS, BEHIND = 24, -0.1


def build_labels(segments: Sequence[Sequence[Item]], scene: bpy.types.Scene, aspect: float) -> bpy.types.Scene | None:
    """The scene of the writing, in place of an earlier one; None where nothing is to be written.

    `segments` are the layouts of the film's parts. The main scene's compositor lays it over its picture, unless the
    person uses the compositor: then their tree stays as it is.
    """
    _remove(scene)
    if not any(segments):
        return None
    flat: bpy.types.Scene = mark(bpy.data.scenes.new(NAME), "labels")
    _settings(flat, scene)
    into = flat.collection
    camera: Any = bpy.data.cameras.new("Labels Camera")
    camera.type, camera.sensor_fit, camera.ortho_scale = "ORTHO", "VERTICAL", 1.0
    flat.camera = new_object("Labels Camera", camera, into)
    flat.camera.location = (0.0, 0.0, DISTANCE)
    inks = _Inks()
    for number, items in enumerate(segments, 1):
        for item in items:
            made = build_item(item, f"Label {number} {item.name}", inks, into)
            made.location = (item.x, item.y, BEHIND if isinstance(item, Patch) else 0.0)
            _show(made, item)
    _lay_over(scene, flat)
    return flat


def _remove(scene: bpy.types.Scene) -> None:
    """Remove the writing of an earlier build, and the tree that laid it over the picture."""
    tree = compositor(scene)
    if tree is not None and role(tree):
        drop_compositor(scene)
    flat = labels_of(scene)
    if flat is None:
        return
    parts: set[Any] = set()
    for item in flat.collection.objects:
        groups = (getattr(modifier, "node_group", None) for modifier in item.modifiers)
        materials = (slot.material for slot in item.material_slots)
        parts |= {part for part in (item, item.data, *groups, *materials) if part is not None and role(part)}
    actions = {part.animation_data.action for part in parts if part.animation_data is not None}
    bpy.data.scenes.remove(flat)
    bpy.data.batch_remove(parts | {action for action in actions if action is not None})


def _settings(flat: bpy.types.Scene, scene: bpy.types.Scene) -> None:
    """Colours exactly as given, nothing behind them, and the main scene's size and times."""
    flat.frame_start, flat.frame_end = scene.frame_start, scene.frame_end
    render, main = flat.render, scene.render
    render.fps, render.fps_base = main.fps, main.fps_base
    render.resolution_x, render.resolution_y = main.resolution_x, main.resolution_y
    render.resolution_percentage = main.resolution_percentage
    render.engine = "CYCLES"  # type: ignore[assignment]
    render.film_transparent = True
    render.dither_intensity = 0.0
    flat.view_settings.view_transform = "Standard"
    flat.view_settings.look = "None"
    cycles: Any = flat.cycles
    cycles.device, cycles.samples, cycles.max_bounces = "CPU", SAMPLES, 0
    cycles.use_adaptive_sampling = cycles.use_denoising = cycles.use_light_tree = False
    cycles.filter_width = FILTER


def _lay_over(scene: bpy.types.Scene, flat: bpy.types.Scene) -> None:
    """Let the main scene's compositor lay the writing over its picture."""
    if compositor(scene) is not None:
        return
    tree, finished = new_compositor(scene, NAME)
    mark(tree)
    layers = []
    for shown in (scene, flat):
        node = tree.nodes.new("CompositorNodeRLayers")
        node.scene = shown
        layers.append(node.outputs["Image"])
    tree.links.new(alpha_over(tree, *layers), finished)


def _show(item: bpy.types.Object, times_of: Item) -> None:
    """Key when the item is rendered, and its colour with the alpha that fades."""
    times = times_of.times
    item.color = (*hex_colour(times_of.colour), 1.0)
    keys = np.array([times.first - 1, times.first, times.last + 1])
    for path in ("hide_render", "hide_viewport"):
        set_keyframes(item, path, keys, np.array([1.0, 0.0, 1.0]), "CONSTANT")
    fade = min(times.fade, (times.last - times.first) // 2)
    if fade > 0:
        frames, alpha = fading(times, fade)
        colour = np.tile(item.color[:3], (len(frames), 1))
        set_keyframes(item, "color", frames, np.column_stack([colour, alpha]))


def fading(times: Times, fade: int) -> tuple[Any, Any]:
    """Frames (4,) and alphas (4,): never quite nothing, so that a still of the first frame has its writing."""
    least = 1.0 / (fade + 1)
    frames = np.array([times.first, times.first + fade, times.last - fade, times.last])
    alpha = np.array([least, 1.0, 1.0, least])
    keep = np.append(True, np.diff(frames) > 0)
    return frames[keep], alpha[keep]


class _Inks:
    """The materials, made when first asked for: all items share them and bring their own colours."""

    def __init__(self) -> None:
        self.made: dict[str, bpy.types.Material] = {}

    def plain(self) -> bpy.types.Material:
        """The object's colour."""
        return self._material("Label", lambda nodes, facts: (facts.outputs["Color"], facts.outputs["Alpha"]))

    def stored(self) -> bpy.types.Material:
        """The colour and the alpha stored on the mesh."""

        def colour(nodes: Nodes, facts: Any) -> tuple[Any, Any]:
            stored = nodes.new("ShaderNodeAttribute", attribute_name="colour")
            return stored.outputs["Color"], nodes.math("MULTIPLY", stored.outputs["Alpha"], facts.outputs["Alpha"])

        return self._material("Label Colours", colour)

    def _material(self, name: str, colour: Any) -> bpy.types.Material:
        """Shines in a colour, with the object's alpha."""
        if name not in self.made:
            material: Any = mark(bpy.data.materials.new(name))
            nodes = Nodes(use_nodes(material))
            facts = nodes.new("ShaderNodeObjectInfo")
            shade, alpha = colour(nodes, facts)
            light = nodes.new("ShaderNodeEmission", {"Color": shade}).outputs[0]
            clear = nodes.new("ShaderNodeBsdfTransparent").outputs[0]
            nodes.surface(nodes.new("ShaderNodeMixShader", {0: alpha, 1: clear, 2: light}).outputs[0])
            material.cycles.emission_sampling = "NONE"
            self.made[name] = material
        return self.made[name]


@singledispatch
def build_item(item: Item, name: str, inks: _Inks, into: bpy.types.Collection) -> bpy.types.Object:
    """The item as an object about its own origin."""
    raise TypeError(f"no object for {type(item).__name__}")


@build_item.register
def _(item: TextItem, name: str, inks: _Inks, into: bpy.types.Collection) -> bpy.types.Object:
    data: Any = bpy.data.curves.new(name, "FONT")
    data.body, data.size, data.align_x = item.text, item.size, item.align
    data.materials.append(inks.plain())
    return new_object(name, data, into, "label")


@build_item.register
def _(item: Counter, name: str, inks: _Inks, into: bpy.types.Collection) -> bpy.types.Object:
    made = new_object(name, bpy.data.meshes.new(name), into, "label")
    counting_mesh(made, item, inks.plain())
    return made


@build_item.register
def _(item: Dot, name: str, inks: _Inks, into: bpy.types.Collection) -> bpy.types.Object:
    angles = np.linspace(0.0, 2 * np.pi, CORNERS, endpoint=False)
    corners = item.radius * np.column_stack([np.cos(angles), np.sin(angles), 0 * angles])
    return _mesh(name, corners, [tuple(range(CORNERS))], inks.plain(), into)


@build_item.register
def _(item: Bar, name: str, inks: _Inks, into: bpy.types.Collection) -> bpy.types.Object:
    rows = ROWS if item.stops else 1
    levels = np.arange(rows + 1) / rows
    corners = [(x, y, 0.0) for y in levels * item.height for x in (0.0, item.width)]
    quads = [(2 * k, 2 * k + 1, 2 * k + 3, 2 * k + 2) for k in range(rows)]
    made = _mesh(name, np.array(corners), quads, inks.stored() if item.stops else inks.plain(), into)
    if item.stops:
        places = np.array([level for level, _ in item.stops])
        colours = np.array([hex_colour(colour) for _, colour in item.stops])
        filled = np.column_stack([np.interp(levels, places, colours[:, k]) for k in range(3)] + [np.ones(rows + 1)])
        _store(made, np.repeat(filled, 2, axis=0))
    return made


@build_item.register
def _(item: Patch, name: str, inks: _Inks, into: bpy.types.Collection) -> bpy.types.Object:
    share = np.linspace(0.0, 1.0, CELLS + 1)
    x, y = np.meshgrid(share * item.width, share * item.height)
    index = np.arange(x.size).reshape(x.shape)
    quads = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], axis=-1).reshape(-1, 4)
    corners = np.column_stack([x.ravel(), y.ravel(), 0 * x.ravel()])
    made = _mesh(name, corners, [tuple(quad) for quad in quads.tolist()], inks.stored(), into)
    inside = [np.clip(np.minimum(v, size - v) / item.soft, 0.0, 1.0) for v, size in ((x, item.width), (y, item.height))]
    rise = [part * part * (3 - 2 * part) for part in inside]
    alpha = (item.strength * rise[0] * rise[1]).ravel()
    _store(made, np.column_stack([np.tile(hex_colour(item.colour), (alpha.size, 1)), alpha]))
    return made


def _store(item: bpy.types.Object, colours: Any) -> None:
    """Store linear RGB and alpha (V, 4) on the vertices."""
    store: Any = item.data.attributes.new("colour", "FLOAT_COLOR", "POINT")
    store.data.foreach_set("color", colours.astype(np.float32).ravel())


def _mesh(
    name: str, corners: Any, faces: Sequence[tuple[int, ...]], material: bpy.types.Material, into: bpy.types.Collection
) -> bpy.types.Object:
    data = bpy.data.meshes.new(name)
    data.from_pydata(corners.tolist(), [], faces)
    data.materials.append(material)
    return new_object(name, data, into, "label")
