"""What differs between Blender's versions (4.2 LTS to 5.2), in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy


def use_nodes(owner: Any) -> Any:
    """The node tree of a material or world, emptied. Before 5.0 it has to be switched on; from then on it is
    always there.
    """
    if bpy.app.version < (5, 0, 0):
        owner.use_nodes = True
    owner.node_tree.nodes.clear()
    return owner.node_tree


def eevee() -> str:
    """EEVEE's engine id."""
    return "BLENDER_EEVEE_NEXT" if bpy.app.version < (5, 0, 0) else "BLENDER_EEVEE"


def video_settings(render: bpy.types.RenderSettings) -> Any:
    """Switch the output to video and give its encoder's settings."""
    if bpy.app.version >= (5, 0, 0):
        render.image_settings.media_type = "VIDEO"
    else:
        render.image_settings.file_format = "FFMPEG"
    return render.ffmpeg


def output_path(path: Path) -> str:
    """An absolute path as Blender's outputs want it."""
    return output_text(str(path.resolve()))


def output_text(text: str) -> str:
    """Part of a path as Blender's outputs want it: from 5.0 on, braces in it would be templates."""
    return text.replace("{", "{{").replace("}", "}}") if bpy.app.version >= (5, 0, 0) else text


def strips(editor: bpy.types.SequenceEditor) -> Any:
    """The collection that new strips are made in."""
    return editor.sequences if bpy.app.version < (4, 4, 0) else editor.strips


def compositor(scene: bpy.types.Scene) -> Any:
    """The scene's compositor tree if it is in use; from 5.0 on it is a node group."""
    if bpy.app.version >= (5, 0, 0):
        return scene.compositing_node_group
    return scene.node_tree if scene.use_nodes else None


def new_compositor(scene: bpy.types.Scene, name: str) -> tuple[Any, Any]:
    """An empty compositor tree for the scene, and the socket that takes the finished picture."""
    if bpy.app.version >= (5, 0, 0):
        tree: Any = bpy.data.node_groups.new(name, "CompositorNodeTree")
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        scene.compositing_node_group = tree
        return tree, tree.nodes.new("NodeGroupOutput").inputs[0]
    scene.use_nodes = True
    tree = scene.node_tree
    tree.nodes.clear()
    return tree, tree.nodes.new("CompositorNodeComposite").inputs[0]


def drop_compositor(scene: bpy.types.Scene) -> None:
    """Leave the scene without a compositor tree."""
    if bpy.app.version >= (5, 0, 0):
        tree = scene.compositing_node_group
        scene.compositing_node_group = None
        if tree is not None and not tree.users:
            bpy.data.node_groups.remove(tree)
    else:
        scene.node_tree.nodes.clear()
        scene.use_nodes = False


def alpha_over(tree: Any, below: Any, above: Any) -> Any:
    """The picture `above` laid over the one `below`, by its alpha. 5.0 renamed the sockets and moved them."""
    node = tree.nodes.new("CompositorNodeAlphaOver")
    pictures = [socket for socket in node.inputs if socket.type == "RGBA"]
    tree.links.new(below, pictures[0])
    tree.links.new(above, pictures[1])
    return node.outputs[0]


def text_font(node: Any, font: bpy.types.VectorFont) -> None:
    """Set the font of a String to Curves node: a property, since 5.1 a socket."""
    if "Font" in node.inputs:
        node.inputs["Font"].default_value = font
    else:
        node.font = font


def input_path(modifier: Any, identifier: str) -> str:
    """The path, from the object, of a Geometry Nodes modifier's input ('Socket_2'): a property in 5.2, an entry of the
    modifier before.
    """
    if hasattr(modifier, "properties"):
        return f'modifiers["{modifier.name}"].properties.inputs.{identifier}.value'
    return f'modifiers["{modifier.name}"]["{identifier}"]'


def own_properties(item: Any) -> list[str]:
    """The names of the properties of a data-block or modifier that are not Blender's own. Before 5.0 the settings of
    add-ons are among them, which Blender describes as well, and what is left of Cycles' old ones; in 5.2 a Geometry
    Nodes modifier's inputs are Blender's.
    """
    if isinstance(item, bpy.types.NodesModifier) and hasattr(item, "properties"):
        return []
    names = item.keys() if isinstance(item, bpy.types.ID | bpy.types.NodesModifier) else ()
    return sorted(name for name in names if name != "cycles" and name not in item.bl_rna.properties)
