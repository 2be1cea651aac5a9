"""What is in a data-block, as a hash.

Everything that Blender lets a file set is read through its own description of itself (RNA), so what a newer Blender
adds or a person has changed by hand counts as well. Left out are names, what Blender works out by itself, what is for
the screen only, and values that are keyed: those belong to a frame.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable
from functools import cache
from typing import Any

import bpy
import numpy as np

from ..scene.animation import curves_of
from ..scene.compat import own_properties

#: Properties that no picture depends on, whatever has them.
UNSEEN = {
    "rna_type", "name", "name_full", "users", "session_uid", "tag", "preview", "library", "library_weak_reference",
    "asset_data", "override_library", "original", "animation_data", "grease_pencil", "id_type", "is_evaluated",
    "is_embedded_data", "is_library_indirect", "is_missing", "is_runtime_data", "is_editable", "use_fake_user",
    "use_extra_user", "matrix_world", "matrix_local", "matrix_basis", "dimensions", "bound_box", "select",
    "hide_select", "show_expanded", "show_viewport", "show_in_editmode", "show_on_cage", "hide_viewport",
    "location_absolute", "label", "use_custom_color", "links", "node", "warning_propagation", "is_active",
    "is_active_output", "hide_value", "show_options", "show_preview", "show_texture", "ui_shortcut", "display",
    "display_type", "display_bounds_type", "show_name", "show_axis", "show_bounds", "show_wire", "show_in_front",
    "animation_visualization", "texspace_location", "texspace_size",
}  # fmt: skip
#: Collections of more things than this are read as arrays.
MANY = 16
#: How numpy calls the kinds of numbers that RNA has.
NUMBERS: dict[str, type] = {"FLOAT": np.float32, "INT": np.int32, "BOOLEAN": np.bool_, "ENUM": np.int32}

#: Where a keyed value lives: the address of its owner and its name; and which of its numbers are keyed.
Keyed = dict[tuple[int, str], set[int]]
Properties = tuple[tuple[str, str, int, bool], ...]


def properties_of(item: Any) -> Properties:
    """(name, kind, length, read only) of all that a thing has and a picture may depend on."""
    cls: Any = type(item)
    # what a node group asks for is described anew for each group
    return _listed(item.bl_rna) if cls.__base__ is bpy.types.PropertyGroup else _of_type(cls)


@cache
def _of_type(cls: Any) -> Properties:
    return _listed(cls.bl_rna)


def _listed(description: Any) -> Properties:
    return tuple(
        (prop.identifier, prop.type, getattr(prop, "array_length", 0), prop.is_readonly)
        for prop in description.properties
        if prop.identifier not in UNSEEN and not prop.identifier.startswith(("active", "bl_"))
    )


def address(curve: Any, block: Any) -> tuple[int, str] | None:
    """Where the value lives that a curve of a data-block sets; None if it is gone."""
    holder, _, name = curve.data_path.rpartition(".")
    if curve.data_path.endswith('"]'):
        holder, _, name = curve.data_path[:-2].rpartition('["')
    try:
        owner = block.path_resolve(holder) if holder else block
    except ValueError:
        return None
    return owner.as_pointer(), name


def keyed_values(curves: Iterable[Any], block: Any) -> Keyed:
    """Which values of a data-block its curves set."""
    found: Keyed = {}
    for curve in curves:
        place = address(curve, block)
        if place is not None:
            found.setdefault(place, set()).add(curve.array_index)
    return found


class Contents:
    """Hashes what it is given; `needs` are the other data-blocks that were met on the way, in their order."""

    def __init__(self, keyed: Keyed) -> None:
        self.keyed = keyed
        self.needs: list[Any] = []
        self._hash = hashlib.sha256()
        self._inside: set[tuple[int, str]] = set()

    @property
    def digest(self) -> bytes:
        return self._hash.digest()

    def add(self, value: object) -> None:
        """A plain value."""
        self._hash.update(repr(value).encode() + b"\0")

    def struct(self, item: Any, but: Iterable[str] = ()) -> None:
        """All properties of a thing, without some."""
        kind = item.bl_rna.identifier
        place = (item.as_pointer(), kind)
        self.add(kind)
        if place in self._inside:
            return
        self._inside.add(place)
        for name, type_name, length, readonly in properties_of(item):
            if name not in but:
                self._property(item, name, type_name, length, readonly)
        self._custom(item)

    def _property(self, item: Any, name: str, kind: str, length: int, readonly: bool) -> None:
        if kind == "COLLECTION":
            self.add(name)
            self.collection(getattr(item, name))
        elif kind == "POINTER":
            other = getattr(item, name)
            if other is not None:
                self.add(name)
                self.other(other)
        elif not readonly:
            value = getattr(item, name)
            at = self.keyed.get((item.as_pointer(), name), set())
            if length:
                self.add((name, [number for k, number in enumerate(_flat(value)) if k not in at]))
            elif not at:
                self.add((name, sorted(value) if isinstance(value, set) else value))

    def other(self, item: Any) -> None:
        """What a property points at: a data-block is only noted."""
        if isinstance(item, bpy.types.Scene):
            return
        if isinstance(item, bpy.types.ID):
            self.needs.append(item)
        else:
            self.struct(item)

    def collection(self, items: Any) -> None:
        """Things in their order; many of them as arrays."""
        self.add(len(items))
        # things of one kind that has no others under it
        if len(items) > MANY and type(items[0]).__base__ is bpy.types.bpy_struct:
            self._arrays(items)
        else:
            for item in items:
                if item is not None:
                    self.other(item)

    def _arrays(self, items: Any) -> None:
        for name, kind, length, readonly in properties_of(items[0]):
            if kind in NUMBERS and not readonly:
                values: Any = np.zeros(len(items) * max(1, length), dtype=NUMBERS[kind])
                items.foreach_get(name, values)
                self.add(name)
                self._hash.update(values.tobytes())

    def _custom(self, item: Any) -> None:
        """Properties that are not Blender's own: of the person, of Geometry Nodes."""
        for name in own_properties(item):
            if (item.as_pointer(), name) not in self.keyed:
                value = item[name]
                if isinstance(value, bpy.types.ID):
                    self.other(value)
                else:
                    self.add((name, _plain(value)))


