"""Meshes with colour and animation, written by Blender's own exporters from a scene of their own.

The scene that is rendered is not what is exported: its colours are procedural and its lines grow by keys, which no
other program knows. So a shot is built once more, plainly: vertex colours, a palette texture, keyed balls. It exists
only while it is written; the person's scene and data stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import bpy
import numpy as np

from ..errors import LsbError
from ..look.nodes import Nodes
from ..look.palettes import hex_colour, to_srgb
from ..scene.ball import build_ball, build_plumb_line
from ..scene.compat import use_nodes
from ..scene.terrain import fill_mesh
from ..scene.trail import build_trail
from .shot_model import ShotModel

#: How rough everything is.
ROUGHNESS = 0.55
#: The names that are in the files.
OURS = re.compile(r"Landscape|Surface|Block|Palette|(Ball|Trail|Plumb_line)_\d+")
#: The families of data that a scene is made of.
FAMILIES = ("objects", "meshes", "curves", "materials", "images", "collections", "actions")


@dataclass(frozen=True)
class Staging:
    """How a shot is put on the stage: the ground's colours come from its vertices or from a picture of the name
    `texture`; the names of the attributes that hold colour and loss, and whether colours are held by points or by the
    faces' corners. With `displayed` the colours of materials are sRGB values, as Unity takes those of an FBX file.
    """

    texture: str = ""
    displayed: bool = False
    colour: str = "Color"
    domain: Literal["POINT", "CORNER"] = "POINT"
    loss: str = "loss"


@contextmanager
def staged(model: ShotModel, staging: Staging) -> Iterator[bpy.types.Scene]:
    """A scene of the shot, which is the current one inside; frames count from 0."""
    before = {family: set(getattr(bpy.data, family)) for family in FAMILIES}
    windows = [(window, window.scene) for window in bpy.context.window_manager.windows]
    aside = _set_names_aside(f"Landscape {model.number}")
    scene = bpy.data.scenes.new(f"Landscape {model.number}")
    try:
        scene.render.fps, scene.render.fps_base = model.fps, 1.0
        scene.frame_start, scene.frame_end = 0, model.n_frames - 1
        _fill(model, staging, scene.collection)
        with bpy.context.temp_override(scene=scene, view_layer=scene.view_layers[0]):
            scene.frame_set(0)
            yield scene
    finally:
        # an exporter may have shown the scene
        for window, shown in windows:
            window.scene = shown
        bpy.data.scenes.remove(scene)
        for family, known in before.items():
            bpy.data.batch_remove(set(getattr(bpy.data, family)) - known)
        for item, name in aside:
            item.name = name


def _set_names_aside(scene: str) -> list[tuple[Any, str]]:
    """Take from the person's data, for a while, the names that are to be in the file; with the names to give back."""
    named: list[Any] = [item for family in (*FAMILIES, "scenes") for item in getattr(bpy.data, family)]
    aside = [
        (item, item.name) for item in named if not item.library and (item.name == scene or OURS.fullmatch(item.name))
    ]
    for item, name in aside:
        item.name = f"{name} set aside"
    return aside


def _fill(model: ShotModel, staging: Staging, into: bpy.types.Collection) -> None:
    """Put the shot into an empty collection."""
    frames = np.arange(model.n_frames)
    _build_ground(model, staging, into)
    materials = [_plain(f"Ball_{k}", colour, staging) for k, colour in enumerate(model.colours, 1)]
    for k, ball in enumerate(model.balls):
        build_ball(replace(ball, name=f"Ball_{k + 1}"), frames, materials[k], into)
        if ball.plumb_line is not None:
            build_plumb_line(ball.plumb_line, f"Plumb_line_{k + 1}", frames, materials[k], into)
    for k, trail in enumerate(model.trails, 1):
        whole = replace(trail, name=f"Trail_{k}", start=np.zeros(1), end=np.ones(1))
        _to_mesh(build_trail(whole, frames[:1], materials[trail.skin.number], into), into)


def _build_ground(model: ShotModel, staging: Staging, into: bpy.types.Collection) -> None:
    """The block with a colour, a place in the palette and a loss for each vertex."""
    data = bpy.data.meshes.new("Landscape")
    fill_mesh(data, model.mesh)
    attributes: Any = data.attributes
    for name in ("level", "slope"):
        attributes.remove(attributes[name])
    attributes["loss"].name = staging.loss
    corners = np.concatenate([model.mesh.quads.ravel(), model.mesh.floor])
    srgb = model.mesh_colours if staging.domain == "POINT" else model.mesh_colours[corners]
    rgba = np.ones((len(srgb), 4), np.float32)
    rgba[:, :3] = srgb / 255.0
    colours: Any = data.color_attributes.new(staging.colour, "BYTE_COLOR", staging.domain)
    colours.data.foreach_set("color_srgb", rgba.ravel())
    uv = np.full((len(corners), 2), 0.5, np.float32)
    uv[:, 0] = model.palette_u[corners]
    layer: Any = data.uv_layers.new(name="Palette")
    layer.uv.foreach_set("vector", uv.ravel())
    data.materials.append(_ground_material("Surface", staging))
    deep = model.shot.look.palette.deep
    data.materials.append(_plain("Block", deep, staging) if staging.texture else _ground_material("Block", staging))
    into.objects.link(bpy.data.objects.new("Landscape", data))


