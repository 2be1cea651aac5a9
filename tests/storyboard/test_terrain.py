"""The terrain keeps what the landscape says, and its block is a closed solid."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

from lsblender.errors import LsbError
from lsblender.storyboard.block import block_mesh
from lsblender.storyboard.terrain import Relief, Terrain, build_terrain
from tests.landscapes import SURFACES, landscape

SMALL = Relief(detail=40)
#: Grids that are square, wide and tall, with other extents than a square's.
GRIDS = [
    {"x": (-1.2, 1.2, 21), "y": (-1.2, 1.2, 21)},
    {"x": (-3.0, 5.0, 8), "y": (10.0, 10.5, 31)},
    {"x": (0.001, 0.002, 60), "y": (-40.0, 90.0, 9)},
]


def every(terrain: Terrain, n_x: int, n_y: int) -> tuple[slice, slice]:
    """Where the landscape's own points are in the terrain's grid."""
    ny, nx = terrain.z.shape
    return slice(None, None, (ny - 1) // (n_y - 1)), slice(None, None, (nx - 1) // (n_x - 1))


# -- heights -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("detail", [8, 40])
def test_heights_hit_the_values_of_the_grid(grid: dict, detail: int) -> None:
    made = landscape(lambda x, y: (x - x.mean()) ** 2 / np.ptp(x) ** 2 + y / np.ptp(y), **grid)
    terrain = build_terrain(made, Relief(detail=detail, width=8.0, height=0.5))
    here = every(terrain, len(made.x), len(made.y))
    assert min(terrain.z.shape) > detail
    assert terrain.z[here] == pytest.approx(4.0 * (made.loss - made.loss.min()) / np.ptp(made.loss), abs=1e-9)
    assert terrain.loss[here] == pytest.approx(made.loss, rel=1e-9)
    assert terrain.relief == pytest.approx(4.0)
    assert (terrain.z.min(), terrain.z.max()) == pytest.approx((0.0, 4.0), abs=1e-12)
    assert (terrain.level.min(), terrain.level.max()) == pytest.approx((0.0, 1.0), abs=1e-12)
    assert terrain.base == pytest.approx(-0.72)


@pytest.mark.parametrize("grid", GRIDS)
def test_terrain_is_a_square_round_the_origin(grid: dict) -> None:
    made = landscape("bowl", **grid)
    terrain = build_terrain(made, Relief(detail=40, width=6.0))
    for axis in (terrain.x, terrain.y):
        assert (axis[0], axis[-1]) == pytest.approx((-3.0, 3.0))
        assert np.diff(axis) == pytest.approx(np.full(len(axis) - 1, 6.0 / (len(axis) - 1)))
    corner = np.array([made.x[0], made.y[-1]])
    assert terrain.to_metres(corner) == pytest.approx([-3.0, 3.0])
    assert terrain.to_metres(np.tile(corner, (4, 5, 1))).shape == (4, 5, 2)


@pytest.mark.parametrize(("scale", "function"), [("linear", lambda v: v), ("sqrt", np.sqrt), ("log", np.log)])
def test_scales_of_positive_losses(scale: str, function) -> None:
    made = landscape(lambda x, y: 0.5 + x**2 + y**2)
    terrain = build_terrain(made, Relief(scale=scale, detail=8))
    expected = function(made.loss)
    expected = 2.6 * (expected - expected.min()) / np.ptp(expected)
    assert terrain.z == pytest.approx(expected, abs=1e-9)
    # whatever the heights, the loss stays what it is
    assert terrain.loss == pytest.approx(made.loss)


@pytest.mark.parametrize("scale", ["sqrt", "log"])
@pytest.mark.parametrize("shift", [0.0, -3.0])
def test_scales_of_losses_that_are_not_positive(scale: str, shift: float) -> None:
    made = landscape(lambda x, y: shift + x**2 + y**2)
    terrain = build_terrain(made, Relief(scale=scale, detail=8))
    assert np.isfinite(terrain.z).all()
    order = np.argsort(made.loss, axis=None)
    assert np.all(np.diff(terrain.z.ravel()[order]) >= -1e-9)
    assert (terrain.z.min(), terrain.z.max()) == pytest.approx((0.0, 2.6), abs=1e-9)


def test_values_that_are_not_finite_are_capped() -> None:
    made = landscape("bowl")
    finite = made.loss.copy()
    made.loss[3, 5], made.loss[10, 40], made.loss[0, 0] = np.nan, np.inf, -np.inf
    terrain = build_terrain(made, Relief(detail=8, missing="highest"))
    top = np.delete(finite.ravel(), [3 * 49 + 5, 10 * 49 + 40, 0]).max()
    assert np.isfinite(terrain.z).all()
    for place in ((3, 5), (10, 40), (0, 0)):
        assert terrain.loss[place] == pytest.approx(top)
    assert terrain.level[3, 5] == pytest.approx(1.0)


def test_missing_points_are_stretched_over_and_others_stay() -> None:
    """A hole in a plane is drawn as the plane; what is infinite is capped as ever."""
    made = landscape(lambda x, y: 2 * x - y)
    whole = made.loss.copy()
    made.loss[10:20, 5:30], made.loss[40, 40] = np.nan, np.inf
    terrain = build_terrain(made, Relief(detail=8))
    drawn = terrain.loss[every(terrain, 49, 49)]
    np.testing.assert_allclose(drawn[10:20, 5:30], whole[10:20, 5:30], atol=1e-9)
    assert drawn[40, 40] == pytest.approx(whole.max())
    assert np.isnan(made.loss[10:20, 5:30]).all()


@pytest.mark.parametrize("clip", [1.0, 50.0, 90.0, 99.5])
def test_clip_caps_at_a_percentile(clip: float) -> None:
    made = landscape("banana")
    top = np.percentile(made.loss, clip)
    terrain = build_terrain(made, Relief(detail=96, clip=clip))
    here = every(terrain, 49, 49)
    assert terrain.loss.max() == pytest.approx(top)
    assert terrain.loss[here] == pytest.approx(np.minimum(made.loss, top))
    assert terrain.z.max() == pytest.approx(2.6)


def test_nothing_finite_is_said() -> None:
    made = landscape("bowl")
    made.loss[:] = np.nan
    with pytest.raises(LsbError, match=re.escape("smaller range (margin)")):
        build_terrain(made, SMALL)


@pytest.mark.parametrize("relief", [Relief(detail=8), Relief(detail=8, scale="log"), Relief(detail=8, scale="sqrt")])
def test_level_ground(relief: Relief) -> None:
    terrain = build_terrain(landscape("level"), relief)
    assert not terrain.z.any()
    assert not terrain.level.any()
    assert not terrain.slope().any()
    assert np.isfinite(block_mesh(terrain).slope).all()


@pytest.mark.parametrize("surface", list(SURFACES))
def test_normals_are_those_of_the_surface(surface: str) -> None:
    terrain = build_terrain(landscape(surface), Relief(detail=96, height=0.4))
    rng = np.random.default_rng(0)
    xy = rng.uniform(-4.9, 4.9, size=(200, 2))
    h = 1e-5
    slopes = [(terrain.height(xy + step) - terrain.height(xy - step)) / (2 * h) for step in ((h, 0.0), (0.0, h))]
    assert terrain.gradient(xy) == pytest.approx(np.stack(slopes, axis=-1), abs=1e-5)
    expected = np.column_stack([-slopes[0], -slopes[1], np.ones(200)])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert terrain.normals(xy) == pytest.approx(expected, abs=1e-5)
    bends = [(terrain.gradient(xy + s) - terrain.gradient(xy - s)) / (2 * h) for s in ((h, 0.0), (0.0, h))]
    assert terrain.curvature(xy) == pytest.approx(np.stack(bends, axis=-2), abs=1e-3)


def test_drawn_height_is_that_of_the_triangles() -> None:
    terrain = build_terrain(landscape("bumps"), SMALL)
    mesh = block_mesh(terrain)
    rng = np.random.default_rng(0)
    quads = mesh.quads[rng.integers(0, mesh.n_top, 300)]
    corners = mesh.vertices[np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])]
    shares = rng.dirichlet((1, 1, 1), size=len(corners))
    points = np.einsum("nk,nkd->nd", shares, corners)
    assert terrain.drawn_height(points[:, :2]) == pytest.approx(points[:, 2], abs=1e-9)


def test_slope_is_the_change_of_level_along_the_ground() -> None:
    """On a plane that rises 1 in 2, a metre along the slope lifts by 1 / sqrt(5) m."""
    terrain = build_terrain(landscape(lambda x, y: x + 0 * y), Relief(width=10, height=0.5, detail=16))
    assert terrain.slope() == pytest.approx(np.full(terrain.z.shape, 1 / np.sqrt(5) / 5.0))


# -- the block -----------------------------------------------------------------------------------------------


def faces(mesh) -> list[np.ndarray]:
    return [*mesh.quads, mesh.floor]


def welded(mesh) -> list[list[int]]:
    """The faces with one number for all vertices at the same place."""
    _, number = np.unique(np.round(mesh.vertices, 9), axis=0, return_inverse=True)
    return [number.ravel()[face].tolist() for face in faces(mesh)]


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("surface", ["bumps", "level"])
def test_block_is_closed_and_faces_outwards(grid: dict, surface: str) -> None:
    mesh = block_mesh(build_terrain(landscape(surface, **grid), Relief(detail=8)))
    directed: dict[tuple[int, int], int] = {}
    for face in welded(mesh):
        for start, end in zip(face, face[1:] + face[:1], strict=True):
            directed[start, end] = directed.get((start, end), 0) + 1
    assert set(directed.values()) == {1}, "an edge is walked once in each direction"
    assert all((end, start) in directed for start, end in directed)
    assert volume(mesh) > 0


def volume(mesh) -> float:
    """By the divergence theorem, over a fan of triangles for each face."""
    total = 0.0
    for face in faces(mesh):
        first, *rest = mesh.vertices[face]
        total += sum(np.dot(first, np.cross(a, b)) for a, b in pairwise(rest)) / 6
    return total


def test_block_has_the_volume_under_the_ground() -> None:
    terrain = build_terrain(landscape("bowl"), Relief(detail=60, width=10, height=0.3, depth=0.1))
    thick = terrain.z - terrain.base
    cells = (thick[1:, 1:] + thick[1:, :-1] + thick[:-1, 1:] + thick[:-1, :-1]) / 4
    expected = cells.sum() * (terrain.x[1] - terrain.x[0]) * (terrain.y[1] - terrain.y[0])
    assert volume(block_mesh(terrain)) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("grid", GRIDS)
def test_edges_are_those_of_the_faces(grid: dict) -> None:
    mesh = block_mesh(build_terrain(landscape("bumps", **grid), Relief(detail=8)))
    assert len(np.unique(np.sort(mesh.edges, axis=1), axis=0)) == len(mesh.edges)
    used = set()
    for face, numbers in zip(faces(mesh), [*mesh.quad_edges, mesh.floor_edges], strict=True):
        ends = np.sort(np.stack([face, np.roll(face, -1)], axis=1), axis=1)
        assert np.sort(mesh.edges[numbers], axis=1).tolist() == ends.tolist()
        used.update(numbers.tolist())
    assert used == set(range(len(mesh.edges)))


def test_stored_numbers_belong_to_their_vertices() -> None:
    terrain = build_terrain(landscape("bumps"), SMALL)
    mesh = block_mesh(terrain)
    n_top = terrain.z.size
    assert len(mesh.vertices) == len(mesh.loss) == len(mesh.level) == len(mesh.slope)
    assert mesh.level == pytest.approx(mesh.vertices[:, 2] / terrain.relief)
    assert mesh.loss[:n_top] == pytest.approx(terrain.loss.ravel())
    # a vertex of the sides has the loss of the ground above it
    rim = {tuple(place): loss for place, loss in zip(mesh.vertices[:n_top, :2], mesh.loss, strict=False)}
    assert [rim[tuple(place)] for place in mesh.vertices[n_top:, :2]] == mesh.loss[n_top:].tolist()
    assert mesh.vertices[mesh.floor][:, 2] == pytest.approx(np.full(len(mesh.floor), terrain.base))
