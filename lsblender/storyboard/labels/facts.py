"""What there is to say about a shot, and what of it is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...settings import setting

if TYPE_CHECKING:
    from .items import Box
    from .readings import Tick

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Labels:
    """What is written in the picture."""

    title: bool = setting(True, "A card with title, data, model and optimizer as the shot begins")
    axes: bool = setting(True, "The axes' names and explained variance beside the block")
    counters: bool = setting(True, "Step and loss, counting along")
    legend: bool = setting(True, "Colour, name and loss of each ball where there are several")
    colour_bar: bool = setting(False, "The palette with the losses that its colours stand for")
    contour_values: bool = setting(False, "The loss on some of the emphasised contour lines")
    captions: bool = setting(True, "Sentences on what the picture shows, such as how it was smoothed")
    size: float = setting(0.036, "Height of the writing, as a share of the picture's shorter side", min=0.01, max=0.1)
    ground: float = setting(0.5, "How much a soft patch covers what is behind the writing", min=0.0, max=1.0)


@dataclass(frozen=True, eq=False)
class PathFacts:
    """One ball in the frames (K,) of a shot: `colour` as '#rrggbb', `step` (K,) and `loss` (K,) that it has
    reached, `finished` (K,) whether its way is over. `diverged_at` is the step at which it left all bounds.
    """

    name: str
    colour: str
    step: Array
    loss: Array
    finished: NDArray[np.bool_]
    diverged_at: int | None = None


@dataclass(frozen=True, eq=False)
class ShotFacts:
    """What there is to say about a shot.

    `frames` (K,) are its frames in the film; `lines` stand under the title; `quantity` is what the height
    means; `backdrop` is the colour that lies behind the writing, as '#rrggbb'; `stops` are the palette's (level,
    colour); `avoid` are boxes that the title card keeps clear of where it can.
    """

    frames: NDArray[np.int64]
    fps: float
    backdrop: str
    title: str = ""
    lines: tuple[str, ...] = ()
    quantity: str = "loss"
    paths: tuple[PathFacts, ...] = ()
    ticks: tuple[Tick, ...] = ()
    stops: tuple[tuple[float, str], ...] = ()
    captions: tuple[str, ...] = ()
    title_seconds: float = 2.5
    avoid: tuple[Box, ...] = ()


def axis_texts(names: tuple[str, str], explained: Array) -> tuple[str, str]:
    """The axes' names with the share of the path's variance (2,) that they hold, where that is known."""
    first, second = (
        f"{name}  ({_percent(share)})" if np.isfinite(share) else name
        for name, share in zip(names, np.asarray(explained, dtype=float), strict=True)
    )
    return first, second


def _percent(share: float) -> str:
    """Whole percents; one digit more where a whole one would say all or nothing."""
    percent = 100.0 * share
    return f"{percent:.1f} %" if 0.05 <= percent < 0.95 or 99.05 <= percent < 99.95 else f"{percent:.0f} %"
