"""The add-on in Blender: settings, operators, panels and menus."""

from __future__ import annotations

from .registering import register, unregister

__all__ = ["register", "unregister"]
