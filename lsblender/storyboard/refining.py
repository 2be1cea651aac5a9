"""How fine a mesh has to be: until no bend in it shows a corner in a picture of 1080 lines.

The mesh stays a regular grid, since everything that stands on it asks the same spline; so it is refined as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .terrain import Relief, Terrain

Array = NDArray[np.float64]

#: Pixels that a terrain is wide in a picture of 1080 lines, and how far from the curve its mesh may run.
PIXELS, TOLERANCE = 1400.0, 0.35
#: The share of the mesh's points that have to keep to that, and how often a mesh is measured and refined.
SHARE, ROUNDS = 99.8, 3
#: The landscape's cells are divided evenly, so that the last refinement may overshoot by this factor.
MOST = 1.5


def deviation(terrain: Terrain) -> Array:
    """How far, in pixels, the mesh runs beside a smooth curve through its points, along x or y, at its inner points
    (Ny - 2, Nx - 2): at each the chord's greatest distance from the parabola through it and its neighbours.
    """
    along_x = _off_chord(terrain.z[1:-1], float(terrain.x[1] - terrain.x[0]))
    along_y = _off_chord(terrain.z.T[1:-1], float(terrain.y[1] - terrain.y[0])).T
    return np.asarray(np.maximum(along_x, along_y) * PIXELS / float(np.ptp(terrain.x)))


def _off_chord(z: Array, step: float) -> Array:
    """The same in metres along the rows of heights (M, N) that lie `step` apart, (M, N - 2)."""
    bend = abs(z[:, 2:] - 2.0 * z[:, 1:-1] + z[:, :-2])
    slope = (z[:, 2:] - z[:, :-2]) / (2.0 * step)
    return np.asarray(bend / 8.0 / np.hypot(1.0, slope))


def refined(build: Callable[[Relief], list[Terrain]], relief: Relief) -> list[Terrain]:
    """The terrains that `build` makes of a relief, with as many cells as bends need: from `detail` to `finest`."""
    terrains = build(relief)
    for _ in range(ROUNDS):
        cells = min(terrains[0].z.shape) - 1
        worst = max(float(np.percentile(deviation(terrain), SHARE)) for terrain in terrains)
        if worst <= TOLERANCE or cells >= relief.finest:
            break
        # a bend's height over its chord falls with the square of the step
        wanted = min(relief.finest, int(np.ceil(cells * np.sqrt(worst / TOLERANCE))))
        finer = build(replace(relief, detail=max(wanted, relief.detail)))
        if finer[0].z.shape == terrains[0].z.shape or max(finer[0].z.shape) > MOST * relief.finest:
            break
        terrains = finer
    return terrains
