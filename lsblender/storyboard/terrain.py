"""The terrain: a landscape as a height field in metres.

The loss keeps its numbers; the terrain is a picture of it. Values that are not finite, and those above the
clip percentile, are capped; the heights are scaled to the relief; a bicubic spline through the grid gives the
finer mesh that is drawn. Everything that stands on the terrain asks this same spline, so nothing floats or
sinks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..engine import Landscape
from ..errors import LsbError
from ..settings import setting

if TYPE_CHECKING:
    from scipy.interpolate import RectBivariateSpline

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Relief:
    """How the loss becomes ground."""

    width: float = setting(10.0, "Side of the terrain", min=0.1, max=1000.0, soft_min=1.0, soft_max=20.0, unit="m")
    height: float = setting(0.26, "Highest above lowest point, as a share of the width", min=0.0, max=5.0, soft_max=1.0)
    scale: str = setting("linear", "Height as a function of the loss", choices=("linear", "log", "sqrt"))
    clip: float = setting(100.0, "Percentile of the loss above which the heights are capped", min=1.0, max=100.0)
    detail: int = setting(320, "Cells of the mesh along a side, at least", min=8, max=4096, soft_max=1024)
    depth: float = setting(
        0.09, "Thickness of the block under the lowest point, as a share of the width", min=0.0, max=2.0
    )


@dataclass(frozen=True, eq=False)
class Terrain:
    """A height field: x (Nx,), y (Ny,), z (Ny, Nx) in metres, centred on the origin, lowest point at z = 0.

    `loss` (Ny, Nx) is the loss drawn there (capped); `level` (Ny, Nx) is z from 0 to 1; `relief` is the
    highest z and `base` the z of the block's floor. `scale` and `offset` (2,) take the landscape's
    coordinates to metres; `loss_scale` is the relief's scale.
    """

    x: Array
    y: Array
    z: Array
    loss: Array
    relief: float
    base: float
    scale: Array
    offset: Array
    loss_scale: str = "linear"

    @property
    def level(self) -> Array:
        return self.z / self.relief if self.relief > 0 else np.zeros_like(self.z)

    @cached_property
    def _spline(self) -> RectBivariateSpline:
        from scipy.interpolate import RectBivariateSpline

        return RectBivariateSpline(self.y, self.x, self.z)

    @property
    def corners(self) -> tuple[Array, Array]:
        """The lowest and the highest x and y, (2,) each."""
        return np.array([self.x[0], self.y[0]]), np.array([self.x[-1], self.y[-1]])

    def inside(self, xy: Array) -> Array:
        """The nearest places (..., 2) on the terrain."""
        return np.asarray(np.clip(xy, *self.corners))

    def to_metres(self, xy: Array) -> Array:
        """Places (..., 2) on the terrain of the landscape's coordinates (..., 2)."""
        return np.asarray((xy - self.offset) * self.scale)

    def height(self, xy: Array) -> Array:
        """z (...) of the ground at places (..., 2) in metres; outside, that of the nearest edge."""
        return np.asarray(self._spline.ev(xy[..., 1], xy[..., 0]))

    def drawn_height(self, xy: Array) -> Array:
        """z (...) of the mesh at places (..., 2): flat between its points, each cell cut along x = y."""
        shares, cells = [], []
        for k, axis in enumerate((self.x, self.y)):
            place = np.clip((xy[..., k] - axis[0]) / (axis[1] - axis[0]), 0.0, len(axis) - 1.0)
            cells.append(np.minimum(place.astype(int), len(axis) - 2))
            shares.append(place - cells[-1])
        (u, v), (i, j) = shares, cells
        first, right, last, left = self.z[j, i], self.z[j, i + 1], self.z[j + 1, i + 1], self.z[j + 1, i]
        below = first + u * (right - first) + v * (last - right)
        above = first + v * (left - first) + u * (last - left)
        return np.asarray(np.where(u > v, below, above))

    def gradient(self, xy: Array) -> Array:
        """dz/dx and dz/dy (..., 2) at places (..., 2)."""
        spline = self._spline
        along_x = spline.ev(xy[..., 1], xy[..., 0], dx=0, dy=1)
        along_y = spline.ev(xy[..., 1], xy[..., 0], dx=1, dy=0)
        return np.stack([along_x, along_y], axis=-1)

    def curvature(self, xy: Array) -> Array:
        """Second derivatives (..., 2, 2) of z at places (..., 2)."""
        spline = self._spline
        xx, xy_, yy = (spline.ev(xy[..., 1], xy[..., 0], dx=a, dy=b) for a, b in ((0, 2), (1, 1), (2, 0)))
        return np.stack([np.stack([xx, xy_], axis=-1), np.stack([xy_, yy], axis=-1)], axis=-2)

    def z_of(self, loss: Array) -> Array:
        """z (...) in metres of losses (...) on this terrain's scale.

        Above its highest loss, and where a loss is not finite, it is the highest z, as the ground is; below its
        lowest it goes on downwards, no farther than the relief.
        """
        low, top = float(self.loss.min()), float(self.loss.max())
        if not top > low:
            return np.zeros(np.shape(loss))
        capped_loss = np.where(np.isfinite(loss), np.clip(loss, 2 * low - top, top), top)
        bottom, height, highest = (
            _raised(np.asarray(values), self.loss_scale, low, top - low) for values in (low, capped_loss, top)
        )
        return np.asarray(np.maximum((height - bottom) * (self.relief / (highest - bottom)), -self.relief))

    def points(self, xy: Array) -> Array:
        """Points (..., 3) of the ground at places (..., 2)."""
        return np.concatenate([xy, self.height(xy)[..., None]], axis=-1)

    def normals(self, xy: Array) -> Array:
        """Upward unit normals (..., 3) of the ground at places (..., 2)."""
        gradient = self.gradient(xy)
        normal = np.concatenate([-gradient, np.ones((*gradient.shape[:-1], 1))], axis=-1)
        return np.asarray(normal / np.linalg.norm(normal, axis=-1, keepdims=True))

    def slope(self) -> Array:
        """The change of level per metre along the ground (Ny, Nx)."""
        dz_dy, dz_dx = np.gradient(self.z, self.y, self.x)
        steepness = np.hypot(dz_dx, dz_dy)
        return np.asarray(steepness / np.sqrt(1.0 + steepness**2) / (self.relief or 1.0))


