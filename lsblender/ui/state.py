"""What the add-on keeps in a Blender file, for each scene: settings, output and the numbers that were computed."""

from __future__ import annotations

from typing import Any

import bpy

from ..exchange import EXPORTERS, Exporter
from ..render.devices import DEVICES
from ..storyboard.storyboard import Storyboard
from .properties import draw, family_group, group_of, read, write

STORYBOARD = group_of(Storyboard)
EXPORTER = family_group(Exporter, next(iter(EXPORTERS)))
DEVICE_ITEMS = [(name, {"auto": "Automatic", "cpu": "Processor"}.get(name, name.upper()), "") for name in DEVICES]


class Output(bpy.types.PropertyGroup):
    """Where films, pictures and files go, and what makes them."""

    film: bpy.props.StringProperty(
        name="Film File",
        description="File of the film; its frames go into a folder beside it",
        subtype="FILE_PATH",
        default="//film.mp4",
        options=set(),
    )
    still: bpy.props.StringProperty(
        name="Still File",
        description="File of a picture",
        subtype="FILE_PATH",
        default="//still.png",
        options=set(),
    )
    use_range: bpy.props.BoolProperty(name="Own Range", description="Render some of the frames only", options=set())
    first: bpy.props.IntProperty(name="First", description="First frame to render", default=1, min=1, options=set())
    last: bpy.props.IntProperty(name="Last", description="Last frame to render", default=24, min=1, options=set())
    device: bpy.props.EnumProperty(
        name="Device", description="What Cycles renders on", items=DEVICE_ITEMS, options=set()
    )
    exporter: bpy.props.PointerProperty(type=EXPORTER)


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


def exporter_of(scene: Any, kind: str) -> Exporter:
    """A format with the settings that the panel shows for it."""
    shown = getattr(settings(scene).output.exporter, kind, None)
    return EXPORTERS[kind]() if shown is None else read(shown)


def draw_exporter(layout: Any, scene: Any, kind: str) -> None:
    """Draw the settings of a format, if it has any."""
    shown = getattr(settings(scene).output.exporter, kind, None)
    if shown is not None:
        draw(layout, shown)
