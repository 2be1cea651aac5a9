"""A shot as things in a space of their own: ground, balls and lines round the origin, on a clock that starts at 0."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..engine import Landscape
from ..errors import within
from ..settings import setting
from ..storyboard.colours import ball_colours
from ..storyboard.storyboard import Shot
from ..storyboard.terrain import Terrain, build_terrain
from .production import Production

if TYPE_CHECKING:
    from ..storyboard.block import Mesh
    from ..storyboard.film import BallTrack, Trail

Array = NDArray[np.float64]

#: Game engines' float precision and their default cameras want things this near to the origin (m).
FARTHEST = 10.0
#: Entries of a palette's table.
COLOURS = 256


def mesh_detail() -> Any:
    """The setting of everything that has faces: how fine they are."""
    return setting(
        0,
        "Cells of the mesh along a side, at least; 0: as the scene has it in its relief",
        min=0,
        max=4096,
        soft_max=1024,
    )


def engine_scale(terrain: Terrain) -> float:
    """1, or less where the surface would otherwise reach farther than `FARTHEST` along an axis."""
    reach = max(np.abs(terrain.x).max(), np.abs(terrain.y).max(), terrain.z.max())
    return float(min(1.0, FARTHEST / reach))


@dataclass(frozen=True, eq=False)
class ShotModel:
    """Shot `number`, from 1, in Blender's axes and in metres times `scale`: the block (V vertices), the balls' tracks
    over K frames and the trails, all relative to the landscape's own origin. Frame k is at k / fps seconds.

    `colours` are the balls' as '#rrggbb'; a trail has that of its `skin.number`.
    """

    number: int
    shot: Shot
    landscape: Landscape
    terrain: Terrain
    balls: tuple[BallTrack, ...]
    trails: tuple[Trail, ...]
    colours: tuple[str, ...]
    fps: int
    n_frames: int
    scale: float

    @cached_property
    def mesh(self) -> Mesh:
        """The block."""
        from ..storyboard.block import block_mesh

        mesh = block_mesh(self.terrain)
        return replace(mesh, vertices=mesh.vertices * self.scale)

    @cached_property
    def mesh_colours(self) -> NDArray[np.uint8]:
        """sRGB (V, 3) of the block's vertices: the palette by height, its `deep` on sides and floor."""
        palette = self.shot.look.palette
        surface = surface_colours(self.terrain, palette.table(COLOURS))
        colours = np.empty((len(self.mesh.vertices), 3), np.uint8)
        colours[: len(surface)] = surface
        colours[len(surface) :] = np.frombuffer(bytes.fromhex(palette.deep[1:]), np.uint8)
        return colours

    @property
    def palette_u(self) -> Array:
        """Where in the palette's table (0 to 1, along its length) the colour of each vertex (V,) is."""
        return (np.clip(self.mesh.level, 0.0, 1.0) * (COLOURS - 1) + 0.5) / COLOURS


def surface_colours(terrain: Terrain, table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The table's colours (Ny * Nx, 3) at the heights of a terrain."""
    entry = np.round(terrain.level.ravel() * (len(table) - 1)).astype(np.intp)
    return np.asarray(table[entry])


def shot_terrain(production: Production, number: int, detail: int = 0) -> Terrain:
    """The terrain of shot `number`, from 1, with at least `detail` cells along a side instead of the film's; of ground
    that changes, that of its landscape. Raises `LsbError`.
    """
    relief = production.storyboard.shots[number - 1].look.relief
    with within(f"shots[{number - 1}]"):
        return build_terrain(
            production.results.landscapes[number - 1], replace(relief, detail=detail) if detail else relief
        )


def shot_model(production: Production, number: int, near: bool = False, detail: int = 0) -> ShotModel:
    """Shot `number`, from 1, with its balls; `near` brings it within `FARTHEST` of the origin, `detail` is the mesh's.
    Raises `LsbError`.
    """
    segment, terrain = production.segment(number), shot_terrain(production, number, detail)
    scale = engine_scale(terrain) if near else 1.0
    place = production.film.places[number - 1]
    shot = production.storyboard.shots[number - 1]
    return ShotModel(
        number,
        shot,
        production.results.landscapes[number - 1],
        terrain,
        tuple(_ball_near(ball, place, scale) for ball in segment.balls),
        tuple(
            replace(trail, points=(trail.points - place) * scale, radius=trail.radius * scale)
            for trail in segment.trails
            if np.ptp(trail.points, axis=0).any()
        ),
        tuple(ball_colours(shot, len(segment.balls))),
        production.storyboard.fps,
        len(segment.frames),
        scale,
    )


def shot_models(production: Production, near: bool = False, detail: int = 0) -> list[ShotModel]:
    """All shots."""
    return [shot_model(production, number, near, detail) for number, _, _ in production.shots]


def _ball_near(ball: BallTrack, place: Array, scale: float) -> BallTrack:
    line = ball.plumb_line
    return replace(
        ball,
        location=(ball.location - place) * scale,
        contact=(ball.contact - place) * scale,
        radius=ball.radius * scale,
        plumb_line=line
        and replace(line, foot=(line.foot - place) * scale, length=line.length * scale, radius=line.radius * scale),
    )
