"""Errors: one line that begins with the file and the key."""

from __future__ import annotations

import pytest

from lsblender.errors import Cancelled, LsbError, shown, within


@pytest.mark.parametrize(
    ("source", "key", "expected"),
    [
        ("", "", "no good"),
        ("", "steps", "steps: no good"),
        ("a.toml", "", "a.toml: no good"),
        ("a.toml", "shots[0].steps", "a.toml: shots[0].steps: no good"),
    ],
)
def test_text(source: str, key: str, expected: str) -> None:
    assert str(LsbError("no good", key, source)) == expected


def test_one_line_whatever_the_message() -> None:
    assert str(LsbError("a\nb\r\nc", "k\u2028", "f")) == "f: k : a b c"


def test_within_builds_the_key_from_the_inside() -> None:
    with pytest.raises(LsbError) as error, within("shots", "a.toml"), within("[0]"), within("optimizers[1]"):
        raise LsbError("no good", "learning_rate")
    assert str(error.value) == "a.toml: shots[0].optimizers[1].learning_rate: no good"


def test_within_without_an_inner_key() -> None:
    with pytest.raises(LsbError) as error, within(source="b.toml"), within("dataset"), within(source="a.csv"):
        raise LsbError("no good")
    assert str(error.value) == "a.csv: dataset: no good"


def test_within_leaves_others_alone() -> None:
    with pytest.raises(ZeroDivisionError), within("dataset"):
        raise ZeroDivisionError
    with pytest.raises(Cancelled) as error, within("dataset", "a.toml"):
        raise Cancelled
    assert str(error.value) == "Cancelled"


def test_shown_is_short() -> None:
    assert shown("a\nb") == "'a\\nb'"
    assert len(shown("a" * 1000)) == 60
