"""What belongs to us in a Blender file.

Everything that is built hangs in one collection and carries a mark, by which the next build knows it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import bpy

from ..files import whole_file

#: The collection, and the custom property that marks our data. Before 5.0 custom properties and those of add-ons share
#: their names: this one must not be that of the panel's settings, or every scene would be ours.
NAME = "Loss Landscape"
MARK = "lsblender_part"


def mark(data: Any, part: str = "part") -> Any:
    """Mark a data-block as built by us, and say which part it plays ('ball', 'trail', 'terrain', ...)."""
    data[MARK] = part
    return data


def role(data: Any) -> str:
    """The part that a data-block plays; empty if it is not ours."""
    return str(data.get(MARK, ""))


def new_object(name: str, data: Any, into: bpy.types.Collection, part: str = "part") -> bpy.types.Object:
    """An object with its data, marked, in the collection."""
    item: bpy.types.Object = mark(bpy.data.objects.new(name, mark(data, part)), part)
    into.objects.link(item)
    return item


def new_collection(name: str, parent: bpy.types.Collection) -> bpy.types.Collection:
    """A marked collection in the parent."""
    collection: bpy.types.Collection = mark(bpy.data.collections.new(name))
    parent.children.link(collection)
    return collection


def families() -> Iterable[Any]:
    """The kinds of data-blocks that we make."""
    data = bpy.data
    return (
        data.objects, data.collections, data.meshes, data.curves, data.lights, data.cameras, data.materials,
        data.worlds, data.node_groups, data.actions,
    )  # fmt: skip


def labels_of(scene: bpy.types.Scene) -> bpy.types.Scene | None:
    """The scene of the writing that is laid over the scene's picture, if there is one."""
    return next((other for other in bpy.data.scenes if other is not scene and role(other) == "labels"), None)


def empty_scene() -> bpy.types.Scene:
    """A file with nothing in it: its scene."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    assert scene is not None
    return scene


def save_file(path: Path) -> None:
    """Save the file, packed and compressed; the one that was there stays if that fails."""
    with whole_file(path) as temporary:
        bpy.ops.wm.save_as_mainfile(filepath=str(temporary), compress=True, check_existing=False, copy=True)
