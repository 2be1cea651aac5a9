"""Settings: declared once, on the dataclass that uses them.

`setting()` is a dataclass field with its description and its limits. From these fields come the scene file's
keys, the panel's sliders and tooltips and the command line's help. `structure()` turns a table of a scene
file into the dataclass (cattrs does the work), `check()` compares every value with its limits; both name the
key that is wrong.
"""

from __future__ import annotations

import dataclasses
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from .errors import LsbError, shown
from .files import path_below
from .libraries import require_libraries
from .registry import FAMILIES, Registry, unknown

T = TypeVar("T")

_KEY = "lsblender"
#: A colour as text.
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Setting:
    """What is known of a field besides its type and default: for people and for checks."""

    description: str
    min: float | None = None
    max: float | None = None
    soft_min: float | None = None
    soft_max: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    is_path: bool = False
    is_colour: bool = False
    min_length: int = 0
    lengths: tuple[int, ...] = ()

    def limits(self) -> str:
        """The allowed values in words; empty where all are."""
        if self.choices:
            return "choose from " + ", ".join(self.choices)
        if self.min is not None and self.max is not None:
            return f"{_digits(self.min)} to {_digits(self.max)}"
        if self.min is not None:
            return f"at least {_digits(self.min)}"
        return "" if self.max is None else f"at most {_digits(self.max)}"


def _digits(number: float) -> str:
    """A number as a person writes it: 10000000, 0.25, 1e-09."""
    return str(int(number)) if abs(number) < 1e12 and float(number).is_integer() else f"{float(number)}"


def setting(
    default: Any = dataclasses.MISSING,
    description: str = "",
    *,
    min: float | None = None,
    max: float | None = None,
    soft_min: float | None = None,
    soft_max: float | None = None,
    unit: str = "",
    choices: tuple[str, ...] = (),
    is_path: bool = False,
    is_colour: bool = False,
    min_length: int = 0,
    lengths: tuple[int, ...] = (),
) -> Any:
    """A dataclass field that carries its description and limits; `choices` restricts a text, `is_path` marks
    a file, `is_colour` a colour as '#1f7a8c'.

    Limits of a tuple hold for each of its numbers, `min_length` and `lengths` for how many it has. Without a default
    the setting must be given.
    """
    facts = Setting(description, min, max, soft_min, soft_max, unit, choices, is_path, is_colour, min_length, lengths)
    return dataclasses.field(default=default, metadata={_KEY: facts}, kw_only=True)


def setting_of(field: dataclasses.Field[Any]) -> Setting:
    """The facts of a field; a plain field has none."""
    return cast(Setting, field.metadata.get(_KEY, Setting("")))


def structure(table: Any, cls: type[T], folder: Path | None = None) -> T:
    """The dataclass that a table of a scene file describes, checked; relative paths are taken from `folder`.

    Raises `LsbError` with the key of the first thing that is wrong.
    """
    require_libraries()
    from cattrs import BaseValidationError

    try:
        result = cast(T, _converter().structure(table, cls))
    except (BaseValidationError, _WrongValueError) as error:
        raise _first_wrong(error, "") from None
    check(result)
    return _with_folder(result, folder) if folder else result


def check(value: Any, key: str = "") -> None:
    """Compare every setting of a dataclass, or tuple of them, with its limits; `LsbError` has the key."""
    if isinstance(value, tuple):
        for i, item in enumerate(value):
            check(item, f"{key}[{i}]")
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            inner = f"{key}.{field.name}" if key else field.name
            _check_limits(getattr(value, field.name), setting_of(field), inner)
            check(getattr(value, field.name), inner)


def _check_limits(value: Any, facts: Setting, key: str) -> None:
    if isinstance(value, tuple):
        if len(value) < facts.min_length:
            raise LsbError(f"{len(value)} entries; at least {facts.min_length} needed", key)
        if facts.lengths and len(value) not in facts.lengths:
            raise LsbError(f"{len(value)} entries; allowed: {' or '.join(map(str, facts.lengths))}", key)
        for i, item in enumerate(value):
            _check_limits(item, facts, f"{key}[{i}]")
    elif isinstance(value, str):
        if facts.choices and value not in facts.choices:
            error = unknown(key.rpartition(".")[2], value, list(facts.choices))
            error.key = key
            raise error
        if facts.is_colour and not COLOUR.fullmatch(value):
            raise LsbError(f"{shown(value)} is not a colour; write it as '#1f7a8c'", key)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, float) and not math.isfinite(value):
            allowed = facts.limits() or "finite numbers"
            raise LsbError(f"{value} is not a number that can be used; allowed: {allowed}", key)
        if (facts.min is not None and value < facts.min) or (facts.max is not None and value > facts.max):
            raise LsbError(f"{_digits(value)} is out of range; allowed: {facts.limits()}", key)


def _with_folder(value: T, folder: Path, key: str = "") -> T:
    """The same settings with every relative path taken from the folder, outside of which none may lead."""
    if isinstance(value, tuple):
        return tuple(_with_folder(item, folder, f"{key}[{i}]") for i, item in enumerate(value))  # type: ignore[return-value]
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(value):
        item, inner = getattr(value, field.name), f"{key}.{field.name}".lstrip(".")
        is_path = setting_of(field).is_path and item
        moved = path_below(folder, item, inner) if is_path else _with_folder(item, folder, inner)
        if moved is not item:
            changes[field.name] = moved
    return dataclasses.replace(value, **changes) if changes else value


