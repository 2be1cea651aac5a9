"""Rows: the lists of the panel, shots and the optimizers of the active shot, and what can be done to them."""

from __future__ import annotations

from typing import Any

from .properties import active_name, controls_of, read, write
from .properties.written import add_colour
from .state import settings

#: The rows by name, and from what group of the storyboard on they are found.
ROWS = ("shots", "optimizers")


def active_shot(scene: Any) -> Any:
    """The group of the shot that all sub-panels show, None where there is no shot."""
    storyboard = settings(scene).storyboard
    shots = storyboard.shots
    return shots[min(storyboard.active_shots, len(shots) - 1)] if len(shots) else None


class Row:
    """One of the lists, with its active entry."""

    def __init__(self, scene: Any, name: str) -> None:
        self.name = name
        self.owner = settings(scene).storyboard if name == "shots" else active_shot(scene).experiment
        self.items = getattr(self.owner, name)
        # colours go along with their optimizers
        self.shot = active_shot(scene) if name == "optimizers" else None

    @property
    def active(self) -> int:
        """The number of the active entry."""
        return int(min(getattr(self.owner, active_name(self.name)), len(self.items) - 1))

    @active.setter
    def active(self, number: int) -> None:
        setattr(self.owner, active_name(self.name), max(0, min(number, len(self.items) - 1)))

    @property
    def _colours(self) -> Any:
        return self.shot.ball.colours if self.shot is not None else ()

    def add(self, value: Any = None) -> None:
        """Add an entry after the active one: a value, or what is there by default."""
        value = controls_of(self.owner)[self.name].default[0] if value is None else value
        place = self.active + 1
        write(self.items.add(), value)
        self.items.move(len(self.items) - 1, place)
        if self._colours:
            from ..storyboard.colours import ball_colours

            wanted = ball_colours(read(self.shot), len(self.items))
            add_colour(self._colours, wanted[-1])
            self._colours.move(len(self._colours) - 1, min(place, len(self._colours) - 1))
        self.active = place

    def duplicate(self) -> None:
        """Add the active entry once more."""
        self.add(read(self.items[self.active]))

    def remove(self) -> None:
        """Remove the active entry."""
        place = self.active
        self.items.remove(place)
        if place < len(self._colours):
            self._colours.remove(place)
        self.active = place

    def move(self, steps: int) -> None:
        """Move the active entry up (-1) or down (1)."""
        goal = self.active + steps
        if 0 <= goal < len(self.items):
            self.items.move(self.active, goal)
            if max(self.active, goal) < len(self._colours):
                self._colours.move(self.active, goal)
            self.active = goal
