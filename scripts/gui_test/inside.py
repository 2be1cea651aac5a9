"""Inside Blender: a small server that a timer drives. It tells what is there, and presses nothing itself.

A question is a file with a function's name and its arguments, as JSON; the answer is a file beside it. What is under
the mouse, Blender's own operators "Copy Python Command" and "Copy Data Path" tell, so no place of a button is written
down anywhere.
"""

from __future__ import annotations

import itertools
import json
import os
import time
from pathlib import Path
from typing import Any

import bpy

TALK = Path(os.environ["LSBLENDER_TALK"])
#: Seconds between two looks for a question.
EVERY = 0.03
TAB = "Landscape"
#: The panels that were drawn since they were last asked for.
DRAWN: list[str] = []
#: When a computation's operator was called, and when it gave back.
CALLS: list[tuple[float, float]] = []
#: The job of that computation.
JOBS: list[Any] = []


def sidebar() -> dict[str, Any]:
    """Window, area and region of the 3-D view's sidebar, as a context is overridden by."""
    window: Any = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "UI")
    return {"window": window, "area": area, "region": region}


def prepare() -> None:
    """Open the sidebar (its tabs are there only after a draw), and let file browsers come in this window."""
    preferences: Any = bpy.context.preferences
    preferences.view.filebrowser_display_type = "SCREEN"
    sidebar()["area"].spaces.active.show_region_ui = True
    for cls in panels():
        watch(cls)


def panels() -> list[Any]:
    """The classes of the panels in the tab."""
    found = [getattr(bpy.types, name) for name in dir(bpy.types) if name.startswith("LSBLENDER_PT_")]
    return [cls for cls in found if getattr(cls, "bl_category", "") == TAB]


def watch(cls: Any) -> None:
    """Note when a panel's content is drawn: only that of an open one is."""
    draw = cls.draw

    def noted(self: Any, context: Any) -> None:
        DRAWN.append(cls.bl_idname)
        draw(self, context)

    cls.draw = noted


def watch_work() -> None:
    """Note when a computation that goes on is asked whether it has ended, and how long it takes to end by Esc."""
    cls: Any = bpy.types.LSBLENDER_OT_compute
    modal = cls.modal

    def noted(self: Any, context: Any, event: Any) -> Any:
        began = time.monotonic()
        answer = modal(self, context, event)
        CALLS.append((began, time.monotonic() if "RUNNING_MODAL" not in answer else began))
        JOBS[:] = [self.job]
        return answer

    CALLS.clear()
    cls.modal = noted


def patience() -> dict[str, float]:
    """The longest time (s) between two calls of the computation's operator, how long the last one took, and how long
    after the job was left its thread ended.
    """
    gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(CALLS)]
    began, ended = CALLS[-1]
    (job,) = JOBS
    job.wait()
    return {"unseen": max(gaps), "ending": ended - began, "thread": job.ended_at - job.left_at}


def show_tab() -> list[int]:
    """Choose the add-on's tab, and say where the sidebar is: x, y, width, height, from the window's top left corner."""
    place = sidebar()
    region, window = place["region"], place["window"]
    if region.active_panel_category != TAB:
        region.active_panel_category = TAB
    redraw()
    return [region.x, window.height - region.y - region.height, region.width, region.height]


def redraw() -> None:
    """Forget what was drawn, and let the sidebar be drawn."""
    DRAWN.clear()
    sidebar()["region"].tag_redraw()


def drawn() -> list[str]:
    """The panels that are open, once they were drawn."""
    return sorted(set(DRAWN))


def parents() -> dict[str, str]:
    """All panels of the tab, with those that they are in."""
    return {cls.bl_idname: getattr(cls, "bl_parent_id", "") for cls in panels()}


def rest() -> None:
    """Nothing: to be asked means that Blender went once more through its events."""


def under() -> str:
    """What the button under the mouse is: the call of an operator, the path of a property, or nothing."""
    manager: Any = bpy.context.window_manager
    with bpy.context.temp_override(**sidebar()):
        copies: Any = bpy.ops.ui
        if copies.copy_python_command_button.poll():
            copies.copy_python_command_button()
        elif copies.copy_data_path_button.poll():
            copies.copy_data_path_button(full_path=True)
        else:
            return ""
    return str(manager.clipboard)


def state() -> dict[str, Any]:
    """What came of it all."""
    scene: Any = bpy.context.scene
    manager: Any = bpy.context.window_manager
    collection = scene.collection.children.get("Loss Landscape")
    own = list(collection.all_objects) if collection else []
    meshes = [item.data for item in own if item.type == "MESH"]
    return {
        "title": scene.lsblender.storyboard.title,
        "results": scene.lsblender.results is not None,
        "running": bool(manager.lsblender.text),
        "live": manager.lsblender.live,
        "objects": sorted(item.name for item in own),
        "others": sorted(item.name for item in scene.objects if item not in own),
        "vertices": sum(len(mesh.vertices) for mesh in meshes),
        "shape": sum(abs(vertex.co.z) for mesh in meshes for vertex in mesh.vertices),
        "time": time.time(),
    }


def lengthen(steps: int) -> None:
    """Give the first shot so many steps that its computation takes long."""
    scene: Any = bpy.context.scene
    scene.lsblender.storyboard.shots[0].experiment.steps = steps


def save(file: str) -> None:
    with bpy.context.temp_override(**sidebar()):
        bpy.ops.wm.save_as_mainfile(filepath=file)


def reopen(file: str) -> None:
    with bpy.context.temp_override(window=sidebar()["window"]):
        bpy.ops.wm.open_mainfile(filepath=file)


def leave() -> None:
    bpy.ops.wm.quit_blender()


FUNCTIONS = {
    function.__name__: function
    for function in (
        prepare,
        watch_work,
        patience,
        show_tab,
        redraw,
        rest,
        drawn,
        parents,
        under,
        state,
        lengthen,
        save,
        reopen,
        leave,
    )
}


def serve() -> float:
    """Answer what is asked."""
    for question in sorted(TALK.glob("*.question")):
        name, *arguments = json.loads(question.read_text())
        question.unlink()
        answer = FUNCTIONS[name](*arguments)
        finished = question.with_suffix(".writing")
        finished.write_text(json.dumps(answer))
        finished.rename(question.with_suffix(".answer"))
    return EVERY


preferences: Any = bpy.context.preferences
preferences.view.show_splash = False  # it would take every click
bpy.app.timers.register(serve, persistent=True)
