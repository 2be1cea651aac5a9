"""Controls of what is written, switched or picked: texts, files, lists, words of a few, colours."""

from __future__ import annotations

import csv
import zlib
from typing import Any, get_args, get_origin

import bpy

from ...errors import LsbError, shown
from .controls import Control, props, title_of
from .exactness import remember, remembered
from .numbers import is_tiny


def stable_number(name: str) -> int:
    """A number for a choice that stays the same when others are added: Blender saves choices as numbers."""
    return zlib.crc32(name.encode()) & 0x7FFFFFFF


class Switch(Control):
    """True or false."""

    def properties(self) -> dict[str, Any]:
        return {self.name: props.BoolProperty(**self.texts, default=self.default)}

    def read(self, group: Any) -> Any:
        return getattr(group, self.name)

    def write(self, group: Any, value: Any) -> None:
        setattr(group, self.name, value)


class Text(Switch):
    """A text, or the path of a file."""

    def properties(self) -> dict[str, Any]:
        more = {"subtype": "FILE_PATH"} if self.facts.is_path else {}
        return {self.name: props.StringProperty(**self.texts, **more, default=self.default)}

    def read(self, group: Any) -> Any:
        text = getattr(group, self.name)
        return bpy.path.abspath(text) if self.facts.is_path else text


class Word(Switch):
    """One of some words."""

    def properties(self) -> dict[str, Any]:
        items = [(word, title_of(word), "", stable_number(word)) for word in self.facts.choices]
        return {self.name: props.EnumProperty(**self.texts, items=items, default=self.default)}


class Listed(Control):
    """Numbers or words, as many as one likes, written with commas."""

    def properties(self) -> dict[str, Any]:
        texts = {**self.texts, "description": f"{self.facts.description}. Separated by commas"}
        return {self.name: props.StringProperty(**texts, default=self._written(self.default))}

    def read(self, group: Any) -> Any:
        text = getattr(group, self.name)
        kind = get_args(self.kind)[0]
        try:
            (items,) = csv.reader([text], skipinitialspace=True) if text.strip() else ([],)
            return tuple(kind(item if kind is str else item.strip()) for item in items)
        except (ValueError, csv.Error):
            wanted = "whole numbers" if kind is int else "numbers"
            raise LsbError(f"{shown(text)} is no list of {wanted}; separate them by commas", self.name) from None

    def write(self, group: Any, value: Any) -> None:
        setattr(group, self.name, self._written(value))

    def _written(self, value: tuple[Any, ...]) -> str:
        return ", ".join(_quoted(item) for item in value)


def _quoted(item: Any) -> str:
    """An item of a list, in quotes where it needs them."""
    if not isinstance(item, str):
        return repr(item)
    plain = item and item == item.strip() and not set(item) & set(',"\n\r')
    return item if plain else '"' + item.replace('"', '""') + '"'


class TinyNumber(Control):
    """A number so small that it is written as text, such as 1e-08."""

    def properties(self) -> dict[str, Any]:
        return {self.name: props.StringProperty(**self.texts, default=repr(self.default))}

    def read(self, group: Any) -> Any:
        text = getattr(group, self.name)
        try:
            return float(text)
        except ValueError:
            raise LsbError(f"{shown(text)} is not a number", self.name) from None

    def write(self, group: Any, value: Any) -> None:
        setattr(group, self.name, repr(value))


class Colour(bpy.types.PropertyGroup):
    """A colour of a list; `remembered` is its text as it was written."""

    colour: props.FloatVectorProperty(
        name="Colour", subtype="COLOR_GAMMA", size=3, min=0.0, max=1.0, default=(1.0, 1.0, 1.0)
    )
    remembered: props.StringProperty()


class Colours(Control):
    """Colours, as many as one likes."""

    def properties(self) -> dict[str, Any]:
        return {self.name: props.CollectionProperty(**self.texts, type=Colour)}

    def read(self, group: Any) -> Any:
        return tuple(_hex(item) for item in getattr(group, self.name))

    def write(self, group: Any, value: Any) -> None:
        items = getattr(group, self.name)
        items.clear()
        for text in value:
            add_colour(items, text)

    def draw(self, layout: bpy.types.UILayout, group: Any) -> None:
        row = layout.row(align=True)
        for item in getattr(group, self.name):
            row.prop(item, "colour", text="")


def add_colour(items: Any, text: str) -> None:
    """Add a colour ('#rrggbb') to a list."""
    item = items.add()
    item.colour = [int(text[k : k + 2], 16) / 255.0 for k in (1, 3, 5)]
    shows = list(item.colour)
    remember(item, "colour", shows, text, _hex(item) == text)


def _hex(item: Any) -> str:
    text = remembered(item, "colour", list(item.colour))
    return text or "#" + "".join(f"{round(255.0 * share):02x}" for share in item.colour)


def make(field: Any, kind: Any, facts: Any) -> Control | None:
    """The control of a field that is a switch, a text, a list of words or numbers, a tiny number or colours."""
    if kind is bool:
        return Switch(field, kind, facts)
    if kind is str:
        return (Word if facts.choices else Text)(field, kind, facts)
    if kind is float and is_tiny(field.default):
        return TinyNumber(field, kind, facts)
    if get_origin(kind) is tuple and get_args(kind)[0] in (int, float, str):
        return (Colours if facts.is_colour else Listed)(field, kind, facts)
    return None
