"""What goes on in this session of Blender and is not saved: the job that runs, and what the panel says of it."""

from __future__ import annotations

from typing import Any

import bpy

from .job import Job


def _is_live(session: Any) -> bool:
    """Whether Live is on: after another file was loaded it is not."""
    from .following import live

    return live() is not None


def _set_live(session: Any, value: bool) -> None:
    """Switch Live on or off."""
    from .following import follow, stop

    if value:
        follow(bpy.context.scene)
    else:
        stop()


class Session(bpy.types.PropertyGroup):
    """What the panel shows of the work that goes on."""

    live: bpy.props.BoolProperty(
        name="Live",
        description="The view follows the panel: the active shot alone is shown, coarsely as long as you change it. "
        "The ball's start can be dragged",
        options={"SKIP_SAVE"},
        get=_is_live,
        set=_set_live,
    )

    progress: bpy.props.FloatProperty(min=0.0, max=1.0, options={"SKIP_SAVE"})
    text: bpy.props.StringProperty(options={"SKIP_SAVE"})


#: The job that runs, if there is one.
_RUNNING: list[Job[Any]] = []


def running() -> Job[Any] | None:
    """The job that runs."""
    return _RUNNING[0] if _RUNNING else None


def begin(job: Job[Any]) -> None:
    """Let the job be the one that runs."""
    _RUNNING[:] = [job]


def end() -> None:
    """Leave the job that runs, if there is one."""
    for job in _RUNNING:
        job.cancel()
    _RUNNING.clear()


def session() -> Session:
    """The session's state, for the panel."""
    return bpy.context.window_manager.lsblender  # type: ignore[no-any-return]


def redraw() -> None:
    """Draw the sidebars again, and not the views beside them, which may take long."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            for region in area.regions if area.type == "VIEW_3D" else ():
                if region.type == "UI":
                    region.tag_redraw()
