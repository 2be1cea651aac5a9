"""Productions for exports, and what has to come out of them, by plain arithmetic."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
from numpy.typing import NDArray

from lsblender.engine import Landscape
from lsblender.exchange import Production
from lsblender.look.palettes import PALETTES
from lsblender.storyboard.storyboard import Results, Storyboard
from lsblender.storyboard.terrain import Relief, Terrain, build_terrain
from lsblender.storyboard.transitions import TRANSITIONS
from tests.conftest import SHORT, make_shot
from tests.landscapes import landscape, zigzag
from tests.storyboard.falling import fall_by_formula

Array = NDArray[np.float64]


def production_of(storyboard: Storyboard, *landscapes: Landscape) -> Production:
    """Landscapes that stay what they are, of a storyboard; balls that are let go fall by a formula."""
    return Production(storyboard, Results.of(*landscapes), fall_by_formula, 'title = "Test"')


@functools.cache
def small_film() -> Production:
    """Two shots of 6 and 8 frames at 12 fps: two balls on bumps, then one in a crease, elsewhere and farther than 10 m
    from its origin, with a fly between.
    """
    first = make_shot(6 / 12)
    second = make_shot(8 / 12, palette=PALETTES["ember"](), relief=Relief(detail=20, finest=20, width=30.0))
    second = dataclasses.replace(second, transition=TRANSITIONS["fly"](), title="Zweiter <Teil> & mehr")
    storyboard = Storyboard(title="Größe: 2/3", fps=12, shots=(first, second))
    grounds = (
        landscape("bumps", SHORT, SHORT[:3] * (-1, 1), x=(-1.2, 1.2, 13), y=(-1.0, 1.4, 11)),
        landscape("crease", zigzag(8), x=(-1.2, 1.2, 11), y=(-1.2, 1.2, 13)),
    )
    return production_of(storyboard, *grounds)


@functools.cache
def clip(fps: int) -> Production:
    """One shot of 6 frames, directed in a moment."""
    ground = landscape("bowl", SHORT, x=(-1.2, 1.2, 9), y=(-1.2, 1.2, 9))
    shot = make_shot(6 / fps, relief=Relief(detail=8, finest=8))
    return production_of(Storyboard(title="Clip", fps=fps, shots=(shot,)), ground)


def grounds_of(production: Production) -> list[Terrain]:
    """The terrain of each shot."""
    pairs = zip(production.storyboard.shots, production.results.landscapes, strict=True)
    return [build_terrain(ground, shot.look.relief) for shot, ground in pairs]


def top_of(terrain: Terrain) -> Array:
    """The points (Ny * Nx, 3) of a terrain by plain loops."""
    return np.array([(x, y, terrain.z[j, i]) for j, y in enumerate(terrain.y) for i, x in enumerate(terrain.x)])


def y_up(points: Array) -> Array:
    """Blender's points (..., 3) where glTF, FBX and OBJ have them: (x, z, -y)."""
    return np.asarray(points[..., [0, 2, 1]] * (1.0, 1.0, -1.0))


def inner(terrain: Terrain) -> NDArray[np.bool_]:
    """Which of those are not on the rim, where sides have points of their own."""
    inside = np.zeros(terrain.z.shape, dtype=bool)
    inside[1:-1, 1:-1] = True
    return inside.ravel()


def ball_places(production: Production, shot: int) -> list[Array]:
    """The centres (K, 3) of the balls of a shot, from 0, in its landscape's own space."""
    film = production.film
    segment = [part for part in film.segments if not part.is_transition][shot]
    return [ball.location - film.places[shot] for ball in segment.balls]
