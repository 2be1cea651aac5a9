"""Scenes that Blender writes, read by others: trimesh, USD's own library, and Blender's importers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray
from pxr import Usd, UsdGeom
from scipy.spatial import cKDTree

from lsblender.exchange import EXPORTERS, Production, export_landscapes
from lsblender.exchange.shot_model import shot_model
from lsblender.look.palettes import Palette
from lsblender.scene.library import empty_scene
from lsblender.storyboard.terrain import Terrain
from lsblender.terminal import quiet_stdout
from tests.exchange.gltf import accessor, animation, glb_of
from tests.exchange.productions import ball_places, clip, grounds_of, inner, small_film, top_of, y_up
from tests.exchange.reimport import reimport

Array = NDArray[np.float64]

SCENES = ("glb", "fbx", "obj", "usd", "alembic")
MOVING = ("glb", "fbx", "usd", "alembic")
RATES = (12, 24, 25, 30, 60)


@pytest.fixture(scope="module")
def production() -> Production:
    return small_film()


@pytest.fixture(scope="module")
def exported(production: Production, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """The scenes of both shots in each format."""
    folder = tmp_path_factory.mktemp("scenes")
    made = {}
    with quiet_stdout():
        for kind in SCENES:
            files = export_landscapes(EXPORTERS[kind](), production, folder / kind)
            made[kind] = [file for file in files if file.suffix == EXPORTERS[kind].suffix]
    return made


def palette_colours(terrain: Terrain, palette: Palette) -> Array:
    """sRGB (Ny * Nx, 3) of the terrain's points, from the palette's definition."""
    return np.round(255.0 * srgb(palette.colours(np.round(terrain.level.ravel() * 255) / 255)))


def srgb(linear: Array) -> Array:
    """IEC 61966-2-1."""
    low = linear <= 0.0031308
    return np.where(low, 12.92 * linear, 1.055 * np.clip(linear, 0.0031308, 1) ** (1 / 2.4) - 0.055)


def assert_same_places(seen: Array, wanted: Array, tolerance: float) -> NDArray[np.intp]:
    """Every wanted point is there; the numbers of the nearest ones."""
    distance, nearest = cKDTree(seen).query(wanted)
    assert distance.max() < tolerance
    return np.asarray(nearest)


@pytest.mark.parametrize("shot", [0, 1])
@pytest.mark.parametrize("kind", SCENES)
def test_blender_sees_the_same_scene(
    kind: str, shot: int, exported: dict[str, list[Path]], production: Production
) -> None:
    """Ground, colours, losses, lines and, in three frames, balls: where they were, without turning or scaling."""
    storyboard = production.storyboard
    places = ball_places(production, shot)
    frames = (0, 3, len(places[0]) - 1)
    seen = reimport(exported[kind][shot], storyboard.fps, frames)
    terrain, palette = grounds_of(production)[shot], storyboard.shots[shot].look.palette
    top, inside = top_of(terrain), inner(terrain)
    nearest = assert_same_places(seen.ground, top[inside], 1e-4)
    low, high = seen.ground.min(axis=0), seen.ground.max(axis=0)
    np.testing.assert_allclose(low, [terrain.x[0], terrain.y[0], terrain.base], atol=1e-4)
    np.testing.assert_allclose(high, [terrain.x[-1], terrain.y[-1], terrain.relief], atol=1e-4)
    assert seen.colours is not None
    assert abs(seen.colours[nearest] - palette_colours(terrain, palette)[inside]).max() <= 1.0
    area = np.trapezoid if hasattr(np, "trapezoid") else np.trapz
    solid = area(area(terrain.z - terrain.base, terrain.x), terrain.y)
    assert seen.volume == pytest.approx(float(solid), rel=0.02)
    if kind in ("glb", "usd"):
        assert seen.loss is not None
        np.testing.assert_allclose(seen.loss[nearest], terrain.loss.ravel()[inside], rtol=1e-6)
    assert len(seen.balls) == len(places)
    for ball, way in zip(seen.balls, places, strict=True):
        middle = (ball.max(axis=1) + ball.min(axis=1)) / 2
        shown = way[list(frames)] if kind in MOVING else way[[0, 0, 0]]
        np.testing.assert_allclose(middle, shown, atol=2e-3 * terrain.relief)
    trails = [trail.points - production.film.places[shot] for trail in segment(production, shot).trails]
    assert len(seen.lines) == len(trails)
    for line, trail in zip(seen.lines, trails, strict=True):
        distance = cKDTree(line).query(trail)[0]
        assert distance.max() < 1.05 * segment(production, shot).trails[0].radius


def segment(production: Production, shot: int) -> Any:
    return [part for part in production.film.segments if not part.is_transition][shot]


@pytest.mark.parametrize("kind", MOVING)
def test_balls_turn_as_they_roll(kind: str, exported: dict[str, list[Path]], production: Production) -> None:
    """The way of one point of the ball's skin, which shows turning that the centre does not."""
    track = segment(production, 0).balls[0]
    frames = (0, 3, 5)
    seen = reimport(exported[kind][0], production.storyboard.fps, frames).balls[0]
    first = (seen[0] - track.location[0]) / track.radius[0]
    for k, frame in enumerate(frames):
        w, *v = track.rotation[frame]
        turned = first + 2 * np.cross(v, np.cross(v, first) + w * first)
        np.testing.assert_allclose(seen[k], track.location[frame] + track.radius[frame] * turned, atol=2e-3)
    assert np.linalg.norm(np.diff(track.rotation, axis=0)) > 0.1


