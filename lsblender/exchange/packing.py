"""A storyboard's numbers as bytes, to be kept in a Blender file: all that building and exporting need.

An .npz archive with a member for every array, text and number, named by where it is
(`landscapes/0/paths/1/theta`). Nothing is pickled, neither written nor read.
"""

from __future__ import annotations

import dataclasses
import io
import zipfile
import zlib
from collections.abc import Mapping
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from ..errors import LsbError
from ..storyboard.storyboard import Results

#: What NumPy and zipfile raise for bytes that are not what they say.
DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, KeyError, ValueError, TypeError, OSError)

Members = dict[str, NDArray[Any]]


def pack(results: Results) -> bytes:
    """The numbers as bytes."""
    members: Members = {}
    for field in dataclasses.fields(results):
        _add(getattr(results, field.name), field.name, members)
    stream = io.BytesIO()
    savez: Any = np.savez
    savez(stream, **members)
    return stream.getvalue()


def unpack(content: bytes) -> Results:
    """The numbers that bytes hold. Raises `LsbError` where they are damaged."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            members = {name: archive[name] for name in archive.files}
        return Results(*(_found(kind, name, members) for name, kind in get_type_hints(Results).items()))
    except DAMAGE:
        raise LsbError("the numbers that the file holds are damaged; compute them again") from None


def _add(value: Any, name: str, members: Members) -> None:
    """Add a value and what is in it; what is None is left out."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            _add(getattr(value, field.name), f"{name}/{field.name}", members)
    elif isinstance(value, tuple):
        members[f"{name}/count"] = np.array(len(value))
        for k, item in enumerate(value):
            _add(item, f"{name}/{k}", members)
    elif value is not None:
        members[name] = np.asarray(value)


def _found(kind: Any, name: str, members: Mapping[str, NDArray[Any]]) -> Any:
    """The value of a type that the members hold under a name."""
    inner = get_args(kind)
    if NoneType in inner:
        there = any(member == name or member.startswith(f"{name}/") for member in members)
        return _found(inner[0], name, members) if there else None
    if get_origin(kind) is tuple:
        count = int(members[f"{name}/count"])
        # the entries of every tuple of ours are of one type
        return tuple(_found(inner[0], f"{name}/{k}", members) for k in range(count))
    if dataclasses.is_dataclass(kind):
        make: Any = kind
        hints = get_type_hints(kind)
        fields = {field.name: hints[field.name] for field in dataclasses.fields(kind)}
        return make(**{key: _found(hint, f"{name}/{key}", members) for key, hint in fields.items()})
    return kind(members[name].item()) if kind in (str, int, float) else members[name]
