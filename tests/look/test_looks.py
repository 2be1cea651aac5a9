"""Every look as a small picture: not black, not burned out, the ball seen, no seam; colours exact where promised."""

from __future__ import annotations

import dataclasses
from dataclasses import fields
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector
from scipy.ndimage import map_coordinates

from lsblender.engine import Landscape
from lsblender.look.lighting import EXACT, LIGHTS, Lamp
from lsblender.look.looks import LOOKS, Recipe
from lsblender.look.materials import MATERIALS
from lsblender.look.nodes import Nodes
from lsblender.look.palettes import PALETTES, hex_colour, to_linear
from lsblender.look.palettes.colour import to_oklab
from lsblender.render.brush import brush_for
from lsblender.render.pictures import Picture, read_picture
from lsblender.render.quality import set_quality
from lsblender.scene.build import build_scene
from lsblender.scene.compat import use_nodes
from lsblender.scene.library import empty_scene, role
from lsblender.scene.stage import build_lamp
from lsblender.settings import check
from lsblender.storyboard.camera import Still
from lsblender.storyboard.motion import Ball
from lsblender.storyboard.storyboard import Look, Render, Results, Shot, Storyboard
from lsblender.storyboard.terrain import Relief
from tests.conftest import BARE
from tests.landscapes import landscape

WAY = np.array([[0.6, 0.7], [0.35, 0.5], [0.1, 0.1], [0.0, 0.0]])
GROUND = Relief(height=0.1, detail=48)


def bowl() -> Landscape:
    return landscape("bowl", WAY, x=(-1.2, 1.2, 25), y=(-1.2, 1.2, 25))


def storyboard(recipe: Recipe, size: tuple[int, int] = (96, 54), **camera: float) -> Storyboard:
    look = Look(
        material=MATERIALS[recipe.material](**recipe.settings),
        palette=PALETTES[recipe.palette](),
        light=LIGHTS[recipe.light](),
        camera=Still(**{**recipe.camera, "f_stop": 0.0, **camera}),
        relief=GROUND,
    )
    shot = Shot(seconds=1.0, labels=BARE, ball=Ball(radius=0.7, hold_start=0.1, hold_end=0.4), look=look)
    return Storyboard(fps=10, shots=(shot,), render=Render(size=size, quality="preview"))


def build(film: Storyboard, ground: Landscape) -> bpy.types.Scene:
    """The look's scene at the shot's end."""
    scene = empty_scene()
    build_scene(film, Results.of(ground), scene)
    set_quality(scene, "preview")
    scene.frame_set(scene.frame_end)
    return scene


def picture(scene: bpy.types.Scene, path: Path) -> Picture:
    """The scene's frame as a render makes it."""
    brush_for(scene).picture(path)
    return read_picture(path)[..., :3]


def pixels_of(scene: bpy.types.Scene, points: Any) -> np.ndarray:
    """Column and row (N, 2), not rounded, of points in the picture."""
    size = np.array([scene.render.resolution_x, scene.render.resolution_y])
    return np.array([world_to_camera_view(scene, scene.camera, Vector(point))[:2] for point in points]) * size - 0.5


@pytest.mark.parametrize("name", list(LOOKS))
def test_look_is_a_picture_with_a_ball_in_it(name: str, tmp_path: Path) -> None:
    scene = build(storyboard(LOOKS[name]), bowl())
    first = picture(scene, tmp_path / "first.png")
    assert np.array_equal(first, picture(scene, tmp_path / "second.png")), "the same twice"
    assert first.mean() > 0.02
    assert np.percentile(first, 99) > 0.25
    assert (first.max(axis=2) >= 254.5 / 255).mean() < 0.005, "burned out"
    (ball,) = (item for item in scene.objects if role(item) == "ball")
    centre = ball.matrix_world.translation
    side = scene.camera.matrix_world.to_quaternion() @ Vector((ball.dimensions.z / 2, 0, 0))
    middle, edge = pixels_of(scene, [centre, centre + side])
    radius = float(np.linalg.norm(edge - middle))
    rows, columns = np.indices(first.shape[:2])
    distance = np.hypot(columns - middle[0], rows - middle[1]) / radius
    lab = to_oklab(to_linear(first.astype(float)))
    on, around = lab[distance < 0.8].mean(axis=0), lab[(distance > 1.3) & (distance < 2.2)].mean(axis=0)
    assert np.linalg.norm(on - around) > 0.12


@pytest.mark.parametrize("name", list(LIGHTS))
def test_floor_and_air_meet_without_a_seam(name: str, tmp_path: Path) -> None:
    """Seen from low down, beside the terrain, the rows just above and below the horizon are the same colour."""
    recipe = next(recipe for recipe in LOOKS.values() if recipe.light == name)
    scene = build(storyboard(recipe, elevation=5.0, lens=20.0, margin=0.2), bowl())
    shown = picture(scene, tmp_path / "low.png")
    eye = scene.camera.matrix_world.translation
    ahead = scene.camera.matrix_world.to_quaternion() @ Vector((0, 0, -1))
    far = eye + 1e5 * Vector((ahead.x, ahead.y, 0)).normalized()
    horizon = int(np.floor(pixels_of(scene, [far])[0, 1]))
    assert 4 < horizon < shown.shape[0] - 4
    beside = np.concatenate([shown[:, :6], shown[:, -6:]], axis=1).mean(axis=1)
    assert np.abs(beside[horizon + 2] - beside[horizon - 1]).max() < 0.02


