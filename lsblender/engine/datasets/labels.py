"""Labels: classes in words or numbers, and their order."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ...errors import LsbError

#: Numbers that are more than this, and different in over half of the rows, are no classes.
MANY_CLASSES = 20


def in_order(labels: Iterable[str]) -> tuple[str, ...]:
    """The different labels: numbers by value, then texts."""
    return tuple(sorted(set(labels), key=_natural))


def refuse_hardly_classes(what: str, targets: Sequence[str], count: int, key: str) -> None:
    """Raise `LsbError` where the labels of so many samples are numbers that hardly repeat."""
    if len(targets) > max(MANY_CLASSES, count // 2) and all(_natural(label)[0] == 0 for label in targets):
        raise LsbError(
            f"{what} has {len(targets)} different numbers in {count} rows, which are hardly classes; set task to "
            "'regression', or choose another target",
            key,
        )


def _natural(label: str) -> tuple[int, float, str]:
    """Sort numbers by value and before texts."""
    try:
        value = float(label)
    except ValueError:
        return (1, 0.0, label)
    return (1, 0.0, label) if math.isnan(value) else (0, value, label)
