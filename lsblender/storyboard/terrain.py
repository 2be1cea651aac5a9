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
from ..engine.missing import filled
from ..errors import LsbError
from ..settings import setting
from .heights import SCALES, Heights, Linear, Scale, smoothed, terraced

if TYPE_CHECKING:
    from scipy.interpolate import BivariateSpline

Array = NDArray[np.float64]

#: How far losses above the cap are kept while the mesh is refined, as a share of the range below it.
HEADROOM = 0.5


@dataclass(frozen=True)
class Relief:
    """How the loss becomes ground."""

    width: float = setting(10.0, "Side of the terrain", min=0.1, max=1000.0, soft_min=1.0, soft_max=20.0, unit="m")
    height: float = setting(0.26, "Highest above lowest point, as a share of the width", min=0.0, max=5.0, soft_max=1.0)
    scale: str = setting("linear", "Height as a function of the loss", choices=tuple(SCALES))
    clip: float = setting(100.0, "Percentile of the loss above which the heights are capped", min=1.0, max=100.0)
    missing: str = setting(
        "neighbours",
        "What is drawn where there is no loss: ground stretched between the neighbours, or the highest loss",
        choices=("neighbours", "highest"),
    )
    smoothing: float = setting(
        0.0,
        "Smoothing of the heights that are drawn, in cells of the grid; the numbers stay what they are",
        min=0.0,
        max=50.0,
        soft_max=5.0,
    )
    terraces: int = setting(
        0, "Steps from the lowest to the highest point, as in cut paper; 0 for none", min=0, max=200
    )
    detail: int = setting(320, "Cells of the mesh along a side, at least", min=8, max=4096, soft_max=1024)
    finest: int = setting(
        800, "Cells of the mesh along a side, at most, where bends need more than `detail`", min=8, max=4096
    )
    depth: float = setting(
        0.09, "Thickness of the block under the lowest point, as a share of the width", min=0.0, max=2.0
    )


@dataclass(frozen=True, eq=False)
class Terrain:
    """A height field: x (Nx,), y (Ny,), z (Ny, Nx) in metres, centred on the origin, lowest point at z = 0.

    `loss` (Ny, Nx) is the loss drawn there (capped); `level` (Ny, Nx) is z from 0 to 1; `relief` is the
    highest z and `base` the z of the block's floor. `scale` and `offset` (2,) take the landscape's
    coordinates to metres; `heights` is the relief's scale in metres (None: linear); `step` is the height of a terrace
    in metres, 0 where there are none.
    """

    x: Array
    y: Array
    z: Array
    loss: Array
    relief: float
    base: float
    scale: Array
    offset: Array
    heights: Heights | None = None
    step: float = 0.0

    @property
    def level(self) -> Array:
        return self.z / self.relief if self.relief > 0 else np.zeros_like(self.z)

    @cached_property
    def spline(self) -> BivariateSpline:
        """The heights as a bicubic spline, z(y, x)."""
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
        return np.asarray(self.spline.ev(xy[..., 1], xy[..., 0]))

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
        spline = self.spline
        along_x = spline.ev(xy[..., 1], xy[..., 0], dx=0, dy=1)
        along_y = spline.ev(xy[..., 1], xy[..., 0], dx=1, dy=0)
        return np.stack([along_x, along_y], axis=-1)

    def curvature(self, xy: Array) -> Array:
        """Second derivatives (..., 2, 2) of z at places (..., 2)."""
        spline = self.spline
        xx, xy_, yy = (spline.ev(xy[..., 1], xy[..., 0], dx=a, dy=b) for a, b in ((0, 2), (1, 1), (2, 0)))
        return np.stack([np.stack([xx, xy_], axis=-1), np.stack([xy_, yy], axis=-1)], axis=-2)

    def z_of(self, loss: Array) -> Array:
        """z (...) in metres of losses (...) on this terrain's scale, as it is before smoothing and terraces.

        Above its highest loss, and where a loss is not finite, it is the highest z, as the ground is; below its
        lowest it goes on downwards, no farther than the relief.
        """
        heights = self.heights or Heights.of(Linear.fit(self.loss), self.relief)
        return heights.z_of(np.asarray(loss))

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
    return build_terrains(landscape, landscape.loss[None], relief)[0]


