"""The failures that a person can mend.

Everything else is a bug of ours and keeps its traceback. The message of an `LsbError` is one line for the
person at the panel or the terminal: what is wrong, where, what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class LsbError(Exception):
    """A failure that its reader can mend.

    `message` says what is wrong and what is allowed; `key` is the setting it belongs to, in the words of the
    scene file (`shots[0].experiment.steps`); `source` is the file that the setting came from.
    """

    def __init__(self, message: str, key: str = "", source: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.key = key
        self.source = source

    def __str__(self) -> str:
        text = ": ".join(part for part in (self.source, self.key, self.message) if part)
        return " ".join(text.splitlines())


class Cancelled(LsbError):
    """The person stopped the work; nothing is wrong."""

    def __init__(self, message: str = "Cancelled") -> None:
        super().__init__(message)


@contextmanager
def within(key: str = "", source: str = "") -> Iterator[None]:
    """Add the place to any `LsbError` raised inside: the outer keys in front; a file already named stays."""
    try:
        yield
    except Cancelled:
        raise
    except LsbError as error:
        if key:
            joint = "" if not error.key or error.key.startswith("[") else "."
            error.key = f"{key}{joint}{error.key}"
        error.source = error.source or source
        raise


def shown(value: object, length: int = 60) -> str:
    """A value as part of a message: on one line and not too long."""
    text = repr(value)
    return text if len(text) <= length else text[: length - 3] + "..."
