"""Long work beside Blender: a thread that touches numbers only, and what the person sees of it.

Blender's data are for the main thread. So the work runs in a thread of its own and reports how far it is; the main
thread asks now and then, and takes the result once it is there. A work that is cancelled is left at once: its thread
ends at its next report, and what it was about to give is dropped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from typing import Generic, TypeVar

from ..errors import Cancelled
from ..pace import Pace

T = TypeVar("T")
Progress = Callable[[float], None]


class Job(Generic[T]):
    """One work, started as soon as it is made."""

    def __init__(self, name: str, work: Callable[[Progress], T]) -> None:
        self.name = name
        self.fraction = 0.0
        self._pace = Pace()
        self._cancelled = Event()
        executor = ThreadPoolExecutor(1, f"lsblender {name}")
        #: When it was left and when its thread ended, by the monotonic clock; None before that.
        self.left_at: float | None = None
        self.ended_at: float | None = None
        self._future = executor.submit(self._run, work)
        executor.shutdown(wait=False)

    def _report(self, fraction: float) -> None:
        if self._cancelled.is_set():
            raise Cancelled
        self.fraction = fraction
        self._pace.update(fraction)

    def _run(self, work: Callable[[Progress], T]) -> T:
        try:
            return work(self._report)
        finally:
            self.ended_at = time.monotonic()

    @property
    def text(self) -> str:
        """How far it is, in words."""
        left = self._pace.left()
        return f"{self.name} {self.fraction:.0%}" + (f", {left} left" if left else "")

    @property
    def done(self) -> bool:
        """Whether there is a result, or an error."""
        return self._future.done()

    @property
    def cancelled(self) -> bool:
        """Whether it was left."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Leave the work, unless it is done; there will be no result."""
        if not self.done and not self.cancelled:
            self.left_at = time.monotonic()
            self._cancelled.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, or so long; whether it has ended."""
        wait([self._future], seconds)
        return self.done

    def result(self) -> T:
        """What the work gave; raises what it raised, and `Cancelled` where it was left."""
        if self.cancelled:
            raise Cancelled
        return self._future.result()
