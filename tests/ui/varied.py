"""Settings that are not at their defaults: numbers with all their digits, in their limits."""

from __future__ import annotations

import dataclasses
from typing import Any, get_args, get_origin

import numpy as np

from lsblender.registry import FAMILIES
from lsblender.settings import Setting, check, fields_of
from lsblender.storyboard.storyboard import Storyboard

#: Texts that are not easy.
TEXTS = ("", "plain", 'with "quotes", commas', "Grüße, π", "two\nlines", "back\\slash")


def varied(cls: type, rng: np.random.Generator) -> Any:
    """An instance of a settings dataclass with other settings."""
    values = {field.name: _value(kind, facts, field, rng) for field, kind, facts in fields_of(cls)}
    made = cls(**values)
    check(made)
    return made


def _value(kind: Any, facts: Setting, field: Any, rng: np.random.Generator) -> Any:
    if get_origin(kind) is tuple:
        inner, count = get_args(kind)[0], len(get_args(kind))
        if get_args(kind)[-1] is Ellipsis:
            lengths = facts.lengths or range(facts.min_length, facts.min_length + 3)
            count = int(rng.choice(list(lengths)))
        return tuple(_value(inner, facts, field, rng) for _ in range(count))
    if kind in FAMILIES:
        family = FAMILIES[kind]
        return varied(family[str(rng.choice(list(family)))], rng)
    if dataclasses.is_dataclass(kind):
        return varied(kind, rng)
    if kind is bool:
        return bool(rng.integers(2))
    if kind is str:
        if facts.is_colour:
            return "#" + "".join(f"{value:02x}" for value in rng.integers(256, size=3))
        return str(rng.choice(list(facts.choices))) if facts.choices else _text(facts, rng)
    low = -1e6 if facts.min is None else facts.min
    high = 1e6 if facts.max is None else facts.max
    if kind is int:
        return int(rng.integers(int(low), int(min(high, 2**32 - 1)), endpoint=True))
    return float(rng.uniform(low, min(high, low + 1e3)))


def _text(facts: Setting, rng: np.random.Generator) -> str:
    if facts.is_path:
        return ""
    return str(rng.choice(list(TEXTS)))


def without_inheriting(storyboard: Storyboard) -> Storyboard:
    """The same, of shots that are like any other."""
    shots = tuple(dataclasses.replace(shot, inherit=False) for shot in storyboard.shots)
    return dataclasses.replace(storyboard, shots=shots)
