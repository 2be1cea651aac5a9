"""Registries: choices by name, in order, with help for the mistyped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lsblender.errors import LsbError
from lsblender.registry import FAMILIES, MOST_LISTED, Registry, unknown


class Fruit:
    """A family for these tests."""


@pytest.fixture
def fruit() -> Iterator[Registry[Fruit]]:
    registry: Registry[Fruit] = Registry("fruit", Fruit)

    @registry.register("red_apple")
    @dataclass(frozen=True)
    class RedApple(Fruit):
        """Round
        and red.

        More about it.
        """

    @registry.register("kiwi", "KIWI")
    @dataclass(frozen=True)
    class Kiwi(Fruit):
        """Green inside."""

    yield registry
    del FAMILIES[Fruit]


def test_is_a_mapping_in_order(fruit: Registry[Fruit]) -> None:
    assert list(fruit) == ["red_apple", "kiwi"]
    assert len(fruit) == 2
    assert "kiwi" in fruit
    assert "plum" not in fruit
    assert ["kiwi"] not in fruit
    assert fruit["kiwi"].__name__ == "Kiwi"
    assert dict(fruit.items())["red_apple"].__name__ == "RedApple"
    assert FAMILIES[Fruit] is fruit


def test_menu_items(fruit: Registry[Fruit]) -> None:
    assert fruit.menu_items() == [
        ("red_apple", "Red apple", "Round and red."),
        ("kiwi", "KIWI", "Green inside."),
    ]


def test_kind_of_a_member(fruit: Registry[Fruit]) -> None:
    assert fruit.kind(fruit["kiwi"]()) == "kiwi"
    assert fruit.kind(fruit["red_apple"]) == "red_apple"


def test_kind_of_a_class_that_is_not_registered(fruit: Registry[Fruit]) -> None:
    """A user's own optimizer can be trained with and plotted."""
    assert fruit.kind(Fruit()) == "Fruit"


def test_a_name_is_taken_once(fruit: Registry[Fruit]) -> None:
    with pytest.raises(ValueError, match="fruit 'kiwi' is registered twice"):
        fruit.register("kiwi")(Fruit)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("kiwy", "unknown fruit 'kiwy'; did you mean 'kiwi'? choose from red_apple, kiwi"),
        ("x", "unknown fruit 'x'; choose from red_apple, kiwi"),
        ("a\nb", "unknown fruit 'a\\nb'; choose from red_apple, kiwi"),
    ],
)
def test_unknown_name(fruit: Registry[Fruit], name: str, message: str) -> None:
    with pytest.raises(LsbError) as error:
        fruit[name]
    assert str(error.value) == message


def test_a_long_list_is_cut() -> None:
    names = [f"n{k}" for k in range(MOST_LISTED + 1)]
    assert str(unknown("x", "?", names)).endswith(f"n{MOST_LISTED - 1}, ... ({MOST_LISTED + 1} in all)")
    assert str(unknown("x", "?", names[:-1])).endswith(f"n{MOST_LISTED - 1}")
