"""Everything that add-ons leave in Blender, as a table that two moments can be compared by.

Timers can not be listed; `Timers` keeps those that were begun while it watched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

import bpy


def registered() -> dict[str, set[str]]:
    """Classes, properties, handlers, menu entries, keys, manual maps, preset folders and data, by the names of each."""
    names = dir(bpy.types)
    types = {name: getattr(bpy.types, name) for name in names}
    rna = {name: cls.bl_rna for name, cls in types.items() if hasattr(cls, "bl_rna")}
    keys = bpy.context.window_manager.keyconfigs
    return {
        "classes": set(names) | {where(cls) for cls in made_classes(bpy.types.bpy_struct)},
        "properties": {f"{name}.{key}" for name, facts in rna.items() for key in facts.properties.keys()},  # noqa: SIM118
        "attributes": {
            f"{name}.{key}" for name, cls in types.items() for key in getattr(cls, "__dict__", ()) if key[:1] != "_"
        },
        "operators": {f"{space}.{name}" for space in dir(bpy.ops) for name in dir(getattr(bpy.ops, space))},
        "handlers": {
            f"{name}: {where(function)} {number}"
            for name in dir(bpy.app.handlers)
            if isinstance(functions := getattr(bpy.app.handlers, name), list)
            for number, function in enumerate(functions)
        },
        "menus": {f"{name}: {entry}" for name, cls in types.items() for entry in entries(cls)},
        "keys": {
            f"{table.name}: {item.idname} {item.type} {number}"
            for config in (keys.addon, keys.user)
            if config
            for table in config.keymaps
            for number, item in enumerate(table.keymap_items)
        },
        "manual": {f"{where(function)} {k}" for k, function in enumerate(hidden("_manual_map"))},
        "presets": set(map(str, hidden("_preset_path_registry"))),
        "data": {
            f"{kind}.{block.name}"
            for kind in dir(bpy.data)
            if isinstance(blocks := getattr(bpy.data, kind), bpy.types.bpy_prop_collection)
            for block in blocks
        },
    }


def made_classes(base: Any) -> Iterator[Any]:
    """The classes of add-ons that are registered; property groups are not listed in bpy.types."""
    for cls in base.__subclasses__():
        if "bl_rna" in vars(cls) and cls.__module__ != "bpy.types":
            yield cls
        yield from made_classes(cls)


def changes(before: dict[str, set[str]], after: dict[str, set[str]]) -> dict[str, list[str]]:
    """What is in one table only, by kind."""
    return {kind: sorted(before[kind] ^ after[kind]) for kind in before if before[kind] != after[kind]}


def entries(cls: Any) -> list[str]:
    """The functions that draw a menu, panel or header, beyond its own."""
    functions = getattr(getattr(cls, "draw", None), "_draw_funcs", ())
    return [
        f"{where(function)} {number}" for number, function in enumerate(functions) if number or not is_own(function)
    ]


def is_own(function: Any) -> bool:
    """Whether a drawing function is Blender's."""
    return not where(function).startswith(("bl_ext.", "lsblender"))


def where(function: Any) -> str:
    """A function's module and name."""
    return f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', function)}"


def hidden(name: str) -> Any:
    """A registry of Blender's Python library that has no public list; newer Blenders may name it otherwise."""
    return getattr(bpy.utils, name, ())


class Timers:
    """Watches which functions are given to Blender's timers, and says which of them would still be called."""

    def __enter__(self) -> Timers:
        self.begun: list[Callable[..., Any]] = []
        self.register = bpy.app.timers.register
        vars(bpy.app.timers)["register"] = self.record
        return self

    def record(self, function: Callable[..., Any], **options: Any) -> None:
        self.begun.append(function)
        self.register(function, **options)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        vars(bpy.app.timers)["register"] = self.register

    def left(self) -> list[str]:
        return [where(function) for function in self.begun if bpy.app.timers.is_registered(function)]
