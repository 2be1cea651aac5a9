"""The backdrop of a film: the lamps, floors and airs of its shots, and how they give way to each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..look.nodes import Nodes
from ..storyboard.film import Film
from ..storyboard.storyboard import Look
from .animation import set_keyframes
from .compat import use_nodes
from .library import NAME, mark, role
from .skins import put_output, take_output
from .stage import air_shader, build_floor, build_lamp

Array = NDArray[np.float64]

#: Floors that fade into each other lie so far apart, in metres.
LAYER = 2e-3
#: Width in pixels of the map by which Cycles finds where the air is bright. Air is smooth; the map that Cycles would
#: make by itself costs more than a draft, for every frame of a camera that moves.
AIR_MAP = 256
#: The share of a transition's light in which a floor that is left behind fades.
FADES = 0.5


def build_backdrop(
    film: Film, looks: Sequence[Look], into: bpy.types.Collection, scene: bpy.types.Scene, first: bool = True
) -> None:
    """Lamps, floors and air of the whole film. A world that the person chose after the first build stays."""
    _build_lamps(film, looks, into)
    _build_floors(film, looks, into)
    if first or scene.world is None or role(scene.world):
        keep_world(scene)
        scene.world = _build_air(film, looks)


def set_view(look: Look, scene: bpy.types.Scene, before: str | None) -> str:
    """Set the colour view of a look, unless the person has changed it since one was set `before`; what is set."""
    view: Any = scene.view_settings
    wanted = look.material.view or look.light.stage(look.palette).view
    if before and _view(scene) != before:
        return before
    view.view_transform, view.look, view.exposure = wanted.transform, wanted.look, wanted.exposure
    return _view(scene)


def _view(scene: bpy.types.Scene) -> str:
    """The scene's colour view, to be compared."""
    view: Any = scene.view_settings
    return f"{view.view_transform}, {view.look}, {view.exposure:.4f}"


def keep_world(scene: bpy.types.Scene) -> None:
    """See to it that the person's own world stays in the file when it is not the scene's any more."""
    if scene.world is not None and not role(scene.world):
        scene.world.use_fake_user = True


def _runs(keys: Sequence[Any]) -> list[list[int]]:
    """The numbers of neighbours that are equal, together."""
    runs: list[list[int]] = []
    for number, key in enumerate(keys):
        if runs and keys[runs[-1][0]] == key:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _build_lamps(film: Film, looks: Sequence[Look], into: bpy.types.Collection) -> None:
    """Each shot's lamps, as strong as the shot is present; equal ones of neighbouring shots are the same lamps."""
    keys = [
        (
            look.light,
            look.palette,
            look.material,
            look.relief.width,
            round(float(azimuth), 3),
            tuple(np.round(place, 6)),
        )
        for look, azimuth, place in zip(looks, film.azimuths, film.places, strict=True)
    ]
    runs = _runs(keys)
    for run in runs:
        look, number = looks[run[0]], run[0]
        presence = film.presence[run].sum(axis=0)
        lamps = [(lamp, film.places[number]) for lamp in look.light.lamps(look.palette)]
        lamps += [(lamp, film.places[number] + film.lowest[number]) for lamp in look.material.lamps(look.palette)]
        for lamp, place in lamps:
            item = build_lamp(lamp, look.relief.width, float(film.azimuths[number]), into)
            item.location = tuple(np.array(item.location) + place)
            if len(runs) > 1:
                item.name = item.data.name = f"{lamp.name} {number + 1}"
                set_keyframes(item.data, "energy", film.frames, item.data.energy * presence)
                _show_while(item, film.frames, presence > 0)


