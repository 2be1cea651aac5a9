"""Named choices.

A family (datasets, models, materials, ...) is one `Registry`. Its members are frozen dataclasses that share a
base class; the panel's menus, the scene files, the command line's help and the tests over "all of them" are
read off the registry, so adding a choice is adding one class.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from .errors import LsbError, shown

T = TypeVar("T")
C = TypeVar("C", bound=type)

#: Every family by the base class of its members: how a field annotated with that base finds its choices.
FAMILIES: dict[type, Registry[Any]] = {}
#: Names listed in an error; a table may have hundreds of columns.
MOST_LISTED = 20


def unknown(what: str, name: object, allowed: list[str]) -> LsbError:
    """The error for a name that is not among the allowed ones, with the nearest one as a hint."""
    import difflib

    near = difflib.get_close_matches(str(name), allowed, n=1)
    hint = f"did you mean '{near[0]}'? " if near else ""
    rest = f", ... ({len(allowed)} in all)" if len(allowed) > MOST_LISTED else ""
    return LsbError(f"unknown {what} {shown(name)}; {hint}choose from {', '.join(allowed[:MOST_LISTED])}{rest}")


class Registry(Mapping[str, type[T]]):
    """The choices of one family by name, in the order in which they were registered."""

    def __init__(self, family: str, base: type) -> None:
        self.family = family
        self.base = base
        self._members: dict[str, type[T]] = {}
        self._labels: dict[str, str] = {}
        FAMILIES[base] = self

    def register(self, name: str, label: str = "") -> Callable[[C], C]:
        """Class decorator: make the class a choice under this name; menus show the label."""

        def add(member: C) -> C:
            if name in self._members:
                raise ValueError(f"{self.family} '{name}' is registered twice")
            self._members[name] = member
            self._labels[name] = label or name.replace("_", " ").capitalize()
            return member

        return add

    def __getitem__(self, name: str) -> type[T]:
        if name not in self._members:
            raise unknown(self.family, name, list(self._members))
        return self._members[name]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def kind(self, member: object) -> str:
        """The name of a class or an instance's class; one that is not registered keeps its own name."""
        cls = member if isinstance(member, type) else type(member)
        return next((name for name, registered in self._members.items() if registered is cls), cls.__name__)

    def summary(self, name: str) -> str:
        """The first paragraph of a choice's docstring: its tooltip and its line of help."""
        return " ".join((inspect.getdoc(self[name]) or name).split("\n\n")[0].split())

    def menu_items(self) -> list[tuple[str, str, str]]:
        """(identifier, label, tooltip) of each choice, as Blender's enum properties want them."""
        return [(name, self._labels[name], self.summary(name)) for name in self]
