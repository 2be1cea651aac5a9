"""Controls of numbers: single ones, pairs, and pairs that may be missing."""

from __future__ import annotations

import math
from typing import Any, get_args, get_origin

import bpy

from .controls import Control, props
from .exactness import remember, remembered, shortest, single

#: Whole numbers that Blender's properties hold.
LARGEST = 2**31 - 1
#: Decimals that Blender's sliders show at most; what is smaller is written as text.
DECIMALS = 6
#: Blender's own meaning of our units.
SUBTYPES = {"m": "DISTANCE", "s": "TIME_ABSOLUTE", "degrees": "ANGLE", "mm": "DISTANCE_CAMERA"}
UNITS = {"kg": "MASS", "m/s2": "ACCELERATION"}


def is_tiny(value: Any) -> bool:
    """Whether a default is a number too small for a slider, such as 1e-8."""
    return isinstance(value, float) and 0.0 < abs(value) < 10.0 ** (1 - DECIMALS)


class Number(Control):
    """A number with its limits, soft limits and unit."""

    def properties(self) -> dict[str, Any]:
        if self.kind is int:
            return {self.name: props.IntProperty(**self.texts, **self._limits(), default=self.default)}
        return {self.name: props.FloatProperty(**self.texts, **self._form(), default=self.stored(self.default))}

    def stored(self, value: float) -> float:
        """What the property holds for a value: angles are in radians."""
        return single(math.radians(value) if self.facts.unit == "degrees" else value)

    def shown(self, stored: float) -> float:
        """The value that what the property holds stands for."""
        if self.facts.unit == "degrees":
            return shortest(stored, self.stored, math.degrees(stored))
        return shortest(stored)

    def _limits(self) -> dict[str, Any]:
        """min, max, soft_min and soft_max, as far as there are any."""
        given = {key: getattr(self.facts, key) for key in ("min", "max", "soft_min", "soft_max")}
        limits = {key: value for key, value in given.items() if value is not None}
        if self.kind is int:
            return {key: max(-LARGEST, min(LARGEST, int(value))) for key, value in limits.items()}
        return {key: self.stored(value) for key, value in limits.items()}

    def _form(self) -> dict[str, Any]:
        """Limits, unit, and how finely a slider moves and shows the number."""
        form = self._limits()
        unit = self.facts.unit
        if unit in SUBTYPES:
            form["subtype"] = SUBTYPES[unit]
        elif unit in UNITS:
            form["unit"] = UNITS[unit]
        elif (self.facts.min, self.facts.max) == (0.0, 1.0):
            form["subtype"] = "FACTOR"
        size = abs(float(self._size)) or 1.0
        finest = math.floor(math.log10(size)) - 1
        form["precision"] = max(2, min(DECIMALS, 1 - finest))
        form["step"] = 100.0 * 10.0 ** min(0, finest)
        return form

    @property
    def _size(self) -> float:
        """The size of number that is usual here."""
        return float(self.default or self.facts.soft_max or 1.0)

    def read(self, group: Any) -> Any:
        shows = getattr(group, self.name)
        value = remembered(group, self.name, shows)
        if value is not None:
            return value
        return shows if self.kind is int else self.shown(shows)

    def write(self, group: Any, value: Any) -> None:
        if self.kind is int:
            setattr(group, self.name, max(-LARGEST, min(LARGEST, value)))
        else:
            setattr(group, self.name, self.stored(value))
        shows = getattr(group, self.name)
        remember(group, self.name, shows, value, (shows if self.kind is int else self.shown(shows)) == value)


class Numbers(Number):
    """A fixed count of numbers of one type, one row each."""

    @property
    def count(self) -> int:
        return len(get_args(self.kind))

    @property
    def number(self) -> type:
        """The type of the numbers."""
        return get_args(self.kind)[0]  # type: ignore[no-any-return]

    @property
    def _size(self) -> float:
        return float(max(map(abs, self.default), default=1.0)) or 1.0

    def properties(self) -> dict[str, Any]:
        return {self.name: self._vector(self.default)}

    def _vector(self, default: tuple[Any, ...]) -> Any:
        single_number = Number(self.field, self.number, self.facts)
        if self.number is int:
            limits = single_number._limits()
            return props.IntVectorProperty(**self.texts, **limits, size=self.count, default=default)
        form = {key: value for key, value in self._form().items() if key != "subtype"}
        stored = [self.stored(value) for value in default]
        return props.FloatVectorProperty(**self.texts, **form, size=self.count, default=stored)

    def read(self, group: Any) -> Any:
        shows = list(getattr(group, self.name))
        value = remembered(group, self.name, shows)
        if value is not None:
            return tuple(value)
        return tuple(shows if self.number is int else map(self.shown, shows))

    def write(self, group: Any, value: Any) -> None:
        setattr(group, self.name, value if self.number is int else [self.stored(item) for item in value])
        shows = list(getattr(group, self.name))
        readable = tuple(shows if self.number is int else map(self.shown, shows)) == tuple(value)
        remember(group, self.name, shows, list(value), readable)

    def draw(self, layout: bpy.types.UILayout, group: Any) -> None:
        name = group.bl_rna.properties[self.name].name
        column = layout.column(align=True)
        column.prop(group, self.name, index=0, text=f"{name} {self._ends[0]}")
        for index in range(1, self.count):
            column.prop(group, self.name, index=index, text=self._ends[index])

    @property
    def _ends(self) -> tuple[str, ...]:
        """What the numbers are called."""
        return ("X", "Y", "Z") if self.number is int else ("From", "To")


class OptionalNumbers(Numbers):
    """Numbers that may be missing: a switch, and the numbers where it is on."""

    @property
    def count(self) -> int:
        return max(self.facts.lengths)

    @property
    def switch(self) -> str:
        return f"use_{self.name}"

    @property
    def _size(self) -> float:
        return 1.0

    def properties(self) -> dict[str, Any]:
        texts = {**self.texts, "name": f"Own {self.texts['name']}"}
        spread = tuple(2.0 * k / (self.count - 1) - 1.0 for k in range(self.count))
        return {self.switch: props.BoolProperty(**texts), self.name: self._vector(spread)}

    def read(self, group: Any) -> Any:
        return super().read(group) if getattr(group, self.switch) else ()

    def write(self, group: Any, value: Any) -> None:
        setattr(group, self.switch, bool(value))
        if value:
            super().write(group, value)

    def draw(self, layout: bpy.types.UILayout, group: Any) -> None:
        layout.prop(group, self.switch)
        if getattr(group, self.switch):
            super().draw(layout, group)


def make(field: Any, kind: Any, facts: Any) -> Control | None:
    """The control of a field that holds numbers."""
    if kind in (int, float):
        return None if is_tiny(field.default) else Number(field, kind, facts)
    if get_origin(kind) is not tuple or get_args(kind)[0] not in (int, float):
        return None
    if get_args(kind)[-1] is not Ellipsis:
        return Numbers(field, kind, facts)
    return OptionalNumbers(field, kind, facts) if len(facts.lengths) == 2 and min(facts.lengths) == 0 else None