def _to_mesh(item: bpy.types.Object, into: bpy.types.Collection) -> None:
    """Put the mesh of a curve's line in its place."""
    name = item.name
    data = bpy.data.meshes.new_from_object(item)
    for layer in list(data.uv_layers):
        data.uv_layers.remove(layer)
    bpy.data.objects.remove(item)
    into.objects.link(bpy.data.objects.new(name, data))


def _plain(name: str, colour: str, staging: Staging) -> bpy.types.Material:
    """A material of one colour ('#rrggbb')."""
    red, green, blue = hex_colour(colour)
    if staging.displayed:
        red, green, blue = to_srgb(np.array([red, green, blue])).tolist()
    return _material(name, lambda nodes: (red, green, blue))


def _ground_material(name: str, staging: Staging) -> bpy.types.Material:
    """A material of the vertices' colours, or of the picture's."""
    if not staging.texture:
        return _material(name, lambda nodes: nodes.new("ShaderNodeVertexColor", layer_name=staging.colour).outputs[0])
    # only its name is written: it lies beside the file
    image = bpy.data.images.new(staging.texture, 1, 1)
    image.source, image.filepath = "FILE", staging.texture
    return _material(name, lambda nodes: nodes.new("ShaderNodeTexImage", image=image, extension="EXTEND").outputs[0])


def _material(name: str, colour: Callable[[Nodes], Any]) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    material.use_backface_culling = True
    nodes = Nodes(use_nodes(material))
    # white under a texture or vertex colours: other programs multiply by it
    shader: Any = nodes.principled({"Base Color": (1.0, 1.0, 1.0), "Roughness": ROUGHNESS})
    nodes.put(shader.node.inputs["Base Color"], colour(nodes))
    nodes.surface(shader)
    return material


# -- the formats ---------------------------------------------------------------------------------------------


def write_glb(model: ShotModel, file: Path) -> None:
    """glTF 2.0, binary: y up, colours in the vertices, one animation of all balls."""
    with staged(model, Staging(loss="_LOSS")):
        _call(
            bpy.ops.export_scene.gltf, file, export_format="GLB", use_active_scene=True, export_yup=True,
            export_attributes=True, export_vertex_color="MATERIAL", export_cameras=False, export_lights=False,
            export_animations=True, export_animation_mode="SCENE", export_anim_scene_split_object=False,
            export_force_sampling=True, export_frame_range=True, export_optimize_animation_size=False,
            export_morph=False, export_skins=False,
        )  # fmt: skip


def write_fbx(model: ShotModel, file: Path, texture: str = "") -> None:
    """FBX 7.4: y up with nothing turned and no scale, colours in the vertices; with the name of a palette's picture
    beside the file, that is the ground's texture, and materials are as Unity takes them.
    """
    with staged(model, Staging(texture=texture, displayed=bool(texture))):
        _call(
            bpy.ops.export_scene.fbx, file, object_types={"MESH"}, axis_forward="-Z", axis_up="Y",
            bake_space_transform=True, apply_unit_scale=True, apply_scale_options="FBX_SCALE_ALL",
            use_mesh_modifiers=False, mesh_smooth_type="OFF", colors_type="SRGB", use_triangles=True,
            path_mode="STRIP", bake_anim=True, bake_anim_use_nla_strips=False, bake_anim_use_all_actions=False,
            bake_anim_force_startend_keying=True, bake_anim_step=1.0, bake_anim_simplify_factor=0.0,
        )  # fmt: skip


def write_obj(model: ShotModel, file: Path) -> None:
    """Wavefront OBJ with its .mtl beside it: y up, colours behind the vertices, the first frame."""
    with staged(model, Staging()):
        _call(
            bpy.ops.wm.obj_export, file, forward_axis="NEGATIVE_Z", up_axis="Y", export_colors=True,
            export_triangulated_mesh=True, export_normals=True, export_uv=True, path_mode="STRIP",
        )  # fmt: skip


def write_usd(model: ShotModel, file: Path) -> None:
    """USD: z up as in Blender, metres, colours and losses in the vertices, keys at every frame."""
    with staged(model, Staging(colour="displayColor")):
        _call(
            bpy.ops.wm.usd_export, file, export_animation=True, export_mesh_colors=True, export_uvmaps=True,
            export_normals=True, export_materials=True, generate_preview_surface=True, export_lights=False,
            export_cameras=False, convert_world_material=False, export_textures_mode="KEEP", root_prim_path="/World",
        )  # fmt: skip


def write_alembic(model: ShotModel, file: Path) -> None:
    """Alembic: y up, colours in the faces' corners, since those of points get lost; keys at every frame."""
    with staged(model, Staging(domain="CORNER")) as scene:
        _call(
            bpy.ops.wm.alembic_export, file, start=0, end=scene.frame_end, vcolors=True, uvs=True, normals=True,
            as_background_job=False,
        )  # fmt: skip


def _call(operator: Any, file: Path, **options: Any) -> None:
    """Run one of Blender's exporters, with those of the options that this version of it knows. Raises `LsbError`."""
    try:
        known = operator.get_rna_type().properties.keys()
    except (AttributeError, KeyError):
        raise LsbError(f"Blender's exporter of {file.suffix} files is switched off; enable its add-on") from None
    try:
        operator(filepath=str(file), **{name: value for name, value in options.items() if name in known})
    except RuntimeError as error:
        if "Traceback" in str(error):
            raise
        raise LsbError(f"Blender can not write {file.name} ({str(error).strip()})") from None
    if not file.is_file():
        raise LsbError(f"Blender has not written {file.name}")
