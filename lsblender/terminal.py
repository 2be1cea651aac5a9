"""What the person at a terminal sees while long work runs."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

#: Seconds between two updates, on a terminal and in a log.
REFRESH, LOG_EVERY = 0.1, 5.0
#: Updates that the pace is taken from.
RECENT = 24


def clock(seconds: float) -> str:
    """1:05 or 2:00:05."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


class Reporter:
    """Progress lines on a stream of their own, whatever else becomes of standard output and error."""

    def __init__(self, stream: TextIO) -> None:
        self.interactive = stream.isatty()
        self.stream = _own_copy(stream)
        self.open_line = False

    def stage(self, name: str, total: int = 0, unit: str = "") -> Stage:
        """A piece of work with a name; with a total, its units are counted."""
        return Stage(self, name, total, unit)

    def show(self, text: str, final: bool = False) -> None:
        """Replace the line on a terminal; add one to a log."""
        if self.interactive:
            self.stream.write(f"\r\x1b[K{text}" + ("\n" if final else ""))
            self.open_line = not final
        else:
            self.stream.write(text + "\n")
        self.stream.flush()

    def close(self) -> None:
        """End the line that is being written."""
        if self.open_line:
            self.stream.write("\n")
            self.stream.flush()
            self.open_line = False


class Stage:
    """Elapsed and remaining time of one piece of work."""

    def __init__(self, reporter: Reporter, name: str, total: int, unit: str) -> None:
        self.reporter, self.name, self.total, self.unit = reporter, name, total, unit
        self.started = self.shown = time.monotonic()
        self.done = 0
        self.recent: deque[tuple[float, float]] = deque(maxlen=RECENT)

    def update(self, fraction: float) -> None:
        """The finished share, 0 to 1."""
        now = time.monotonic()
        self.recent.append((now, fraction))
        if now - self.shown < (REFRESH if self.reporter.interactive else LOG_EVERY) or fraction <= 0:
            return
        self.shown = now
        counted = f" {self.unit} {self.done} of {self.total}" if self.total else ""
        self.reporter.show(f"{self.name}{counted}  {fraction:4.0%}{self._left()}")

    def _left(self) -> str:
        """The time left at the pace of the last updates: the first piece of work is seldom like the others."""
        (then, before), (now, fraction) = self.recent[0], self.recent[-1]
        if len(self.recent) < 3 or fraction <= before:
            return ""
        return f"  {clock((now - then) * (1.0 - fraction) / (fraction - before))} left"

    def count(self, number: int) -> None:
        """One more unit is finished."""
        self.done += 1
        self.update(self.done / self.total)

    def end(self, remark: str = "") -> None:
        """The work is finished."""
        took = clock(time.monotonic() - self.started)
        self.reporter.show(f"{self.name} done in {took}" + (f" ({remark})" if remark else ""), final=True)


def _own_copy(stream: TextIO) -> TextIO:
    """The stream on a file descriptor of its own; a stream without one as it is."""
    try:
        return os.fdopen(os.dup(stream.fileno()), "w", encoding="utf-8", errors="replace")
    except (OSError, ValueError, AttributeError):
        return stream


@contextmanager
def quiet_stdout() -> Iterator[None]:
    """Keep what Blender writes by itself (one line per saved file, driver messages) off the terminal.

    It comes from C, so the file descriptors are turned away, not Python's streams.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [(number, os.dup(number)) for number in (1, 2)]
    away = os.open(os.devnull, os.O_WRONLY)
    try:
        for number, _ in kept:
            os.dup2(away, number)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, copy in kept:
            os.dup2(copy, number)
            os.close(copy)
        os.close(away)
