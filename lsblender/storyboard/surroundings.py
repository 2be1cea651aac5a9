"""What stands round the block: the settings. `walls` makes data of them."""

from __future__ import annotations

from dataclasses import dataclass

from ..settings import setting


@dataclass(frozen=True)
class Surroundings:
    """What stands round the block."""

    axes: bool = setting(False, "Thin axes with numbers along the block's back edges")
    walls: bool = setting(False, "Grids on two walls behind the block")
    floor: bool = setting(True, "The floor that the block stands on")
