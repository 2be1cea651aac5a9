"""Enabling and disabling: everything that Blender is given, and taken back in the opposite order."""

from __future__ import annotations

import bpy

from .operators import OPERATORS
from .properties import made_groups
from .properties.controls import props
from .session import Session, end
from .state import Output, SceneSettings


def _classes() -> list[type]:
    return [*made_groups(), Output, SceneSettings, Session, *OPERATORS]


def register() -> None:
    """Give Blender the add-on's classes and properties."""
    for cls in _classes():
        bpy.utils.register_class(cls)
    bpy.types.Scene.lsblender = props.PointerProperty(type=SceneSettings)
    bpy.types.WindowManager.lsblender = props.PointerProperty(type=Session)


def unregister() -> None:
    """Take them back."""
    end()
    del bpy.types.Scene.lsblender, bpy.types.WindowManager.lsblender
    for cls in reversed(_classes()):
        bpy.utils.unregister_class(cls)
