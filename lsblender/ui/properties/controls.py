"""Controls: what each kind of setting is in Blender's panel.

A control knows one field of a settings dataclass: which properties stand for it in a group, how they are read and
written, and how they are drawn. `numbers`, `texts` and `choices` hold the kinds; here is what they have in common.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import bpy

from ...settings import Setting

#: Blender's makers of properties, whose results are only known to Blender.
props: Any = bpy.props

#: Names and words that are not written like others.
NAMES = {"i": "First", "j": "Second", "n_jobs": "Threads", "f_stop": "F-Stop", "eps": "Epsilon"}
SPELLED = {"l2": "L2", "fps": "FPS", "lr": "LR"}


def title_of(name: str) -> str:
    """A field's name as Blender writes names: Learning Rate."""
    return NAMES.get(name) or " ".join(SPELLED.get(word, word.capitalize()) for word in name.split("_"))


@dataclass(frozen=True)
class Control(ABC):
    """One setting: its field, its type without what is around it, and its facts."""

    field: dataclasses.Field[Any]
    kind: Any
    facts: Setting

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def default(self) -> Any:
        return self.field.default

    @property
    def texts(self) -> dict[str, Any]:
        """Name and tooltip, and that it can not be animated, as all of Blender's properties take them."""
        return {"name": title_of(self.name), "description": self.facts.description, "options": set()}

    @abstractmethod
    def properties(self) -> dict[str, Any]:
        """The properties by their names in the group; the one with the field's name shows the setting."""

    @abstractmethod
    def read(self, group: Any) -> Any:
        """The setting's value."""

    @abstractmethod
    def write(self, group: Any, value: Any) -> None:
        """Show the value."""

    def draw(self, layout: bpy.types.UILayout, group: Any) -> None:
        """Draw the setting as a row of a panel."""
        layout.prop(group, self.name)