def test_satin_is_the_palette(tmp_path: Path) -> None:
    """From above, each place has the colour that the palette gives its level."""
    recipe = Recipe("satin", "viridis", "overcast", "", settings={"contours": 0})
    film = storyboard(recipe, (360, 270), elevation=89.0)
    scene = build(film, landscape("bowl", x=(-1.2, 1.2, 25), y=(-1.2, 1.2, 25)))
    assert MATERIALS["satin"].view == EXACT
    shown = picture(scene, tmp_path / "satin.png") * 255
    (ground,) = (item for item in scene.objects if role(item) == "terrain")
    vertices = np.array([vertex.co for vertex in ground.data.vertices])
    inside = (np.abs(vertices[:, :2]).max(axis=1) < 4.7) & (vertices[:, 2] >= 0)
    level = vertices[inside, 2] / (GROUND.height * GROUND.width)
    wanted = PALETTES["viridis"]().table(4097).astype(float)[np.round(level * 4096).astype(int)]
    places = pixels_of(scene, vertices[inside])
    found = np.stack([map_coordinates(shown[..., k], places.T[::-1], order=1) for k in range(3)], axis=-1)
    off = np.abs(found - wanted).max(axis=1)
    assert len(off) > 1000
    assert np.median(off) <= 1.0
    assert np.percentile(off, 99) <= 3.0


@pytest.mark.parametrize("material", list(MATERIALS))
def test_a_race_colour_takes_the_accents_place(material: str) -> None:
    """Without a colour it is the accent, with another one something differs."""
    palette = PALETTES["glacier"]()
    for part in ("ball", "trail"):
        accent, same, other = (
            _values(material, part, palette, colour) for colour in (None, hex_colour(palette.accent), (0.1, 0.2, 0.9))
        )
        assert accent == same
        assert accent != other


@pytest.mark.parametrize("name", list(LOOKS))
def test_balls_that_race_are_told_apart_in_a_small_picture(name: str, tmp_path: Path) -> None:
    """Six balls at rest in a ring, each ten pixels wide: what they show on the whole differs in pairs."""
    turns = np.linspace(0.0, 2.0 * np.pi, 7)[:6, None]
    ends = 0.62 * np.concatenate([np.cos(turns), np.sin(turns)], axis=1)
    ways = [np.stack([share * end for share in (1.0, 1.03, 1.06)]) for end in ends]
    film = storyboard(LOOKS[name], (192, 108), elevation=42.0)
    scene = build(film, landscape("level", *ways, x=(-1.2, 1.2, 25), y=(-1.2, 1.2, 25)))
    shown = to_oklab(to_linear(picture(scene, tmp_path / "race.png").astype(float)))
    rows, columns = np.indices(shown.shape[:2])
    right = scene.camera.matrix_world.to_quaternion() @ Vector((1, 0, 0))
    seen = []
    for ball in (item for item in scene.objects if role(item) == "ball"):
        centre = ball.matrix_world.translation
        middle, edge = pixels_of(scene, [centre, centre + right * (ball.dimensions.z / 2)])
        radius = float(np.linalg.norm(edge - middle))
        assert radius > 3
        seen.append(shown[np.hypot(columns - middle[0], rows - middle[1]) < 0.85 * radius].mean(axis=0))
    apart = np.linalg.norm(np.array(seen)[:, None] - seen, axis=-1)
    assert len(seen) == 6
    assert apart[np.triu_indices(6, 1)].min() > 0.07


def _values(material: str, part: str, palette: Any, colour: Any) -> list[Any]:
    data = bpy.data.materials.new(part)
    try:
        getattr(MATERIALS[material](), part)(Nodes(use_nodes(data)), palette, colour)
        sockets = [socket for node in data.node_tree.nodes for socket in node.inputs]
        return [
            tuple(socket.default_value) if hasattr(socket.default_value, "__len__") else socket.default_value
            for socket in sockets
            if hasattr(socket, "default_value")
        ]
    finally:
        bpy.data.materials.remove(data)


@pytest.mark.parametrize("material", list(MATERIALS))
@pytest.mark.parametrize("changes", [{"contours": 0}, {"emphasis": 0}, {"bevel": 0.0}], ids=lambda c: next(iter(c)))
def test_materials_can_do_without(material: str, changes: dict[str, Any]) -> None:
    made = MATERIALS[material](**changes)
    for part in ("surface", "block"):
        data = bpy.data.materials.new(part)
        getattr(made, part)(Nodes(use_nodes(data)), PALETTES["ember"]())
        (output,) = (node for node in data.node_tree.nodes if node.type == "OUTPUT_MATERIAL")
        assert output.inputs["Surface"].is_linked
        bpy.data.materials.remove(data)


