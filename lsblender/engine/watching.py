"""Long work under the eyes of somebody who may cancel it at any moment.

Work reports its progress when it can; a library in the middle of a decomposition, or an import, can not. So the work
goes into a thread of its own, and the thread that called looks after the person: it passes every report on, and between
two reports that are long apart it repeats the last one. Cancelled, it leaves at once. What the work was about to give
is dropped; its thread ends at its next report, or with the call that it is in.
"""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from threading import Event
from typing import TypeVar

from ..errors import Cancelled
from .objective import Progress, no_progress

T = TypeVar("T")

#: Seconds after which the last report is repeated: with what a busy machine adds, less than 50 ms.
PACE = 0.02
#: Reports that the work may be ahead of the person.
AHEAD = 1000


def watched(work: Callable[[Progress], T], progress: Progress | None) -> T:
    """The result of `work`, which is given a progress to report to, or what it raised.

    `progress` is called in the calling thread only: with every report in its order, and every PACE seconds at least as
    long as the work lets other threads run. If it raises, so does this function, without waiting for the work.
    """
    if progress is None:
        return work(no_progress)
    reports: SimpleQueue[float | None] = SimpleQueue()
    left = Event()

    def report(fraction: float) -> None:
        while not left.is_set() and reports.qsize() > AHEAD:
            time.sleep(0.001)
        if left.is_set():
            raise Cancelled
        reports.put(fraction)

    executor = ThreadPoolExecutor(1, "lsblender work")
    running = executor.submit(contextvars.copy_context().run, work, report)
    executor.shutdown(wait=False)
    running.add_done_callback(lambda _: reports.put(None))
    try:
        _pass_on(reports, progress)
    finally:
        left.set()
    return running.result()


def _pass_on(reports: SimpleQueue[float | None], progress: Progress) -> None:
    """Call `progress` with every report until there is None, and with the last one again where none comes for long."""
    fraction: float | None = 0.0
    while fraction is not None:
        progress(fraction)
        try:
            fraction = reports.get(timeout=PACE)
        except Empty:
            continue
