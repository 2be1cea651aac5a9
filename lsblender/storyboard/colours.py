"""The colours of a shot's balls."""

from __future__ import annotations

from ..look.palettes import race_colours
from .storyboard import Shot


def ball_colours(shot: Shot, count: int) -> list[str]:
    """The colours, as '#rrggbb', of so many balls of a shot: its own ones, then the look's."""
    own = list(shot.ball.colours[:count])
    return own + [colour for colour in race_colours(shot.look.palette, count) if colour not in own][: count - len(own)]