def build_terrains(landscape: Landscape, losses: Array, relief: Relief) -> list[Terrain]:
    """Terrains of several losses (S, Ny, Nx) over a landscape's grid, all on one scale of heights. Raises `LsbError`
    if not one of them is finite.
    """
    loss = capped(losses, relief.clip)
    if relief.missing == "neighbours":
        losses, loss = _without_gaps(losses, loss)
    scale = SCALES[relief.scale].fit(loss)
    height = relief.height * relief.width if scale.top > scale.low else 0.0
    heights = Heights.of(scale, height)
    # the cap cuts the finer mesh, so that its rim is no staircase of the landscape's cells
    roomy = _with_room(losses, loss, scale)
    raised = smoothed((scale.raised(roomy) - heights.bottom) * heights.metres, relief.smoothing)
    extent = np.array([np.ptp(landscape.x), np.ptp(landscape.y)])
    to_metres = relief.width / extent
    offset = np.array([landscape.x.mean(), landscape.y.mean()])
    x, y = (landscape.x - offset[0]) * to_metres[0], (landscape.y - offset[1]) * to_metres[1]
    fine_x, fine_y = _refined(x, relief.detail), _refined(y, relief.detail)
    base = -relief.depth * relief.width
    terrains = []
    for grids in zip(roomy, raised, strict=True):
        fine_loss, fine = (_through(x, y, values, fine_x, fine_y) for values in grids)
        z = terraced(np.clip(fine, 0.0, height), fine_x, fine_y, height, relief.terraces)
        fine_loss = np.minimum(fine_loss, scale.top)
        step = height / relief.terraces if relief.terraces else 0.0
        terrains.append(Terrain(fine_x, fine_y, z, fine_loss, height, base, to_metres, offset, heights, step))
    return terrains


def _without_gaps(losses: Array, loss: Array) -> tuple[Array, Array]:
    """The losses (S, Ny, Nx), and the same capped, with ground stretched over what is nan between its neighbours."""
    missing = np.isnan(losses)
    if not missing.any():
        return losses, loss
    stretched = np.stack([filled(grid) for grid in np.where(missing, np.nan, loss)])
    return np.where(missing, stretched, losses), stretched


def _with_room(losses: Array, loss: Array, scale: Scale) -> Array:
    """The capped losses (...) with those above the cap going on above it, no farther than half of the range."""
    room = scale.top + HEADROOM * (scale.top - scale.low)
    return np.where(np.isfinite(losses) & (losses > scale.top), np.minimum(losses, room), loss)


def _through(x: Array, y: Array, values: Array, fine_x: Array, fine_y: Array) -> Array:
    """The values (Ny, Nx) over x and y on a finer grid, smoothly."""
    from scipy.interpolate import RectBivariateSpline

    if values.shape == (len(fine_y), len(fine_x)):
        return values
    # a spline may swing a little beyond what it goes through: the cap and the lowest value stay what they are
    # cubic, as far as a grid of very few points allows for it
    along_y, along_x = (min(3, len(axis) - 1) for axis in (y, x))
    spline = RectBivariateSpline(y, x, values, kx=along_y, ky=along_x)
    return np.asarray(np.clip(spline(fine_y, fine_x), values.min(), values.max()))


def capped(loss: Array, percentile: float) -> Array:
    """The losses (...) with those above the percentile, and those that are not finite, set to it."""
    finite = np.isfinite(loss)
    if not finite.any():
        raise LsbError("no point of the landscape has a finite loss; choose a smaller range (margin)")
    top = float(np.percentile(loss[finite], percentile))
    return np.where(finite, np.minimum(loss, top), top)


def _refined(axis: Array, cells: int) -> Array:
    """The axis with every interval divided into equal parts so that there are at least so many."""
    parts = max(1, -(-cells // (len(axis) - 1)))
    fine: Array = np.linspace(axis[0], axis[-1], (len(axis) - 1) * parts + 1)
    fine[::parts] = axis
    return fine
