"""Files of anybody: what can be said of one before it is read, and of which setting it is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import LsbError, shown

#: Suffixes of files that are pickles, or hold some.
PICKLES = {".ckpt", ".dill", ".joblib", ".pickle", ".pkl", ".pt", ".pth"}
#: How a pickle begins, protocol 2 and later.
PICKLED = b"\x80"
#: Bytes of a file at most.
LARGEST = 2**29


def checked_file(path: str, what: str) -> Path:
    """The file, which is there, is one, is not a pickle, not empty and not too large. Raises `LsbError`."""
    if not path:
        raise LsbError(f"the name of {what} is missing")
    file = Path(path)
    refuse_pickles(file)
    try:
        if file.exists() and not file.is_file():
            raise LsbError(f"'{file}' is not a file")
        size = file.stat().st_size
        with file.open("rb") as stream:
            first = stream.read(1)
    except (OSError, ValueError) as error:
        raise LsbError(f"can not read {shown(str(file), 200)} ({getattr(error, 'strerror', None) or error})") from None
    if not size:
        raise LsbError(f"'{file}' is empty")
    if size > LARGEST:
        raise LsbError(f"'{file}' has {size / 2**30:.1f} GB; at most {LARGEST / 2**30:g} GB can be read")
    if first == PICKLED:
        raise LsbError(f"'{file}' is a pickle, which may run any code when read; write the arrays with numpy.savez")
    return file


def refuse_pickles(file: Path) -> None:
    """Raise `LsbError` for the name of a pickle, with what to do instead."""
    if file.suffix.lower() in PICKLES:
        raise LsbError(
            f"'{file}' is a pickle by its name, which may run any code when read; write the arrays with numpy.savez "
            "(a training with lsblender.engine.record)"
        )


@contextmanager
def in_file(key: str) -> Iterator[None]:
    """Any `LsbError` raised inside belongs to the setting `key`: the file's own keys become part of the message."""
    try:
        yield
    except LsbError as error:
        raise LsbError(str(error), key) from None
