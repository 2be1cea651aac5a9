"""The numbers that were computed, kept with the Blender file.

They lie in a text of the file: its lines are the scene file that they belong to, for people to read, and a property of
it holds the packed numbers. So a file that is opened again builds and exports without computing, and a change of the
settings since is noticed. What was unpacked once stays in memory as long as the text holds the same.
"""

from __future__ import annotations

import hashlib
from typing import Any

import bpy

from ..errors import LsbError
from ..exchange.packing import pack, unpack
from ..scene.library import NAME
from ..scene.rebuilding import built_collection
from ..storyboard.scene_text import scene_text
from ..storyboard.storyboard import Results, Storyboard
from .state import settings

#: Properties of the text: the packed numbers, and the key of the settings that they were computed from.
NUMBERS, KEY = "lsblender_numbers", "lsblender_key"

#: The property of our collection that says of which storyboard it was built.
BUILT = "lsblender_built"

#: The numbers of one text as they were kept last: its bytes and what is in them.
_UNPACKED: dict[bytes, Results] = {}


def keep_results(scene: Any, storyboard: Storyboard, results: Results) -> None:
    """Keep the numbers of the storyboard in the scene's file, in place of those before."""
    state = settings(scene)
    old = state.results
    state.results = None
    if old is not None and old.users == int(old.use_fake_user):
        bpy.data.texts.remove(old)
    text: Any = bpy.data.texts.new(NAME)
    text.from_string(scene_text(storyboard))
    packed = pack(results)
    text[NUMBERS], text[KEY] = packed, storyboard.numbers_key()
    state.results = text
    _UNPACKED.clear()
    _UNPACKED[packed] = results


def mark_built(storyboard: Storyboard) -> None:
    """Remember with what is built that it is this storyboard."""
    top = built_collection()
    if top is not None:
        top[BUILT] = _digest(storyboard)


def is_built(storyboard: Storyboard) -> bool | None:
    """Whether what is built is this storyboard; None where nothing is built."""
    top = built_collection()
    return None if top is None else top.get(BUILT) == _digest(storyboard)


def _digest(storyboard: Storyboard) -> str:
    return hashlib.sha256(repr(storyboard).encode()).hexdigest()


def has_results(scene: Any) -> bool:
    """Whether there are numbers, of whatever settings."""
    text = settings(scene).results
    return text is not None and NUMBERS in text


def is_current(scene: Any, storyboard: Storyboard) -> bool:
    """Whether the numbers that are there are the storyboard's."""
    return has_results(scene) and settings(scene).results.get(KEY) == storyboard.numbers_key()


def results_of(scene: Any, storyboard: Storyboard) -> Results:
    """The storyboard's numbers. Raises `LsbError` where they are not there."""
    if not has_results(scene):
        raise LsbError("nothing has been computed yet; press Compute first")
    if not is_current(scene, storyboard):
        raise LsbError("the settings have changed since the numbers were computed; press Compute again")
    packed = settings(scene).results[NUMBERS]
    if packed not in _UNPACKED:
        _UNPACKED.clear()
        _UNPACKED[packed] = unpack(packed)
    return _UNPACKED[packed]
