"""What all operators share: errors that a person can mend become one readable report, and long work does not freeze.

An operator does its work in `run`. Long work is in two parts: `work` gives a function for numbers only, which runs in
a thread while the person goes on, and `finish` takes what it gives into Blender. Called from a script or without a
window, both run straight through.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import bpy

from ...errors import Cancelled, LsbError
from ...libraries import require_libraries
from ..job import Job, Progress
from ..session import begin, end, redraw, running, session

if TYPE_CHECKING:
    Mixin = bpy.types.Operator
else:
    Mixin = object

#: Seconds between two looks at a job that runs.
EVERY = 0.05


class LsbOperator(Mixin):
    """An operator that does its work in `run`; one undo step."""

    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012  (Blender reads a set)

    def run(self, context: Any) -> None:
        """The work. Raises `LsbError`."""
        raise NotImplementedError

    def execute(self, context: Any) -> Any:
        """Blender's call."""
        return self.reported(lambda: self.run(context))

    def reported(self, work: Callable[[], None]) -> Any:
        """Do the work; what it says to the person is one report."""
        try:
            require_libraries()
            work()
        except Cancelled as error:
            self.report({"WARNING"}, str(error))
        except LsbError as error:
            self.report({"ERROR"}, str(error))
        else:
            return {"FINISHED"}
        return {"CANCELLED"}


class LongOperator(LsbOperator):
    """An operator whose work takes long: Esc leaves it, and the view can be used meanwhile."""

    #: What the progress bar says.
    task = ""

    def work(self, context: Any) -> Callable[[Progress], Any]:
        """What is to be done in the thread; it must not touch Blender. Raises `LsbError`."""
        raise NotImplementedError

    def finish(self, context: Any, result: Any) -> None:
        """Take the result into Blender. Raises `LsbError`."""
        raise NotImplementedError

    @classmethod
    def poll(cls, context: Any) -> bool:
        """One at a time."""
        job = running()
        if job is not None:
            cls.poll_message_set(f"{job.name} is going on; press Esc to leave it")
        return job is None

    def run(self, context: Any) -> None:
        """Straight through."""
        self.finish(context, self.work(context)(lambda fraction: None))

    def invoke(self, context: Any, event: Any) -> Any:
        """Start the work in a thread and come back now and then."""
        if bpy.app.background:
            return self.execute(context)
        try:
            require_libraries()
            self.job = Job(self.task, self.work(context))
        except LsbError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        begin(self.job)
        self.scene_name = context.scene.name
        self.timer = context.window_manager.event_timer_add(EVERY, window=context.window)
        context.window_manager.modal_handler_add(self)
        self._show(context)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> Any:
        """Look how far it is."""
        if event.type == "ESC" and event.value == "PRESS" and not event.is_repeat:
            self.job.cancel()
        if self.job.cancelled or self.job.done:
            self._clear(context)
            return self.reported(lambda: self._take(context))
        if event.type == "TIMER":
            self._show(context)
        return {"PASS_THROUGH"}

    def _take(self, context: Any) -> None:
        result = self.job.result()
        if context.scene is None or context.scene.name != self.scene_name:
            raise LsbError(f"{self.task} was for the scene '{self.scene_name}', which is not here any more")
        self.finish(context, result)

    def cancel(self, context: Any) -> None:
        """Blender ends the operator: another file is loaded, or the window is closed."""
        self._clear(context)

    def _show(self, context: Any) -> None:
        state = session()
        if state.text != self.job.text:
            state.progress, state.text = self.job.fraction, self.job.text
            context.workspace.status_text_set(f"{self.job.text}    Esc: cancel")
            redraw()

    def _clear(self, context: Any) -> None:
        end()
        context.window_manager.event_timer_remove(self.timer)
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        session().text = ""
        redraw()


class Cancel(LsbOperator, bpy.types.Operator):
    """Leave the work that goes on"""

    bl_idname = "lsblender.cancel"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}  # noqa: RUF012

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where there is work."""
        return running() is not None

    def run(self, context: Any) -> None:
        """The operator that waits for the work sees that it was left."""
        job = running()
        if job is not None:
            job.cancel()