# -- time ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", RATES)
def test_times_of_gltf(fps: int, tmp_path: Path) -> None:
    """One animation; each frame's key at its own second, from 0 on."""
    production = clip(fps)
    with quiet_stdout():
        file = export_landscapes(EXPORTERS["glb"](), production, tmp_path)[0]
    (way,) = ball_places(production, 0)
    times, keys = animation(glb_of(file), "Ball_1", "translation")
    np.testing.assert_allclose(times, np.arange(len(way)) / fps, atol=1e-6)
    np.testing.assert_allclose(keys, y_up(way), atol=1e-5)


@pytest.mark.parametrize("fps", RATES)
def test_times_of_fbx(fps: int, tmp_path: Path) -> None:
    """Read as raw records: 46,186,158,000 units are a second."""
    from io_scene_fbx import parse_fbx

    production = clip(fps)
    with quiet_stdout():
        file = export_landscapes(EXPORTERS["fbx"](), production, tmp_path)[0]
    root, version = parse_fbx.parse(str(file))
    assert version == 7400
    sections = {part.id: part for part in root.elems if part}
    settings = {p.props[0]: p.props[4] for p in sections[b"GlobalSettings"].elems[1].elems if p}
    assert (settings[b"UpAxis"], settings[b"UpAxisSign"]) == (1, 1)
    assert (settings[b"FrontAxis"], settings[b"FrontAxisSign"]) == (2, 1)
    assert (settings[b"CoordAxis"], settings[b"CoordAxisSign"]) == (0, 1)
    assert settings[b"UnitScaleFactor"] == 100.0
    assert settings[b"CustomFrameRate"] == fps
    models = [part for part in sections[b"Objects"].elems if part.id == b"Model"]
    assert len(models) == 3
    for model in models:
        (table,) = (part for part in model.elems if part.id == b"Properties70")
        lcl = {p.props[0]: p.props[4:7] for p in table.elems if p.props[0].startswith(b"Lcl")}
        assert lcl[b"Lcl Scaling"] == [1.0, 1.0, 1.0]
        if not model.props[1].startswith(b"Ball"):
            assert lcl[b"Lcl Translation"] == [0.0, 0.0, 0.0]
            np.testing.assert_allclose(lcl[b"Lcl Rotation"], 0.0)
    times = [
        np.array(part.props[0])
        for curve in sections[b"Objects"].elems
        if curve.id == b"AnimationCurve"
        for part in curve.elems
        if part.id == b"KeyTime" and len(part.props[0]) > 2
    ]
    wanted = np.arange(len(ball_places(production, 0)[0])) / fps
    assert len(times) >= 3
    for found in times:
        np.testing.assert_allclose(found / 46_186_158_000, wanted, atol=1e-6)


