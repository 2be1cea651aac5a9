"""What is animated, as numbers: equal numbers in two frames mean that nothing that they stand for has changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import bpy

from ..scene.animation import curves_of

Numbers = tuple[float, ...]


def owners(item: bpy.types.Object) -> Iterator[Any]:
    """The data-blocks that decide what an object looks like, besides itself: its data, materials and modifiers'
    node groups, with their trees.
    """
    blocks: list[Any] = [item.data, getattr(item.data, "shape_keys", None)]
    blocks += [slot.material for slot in item.material_slots]
    blocks += [getattr(modifier, "node_group", None) for modifier in item.modifiers]
    for block in blocks:
        if block is not None:
            yield block
            yield from trees(block)


def trees(block: Any) -> Iterator[Any]:
    """The node tree inside of a block, and the groups that a tree uses."""
    tree = block if isinstance(block, bpy.types.NodeTree) else getattr(block, "node_tree", None)
    if tree is None:
        return
    if tree is not block:
        yield tree
    for node in tree.nodes:
        group = getattr(node, "node_tree", None)
        if group is not None:
            yield group
            yield from trees(group)


def curves(blocks: Iterable[Any], but: Iterable[str] = ()) -> list[Any]:
    """The curves of the blocks, each once, without those of some properties."""
    unique = {block.as_pointer(): block for block in blocks}.values()
    return [curve for block in unique for curve in curves_of(block) if curve.data_path not in but]


def values(of: Iterable[Any], frame: float) -> Numbers:
    """The curves' values at a frame."""
    return tuple(curve.evaluate(frame) for curve in of)


def placed(item: bpy.types.Object) -> Numbers:
    """Where an object is, how it is turned and how large."""
    return tuple(round(value, 6) for row in item.matrix_world for value in row)
