"""The panel's settings: Blender's properties made from the storyboard's dataclasses, and both ways between them."""

from .groups import (
    KIND,
    Group,
    active_name,
    controls_of,
    draw,
    family_group,
    group_of,
    made_groups,
    read,
    settings_of,
    write,
)

__all__ = [
    "KIND",
    "Group",
    "active_name",
    "controls_of",
    "draw",
    "family_group",
    "group_of",
    "made_groups",
    "read",
    "settings_of",
    "write",
]
