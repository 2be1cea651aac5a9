"""Closed meshes, read by trimesh and plyfile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from plyfile import PlyData

from lsblender.exchange import PlyClouds, PlyMeshes, Production, StlSolids, export_landscapes
from lsblender.exchange.solid import solid
from lsblender.storyboard.terrain import Relief, Terrain, build_terrain
from tests.exchange.productions import grounds_of, production_of, small_film, top_of
from tests.exchange.reimport import reimport
from tests.landscapes import landscape


@pytest.fixture
def production() -> Production:
    return small_film()


def volume(terrain: Terrain, base: float) -> float:
    """The volume under the triangles: each cell is cut along x = y."""
    z = terrain.z - base
    step = np.outer(np.diff(terrain.y), np.diff(terrain.x))
    a, b, c, d = z[:-1, :-1], z[:-1, 1:], z[1:, 1:], z[1:, :-1]
    return float(np.sum(step * ((a + b + c) / 6 + (a + c + d) / 6)))


def test_printed_block_is_closed(production: Production, tmp_path: Path) -> None:
    files = export_landscapes(StlSolids(width=80.0), production, tmp_path)
    assert [file.name for file in files] == ["solid_1.stl", "solid_2.stl"]
    for file, terrain in zip(files, grounds_of(production), strict=True):
        mesh = trimesh.load_mesh(file)
        scale = 80.0 / np.ptp(terrain.x)
        assert mesh.is_watertight
        assert mesh.is_winding_consistent
        assert mesh.body_count == 1
        assert mesh.volume == pytest.approx(volume(terrain, terrain.base) * scale**3, rel=1e-5)
        np.testing.assert_allclose(np.ptp(mesh.bounds[:, 0]), 80.0, rtol=1e-6)
        np.testing.assert_allclose(mesh.bounds[:, 2], np.array([terrain.base, terrain.relief]) * scale, rtol=1e-5)
        assert not file.read_bytes().startswith(b"solid")


@pytest.mark.parametrize("changes", [{"depth": 0.0}, {"height": 0.0}, {"terraces": 4}])
def test_thin_and_level_blocks_are_closed(changes: dict[str, Any]) -> None:
    """Without depth the lowest point would touch the floor; a hundredth of the width is left under it."""
    relief = Relief(detail=24, **changes)
    terrain = build_terrain(landscape("bowl", x=(-1, 1, 9), y=(-1, 1, 12)), relief)
    points, triangles = solid(terrain)
    mesh = trimesh.Trimesh(points, triangles, process=False)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    base = min(terrain.base, -0.01 * relief.width)
    assert mesh.volume == pytest.approx(volume(terrain, base))
    assert mesh.area_faces.min() > 0


def test_mesh_keeps_colours_and_losses(production: Production, tmp_path: Path) -> None:
    files = export_landscapes(PlyMeshes(), production, tmp_path)
    for file, terrain, shot in zip(files, grounds_of(production), production.storyboard.shots, strict=True):
        data = PlyData.read(file)
        vertex, n_top = data["vertex"].data, terrain.z.size
        places = np.column_stack([vertex[name] for name in "xyz"])
        np.testing.assert_allclose(places[:n_top], top_of(terrain), atol=1e-5)
        np.testing.assert_array_equal(vertex["loss"][:n_top], terrain.loss.ravel().astype(np.float32))
        assert np.isnan(vertex["loss"][n_top:]).all()
        colours = np.column_stack([vertex[name] for name in ("red", "green", "blue")])
        table = shot.look.palette.table(256)
        np.testing.assert_array_equal(colours[:n_top], table[np.round(255 * terrain.level.ravel()).astype(int)])
        assert {tuple(row) for row in colours[n_top:].tolist()} == {tuple(bytes.fromhex(shot.look.palette.deep[1:]))}
        mesh = trimesh.load_mesh(file)
        assert mesh.is_watertight
        assert mesh.volume == pytest.approx(volume(terrain, terrain.base), rel=1e-5)


def test_blender_reads_clouds_meshes_and_solids(tmp_path: Path) -> None:
    """Positions as they are in the file, colours to the byte."""
    production = small_film()
    terrain, shot = grounds_of(production)[0], production.storyboard.shots[0]
    table = shot.look.palette.table(256)
    (mesh, _), (block, _) = (export_landscapes(kind(), production, tmp_path) for kind in (PlyMeshes, StlSolids))
    cloud = export_landscapes(PlyClouds(), production, tmp_path)[0]
    seen = reimport(mesh, 12)
    np.testing.assert_allclose(seen.ground[: terrain.z.size], top_of(terrain), atol=1e-5)
    assert seen.colours is not None
    np.testing.assert_array_equal(
        seen.colours[: terrain.z.size], table[np.round(255 * terrain.level.ravel()).astype(int)]
    )
    assert seen.volume == pytest.approx(volume(terrain, terrain.base), rel=1e-5)
    solid_seen = reimport(block, 12)
    assert solid_seen.volume == pytest.approx(volume(terrain, terrain.base) * 12.0**3, rel=1e-5)
    vertex = PlyData.read(cloud)["vertex"].data
    points = reimport(cloud, 12)
    np.testing.assert_allclose(points.ground, np.column_stack([vertex[name] for name in "xyz"]), atol=1e-6)
    assert points.colours is not None
    np.testing.assert_array_equal(points.colours, np.column_stack([vertex[k] for k in ("red", "green", "blue")]))


def test_block_lies_under_the_ball() -> None:
    """The diagonal of each cell is the one that `drawn_height` cuts along, where a ball is set onto the mesh."""
    terrain = build_terrain(landscape("bumps", x=(-1, 1, 9), y=(-1, 1, 9)), Relief(detail=8))
    points, triangles = solid(terrain)
    corners = points[triangles[: 2 * 64]]
    for place in np.random.default_rng(1).uniform(-4.9, 4.9, (100, 2)):
        # barycentric coordinates in every triangle, as seen from above
        edges = np.swapaxes(corners[:, 1:, :2] - corners[:, :1, :2], 1, 2)
        shares = np.linalg.solve(edges, (place - corners[:, 0, :2])[:, :, None])[:, :, 0]
        inside = (shares >= 0).all(axis=1) & (shares.sum(axis=1) <= 1)
        assert inside.sum() == 1
        u, v = shares[inside][0]
        a, b, c = corners[inside][0, :, 2]
        assert terrain.drawn_height(place) == pytest.approx(a + u * (b - a) + v * (c - a))


def test_relief_of_losses_that_are_not_finite(tmp_path: Path) -> None:
    ground = landscape("bowl", x=(-1, 1, 9), y=(-1, 1, 9))
    ground.loss[2, 3], ground.loss[4, 4] = np.nan, np.inf
    production = production_of(replace(small_film().storyboard, shots=small_film().storyboard.shots[:1]), ground)
    (file,) = export_landscapes(StlSolids(), production, tmp_path)
    assert trimesh.load_mesh(file).is_watertight
