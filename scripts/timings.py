"""What the benchmarks share: both ways of doing a thing timed in turn, in one run on one machine."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


@dataclass(frozen=True)
class Timing:
    """What the plain way and ours cost, mostly seconds, and the least that their ratio has to be."""

    name: str
    plain: float
    ours: float
    bound: float
    unit: str = "s"

    @property
    def ratio(self) -> float:
        return self.plain / self.ours

    def __str__(self) -> str:
        verdict = "ok" if self.ratio >= self.bound else "MISSED"
        return (
            f"{self.name:<58} {self.plain:9.3f} {self.unit} {self.ours:9.4f} {self.unit}  {self.ratio:8.2f} x"
            f"  (at least {self.bound:.3g} x: {verdict})"
        )


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def timing(name: str, plain: Callable[[], object], ours: Callable[[], object], bound: float, runs: int = 3) -> Timing:
    """Both ways in turn, `runs` times each; medians."""
    pairs = [(seconds(plain), seconds(ours)) for _ in range(runs)]
    slow, fast = (statistics.median(times) for times in zip(*pairs, strict=True))
    return Timing(name, slow, fast, bound)
