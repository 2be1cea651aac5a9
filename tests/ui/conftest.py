"""The add-on, enabled in an empty file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import lsblender
from lsblender.scene.library import empty_scene


@pytest.fixture
def scene() -> Iterator[Any]:
    """The scene of an empty file, with the add-on enabled."""
    made = empty_scene()
    lsblender.register()
    try:
        yield made
    finally:
        lsblender.unregister()