def build_terrain(landscape: Landscape, relief: Relief) -> Terrain:
    """The terrain of a landscape. Raises `LsbError` if not one of its losses is finite."""
    from scipy.interpolate import RectBivariateSpline

    loss = capped(landscape.loss, relief.clip)
    raised = scaled(loss, relief.scale)
    extent = np.array([np.ptp(landscape.x), np.ptp(landscape.y)])
    scale = relief.width / extent
    offset = np.array([landscape.x.mean(), landscape.y.mean()])
    x, y = (landscape.x - offset[0]) * scale[0], (landscape.y - offset[1]) * scale[1]
    fine_x, fine_y = _refined(x, relief.detail), _refined(y, relief.detail)
    # a spline may swing a little beyond the values that it goes through: the cap and the lowest value stay
    # what they are
    fine_loss, fine = (
        np.clip(RectBivariateSpline(y, x, values)(fine_y, fine_x), values.min(), values.max())
        for values in (loss, raised)
    )
    span = float(np.ptp(raised))
    height = relief.height * relief.width if span > 0 else 0.0
    z = (fine - raised.min()) * (height / span if span > 0 else 0.0)
    return Terrain(fine_x, fine_y, z, fine_loss, height, -relief.depth * relief.width, scale, offset, relief.scale)


def capped(loss: Array, percentile: float) -> Array:
    """The losses (Ny, Nx) with those above the percentile, and those that are not finite, set to it."""
    finite = np.isfinite(loss)
    if not finite.any():
        raise LsbError("no point of the landscape has a finite loss; choose a smaller range (margin)")
    top = float(np.percentile(loss[finite], percentile))
    return np.where(finite, np.minimum(loss, top), top)


def scaled(loss: Array, scale: str) -> Array:
    """Heights for finite losses (Ny, Nx), up to a factor. Where a loss is not above zero, roots and
    logarithms are taken of what it lies above the lowest loss, plus a thousandth of the range for the
    logarithm.
    """
    return _raised(loss, scale, float(loss.min()), float(np.ptp(loss)))


def _raised(loss: Array, scale: str, low: float, span: float) -> Array:
    """The same for losses (...) of a range that begins at `low`; far below it the height is -inf."""
    if scale == "linear":
        return loss
    if scale == "sqrt":
        return np.asarray(np.sqrt(np.maximum(loss if low >= 0 else loss - low, 0.0)))
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.maximum(loss if low > 0 else loss - low + (1e-3 * span or 1.0), 0.0)))


def _refined(axis: Array, cells: int) -> Array:
    """The axis with every interval divided into equal parts so that there are at least so many."""
    parts = max(1, -(-cells // (len(axis) - 1)))
    fine: Array = np.linspace(axis[0], axis[-1], (len(axis) - 1) * parts + 1)
    fine[::parts] = axis
    return fine
