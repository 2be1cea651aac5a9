"""What the add-on keeps in a Blender file, for each scene: settings, output and the numbers that were computed."""

from __future__ import annotations

from typing import Any

import bpy

from ..storyboard.storyboard import Storyboard
from .properties import group_of, read, write

STORYBOARD = group_of(Storyboard)


class Output(bpy.types.PropertyGroup):
    """Where films, pictures and files go."""

    film: bpy.props.StringProperty(
        name="Film",
        description="File of the film; its frames go into a folder beside it",
        subtype="FILE_PATH",
        default="//film.mp4",
    )


class SceneSettings(bpy.types.PropertyGroup):
    """All of the add-on in one scene."""

    storyboard: bpy.props.PointerProperty(type=STORYBOARD)
    output: bpy.props.PointerProperty(type=Output)
    results: bpy.props.PointerProperty(
        name="Results",
        description="The numbers of the last computation, and the scene file that they belong to",
        type=bpy.types.Text,
    )


def settings(scene: Any) -> SceneSettings:
    """The add-on's settings of a scene."""
    return scene.lsblender  # type: ignore[no-any-return]


def storyboard_of(scene: Any) -> Storyboard:
    """The storyboard that the panel shows. Raises `LsbError` for a text that can not be read."""
    return read(settings(scene).storyboard)  # type: ignore[no-any-return]


def show_storyboard(scene: Any, storyboard: Storyboard) -> None:
    """Let the panel show a storyboard."""
    write(settings(scene).storyboard, storyboard)
