"""The stage: lamps, air, floor and camera from their data."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..look.lighting import Disc, Lamp, Stage
from ..look.nodes import Nodes
from ..storyboard.camera import CameraMotion
from .animation import set_keyframes
from .compat import use_nodes
from .library import mark, new_object

#: Radius at which the floor begins to fade, as a share of the one at which it is air.
FADE_FROM = 0.2
#: Share of the light that a polished floor mirrors when one looks along it.
GRAZING = 0.75
#: The f-stop that leaves everything sharp, in a film that is blurred in other frames.
SHARP = 1e4


def build_lamp(lamp: Lamp, width: float, azimuth: float, into: bpy.types.Collection) -> bpy.types.Object:
    """A lamp that looks at the middle of a terrain `width` m wide; sizes are meant for a width of 10 m and
    grow with it.

    `azimuth` (degrees, from x towards y) is where the camera stands that the lamp's direction is meant for.
    """
    data: Any = bpy.data.lights.new(lamp.name, lamp.kind)  # type: ignore[arg-type]
    grow = width / 10.0
    data.color = lamp.colour
    if lamp.kind == "SUN":
        data.energy = lamp.power
        data.angle = float(np.radians(lamp.size[0]))
    elif lamp.kind == "POINT":
        data.energy = lamp.power * grow**2
        data.shadow_soft_size = lamp.size[0] * grow
    else:
        data.energy = lamp.power * grow**2
        data.shape = "RECTANGLE"
        data.size, data.size_y = lamp.size[0] * grow, lamp.size[1] * grow
    item = new_object(lamp.name, data, into)
    back = np.radians(azimuth)
    right, away, up = np.array(lamp.direction) / np.linalg.norm(lamp.direction)
    towards = np.array([-np.sin(back) * right - np.cos(back) * away, np.cos(back) * right - np.sin(back) * away, up])
    item.location = tuple(towards * lamp.distance * grow)
    item.rotation_mode = "QUATERNION"
    item.rotation_quaternion = _facing(towards)
    item.visible_glossy = item.visible_transmission = lamp.in_mirrors
    return item


def _facing(towards: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """w, x, y, z of a lamp that stands in the direction `towards` (3,) and looks back, its width level."""
    from scipy.spatial.transform import Rotation

    level = np.cross([0.0, 0.0, 1.0], towards)
    if np.linalg.norm(level) < 1e-6:
        level = np.array([1.0, 0.0, 0.0])
    level /= np.linalg.norm(level)
    axes = np.stack([level, np.cross(towards, level), towards], axis=-1)
    x, y, z, w = Rotation.from_matrix(axes).as_quat()
    return float(w), float(x), float(y), float(z)


def air_shader(nodes: Nodes, stage: Stage, azimuth: float = 0.0) -> Any:
    """The air: its colour rises from the horizon to the zenith, and below the horizon stays what it is there.

    The disc, if there is one, stands opposite of the camera, which is at `azimuth` (degrees, from x towards y). Below
    the horizon lies its image in the floor, so that it goes on where the floor has faded.
    """
    view = nodes.new("ShaderNodeTexCoord").outputs["Generated"]
    height = nodes.vector("DOT_PRODUCT", view, (0.0, 0.0, 1.0))
    colour = nodes.mix(nodes.smooth(height, 0.0, 0.7), stage.horizon, stage.zenith)
    if stage.disc is not None:
        colour = _with_disc(nodes, colour, view, height, stage.disc, azimuth)
    seen = nodes.new("ShaderNodeLightPath").outputs
    plain = nodes.math("MAXIMUM", seen["Is Camera Ray"], seen["Is Glossy Ray"])
    strength = nodes.math("MULTIPLY_ADD", plain, stage.strength * (1.0 - stage.ambient), stage.strength * stage.ambient)
    return nodes.new("ShaderNodeBackground", {"Color": colour, "Strength": strength}).outputs[0]


def _with_disc(nodes: Nodes, air: Any, view: Any, height: Any, disc: Disc, azimuth: float) -> Any:
    """The air's colour with the disc and its image in it."""
    folded = nodes.new(
        "ShaderNodeCombineXYZ",
        {
            0: nodes.vector("DOT_PRODUCT", view, (1.0, 0.0, 0.0)),
            1: nodes.vector("DOT_PRODUCT", view, (0.0, 1.0, 0.0)),
            2: nodes.math("ABSOLUTE", height),
        },
    ).outputs[0]
    away, up = np.radians(azimuth + 180.0), np.radians(disc.height)
    middle = (float(np.cos(away) * np.cos(up)), float(np.sin(away) * np.cos(up)), float(np.sin(up)))
    closeness = nodes.vector("DOT_PRODUCT", folded, middle)
    inside = nodes.smooth(
        closeness, float(np.cos(np.radians(1.015 * disc.radius))), float(np.cos(np.radians(disc.radius)))
    )
    above = nodes.math("MULTIPLY_ADD", nodes.math("GREATER_THAN", height, 0.0), 1.0 - GRAZING, GRAZING)
    halo = nodes.smooth(closeness, float(np.cos(np.radians(6.0 * disc.radius))), 1.0)
    share = nodes.math("MAXIMUM", nodes.math("MULTIPLY", inside, above), nodes.math("MULTIPLY", halo, 0.45))
    return nodes.mix(share, air, disc.colour)


