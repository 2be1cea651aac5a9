"""Following: the timer that steps Live, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

from .rows import active_shot
from .session import redraw

if TYPE_CHECKING:
    from .live import Live

#: Seconds between two looks at the panel.
EVERY = 0.03
#: The Live that is on, if one is.
_ON: list[Live] = []


def live() -> Live | None:
    """The Live that is on. Blender ends its timer when another file is loaded, and with it Live: it must not build into
    that file.
    """
    if _ON and not bpy.app.timers.is_registered(_tick):
        _ON.clear()
    return _ON[0] if _ON else None


def follow(scene: Any) -> None:
    """Let the view of the scene follow the panel."""
    from .live import Live

    stop()
    _ON.append(Live(scene))
    bpy.app.timers.register(_tick, first_interval=EVERY)


def stop() -> None:
    """Let it be."""
    for live in _ON:
        live.close()
    _ON.clear()
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)


def _tick() -> float | None:
    """One look; Blender calls again after so many seconds."""
    if not _ON:
        return None
    live = _ON[0]
    if live.scene is None:
        _ON.clear()
        return None
    if active_shot(live.scene) is not None:
        before = live.token, live.error
        live.step(dragging=_is_dragging())
        if (live.token, live.error) != before:
            redraw()
    return EVERY


def _is_dragging() -> bool:
    """Whether the person is moving something in a view: what is under the hand must not be built anew."""
    return any(
        operator.bl_idname.startswith("TRANSFORM_OT_")
        for window in bpy.context.window_manager.windows
        for operator in getattr(window, "modal_operators", ())
    )
