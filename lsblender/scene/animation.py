"""The one door to keyframes: whole arrays at a time, on Blender's old and new animation data alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .library import mark


def set_keyframes(
    owner: Any, path: str, frames: NDArray[np.int64], values: ArrayLike, interpolation: str = "LINEAR"
) -> None:
    """Key the property `path` of a data-block: values (K,) or (K, C) at frames (K,), sorted.

    What was keyed on that property before is replaced. One key, or equal values, only set the property.
    """
    columns = np.asarray(values, dtype=np.float64)
    single = columns.ndim == 1
    columns = columns.reshape(len(columns), -1)
    assign(owner, path, columns[0, 0] if single else columns[0])
    moves = len(columns) > 1 and bool(np.ptp(columns, axis=0).any())
    for index, column in enumerate(columns.T):
        _forget(owner, path, index)
        if moves:
            _fill(_curve(owner, path, index), frames, column, interpolation)


def assign(owner: Any, path: str, value: Any) -> None:
    """Set a property by its path (`dof.focus_distance`, `modifiers["Morph"]["Socket_2"]`)."""
    if path.endswith('"]'):
        holder, _, name = path[:-2].rpartition('["')
        (owner.path_resolve(holder) if holder else owner)[name] = value
        return
    holder, _, name = path.rpartition(".")
    target = owner.path_resolve(holder) if holder else owner
    old = getattr(target, name)
    if isinstance(old, bool | int):
        value = type(old)(value)
    elif isinstance(value, np.ndarray):
        value = tuple(float(number) for number in value)
    setattr(target, name, value)


def curves_of(owner: Any) -> list[Any]:
    """The curves that animate a data-block; none where nothing does."""
    data = owner.animation_data
    if data is None or data.action is None or (bpy.app.version >= (5, 0, 0) and data.action_slot is None):
        return []
    return list(_curves(data))


def _curves(data: bpy.types.AnimData) -> Any:
    """The collection of curves of the owner's own action."""
    return _channels(data).fcurves if bpy.app.version >= (5, 0, 0) else data.action.fcurves


def _forget(owner: Any, path: str, index: int) -> None:
    """Remove the curve of one channel."""
    data = owner.animation_data
    if data is not None and data.action is not None:
        curves = _curves(data)
        old = curves.find(path, index=index)
        if old is not None:
            curves.remove(old)


def _curve(owner: Any, path: str, index: int) -> Any:
    """A new curve for one channel, in the owner's own action."""
    data = owner.animation_data or owner.animation_data_create()
    if data.action is None:
        data.action = mark(bpy.data.actions.new(f"{owner.name} Action"), "action")
    return _curves(data).new(path, index=index)


def _channels(data: Any) -> Any:
    """The bag of curves of the owner's slot."""
    from bpy_extras import anim_utils

    if data.action_slot is None:
        data.action_slot = data.action.slots.new(data.id_data.id_type, data.id_data.name)
    return anim_utils.action_ensure_channelbag_for_slot(data.action, data.action_slot)


def _fill(curve: Any, frames: Sequence[int] | NDArray[np.int64], values: Any, interpolation: str) -> None:
    keys = curve.keyframe_points
    keys.add(len(values))
    keys.foreach_set("co", np.column_stack([frames, values]).astype(np.float32).ravel())
    kinds = bpy.types.Keyframe.bl_rna.properties["interpolation"].enum_items
    keys.foreach_set("interpolation", np.full(len(values), kinds[interpolation].value, dtype=np.int32))
    curve.update()