@pytest.mark.parametrize("fps", RATES)
def test_times_of_usd(fps: int, tmp_path: Path) -> None:
    production = clip(fps)
    with quiet_stdout():
        file = export_landscapes(EXPORTERS["usd"](), production, tmp_path)[0]
    stage = Usd.Stage.Open(str(file))
    places = ball_places(production, 0)
    assert stage.GetTimeCodesPerSecond() == fps
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (0, len(places[0]) - 1)
    for number, way in enumerate(places, 1):
        ball = UsdGeom.Xformable(stage.GetPrimAtPath(f"/World/Ball_{number}"))
        found = [list(ball.ComputeLocalToWorldTransform(k).ExtractTranslation()) for k in range(len(way))]
        np.testing.assert_allclose(found, way, atol=1e-5)


@pytest.mark.parametrize("fps", [25, 60])
def test_times_of_alembic(fps: int, tmp_path: Path) -> None:
    """Alembic keeps seconds: half the frame rate shows every second frame."""
    production = clip(fps)
    with quiet_stdout():
        file = export_landscapes(EXPORTERS["alembic"](), production, tmp_path)[0]
    way = ball_places(production, 0)[0]
    for divisor in (1, 5):
        frames = (0, 1, (len(way) - 1) // divisor)
        ball = reimport(file, fps // divisor, frames).balls[0]
        middle = (ball.max(axis=1) + ball.min(axis=1)) / 2
        np.testing.assert_allclose(middle, way[np.array(frames) * divisor], atol=2e-3)


# -- what the files say of themselves ------------------------------------------------------------------------


def test_usd_names_its_axis_and_unit(exported: dict[str, list[Path]], production: Production) -> None:
    stage = Usd.Stage.Open(str(exported["usd"][0]))
    assert UsdGeom.GetStageUpAxis(stage) == "Z"
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    assert stage.GetDefaultPrim().GetPath() == "/World"
    (ground,) = (prim for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh) and "Landscape" in str(prim.GetPath()))
    variables = {item.GetPrimvarName(): item for item in UsdGeom.PrimvarsAPI(ground).GetPrimvars()}
    terrain = grounds_of(production)[0]
    loss = np.array(variables["loss"].Get())[: terrain.loss.size]
    np.testing.assert_array_equal(loss, terrain.loss.ravel().astype(np.float32))
    colours = 255 * srgb(np.array(variables["displayColor"].Get(), dtype=float)[: terrain.loss.size])
    wanted = palette_colours(terrain, production.storyboard.shots[0].look.palette)
    assert abs(colours - wanted).max() <= 1.0


@pytest.mark.parametrize("kind", ["glb", "obj"])
def test_trimesh_sees_outward_faces(kind: str, exported: dict[str, list[Path]], production: Production) -> None:
    """y up, and each of ground, balls and lines is a closed surface that looks outwards."""
    terrain = grounds_of(production)[0]
    scene = trimesh.load_scene(exported[kind][0])
    np.testing.assert_allclose(scene.bounds[0], [terrain.x[0], terrain.base, -terrain.y[-1]], atol=1e-5)
    np.testing.assert_allclose(scene.bounds[1, 0], terrain.x[-1], atol=1e-5)
    whole = scene.to_mesh()
    whole.merge_vertices(merge_tex=True, merge_norm=True)
    parts = whole.split(only_watertight=False)
    assert len(parts) == 5
    assert all(part.is_watertight and part.volume > 0 for part in parts)


def test_gltf_has_single_sided_opaque_materials(exported: dict[str, list[Path]]) -> None:
    content, _ = glb_of(exported["glb"][0])
    assert {material["name"] for material in content["materials"]} == {"Surface", "Block", "Ball_1", "Ball_2"}
    for material in content["materials"]:
        assert not material.get("doubleSided", False)
        assert "alphaMode" not in material
    assert [scene["name"] for scene in content["scenes"]] == ["Landscape 1"]


def test_more_points_than_16_bits_count(tmp_path: Path) -> None:
    """300 x 300 points: every one of them is there, in its own place."""
    from dataclasses import replace

    production = clip(24)
    shot = production.storyboard.shots[0]
    relief = replace(shot.look.relief, detail=300, finest=300)
    shot = replace(shot, look=replace(shot.look, relief=relief))
    one = Production(
        replace(production.storyboard, shots=(shot,)),
        type(production.results).of(production.results.landscapes[0]),
        production.simulate,
    )
    with quiet_stdout():
        (file,) = export_landscapes(EXPORTERS["glb"](), one, tmp_path)
    glb = glb_of(file)
    surface = next(mesh for mesh in glb[0]["meshes"] if mesh["name"] == "Landscape")["primitives"][0]
    points, corners = accessor(glb, surface["attributes"]["POSITION"]), accessor(glb, surface["indices"])
    (terrain,) = grounds_of(one)
    assert len(points) == terrain.z.size > 65_535
    assert corners.max() == len(points) - 1
    np.testing.assert_allclose(points, y_up(top_of(terrain)), atol=1e-5)


# -- the person's own file -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SCENES)
def test_exporting_leaves_the_open_file_as_it_was(kind: str, production: Production, tmp_path: Path) -> None:
    scene = empty_scene()
    # a window whose scene goes away shows the first of the others
    other = bpy.data.scenes.new("Another")
    scene.render.fps, scene.frame_start = 50, 7
    mine = bpy.data.objects.new("Ball_1", bpy.data.meshes.new("Landscape"))
    scene.collection.objects.link(mine)
    bpy.data.materials.new("Surface")
    families = ("objects", "meshes", "materials")
    before = [sorted(item.name for item in getattr(bpy.data, name)) for name in families]
    with quiet_stdout():
        files = export_landscapes(EXPORTERS[kind](), production, tmp_path)
    assert [sorted(item.name for item in getattr(bpy.data, name)) for name in families] == before
    # names in the files are ours all the same (the geometry in an FBX file is a copy that its exporter made)
    taken = re.compile(rb"(Ball_1|Surface)[._]\d{3}(?!\x00\x01Geometry)")
    assert not any(taken.search(file.read_bytes()) for file in files)
    assert bpy.context.scene == scene
    assert (scene.render.fps, scene.frame_start) == (50, 7)
    assert set(bpy.data.scenes) == {scene, other}
    assert not bpy.data.actions


def test_failure_leaves_the_open_file_as_it_was(production: Production, tmp_path: Path) -> None:
    from lsblender.errors import LsbError
    from lsblender.exchange import meshes

    empty_scene()
    model = shot_model(production, 1)
    with pytest.raises(LsbError, match=r"^Blender (can not write|has not written) landscape_1\.obj"), quiet_stdout():
        meshes.write_obj(model, tmp_path / "missing" / "landscape_1.obj")
    assert not bpy.data.objects
    assert not bpy.data.meshes
    assert len(bpy.data.scenes) == 1


@pytest.mark.parametrize(("kind", "addon"), [("glb", "io_scene_gltf2"), ("fbx", "io_scene_fbx")])
def test_exporter_that_is_switched_off(kind: str, addon: str, tmp_path: Path) -> None:
    import addon_utils

    from lsblender.errors import LsbError

    empty_scene()
    addon_utils.disable(addon)
    try:
        with pytest.raises(LsbError, match=rf"exporter of \.{kind} files is switched off; enable its add-on"):
            export_landscapes(EXPORTERS[kind](), clip(24), tmp_path)
    finally:
        addon_utils.enable(addon)
    assert not list(tmp_path.iterdir())
