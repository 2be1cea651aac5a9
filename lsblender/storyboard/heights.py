"""Heights as a function of the loss, and what may be done to them for the eye.

A scale is fitted to the losses of a landscape and then gives the height of any loss. What smooths or steps the ground
works on heights, never on losses.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Width of the edge of a terrace, as a share of the terrain's width, and in cells at least.
EDGE, EDGE_CELLS = 0.004, 1.5


@dataclass(frozen=True, eq=False)
class Scale(ABC):
    """Heights, up to a factor, of losses from `low` to `top`."""

    low: float
    top: float

    @classmethod
    def fit(cls, loss: Array) -> Self:
        """The scale of a landscape's finite losses (...)."""
        return cls(float(loss.min()), float(loss.max()))

    @abstractmethod
    def raised(self, loss: Array) -> Array:
        """Heights (...) of finite losses (...); far below the lowest they may be -inf."""


class Linear(Scale):
    """The loss itself."""

    def raised(self, loss: Array) -> Array:
        return np.asarray(loss)


class Sqrt(Scale):
    """The root of the loss; where losses are below zero, of what they lie above the lowest."""

    def raised(self, loss: Array) -> Array:
        return np.asarray(np.sqrt(np.maximum(loss if self.low >= 0 else loss - self.low, 0.0)))


class Log(Scale):
    """The logarithm of the loss; where losses are not above zero, of what they lie above the lowest and a thousandth
    of the range.
    """

    def raised(self, loss: Array) -> Array:
        above = loss if self.low > 0 else loss - self.low + (1e-3 * (self.top - self.low) or 1.0)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.maximum(above, 0.0)))


@dataclass(frozen=True, eq=False)
class Rank(Scale):
    """The rank of the loss among the grid's: `losses` (U,) that occur, rising, and their `ranks` (U,), the mean one of
    those that are equal; straight between them. Equal heights then hold equal shares of the landscape.
    """

    losses: Array
    ranks: Array

    @classmethod
    def fit(cls, loss: Array) -> Self:
        losses, counts = np.unique(loss, return_counts=True)
        return cls(float(losses[0]), float(losses[-1]), losses, np.cumsum(counts) - (counts - 1) / 2)

    def raised(self, loss: Array) -> Array:
        return np.asarray(np.interp(loss, self.losses, self.ranks))


SCALES: dict[str, type[Scale]] = {"linear": Linear, "log": Log, "sqrt": Sqrt, "rank": Rank}


@dataclass(frozen=True, eq=False)
class Heights:
    """A fitted scale in metres: `bottom` is its lowest height, `metres` go to one unit of it, and all of it spans
    `relief` metres.
    """

    scale: Scale
    bottom: float
    metres: float
    relief: float

    @classmethod
    def of(cls, scale: Scale, relief: float) -> Heights:
        """The scale spread over `relief` metres; level ground where all losses are equal."""
        low, top = (float(scale.raised(np.asarray(value))) for value in (scale.low, scale.top))
        return cls(scale, low, relief / (top - low) if top > low else 0.0, relief)

    def z_of(self, loss: Array) -> Array:
        """z (...) of losses (...): the highest above the top and where a loss is not finite; below the lowest it goes
        on downwards, no farther than the relief.
        """
        scale = self.scale
        if not self.metres:
            return np.zeros(np.shape(loss))
        known = np.where(np.isfinite(loss), np.clip(loss, 2 * scale.low - scale.top, scale.top), scale.top)
        return np.asarray(np.clip((scale.raised(known) - self.bottom) * self.metres, -self.relief, self.relief))


def smoothed(heights: Array, cells: float) -> Array:
    """Heights (S, Ny, Nx) under a Gaussian with a standard deviation of so many cells; beyond the rim they go on as
    they are there.
    """
    if not cells:
        return heights
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(heights, (0.0, cells, cells), mode="nearest"))


def terraced(z: Array, x: Array, y: Array, relief: float, steps: int) -> Array:
    """Heights (Ny, Nx) from 0 to `relief` in so many steps up from the lowest tread, half way between which lie
    edges that are equally wide everywhere; where the ground is too steep for a tread they take up all of it.
    """
    if not steps or relief <= 0:
        return z
    number = z * (steps / relief)
    dz_dy, dz_dx = np.gradient(number, y, x)
    width = max(EDGE * float(x[-1] - x[0]), EDGE_CELLS * float(max(x[1] - x[0], y[1] - y[0])))
    share = np.clip(width * np.hypot(dz_dx, dz_dy), 1e-9, 1.0)
    below = np.minimum(np.floor(number), steps - 1)
    rise = np.clip((number - below - 0.5) / share + 0.5, 0.0, 1.0)
    return np.asarray((below + rise * rise * (3.0 - 2.0 * rise)) * (relief / steps))
