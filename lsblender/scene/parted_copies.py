"""Parted copies of a scene's materials, which take their place for a while."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import bpy

from .library import role
from .parting import SWITCH, Parting, part


@dataclass(eq=False)
class PartedCopies:
    """Parted copies for the place of a scene's materials, and how those of each ground were parted."""

    scene: bpy.types.Scene
    grounds: dict[str, list[Parting]] = field(default_factory=dict)
    _copies: dict[str, tuple[bpy.types.Material, Parting | None]] = field(default_factory=dict)
    _slots: list[tuple[Any, bpy.types.Material]] = field(default_factory=list)

    def make(self) -> bool:
        """Make them; false where a part of the scene belongs to another file, so that nothing can be put into it."""
        for item in self.scene.objects:
            for slot in item.material_slots:
                if slot.material is None:
                    continue
                if item.library or (slot.link == "DATA" and item.data is not None and item.data.library):
                    return False
                parting = self._copy(slot.material)
                self._slots.append((slot, slot.material))
                if parting is not None and role(item) == "terrain":
                    self.grounds.setdefault(item.name, []).append(parting)
        return True

    def _copy(self, material: bpy.types.Material) -> Parting | None:
        """How a material's copy was parted."""
        if material.name_full not in self._copies:
            copy = material.copy()
            self._copies[material.name_full] = copy, None
            if copy.node_tree is not None:
                self._copies[material.name_full] = copy, part(copy.node_tree)
        return self._copies[material.name_full][1]

    def put_in(self) -> None:
        """Put the copies in the place of the materials, where they are not yet."""
        for slot, material in self._slots:
            copy, _ = self._copies[material.name_full]
            if slot.material != copy:
                slot.material = copy

    def take_out(self) -> None:
        """The materials are in their place again."""
        for slot, material in self._slots:
            if slot.material != material:
                slot.material = material
        item: Any
        for item in self.scene.objects:
            if SWITCH in item:
                del item[SWITCH]

    def remove(self) -> None:
        """The scene as it was."""
        self.take_out()
        self._slots.clear()
        for copy, _ in self._copies.values():
            bpy.data.materials.remove(copy)
        self._copies.clear()
