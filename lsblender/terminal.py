"""What the person at a terminal sees while long work runs."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import TextIO

from .files import MAKING, TEMPORARY
from .pace import Pace, clock, time_of_day

#: Seconds between two updates, on a terminal and in a log.
REFRESH, LOG_EVERY = 0.1, 5.0

#: How often what is unfinished is looked for before the program ends.
REMOVALS = 200


class Reporter:
    """Progress lines on a stream of their own, whatever else becomes of standard output and error.

    `seconds` are those that each stage took that has ended.
    """

    def __init__(self, stream: TextIO) -> None:
        self.interactive = stream.isatty()
        self.original = stream
        self.stream = _own_copy(stream)
        self.open_line = False
        self.seconds: dict[str, float] = {}

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

    def warn(self, text: str) -> None:
        """A line that stays, between those that are written over."""
        self.show(f"Warning: {text}", final=True)

    def close(self) -> None:
        """End the line that is being written, and the reporting."""
        self.end_line()
        if self.stream is not self.original:
            self.stream.close()

    def end_line(self) -> None:
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
        self.pace = Pace()

    def update(self, fraction: float) -> None:
        """The finished share, 0 to 1."""
        now = time.monotonic()
        self.pace.update(fraction, now)
        if now - self.shown < (REFRESH if self.reporter.interactive else LOG_EVERY) or fraction <= 0:
            return
        self.shown = now
        counted = f" {self.unit} {self.done} of {self.total}" if self.total else ""
        self.reporter.show(f"{self.name}{counted}  {fraction:4.0%}{self._left()}")

    def _left(self) -> str:
        """The time left; of counted work also the time that each unit takes, and that of the day when all is done."""
        whole = self.pace.seconds()
        if whole is None:
            return ""
        left = f"  {self.pace.left()} left"
        if not self.total:
            return left
        end = time.time() + whole * (1.0 - self.done / self.total)
        return f"{left}, {whole / self.total:.3g} s each, ends at {time_of_day(end)}"

    def count(self) -> None:
        """One more unit is finished."""
        self.done += 1
        self.update(self.done / self.total)

    def end(self, remark: str = "") -> None:
        """The work is finished."""
        took = time.monotonic() - self.started
        self.reporter.seconds[self.name] = took
        self.reporter.show(f"{self.name} done in {clock(took)}" + (f" ({remark})" if remark else ""), final=True)


def _own_copy(stream: TextIO) -> TextIO:
    """The stream on a file descriptor of its own; a stream without one as it is."""
    try:
        return os.fdopen(os.dup(stream.fileno()), "w", encoding="utf-8", errors="replace")
    except (OSError, ValueError, AttributeError):
        return stream


@contextmanager
def blender_at_work(reporter: Reporter, *folders: Path) -> Iterator[None]:
    """Keep Blender's own lines off the terminal, and let Ctrl-C end the program at once.

    Blender swallows KeyboardInterrupt and goes on. So while it works, a thread waits for the signal; it
    removes what this process has not finished in the folders, and ends it.
    """
    missing = [folder for path in folders for folder in (path, *path.parents) if not folder.exists()]
    with quiet_stdout(), _ending_on_signal(lambda number: _end(number, reporter, folders, missing)):
        yield


def _end(number: int, reporter: Reporter, folders: Iterable[Path], missing: Iterable[Path]) -> None:
    """End the process as a signal would, without a trace in the folders; `missing` were not there before."""
    reporter.end_line()
    reporter.stream.write("Cancelled\n")
    reporter.stream.flush()
    # the main thread goes on meanwhile: it can not make a folder any more, but Blender may write into one that is
    # removed, and makes it anew for that: look again until nothing is there
    MAKING.acquire(timeout=1.0)
    for _ in range(REMOVALS):
        there = [left for folder in folders for left in folder.glob(f"{TEMPORARY}{os.getpid()}-*")]
        for left in there:
            shutil.rmtree(left, ignore_errors=True)
        if not there:
            break
    for folder in missing:
        with suppress(OSError):
            folder.rmdir()
    os._exit(128 + number)


@contextmanager
def _ending_on_signal(end: Callable[[int], None]) -> Iterator[None]:
    """Call `end` in a thread as soon as SIGINT or SIGTERM comes, whatever the main thread is busy with."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    reader, writer = socket.socketpair()
    writer.setblocking(False)

    def wait() -> None:
        while byte := reader.recv(1):
            if byte[0] in numbers:
                end(byte[0])

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    descriptor = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    handlers = [signal.signal(number, lambda *_: None) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, handlers, strict=True):
            # what Blender's own executable had installed can not be given back
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        signal.set_wakeup_fd(descriptor)
        writer.close()
        thread.join()
        reader.close()


@contextmanager
def quiet_stdout() -> Iterator[None]:
    """Turn standard output and error away.

    What Blender writes (one line per saved file, driver messages) comes from C, so the file descriptors are
    turned away, not Python's streams.
    """
    _flush()
    kept = [(number, os.dup(number)) for number in (1, 2)]
    with open(os.devnull, "w", encoding="utf-8") as away:
        try:
            for number, _ in kept:
                os.dup2(away.fileno(), number)
            with redirect_stdout(away):
                yield
        finally:
            _flush()
            for number, copy in kept:
                os.dup2(copy, number)
                os.close(copy)


def _flush() -> None:
    """Write out what Python's and C's streams hold back: into a file or a pipe, C writes much later than it says."""
    sys.stdout.flush()
    sys.stderr.flush()
    ctypes.CDLL("ucrtbase" if os.name == "nt" else None).fflush(None)
