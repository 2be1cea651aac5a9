"""Inside Blender: a small server that a timer drives. It answers what is asked in files, and draws nothing itself.

A question is a file with a function's name and its arguments, as JSON; the answer is a file beside it. The mouse and the
keyboard stay the person's, that is, xdotool's: what a button under the mouse is, Blender's own "copy" operators tell.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy

TALK = Path(os.environ["LSBLENDER_TALK"])
#: Seconds between two looks for a question.
EVERY = 0.05
TAB = "Landscape"


def sidebar() -> dict[str, Any]:
    """Window, area and region of the 3-D view's sidebar, as a context is overridden by."""
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "UI")
    return {"window": window, "area": area, "region": region}


def show_sidebar() -> None:
    """Open the sidebar; its tabs are there only after a draw."""
    sidebar()["area"].spaces.active.show_region_ui = True


def show_tab() -> dict[str, int]:
    """Choose the add-on's tab, as a click on it does, and say where the sidebar is, from the top left corner."""
    place = sidebar()
    region, window = place["region"], place["window"]
    if region.active_panel_category != TAB:
        region.active_panel_category = TAB
        region.tag_redraw()
    return {
        "x": region.x,
        "y": window.height - region.y - region.height,
        "width": region.width,
        "height": region.height,
    }


def under() -> str:
    """What the button under the mouse is: the call of an operator, the path of a property, or nothing."""
    manager = bpy.context.window_manager
    with bpy.context.temp_override(**sidebar()):
        for copy, options in (
            (bpy.ops.ui.copy_python_command_button, {}),
            (bpy.ops.ui.copy_data_path_button, {"full_path": True}),
        ):
            if copy.poll():
                manager.clipboard = ""
                copy(**options)
                return str(manager.clipboard)
    return ""


def state() -> dict[str, Any]:
    """What came of it all."""
    scene: Any = bpy.context.scene
    manager: Any = bpy.context.window_manager
    collections = {collection.name: len(collection.all_objects) for collection in scene.collection.children}
    storyboard = scene.lsblender.storyboard
    return {
        "collections": collections,
        "objects": sorted(item.name for item in scene.objects),
        "title": storyboard.title,
        "shots": len(storyboard.shots),
        "results": scene.lsblender.results is not None,
        "running": bool(manager.lsblender.text),
        "reports": [],
        "vertices": sum(len(item.data.vertices) for item in scene.objects if item.type == "MESH"),
        "file": bpy.data.filepath,
        "undo": [step for step in manager.print_undo_steps() or ()] if False else [],
    }


FUNCTIONS = {function.__name__: function for function in (show_sidebar, show_tab, under, state)}


def serve() -> float:
    for question in sorted(TALK.glob("*.question")):
        name, *arguments = json.loads(question.read_text())
        question.unlink()
        answer = FUNCTIONS[name](*arguments)
        finished = question.with_suffix(".writing")
        finished.write_text(json.dumps(answer))
        finished.rename(question.with_suffix(".answer"))
    return EVERY


bpy.context.preferences.view.show_splash = False
bpy.app.timers.register(serve, persistent=True)
