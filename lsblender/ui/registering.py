"""Enabling and disabling: everything that Blender is given, and taken back in the opposite order."""

from __future__ import annotations

import bpy

from .charts import forget_surveys
from .following import stop
from .lists import LISTS
from .menus import MENUS, add_entries, remove_entries
from .operators import OPERATORS
from .panels import PANELS
from .presets import Presets
from .properties import made_groups
from .properties.controls import props
from .session import Session, end
from .state import Output, SceneSettings


def _classes() -> list[type]:
    return [*made_groups(), Output, SceneSettings, Session, *OPERATORS, *LISTS, *PANELS, Presets, *MENUS]


def register() -> None:
    """Give Blender the add-on's classes, properties and menu entries."""
    for cls in _classes():
        bpy.utils.register_class(cls)
    bpy.types.Scene.lsblender = props.PointerProperty(type=SceneSettings)
    bpy.types.WindowManager.lsblender = props.PointerProperty(type=Session)
    add_entries()


def unregister() -> None:
    """Take them back, and leave the work that goes on."""
    end()
    stop()
    forget_surveys()
    remove_entries()
    del bpy.types.Scene.lsblender, bpy.types.WindowManager.lsblender
    for cls in reversed(_classes()):
        bpy.utils.unregister_class(cls)
