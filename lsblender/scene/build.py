"""A storyboard becomes a Blender scene.

The result is plain Blender: meshes, curves, materials, lamps and keys. It has no handlers and no drivers, so
the file plays and renders anywhere without this program.
"""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np
from numpy.typing import NDArray

from ..engine import Landscape
from ..look.nodes import Nodes
from ..look.palettes import hex_colour
from ..storyboard.camera import Subject
from ..storyboard.motion import roll_along
from ..storyboard.storyboard import Shot, Storyboard
from ..storyboard.terrain import build_terrain
from .animation import set_keyframes
from .ball import build_ball
from .compat import use_nodes
from .library import NAME, clear, mark, new_collection, role
from .physics import make_kinematic, make_passive, remove_physics
from .stage import build_air, build_camera, build_floor, build_lamp
from .terrain import build_terrain_object
from .trail import build_trail

#: Radius of the trail as a share of the ball's.
TRAIL = 0.17


def build_scene(storyboard: Storyboard, landscapes: Sequence[Landscape], scene: bpy.types.Scene) -> None:
    """Build every shot of the storyboard into the scene, in place of what an earlier build left there.

    `landscapes` are the shots' results, in order. Sets the scene's frame range, rate, size, camera, world and
    colour view.
    """
    remove_physics(scene)
    _forget_markers(scene)
    clear()
    top = new_collection(NAME, scene.collection)
    _timeline(storyboard, scene)
    shot_frames = storyboard.shot_frames()
    for number, (shot, landscape, frames) in enumerate(zip(storyboard.shots, landscapes, shot_frames, strict=True), 1):
        into = new_collection(f"Shot {number}", top)
        build_shot(shot, landscape, frames, number, into, scene)
        if len(shot_frames) > 1:
            _show_only(into, frames)
    first = storyboard.shots[0]
    _keep_world(scene)
    scene.world = build_air(first.look.light.stage(first.look.palette), NAME)
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = first.look.light.stage(first.look.palette).view_look
    scene.frame_set(1)


def build_shot(
    shot: Shot,
    landscape: Landscape,
    frames: NDArray[np.int64],
    number: int,
    into: bpy.types.Collection,
    scene: bpy.types.Scene,
) -> None:
    """One shot: terrain, balls, trails, lamps, floor and camera."""
    look = shot.look
    terrain = build_terrain(landscape, look.relief)
    materials = build_materials(shot, number)
    ground = build_terrain_object(terrain, f"Terrain {number}", (materials["surface"], materials["block"]), into)
    make_passive(ground, scene)
    motions = [roll_along(path.xy, terrain, shot.ball, frames, scene.render.fps) for path in landscape.paths]
    for path, motion in zip(landscape.paths, motions, strict=True):
        name = f"Ball {number} {path.name}"
        ball = build_ball(motion, shot.ball.radius, name, materials["ball"], into)
        make_kinematic(ball, scene)
        trail_name = f"Trail {number} {path.name}"
        build_trail(path.xy, terrain, motion, TRAIL * shot.ball.radius, trail_name, materials["trail"], into)
    stage = look.light.stage(look.palette)
    width = look.relief.width
    build_floor(stage, terrain.base, width, into)
    aspect = scene.render.resolution_x / scene.render.resolution_y
    view = look.camera.shoot(Subject(terrain, motions[0] if motions else None, frames, aspect))
    for lamp in look.light.lamps(look.palette):
        build_lamp(lamp, width, view.azimuth, into)
    _bind_camera(build_camera(view, f"Camera {number}", into), number, frames, scene)


def build_materials(shot: Shot, number: int) -> dict[str, bpy.types.Material]:
    """The look's materials for surface, block, ball and trail."""
    made: dict[str, bpy.types.Material] = {}
    for part in ("surface", "block", "ball", "trail"):
        material = mark(bpy.data.materials.new(f"{part.title()} {number}"))
        tree = use_nodes(material)
        getattr(shot.look.material, part)(Nodes(tree), shot.look.palette)
        made[part] = material
    palette = shot.look.palette
    for part, colour in (
        ("ball", palette.accent),
        ("trail", palette.accent),
        ("surface", palette.stops[1][1]),
    ):
        made[part].diffuse_color = (*hex_colour(colour), 1.0)
    made["surface"].cycles.emission_sampling = "NONE"
    return made


def _bind_camera(camera: bpy.types.Object, number: int, frames: NDArray[np.int64], scene: bpy.types.Scene) -> None:
    """Make it the camera from the shot's first frame on, by a marker."""
    if number == 1:
        scene.camera = camera
    scene.timeline_markers.new(f"Shot {number}", frame=int(frames[0])).camera = camera


def _timeline(storyboard: Storyboard, scene: bpy.types.Scene) -> None:
    scene.frame_start, scene.frame_end = 1, storyboard.n_frames
    scene.render.fps, scene.render.fps_base = storyboard.fps, 1.0
    scene.render.resolution_x, scene.render.resolution_y = storyboard.render.size
    scene.render.resolution_percentage = 100


def _forget_markers(scene: bpy.types.Scene) -> None:
    """Remove the markers that show the cameras of an earlier build."""
    for marker in list(scene.timeline_markers):
        if marker.camera is not None and role(marker.camera):
            scene.timeline_markers.remove(marker)


def _keep_world(scene: bpy.types.Scene) -> None:
    """See to it that the person's own world stays in the file when it is not the scene's any more."""
    if scene.world is not None and not role(scene.world):
        scene.world.use_fake_user = True


def _show_only(collection: bpy.types.Collection, frames: NDArray[np.int64]) -> None:
    """Show the objects of a shot during its frames only."""
    first, last = int(frames[0]), int(frames[-1])
    keys = np.array([first - 1, first, last + 1])
    for item in collection.objects:
        for path in ("hide_render", "hide_viewport"):
            set_keyframes(item, path, keys, np.array([1.0, 0.0, 1.0]), "CONSTANT")