def build_floor(stage: Stage, z: float, width: float, into: bpy.types.Collection) -> bpy.types.Object:
    """A round floor that becomes transparent with the distance, so that it meets the air without a seam."""
    data = bpy.data.meshes.new("Floor")
    angles = np.linspace(0.0, 2 * np.pi, 64, endpoint=False)
    reach = stage.fade * width
    corners = [(reach * np.cos(a), reach * np.sin(a), 0.0) for a in angles]
    data.from_pydata(corners, [], [tuple(range(len(corners)))])
    material = mark(bpy.data.materials.new("Floor"))
    nodes = Nodes(use_nodes(material))
    gone = nodes.smooth(nodes.vector("LENGTH", nodes.place()), FADE_FROM * reach, 0.96 * reach)
    ground = nodes.principled({"Base Color": stage.floor, "Roughness": stage.floor_roughness})
    if stage.mirror:
        inputs: dict[str | int, Any] = {"Color": (1.0, 1.0, 1.0), "Roughness": stage.floor_roughness}
        polished = nodes.new("ShaderNodeBsdfGlossy", inputs).outputs[0]
        ground = nodes.mixed(stage.mirror, ground, polished)
    clear = nodes.new("ShaderNodeBsdfTransparent").outputs[0]
    nodes.surface(nodes.mixed(gone, ground, clear))
    data.materials.append(material)
    floor = new_object("Floor", data, into)
    floor.location = (0.0, 0.0, z)
    return floor


def build_camera(motion: CameraMotion, name: str, into: bpy.types.Collection) -> bpy.types.Object:
    """A camera with its keys; the ball is in focus if there is an aperture."""
    data = bpy.data.cameras.new(name)
    data.sensor_fit = "AUTO"
    data.clip_start = min(0.1, 0.02 * float(motion.focus.min()))
    data.clip_end = 10_000.0
    data.dof.use_dof = bool((motion.f_stop > 0).any())
    camera = new_object(name, data, into)
    camera.rotation_mode = "QUATERNION"
    for owner, path, values in (
        (camera, "location", motion.location),
        (camera, "rotation_quaternion", motion.rotation),
        (data, "lens", motion.lens),
        (data, "dof.focus_distance", motion.focus),
        (data, "dof.aperture_fstop", np.where(motion.f_stop > 0, motion.f_stop, SHARP)),
    ):
        set_keyframes(owner, path, motion.frames, values)
    return camera
