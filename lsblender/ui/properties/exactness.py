"""Numbers that Blender's properties can not hold exactly.

A float property has single precision and a whole number ends at 2**31 - 1, while the same settings in a scene file have
double precision and seeds of 32 bits. So what is read back is the shortest decimal that the property may have come
from: 0.1, not 0.10000000149. Where that is not what was written, the written value is remembered beside the property,
and holds for as long as the property shows what it showed then.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

#: The text property of every group in which what its properties can not hold is remembered.
MEMORY = "remembered"
#: Decimals that tell all numbers of double precision apart.
DIGITS = 17


def single(value: float) -> float:
    """The value in single precision."""
    return float(np.float32(value))


def shortest(stored: float, store: Callable[[float], float] = single, shown: float | None = None) -> float:
    """The number with the fewest digits of which `store` makes what is stored; `shown` is what it is close to, where
    it has another unit than what is stored.
    """
    close = stored if shown is None else shown
    for digits in range(1, DIGITS):
        number = float(f"{close:.{digits}g}")
        if store(number) == stored:
            return number
    return close


def remember(group: Any, name: str, shows: Any, value: Any, readable: bool) -> None:
    """Remember that the property shows this for that value, unless the value can be read from what it shows."""
    memory = _memory(group)
    known = memory.pop(name, None)
    if not readable:
        memory[name] = [shows, value]
    if known is not None or not readable:
        setattr(group, MEMORY, json.dumps(memory) if memory else "")


def remembered(group: Any, name: str, shows: Any) -> Any:
    """The value that was written, None where the property shows something else by now."""
    if not getattr(group, MEMORY):
        return None
    then, value = _memory(group).get(name, (None, None))
    return value if then == shows else None


def _memory(group: Any) -> dict[str, Any]:
    text = getattr(group, MEMORY)
    return dict(json.loads(text)) if text else {}