def _plain(value: Any) -> object:
    """A person's property as Python's own lists and dictionaries."""
    for turn in ("to_list", "to_dict"):
        if hasattr(value, turn):
            return getattr(value, turn)()
    return value


def _flat(value: Any) -> list[float]:
    """The numbers of a vector or a matrix."""
    return [number for part in value for number in (_flat(part) if hasattr(part, "__len__") else [part])]


def read_block(block: Any) -> tuple[bytes, list[Any], list[Any]]:
    """The hash of a data-block without what is keyed in it, the data-blocks that it needs, and its curves."""
    curves = curves_of(block) if hasattr(block, "animation_data") else []
    contents = Contents(keyed_values(curves, block))
    with warnings.catch_warnings():
        # Blender warns of properties that it will drop one day, also where they are only read
        warnings.simplefilter("ignore", DeprecationWarning)
        _read_into(contents, block)
    return contents.digest, contents.needs, curves


def _read_into(contents: Contents, block: Any) -> None:
    if isinstance(block, bpy.types.Collection):
        contents.needs += block.all_objects
    elif isinstance(block, bpy.types.Mesh):
        _read_mesh(contents, block)
    elif isinstance(block, bpy.types.NodeTree):
        _read_tree(contents, block)
    else:
        contents.struct(block)


def _read_mesh(contents: Contents, mesh: bpy.types.Mesh) -> None:
    """A mesh is its attributes and where its faces begin; all else in it follows from those."""
    contents.add("Mesh")
    starts = np.empty(len(mesh.polygons), dtype=np.int32)
    mesh.polygons.foreach_get("loop_start", starts)
    contents.add(starts.tobytes())
    for attribute in sorted(mesh.attributes, key=lambda each: each.name):
        if not attribute.name.startswith(".select"):
            contents.add((attribute.name, attribute.domain, attribute.data_type))
            contents.collection(attribute.data)
    for material in mesh.materials:
        if material is not None:
            contents.other(material)
    if mesh.shape_keys is not None:
        contents.other(mesh.shape_keys)


def _read_tree(contents: Contents, tree: bpy.types.NodeTree) -> None:
    """A tree: its nodes, and what leads where."""
    numbers = {node.as_pointer(): k for k, node in enumerate(tree.nodes)}
    for node in tree.nodes:
        contents.struct(node, ("location", "parent", "hide", "color", "width", "height"))
    for link in tree.links:
        ends = [(numbers[end.node.as_pointer()], end.identifier) for end in (link.from_socket, link.to_socket)]
        contents.add((ends, link.is_muted))
    contents.collection(tree.interface.items_tree)