# -- cattrs: strict about types, and choices are tables with a `kind` ----------------------------------------


#: Whole numbers beyond this can not be put into arrays.
_LARGEST = 2**63 - 1


class _WrongValueError(ValueError):
    """A value of the wrong form, as the person is told; `key` is relative to where it was found."""

    def __init__(self, text: str, key: str = "") -> None:
        super().__init__(text)
        self.key = key


def _first_wrong(error: BaseException, key: str) -> LsbError:
    """The first wrong thing in cattrs' tree of errors; unknown keys first: they explain missing ones."""
    from cattrs import (
        AttributeValidationNote,
        ClassValidationError,
        ForbiddenExtraKeysError,
        IterableValidationError,
    )

    if isinstance(error, ClassValidationError | IterableValidationError):
        noted, others = error.group_exceptions()
        if others:
            return _first_wrong(others[0], key)
        inner, note = noted[0]
        place = f".{note.name}" if isinstance(note, AttributeValidationNote) else f"[{note.index}]"
        return _first_wrong(inner, key + place)
    key = key.removeprefix(".")
    if isinstance(error, ForbiddenExtraKeysError):
        allowed = [field.name for field in dataclasses.fields(error.cl) if field.init]
        return LsbError(unknown("key", min(error.extra_fields, key=str), allowed).message, key)
    if isinstance(error, KeyError):
        return LsbError("this setting is missing", key)
    if isinstance(error, _WrongValueError):
        return LsbError(str(error), f"{key}.{error.key}".strip("."))
    raise error


def _number(value: Any, _: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _WrongValueError(f"{shown(value)} is not a number")
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise _WrongValueError("the number is too large")
    return float(value)


def _whole_number(value: Any, _: Any) -> int:
    if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, float) and value.is_integer())):
        raise _WrongValueError(f"{shown(value)} is not a whole number")
    if abs(value) > _LARGEST:
        raise _WrongValueError("the number is too large")
    return int(value)


def _truth(value: Any, _: Any) -> bool:
    if not isinstance(value, bool):
        raise _WrongValueError(f"{shown(value)} is neither true nor false")
    return value


def _text(value: Any, _: Any) -> str:
    if not isinstance(value, str):
        raise _WrongValueError(f"{shown(value)} is not a text in quotes")
    return value


def _converter() -> Any:
    """A cattrs converter that knows numbers, texts, lists, settings and every registered family."""
    from cattrs import Converter
    from cattrs.gen import make_dict_structure_fn

    converter = Converter(forbid_extra_keys=True)
    for cls, hook in ((float, _number), (int, _whole_number), (bool, _truth), (str, _text)):
        converter.register_structure_hook(cls, hook)

    def table_of(cls: Any) -> Any:
        fill = make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True)

        def table(value: Any, _: Any) -> Any:
            if not isinstance(value, dict):
                raise _WrongValueError(f"{shown(value)} is not a table of settings")
            return fill(value, cls)

        return table

    converter.register_structure_hook_factory(dataclasses.is_dataclass, table_of)
    converter.register_structure_hook_factory(_is_tuple, lambda cls: lambda value, _: _list(value, cls, converter))
    converter.register_structure_hook_factory(FAMILIES.__contains__, lambda cls: _member_of(FAMILIES[cls], converter))
    return converter


def _is_tuple(cls: Any) -> bool:
    return get_origin(cls) is tuple


def _list(value: Any, cls: Any, converter: Any) -> tuple[Any, ...]:
    """A list as the tuple type `cls`; its entries are all of one type."""
    kinds = get_args(cls)
    if not isinstance(value, list | tuple):
        raise _WrongValueError(f"{shown(value)} is not a list in brackets")
    if kinds[-1] is not Ellipsis and len(value) != len(kinds):
        raise _WrongValueError(f"{shown(value)} has {len(value)} entries; {len(kinds)} are needed")
    return tuple(converter.structure(list(value), list[kinds[0]]))  # type: ignore[valid-type]


def _member_of(family: Registry[Any], converter: Any) -> Any:
    """The hook for a family: a choice from its table, or from its bare name where the default settings do."""

    def choice(value: Any, _: Any) -> Any:
        table = {"kind": value} if isinstance(value, str) else value
        if not isinstance(table, dict):
            raise _WrongValueError(
                f"{shown(value)} is not a {family.family}; give a table with 'kind', or a name in quotes"
            )
        if "kind" not in table:
            raise _WrongValueError(f"this setting is missing; choose from {', '.join(family)}", "kind")
        if table["kind"] not in family:
            raise _WrongValueError(unknown(family.family, table["kind"], list(family)).message, "kind")
        cls = family[table["kind"]]
        return converter.structure({key: item for key, item in table.items() if key != "kind"}, cls)

    return choice


Fields = tuple[tuple[dataclasses.Field[Any], Any, Setting], ...]

#: The fields that were asked for: to resolve their types takes long.
_FIELDS: dict[type, Fields] = {}


def fields_of(cls: type) -> Fields:
    """(field, resolved type, facts) of each setting of a dataclass: what menus and help are made from."""
    if cls not in _FIELDS:
        hints = get_type_hints(cls)
        found = [(field, hints[field.name], setting_of(field)) for field in dataclasses.fields(cls) if field.init]
        _FIELDS[cls] = tuple(found)
    return _FIELDS[cls]