def test_recipes_name_what_there_is() -> None:
    assert {recipe.material for recipe in LOOKS.values()} == set(MATERIALS)
    assert {recipe.light for recipe in LOOKS.values()} == set(LIGHTS)
    cameras = {field.name for field in fields(Still)}
    for recipe in LOOKS.values():
        assert recipe.palette in PALETTES
        assert recipe.note.endswith(".")
        check(MATERIALS[recipe.material](**recipe.settings))
        assert set(recipe.camera) <= cameras
        check(dataclasses.replace(Still(), **recipe.camera))


# -- paths, lamps and the disc in the scene --------------------------------------------------------------------------


def test_contours_make_room_for_a_path_once_the_ball_has_passed(tmp_path: Path) -> None:
    """Half of the ground lies on a path that is passed at half time."""
    recipe = Recipe("satin", "viridis", "overcast", "", settings={"contours": 8, "contour_width": 0.3})
    scene = build(storyboard(recipe, (96, 72), elevation=89.0), landscape("bowl", x=(-1.2, 1.2, 25), y=(-1.2, 1.2, 25)))
    (ground,) = (item for item in scene.objects if role(item) == "terrain")
    before = picture(scene, tmp_path / "without.png")
    data = ground.data
    on_path = np.array([vertex.co.x > 0 for vertex in data.vertices], dtype=np.float32)
    for name, values in (("near", on_path), ("when", 0.5 * on_path)):
        data.attributes.new(name, "FLOAT", "POINT").data.foreach_set("value", values)
    shown = {}
    for time in (0.25, 0.75):
        ground["time"] = time
        ground.update_tag()
        scene.frame_set(1)
        shown[time] = picture(scene, tmp_path / f"{time}.png")
    assert np.abs(shown[0.25] - before).max() <= 1.5 / 255
    right = np.array(scene.camera.matrix_world.to_quaternion() @ Vector((1, 0, 0)))
    columns, rows = pixels_of(scene, [vertex.co for vertex in data.vertices]).T
    inside = np.array(
        [max(abs(vertex.co.x), abs(vertex.co.y)) < 4.5 and abs(vertex.co.x) > 0.8 for vertex in data.vertices]
    )
    assert abs(right[2]) < 1e-6
    change = np.abs(shown[0.75] - before).max(axis=2)[
        np.round(rows[inside]).astype(int), np.round(columns[inside]).astype(int)
    ]
    assert np.percentile(change[on_path[inside] == 0], 98) < 0.05
    assert np.percentile(change[on_path[inside] == 1], 75) > 0.1


@pytest.mark.parametrize("direction", [(0.1, 1.0, 0.4), (-1.0, 0.0, 0.2), (0.0, 0.0, 1.0)])
def test_a_lamps_width_is_level(direction: tuple[float, float, float]) -> None:
    scene = empty_scene()
    lamp = build_lamp(Lamp("Tube", "AREA", direction, 10.0, (1.0, 1.0, 1.0), (8.0, 1.0)), 10.0, 30.0, scene.collection)
    bpy.context.view_layer.update()
    turn = lamp.matrix_world.to_quaternion()
    assert (turn @ Vector((1, 0, 0))).z == pytest.approx(0.0, abs=1e-6)
    assert (turn @ Vector((0, 0, -1))).dot(-lamp.location.normalized()) == pytest.approx(1.0, abs=1e-6)


def test_the_disc_stands_behind_the_terrain_in_the_middle(tmp_path: Path) -> None:
    recipe = LOOKS["weather"]
    film = storyboard(recipe, (192, 108), elevation=4.0, lens=24.0)
    scene = build(film, bowl())
    for item in scene.objects:
        item.hide_render = role(item) in {"terrain", "ball", "trail"}
    shown = picture(scene, tmp_path / "disc.png")
    look = film.shots[0].look
    stage = look.light.stage(look.palette)
    assert stage.disc is not None
    # along a line over the horizon, six tenths of the radius above the middle, the disc is eight tenths of it wide
    eye = scene.camera.matrix_world.translation
    ahead = scene.camera.matrix_world.to_quaternion() @ Vector((0, 0, -1))
    level = Vector((ahead.x, ahead.y, 0)).normalized()
    side = level.cross(Vector((0, 0, 1)))
    reach = np.tan(np.radians(stage.disc.radius))
    up = level + Vector((0, 0, 0.6 * reach + np.tan(np.radians(stage.disc.height))))
    left, middle, right = pixels_of(scene, [eye + 1e4 * (up + side * share * reach) for share in (-0.8, 0.0, 0.8)])
    steps = np.abs(np.diff(shown[round(middle[1])].sum(axis=1)))
    # the quick denoiser darkens the picture's rim
    steps[[0, 1, -2, -1]] = 0.0
    half = shown.shape[1] // 2
    assert steps[:half].argmax() + 0.5 == pytest.approx(left[0], abs=1.5)
    assert half + steps[half:].argmax() + 0.5 == pytest.approx(right[0], abs=1.5)
