"""A production: all there is to export of a storyboard."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ..engine import Landscape
from ..storyboard.physics import Simulator
from ..storyboard.storyboard import Results, Shot, Storyboard

if TYPE_CHECKING:
    from ..storyboard.film import Film, Segment


@dataclass(frozen=True, eq=False)
class Production:
    """A storyboard, its numbers, the text of its scene file, and, directed when it is first asked for, the film.

    `simulate` works out what a ball does that is let go; it is called only if the film is asked for and has one.
    """

    storyboard: Storyboard
    results: Results
    simulate: Simulator
    scene: str = ""

    @cached_property
    def film(self) -> Film:
        """Where everything is in each frame. Raises `LsbError` for what can not be filmed."""
        from ..storyboard.directing import direct

        return direct(self.storyboard, self.results, self.simulate, self.storyboard.render.aspect)

    @property
    def shots(self) -> list[tuple[int, Shot, Landscape]]:
        """Each shot with its number, from 1, and its landscape."""
        pairs = zip(self.storyboard.shots, self.results.landscapes, strict=True)
        return [(number, shot, landscape) for number, (shot, landscape) in enumerate(pairs, 1)]

    def segment(self, number: int) -> Segment:
        """What the film shows in shot `number`, from 1."""
        return next(part for part in self.film.segments if not part.is_transition and part.shot == number - 1)
