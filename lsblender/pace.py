"""The time left of long work, at the pace of its last updates: the first piece of work is seldom like the others."""

from __future__ import annotations

import time
from collections import deque

#: Updates that the pace is taken from.
RECENT = 24


def clock(seconds: float) -> str:
    """1:05 or 2:00:05."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def time_of_day(moment: float) -> str:
    """14:05 in local time; with the day of the week where that is not today."""
    then = time.localtime(moment)
    return time.strftime("%H:%M" if then[:3] == time.localtime()[:3] else "%a %H:%M", then)


class Pace:
    """How fast a piece of work gets on."""

    def __init__(self) -> None:
        self.recent: deque[tuple[float, float]] = deque(maxlen=RECENT)

    def update(self, fraction: float, now: float | None = None) -> None:
        """The finished share, 0 to 1, at a time in seconds."""
        self.recent.append((time.monotonic() if now is None else now, fraction))

    def seconds(self) -> float | None:
        """The seconds that all of the work takes at this pace; None as long as nothing can be said."""
        if len(self.recent) < 3:
            return None
        (then, before), (now, fraction) = self.recent[0], self.recent[-1]
        return (now - then) / (fraction - before) if fraction > before else None

    def left(self) -> str:
        """The time left, as a clock shows it; empty as long as nothing can be said."""
        whole = self.seconds()
        return "" if whole is None else clock(whole * (1.0 - self.recent[-1][1]))
