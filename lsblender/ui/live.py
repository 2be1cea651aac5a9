"""Live: the view follows the panel.

While the person moves a slider, drags the start point or turns a choice, the active shot is shown coarsely; once the
hand rests, it is built in full. Each look at the panel, some times a second, compares what it wants with what is shown:
a result that is not what the panel wants any more is dropped and never shown. The work goes on in a thread, and the
window waits a moment for it: as long as it waits, the panel can not want anything else. Where that was too short, it
waits longer the next time, up to `MOST`; a shot that takes still longer is shown when the hand rests.

`Live` is a plain object that is stepped: by a timer with a window, by hand without.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..engine import Experiment
from ..engine.survey import View
from ..errors import Cancelled, LsbError
from ..scene.build import build_scene
from ..scene.physics import simulate
from ..scene.rebuilding import built_collection
from ..scene.updating import fits, show_growing_trails, show_whole_trails, update_look, update_shot
from ..storyboard.directing import direct
from ..storyboard.film import Film
from ..storyboard.physics import Keyed
from ..storyboard.preview import Preview
from ..storyboard.staging import StagedShot
from ..storyboard.storyboard import Results, Storyboard
from ..storyboard.transitions import Cut
from .charts import remember_surveys
from .handle import Handle
from .job import Job, Progress
from .results import keep_results, mark_built
from .state import settings, storyboard_of

#: A coarse shot and the frames that it was worked out in.
Staged = tuple[StagedShot, NDArray[np.int64]]

#: Seconds that a coarse shot is waited for at first and at most, and after which a hand rests.
PATIENCE, MOST, REST = 0.1, 0.4, 0.35
#: The property of our collection that says which of the updates it shows.
TOKEN = "lsblender_live"


def active_storyboard(scene: Any) -> Storyboard:
    """The storyboard with the active shot alone, as if it were the first. Raises `LsbError`."""
    storyboard = storyboard_of(scene)
    shot = storyboard.shots[min(settings(scene).storyboard.active_shots, len(storyboard.shots) - 1)]
    return replace(storyboard, shots=(replace(shot, transition=Cut()),))


def geometry(storyboard: Storyboard) -> Any:
    """What decides the ground, the balls and the trails."""
    (shot,) = storyboard.shots
    return storyboard.fps, shot.seconds, shot.experiment, shot.part, shot.ball, shot.look.relief


def dress(storyboard: Storyboard) -> Any:
    """What decides the materials, the lamps and the air."""
    (shot,) = storyboard.shots
    return shot.look.material, shot.look.palette, shot.look.light, shot.look.around, shot.ball.colours


class Live:
    """The view of one scene that follows the panel. `error` is what is wrong with the panel's settings."""

    def __init__(self, scene: Any) -> None:
        self.scene_name = scene.name
        self.preview = Preview()
        self.handle = Handle()
        self.shown: Storyboard | None = None
        self.shown_in_full = False
        self.film: Film | None = None
        self.wanted: Storyboard | None = None
        self.since = 0.0
        self.job: Job[Any] | None = None
        self.patience = PATIENCE
        self.error = ""
        self.known: tuple[str, Results] | None = None
        self.view: tuple[Experiment, View] | None = None
        self.token = 0

    @property
    def scene(self) -> Any:
        """The scene; None where it is gone."""
        return bpy.data.scenes.get(self.scene_name)

    # -- by hand -------------------------------------------------------------------------------------------

    def update(self, in_full: bool = False) -> None:
        """Show what the panel wants, now. Raises `LsbError`."""
        self.handle.read(self.scene)
        wanted = active_storyboard(self.scene)
        self._look_at_scene()
        if in_full or not self._show(wanted, self._coarse(wanted, None)):
            self._build(wanted, *self._full(wanted, None))

    # -- by a timer ----------------------------------------------------------------------------------------

    def step(self, now: float | None = None, dragging: bool = False) -> None:
        """Look at the panel, and do what is to be done next; `dragging` is whether the person is moving something."""
        now = time.monotonic() if now is None else now
        self.handle.read(self.scene)
        try:
            wanted = active_storyboard(self.scene)
            if wanted != self.wanted or dragging:
                self.since = now
            if wanted != self.wanted:
                self.patience *= 0.9 if self.job is None else 2.0
                self.patience = max(PATIENCE, min(MOST, self.patience))
                self.leave()
                self.wanted, self.error = wanted, ""
            if not self.error:
                self._look_at_scene()
                self._go_on(wanted, now)
        except Cancelled:
            self.leave()
        except LsbError as error:
            self.leave()
            self.error = str(error)

    def _go_on(self, wanted: Storyboard, now: float) -> None:
        if self.film is not None and wanted == self.shown and (self.shown_in_full or now - self.since < REST):
            return
        # without a film there is nothing that could be changed in place
        in_full = self.film is None or wanted == self.shown
        if self.job is None:
            work = self._full if in_full else self._coarse
            self.job = Job("Live", lambda progress: work(wanted, progress))
        if self.job.wait(0.0 if in_full else self.patience):
            job, self.job = self.job, None
            if in_full:
                self._build(wanted, *job.result())
            elif not self._show(wanted, job.result()):
                self.film = None

    def _look_at_scene(self) -> None:
        """Begin anew where the scene is not the one that was shown last: something was undone."""
        top = built_collection()
        if self.film is not None and (top is None or top.get(TOKEN) != self.token):
            self.leave()
            self.shown = self.film = None

    def leave(self) -> None:
        """Leave the work that goes on."""
        if self.job is not None:
            self.job.cancel()
        self.job = None

    # -- the work, without Blender -------------------------------------------------------------------------

    def _coarse(self, wanted: Storyboard, progress: Progress | None) -> Staged | None:
        """The coarse shot; None where ground and balls are those that are shown."""
        if self.shown is not None and geometry(wanted) == geometry(self.shown):
            return None
        return self.preview.stage(wanted, progress)

    def _full(self, wanted: Storyboard, progress: Progress | None) -> tuple[Results, Film | None]:
        """All there is to build."""
        key = wanted.numbers_key()
        if self.known is None or self.known[0] != key:
            views: list[View] = []
            self.known = key, wanted.run(progress, views.append)
            self.view = wanted.shots[0].experiment, views[0]
        results = self.known[1]
        # what a ball does that is let go is worked out by Blender, which is for the main thread
        keyed = isinstance(wanted.shots[0].physics, Keyed)
        return results, direct(wanted, results, simulate, wanted.render.aspect) if keyed else None

    # -- Blender -------------------------------------------------------------------------------------------

    def _show(self, wanted: Storyboard, staged: Staged | None) -> bool:
        """Show what the panel wants, coarsely; false where what is built does not allow for it."""
        if self.film is None or (staged is not None and not fits(staged[0], self.scene)):
            return False
        if staged is not None:
            update_shot(*staged, self.scene)
            show_whole_trails(self.scene)
        if self.shown is None or dress(wanted) != dress(self.shown):
            update_look(wanted, self.film, self.scene)
        self._mark(wanted, False)
        return True

    def _build(self, wanted: Storyboard, results: Results, film: Film | None) -> None:
        """Show what the panel wants as Build would."""
        scene = self.scene
        frame = scene.frame_current
        self.film = build_scene(wanted, results, scene, film)
        scene.frame_set(frame)
        show_whole_trails(scene)
        whole = storyboard_of(scene)
        if len(whole.shots) == 1:
            keep_results(scene, whole, results)
            mark_built(whole)
        if self.view is not None:
            remember_surveys([self.view])
            self.handle.place(scene, self.film, results.landscapes[0], self.view[1])
        self._mark(wanted, True)

    def _mark(self, wanted: Storyboard, in_full: bool) -> None:
        self.shown, self.shown_in_full = wanted, in_full
        self.token += 1
        top = built_collection()
        if top is not None:
            top[TOKEN] = self.token

    def close(self) -> None:
        """Leave the work, and take away what is only for Live: what is shown is a film again."""
        self.leave()
        if self.scene is None:
            return
        self.handle.remove(self.scene)
        self._look_at_scene()
        if self.film is not None and self.shown is not None and not self.shown_in_full:
            with suppress(LsbError):
                self._build(self.shown, *self._full(self.shown, None))
            self.handle.remove(self.scene)
        if self.film is not None:
            show_growing_trails(self.film, self.scene)
