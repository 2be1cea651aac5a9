"""A film becomes a Blender scene.

The result is plain Blender: meshes, curves, materials, lamps and keys. It has no handlers, no drivers and no
simulation, so the file plays and renders anywhere without this program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import bpy
import numpy as np
from numpy.typing import NDArray

from ..engine import Landscape
from ..look.materials.base import palette_ramp
from ..look.nodes import Nodes
from ..look.palettes import hex_colour
from ..storyboard.camera.framing import SENSOR
from ..storyboard.colours import ball_colours
from ..storyboard.directing import direct
from ..storyboard.film import Film, Segment, Skin
from ..storyboard.ground import Ground
from ..storyboard.labels import axis_texts
from ..storyboard.labels.layout import lay_out
from ..storyboard.labels.lying import Lying, axis_places, contour_places, emphasised_levels
from ..storyboard.storyboard import Look, Results, Shot, Storyboard
from ..storyboard.telling import backdrop, tell
from ..storyboard.walls import walls_of
from .animation import set_keyframes
from .backdrop import build_backdrop, set_view
from .ball import build_ball, build_plumb_line
from .clouds import build_cloud
from .labels import build_labels, build_lying
from .library import NAME, new_collection, role
from .physics import make_kinematic, make_passive, remove_physics, simulate
from .rebuilding import VIEW, give_way, set_aside
from .skins import Filler, Wardrobe, veil
from .stage import build_camera
from .terrain import build_ground
from .trail import build_trail
from .walls import build_walls

#: Light that the points of a cloud give of their own.
CLOUD_LIGHT = 0.2
#: Surfaces that light goes through where ground vanishes: two blocks, each from above and below, there and back.
SEEN_THROUGH = 32


def build_scene(storyboard: Storyboard, results: Results, scene: bpy.types.Scene, film: Film | None = None) -> Film:
    """Build the storyboard into the scene, in place of what an earlier build left there; the film that it shows.

    Sets the scene's frame range, rate and size, and its camera, world and colour view, unless the person has chosen
    others since an earlier build. What can not be filmed raises `LsbError` and leaves the scene as it is. A film that
    was directed already may be given.
    """
    film = film or direct(storyboard, results, simulate, storyboard.render.aspect)
    remove_physics(scene)
    _forget_markers(scene)
    earlier = set_aside(scene)
    top = new_collection(NAME, earlier.parent or scene.collection)
    _timeline(storyboard, scene)
    looks = tuple(shot.look for shot in storyboard.shots)
    colours = tuple(ball_colours(storyboard.shots[segment.shot], len(segment.balls)) for segment in _shots(film))
    wardrobe = Wardrobe(looks, colours, {})
    for segment in film.segments:
        into = new_collection(segment.name, top)
        build_segment(segment, wardrobe, into, scene)
        if not segment.is_transition:
            _build_walls(storyboard.shots[segment.shot], results.landscapes[segment.shot], segment, film, into)
            _write_axes(storyboard.shots[segment.shot], results.landscapes[segment.shot], segment, film, into)
        if len(film.segments) > 1:
            _show_only(into, segment.frames)
    build_backdrop(film, looks, new_collection("Stage", top), scene, earlier.is_first)
    top[VIEW] = set_view(looks[0], scene, earlier.view)
    _write(storyboard, results, film, scene)
    camera = build_camera(film.camera, "Camera", top)
    if earlier.is_first or scene.camera is None or role(scene.camera):
        scene.camera = camera
        _mark_shots(film, camera, scene)
    _tell_pixel(film, scene)
    scene.cycles.transparent_max_bounces = SEEN_THROUGH
    give_way(earlier, top)
    scene.frame_set(1)
    return film


def build_segment(segment: Segment, wardrobe: Wardrobe, into: bpy.types.Collection, scene: bpy.types.Scene) -> None:
    """What is seen during one segment."""
    short = segment.name.removeprefix("Shot ")
    for number, ground in enumerate(segment.grounds, 1):
        name = f"{short} {number}" if len(segment.grounds) > 1 else short
        materials = ground_materials(ground, name, segment, wardrobe)
        item = build_ground(ground, f"Terrain {name}", materials, segment.frames, into)
        if not segment.is_transition:
            make_passive(item, scene)
    for track in segment.balls:
        material = thing_material(track.name, "ball", track.skin, segment, wardrobe)
        ball = build_ball(track, segment.frames, material, into)
        if not segment.is_transition:
            make_kinematic(ball, scene)
        if track.plumb_line is not None:
            line = thing_material(track.name, "trail", track.skin, segment, wardrobe)
            build_plumb_line(track.plumb_line, f"Plumb line {track.name}", segment.frames, line, into)
    for trail in segment.trails:
        build_trail(trail, segment.frames, thing_material(trail.name, "trail", trail.skin, segment, wardrobe), into)
    for number, cloud in enumerate(segment.clouds, 1):
        name = f"Cloud {short} {number}"
        material = wardrobe.mixed(name, cloud.looks, cloud.blend, segment.frames, ("cloud",), _cloud)
        build_cloud(cloud, name, segment.frames, material, into)


def ground_materials(
    ground: Ground, name: str, segment: Segment, wardrobe: Wardrobe
) -> tuple[bpy.types.Material, bpy.types.Material]:
    """The materials of the ground's top and of its sides, which may have to vanish."""
    vanishes = bool(ground.hole.any()) or ground.presence.min() < 1.0
    made = []
    for part in ("surface", "block"):
        key = (part, name) if vanishes else (part,)
        material = wardrobe.mixed(
            f"{part.title()} {name}", ground.looks, ground.blend, segment.frames, key, _part(part)
        )
        if vanishes:
            width = float(np.ptp(ground.states[0].x))
            veil(material, ground, segment.frames, width, hex_colour(wardrobe.looks[ground.looks[0]].palette.accent))
        # what the view shows where it draws no materials
        palette = wardrobe.looks[ground.looks[0]].palette
        material.diffuse_color = (*hex_colour(palette.stops[len(palette.stops) // 2][1]), 1.0)
        made.append(material)
    return made[0], made[1]


def _part(part: str) -> Filler:
    """Fills a tree with what a look makes of a part of the ground."""

    def fill(nodes: Nodes, look: Look, colour: str) -> None:
        getattr(look.material, part)(nodes, look.palette)

    return fill


def _cloud(nodes: Nodes, look: Look, colour: str) -> None:
    """Points in the palette's colours, with a little light of their own."""
    shown = nodes.mix(0.25, palette_ramp(nodes, nodes.attribute("level"), look.palette), hex_colour(look.palette.light))
    nodes.surface(
        nodes.principled(
            {"Base Color": shown, "Roughness": 0.5, "Emission Color": shown, "Emission Strength": CLOUD_LIGHT}
        )
    )


def _coloured(part: str) -> Filler:
    """Fills a tree with what a look makes of a ball or trail of a colour."""

    def fill(nodes: Nodes, look: Look, colour: str) -> None:
        getattr(look.material, part)(nodes, look.palette, hex_colour(colour))

    return fill


def thing_material(name: str, part: str, skin: Skin, segment: Segment, wardrobe: Wardrobe) -> bpy.types.Material:
    """The material of a ball or a trail."""
    made = wardrobe.mixed(name, skin.looks, skin.blend, segment.frames, (part,), _coloured(part), skin.number)
    made.diffuse_color = (*hex_colour(wardrobe.colour(skin.looks[-1], skin.number)), 1.0)
    return made


def _shots(film: Film) -> list[Segment]:
    return [segment for segment in film.segments if not segment.is_transition]


def _write(storyboard: Storyboard, results: Results, film: Film, scene: bpy.types.Scene) -> None:
    """The writing over the picture."""
    facts = tell(storyboard, results, film)
    aspect = storyboard.render.aspect
    layouts = [lay_out(shot.labels, told, aspect) for shot, told in zip(storyboard.shots, facts, strict=True)]
    build_labels(layouts, scene, aspect)


def _build_walls(shot: Shot, landscape: Landscape, segment: Segment, film: Film, into: bpy.types.Collection) -> None:
    """Axes and grids behind the block."""
    terrain, azimuth = segment.grounds[0].terrain(0), float(film.azimuths[segment.shot])
    walls = walls_of(terrain, landscape, shot.look.around, azimuth, backdrop(shot.look))
    if walls is not None:
        build_walls(walls, f"Walls {segment.shot + 1}", film.places[segment.shot], into)


def _write_axes(shot: Shot, landscape: Landscape, segment: Segment, film: Film, into: bpy.types.Collection) -> None:
    """The names of the axes beside the block, and losses on its contour lines."""
    terrain, azimuth = segment.grounds[0].terrain(0), float(film.azimuths[segment.shot])
    palette = shot.look.palette
    lying: tuple[Lying, ...] = ()
    if shot.labels.axes:
        texts = axis_texts(landscape.axis_names, landscape.explained)
        lying = axis_places(terrain, texts, azimuth, backdrop(shot.look))
    place = film.places[segment.shot]
    build_lying(_moved(lying, place), f"Axes {segment.shot + 1}", into)
    if shot.labels.contour_values and shot.look.material.contours:
        way = segment.balls[0].contact - place if segment.balls else None
        material = shot.look.material
        levels = emphasised_levels(material.contours, material.emphasis)
        values = contour_places(terrain, levels, azimuth, palette, way)
        build_lying(_moved(values, place), f"Values {segment.shot + 1}", into)


def _moved(texts: Sequence[Lying], place: NDArray[np.float64]) -> list[Lying]:
    return [replace(text, place=text.place + place) for text in texts]


def _timeline(storyboard: Storyboard, scene: bpy.types.Scene) -> None:
    scene.frame_start, scene.frame_end = 1, storyboard.n_frames
    scene.render.fps, scene.render.fps_base = storyboard.fps, 1.0
    scene.render.resolution_x, scene.render.resolution_y = storyboard.render.size
    scene.render.resolution_percentage = 100


def _tell_pixel(film: Film, scene: bpy.types.Scene) -> None:
    """Tell the grounds' materials how wide a pixel is, as a share of the distance."""
    side = max(scene.render.resolution_x, scene.render.resolution_y)
    for item in scene.objects:
        if role(item) == "terrain":
            item["pixel"] = SENSOR / (float(film.camera.lens.mean()) * side)


def _forget_markers(scene: bpy.types.Scene) -> None:
    """Remove the markers that show the camera of an earlier build."""
    for marker in list(scene.timeline_markers):
        if marker.camera is not None and role(marker.camera):
            scene.timeline_markers.remove(marker)


def _mark_shots(film: Film, camera: bpy.types.Object, scene: bpy.types.Scene) -> None:
    """A marker where each shot begins; it is ours since it shows our camera."""
    for segment in film.segments:
        if not segment.is_transition:
            scene.timeline_markers.new(segment.name, frame=int(segment.frames[0])).camera = camera


def _show_only(collection: bpy.types.Collection, frames: NDArray[np.int64]) -> None:
    """Show the objects of a segment during its frames only."""
    first, last = int(frames[0]), int(frames[-1])
    keys = np.array([first - 1, first, last + 1])
    for item in collection.objects:
        for path in ("hide_render", "hide_viewport"):
            set_keyframes(item, path, keys, np.array([1.0, 0.0, 1.0]), "CONSTANT")
