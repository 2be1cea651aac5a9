"""Groups: Blender's property groups, made from the settings' dataclasses.

A dataclass becomes a group with a control for each of its fields; a choice becomes a group with its `kind` and, for
each kind that has settings, a group of these: what is not chosen keeps its settings. They are made once and kept, so
that switching the add-on off and on again only takes them from Blender and gives them back.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any, get_args, get_origin

import bpy

from ...errors import within
from ...registry import FAMILIES, Registry
from ...settings import Setting, fields_of
from . import numbers, written
from .controls import Control, props
from .exactness import MEMORY
from .written import stable_number

Group = type[bpy.types.PropertyGroup]

#: The groups made so far, each after those that it is made of; and their controls.
_MADE: list[Group] = [written.Colour]
_CONTROLS: dict[Group, dict[str, Control]] = {}
#: The dataclass that a group shows, or the family that it shows a choice of.
_CLASSES: dict[Group, type] = {}
_FAMILIES: dict[Group, Registry[Any]] = {}

#: The property that says which kind a choice is.
KIND = "kind"


def made_groups() -> list[Group]:
    """The groups to be registered, in their order."""
    return list(_MADE)


@cache
def group_of(cls: Any) -> Group:
    """The group of a dataclass's settings."""
    controls = {field.name: control_of(field, kind, facts) for field, kind, facts in fields_of(cls)}
    group = _make(cls.__name__, controls)
    _CLASSES[group] = cls
    return group


def controls_of(group: Group | bpy.types.PropertyGroup) -> dict[str, Control]:
    """The controls of a group, or of its class, by the names of the settings."""
    return _CONTROLS[group if isinstance(group, type) else type(group)]


def control_of(field: Any, kind: Any, facts: Setting) -> Control:
    """The control of a field. Raises `TypeError` for a type that no panel can show."""
    inner = get_args(kind)[0] if get_origin(kind) is tuple else kind
    if inner in FAMILIES or dataclasses.is_dataclass(inner):
        return (Row if get_origin(kind) is tuple else Part)(field, inner, facts)
    for maker in (numbers.make, written.make):
        control = maker(field, kind, facts)
        if control is not None:
            return control
    raise TypeError(f"a panel can not show the setting '{field.name}' of type {kind}")


def _make(name: str, controls: dict[str, Control], more: dict[str, Any] | None = None) -> Group:
    properties = {key: made for control in controls.values() for key, made in control.properties().items()}
    properties[MEMORY] = props.StringProperty(options={"HIDDEN"})
    group: Group = type(
        f"LSBLENDER_PG_{name}", (bpy.types.PropertyGroup,), {"__annotations__": properties | (more or {})}
    )
    _MADE.append(group)
    _CONTROLS[group] = controls
    return group


class Part(Control):
    """Settings within settings: those of a dataclass, or a choice of a family and its settings."""

    def properties(self) -> dict[str, Any]:
        return {self.name: props.PointerProperty(**self.texts, type=self.group)}

    @property
    def group(self) -> Group:
        if self.kind in FAMILIES:
            return family_group(self.kind, FAMILIES[self.kind].kind(self._first))
        return group_of(self.kind)

    @property
    def _first(self) -> Any:
        """What is chosen at first."""
        return self.default

    def read(self, group: Any) -> Any:
        with within(self.name):
            return read(getattr(group, self.name))

    def write(self, group: Any, value: Any) -> None:
        write(getattr(group, self.name), value)

    def draw(self, layout: bpy.types.UILayout, group: Any) -> None:
        draw(layout, getattr(group, self.name), group.bl_rna.properties[self.name].name)


class Row(Part):
    """A row of settings: shots, optimizers. The panel shows it as a list with one active entry."""

    def properties(self) -> dict[str, Any]:
        return {
            self.name: props.CollectionProperty(**self.texts, type=self.group),
            self.active: props.IntProperty(name=f"Active of the {self.texts['name']}", min=0),
        }

    @property
    def active(self) -> str:
        return active_name(self.name)

    @property
    def _first(self) -> Any:
        return self.default[0]

    def read(self, group: Any) -> Any:
        """The entries; those of the default where nothing has been written yet."""
        values = []
        for k, item in enumerate(getattr(group, self.name)):
            with within(f"{self.name}[{k}]"):
                values.append(read(item))
        return tuple(values) or self.default

    def write(self, group: Any, value: Any) -> None:
        items = getattr(group, self.name)
        items.clear()
        for entry in value:
            write(items.add(), entry)
        setattr(group, self.active, min(getattr(group, self.active), len(items) - 1))


def active_name(row: str) -> str:
    """The property that says which entry of a row is active."""
    return f"active_{row}"


@cache
def family_group(base: Any, default: str) -> Group:
    """The group of a choice of a family, of which `default` is chosen at first."""
    family: Registry[Any] = FAMILIES[base]
    items = [(name, label, tip, stable_number(name)) for name, label, tip in family.menu_items()]
    texts = {"name": family.family.capitalize(), "description": f"Which {family.family}"}
    more: dict[str, Any] = {KIND: props.EnumProperty(**texts, items=items, default=default)}
    members: dict[str, Any] = dict(family)
    for name, settings in members.items():
        if fields_of(settings):
            more[name] = props.PointerProperty(type=group_of(settings))
    group = _make(f"{base.__name__}_{default}", {}, more)
    _FAMILIES[group] = family
    return group


def read(group: Any) -> Any:
    """The settings that a group shows. Raises `LsbError` for a text that is no list of numbers."""
    if type(group) in _FAMILIES:
        settings = settings_of(group)
        return _FAMILIES[type(group)][group.kind]() if settings is None else read(settings)
    values = {name: control.read(group) for name, control in controls_of(group).items()}
    return _CLASSES[type(group)](**values)


def write(group: Any, value: Any) -> None:
    """Let a group show the settings, and nothing of what it has shown before."""
    if type(group) in _FAMILIES:
        for name in group.bl_rna.properties.keys():  # noqa: SIM118  (Blender's collections are not mappings)
            group.property_unset(name)
        group.kind = _FAMILIES[type(group)].kind(value)
        settings = settings_of(group)
        if settings is not None:
            write(settings, value)
        return
    for name, control in controls_of(group).items():
        control.write(group, getattr(value, name))


def settings_of(choice: Any) -> Any:
    """The group of settings of what is chosen, None where that has none."""
    return getattr(choice, choice.kind, None)


def draw(layout: bpy.types.UILayout, group: Any, name: str = "", skip: tuple[str, ...] = ()) -> None:
    """Draw all settings of a group but those to skip; of a choice, under its name, what is chosen and its settings."""
    if type(group) in _FAMILIES:
        layout.prop(group, KIND, text=name)
        group = settings_of(group)
    if group is not None:
        for key, control in controls_of(group).items():
            if key not in skip:
                control.draw(layout, group)