def _build_floors(film: Film, looks: Sequence[Look], into: bpy.types.Collection) -> None:
    """One floor for neighbouring shots on the same level with the same look, which moves along below what is seen;
    others fade one over the other.
    """
    stages = [look.light.stage(look.palette) for look in looks]
    keys = [
        (stage, look.relief.width, round(float(base), 6), look.around.floor)
        for stage, look, base in zip(stages, looks, film.bases, strict=True)
    ]
    runs = _runs(keys)
    for layer, run in enumerate(runs):
        number = run[0]
        if not looks[number].around.floor:
            continue
        weights = film.presence[run]
        presence = weights.sum(axis=0)
        floor = build_floor(stages[number], 0.0, looks[number].relief.width, into)
        floor.name = f"Floor {number + 1}" if len(runs) > 1 else "Floor"
        shares = weights / np.maximum(presence, 1e-9)
        way = np.einsum("kn,kd->nd", shares, film.places[run])
        way[presence <= 0] = film.places[number]
        location = np.column_stack([way[:, :2], np.full(len(way), film.bases[number] - LAYER * layer)])
        set_keyframes(floor, "location", film.frames, location)
        if len(runs) > 1:
            _fade(floor.data.materials[0], film, run, presence)
            _show_while(floor, film.frames, presence > 0)


def _fade(material: Any, film: Film, run: list[int], presence: Array) -> None:
    """Let a floor fade when its shots are left; the next one lies below, whole, as soon as it is there at all."""
    tree = material.node_tree
    sockets = take_output(tree)
    nodes = Nodes(tree)
    there = nodes.value("Presence")
    clear = nodes.new("ShaderNodeBsdfTransparent").outputs[0]
    shown = nodes.new("ShaderNodeMixShader", {0: there, 1: clear, 2: sockets[0]}).outputs[0]
    put_output(nodes, [shown, *sockets[1:]])
    later = film.presence[run[-1] + 1 :].sum(axis=0)
    solid = np.where(later > 0, np.clip((presence - FADES) / (1.0 - FADES), 0.0, 1.0), np.where(presence > 0, 1.0, 0.0))
    set_keyframes(tree, 'nodes["Presence"].outputs[0].default_value', film.frames, solid)


def _build_air(film: Film, looks: Sequence[Look]) -> bpy.types.World:
    """One world, in which the airs of the shots are mixed as these are present."""
    world: bpy.types.World = mark(bpy.data.worlds.new(NAME))
    tree = use_nodes(world)
    nodes = Nodes(tree)
    stages = [look.light.stage(look.palette) for look in looks]
    azimuths = [round(float(azimuth), 3) for azimuth in film.azimuths]
    runs = _runs(
        [
            (stage, azimuth if getattr(stage, "disc", None) else 0.0)
            for stage, azimuth in zip(stages, azimuths, strict=True)
        ]
    )
    shader = air_shader(nodes, stages[0], azimuths[0])
    for run in runs[1:]:
        name = f"Air {run[0] + 1}"
        share = nodes.value(name)
        other = air_shader(nodes, stages[run[0]], azimuths[run[0]])
        shader = nodes.new("ShaderNodeMixShader", {0: share, 1: shader, 2: other}).outputs[0]
        # of what is there from this run back to the first
        here, before = film.presence[run].sum(axis=0), film.presence[: run[0]].sum(axis=0)
        weight = np.where(here + before > 0, here / np.maximum(here + before, 1e-9), 0.0)
        set_keyframes(tree, f'nodes["{name}"].outputs[0].default_value', film.frames, weight)
    nodes.put(nodes.new("ShaderNodeOutputWorld").inputs["Surface"], shader)
    cycles: Any = world.cycles
    cycles.sampling_method, cycles.sample_map_resolution = "MANUAL", AIR_MAP
    return world


def _show_while(item: bpy.types.Object, frames: NDArray[np.int64], there: NDArray[np.bool_]) -> None:
    """Hide the object while it is not there."""
    turns = np.append(0, np.flatnonzero(np.diff(there.astype(int))) + 1)
    for path in ("hide_render", "hide_viewport"):
        set_keyframes(item, path, frames[turns], (~there[turns]).astype(float), "CONSTANT")
