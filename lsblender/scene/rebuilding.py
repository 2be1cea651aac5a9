"""Building again: what an earlier build left gives way to the new, and what the person made stays.

A person may let a camera look at our ball, put things of their own into our collection, copy our terrain, or choose
another sky. So what is ours is first set aside, then built anew, and then what refers to the old is made to refer to
the new of the same name. A copy of something of ours is the person's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import bpy

from .library import MARK, NAME, families, role

#: The property that holds the name under which something was built, and what is set before it while it gives way.
BUILT_AS, OLD = "lsblender_name", "~"
#: The property of our collection that holds the colour view that was set.
VIEW = "lsblender_view"


@dataclass(frozen=True, eq=False)
class Earlier:
    """What an earlier build left: its parts with their names, the collection that ours hung in, what the person put
    into ours, and the colour view that was set (None where nothing was built).
    """

    parts: dict[Any, str]
    parent: bpy.types.Collection | None
    guests: list[Any]
    view: str | None

    @property
    def is_first(self) -> bool:
        """Whether this build is the first one."""
        return self.view is None


def built_collection(name: str = NAME) -> bpy.types.Collection | None:
    """A collection of ours, by the name that it was built with; None where nothing is built."""
    return next((item for item in bpy.data.collections if role(item) and item.get(BUILT_AS) == name), None)


def set_aside(scene: bpy.types.Scene) -> Earlier:
    """Take what an earlier build left out of the scene and off its names."""
    # scenes one by one: Blender keeps the last scene of a file, and a batch would remove that too
    for other in [other for other in bpy.data.scenes if role(other) and len(bpy.data.scenes) > 1]:
        bpy.data.scenes.remove(other)
    marked = list(_ours())
    # nobody else refers to these, and the scene may drop them by itself
    hidden = {part for part in marked if isinstance(part, bpy.types.NodeTree | bpy.types.Action)}
    parts = [part for part in marked if part not in hidden]
    bpy.data.batch_remove(hidden)
    tops = [part for part in parts if isinstance(part, bpy.types.Collection) and part.get(BUILT_AS) == NAME]
    view = str(tops[0].get(VIEW, "")) if tops else None
    parent = next((owner for owner in _collections(scene) for top in tops if top in list(owner.children)), None)
    collections = [part for part in parts if isinstance(part, bpy.types.Collection)]
    guests = [guest for owner in collections for guest in (*owner.objects, *owner.children) if guest not in set(parts)]
    for owner in [*_collections(scene), *collections]:
        for collection in collections:
            if collection in list(owner.children):
                owner.children.unlink(collection)
    names = {part: part.name for part in parts}
    for part, name in names.items():
        part.name = f"{OLD}{name}"
    return Earlier(names, parent, guests, view)


def give_way(earlier: Earlier, top: bpy.types.Collection) -> None:
    """Remove what was set aside, with the new of the same name in its place wherever the person refers to it."""
    for guest in earlier.guests:
        into = top.objects if isinstance(guest, bpy.types.Object) else top.children
        if guest not in list(into):
            into.link(guest)
    new = {(part.id_type, part.name): part for part in _marked() if part not in earlier.parts}
    for part, name in earlier.parts.items():
        successor = new.get((part.id_type, name))
        if successor is not None:
            _leave_collections(part, successor)
            part.user_remap(successor)
    bpy.data.batch_remove(set(earlier.parts))
    for part in _marked():
        part[BUILT_AS] = part.name


def _leave_collections(part: Any, successor: Any) -> None:
    """Take an object out of collections that its successor is in already: Blender 5.2 remaps without looking, and it
    would be in them twice.
    """
    for collection in part.users_collection if isinstance(part, bpy.types.Object) else ():
        if successor.name in collection.objects:
            collection.objects.unlink(part)


def _collections(scene: bpy.types.Scene) -> list[bpy.types.Collection]:
    """The collections that ours may hang in: the scene's own, other scenes' and the person's."""
    scenes = [scene, *(other for other in bpy.data.scenes if other is not scene)]
    return [other.collection for other in scenes] + [item for item in bpy.data.collections if not role(item)]


def _marked() -> Iterator[Any]:
    return (part for family in families() for part in family if MARK in part)


def _ours() -> Iterator[Any]:
    """What carries our mark, but for copies that the person made: of several that were built under one name, only the
    one that still has it, or else the first, is ours.
    """
    named: dict[tuple[str, str], list[Any]] = {}
    for part in _marked():
        named.setdefault((part.id_type, part.get(BUILT_AS, part.name)), []).append(part)
    for (_, name), parts in named.items():
        ours = next((part for part in parts if part.name == name), parts[0])
        for copy in parts:
            if copy is not ours:
                _disown(copy)
    for item in bpy.data.objects:
        if not role(item) and item.data is not None and role(item.data):
            _disown(item.data)
    return _marked()


def _disown(part: Any) -> None:
    """Make something the person's."""
    del part[MARK]
    if BUILT_AS in part:
        del part[BUILT_AS]
