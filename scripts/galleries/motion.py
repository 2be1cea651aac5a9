"""Two seconds of slow orbit for a look, and how much the ground flickers in them.

A place on the ground is followed through the frames, since camera and ground are known. What it shows changes evenly
while the camera goes round: the light that it mirrors, its place in the blur. So the part of its brightness that is not
half way between the frame before and the frame after is flicker: noise that changes, or lines that crawl over the
pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lsblender.files import whole_file
from lsblender.look.looks import LOOKS, Recipe
from lsblender.storyboard.camera import Orbit, Still
from lsblender.storyboard.motion import Ball
from lsblender.storyboard.storyboard import Results, Storyboard
from lsblender.terminal import quiet_stdout

from .films import in_look, render_moments
from .sheet import Sheet

if TYPE_CHECKING:
    import bpy

Array = NDArray[np.float64]

#: Seconds before, in which the ball comes to rest.
BEFORE = 2.0
#: Places that are followed along a side of the ground.
PLACES = 45
#: Places are looked at with so many pixels round them, so that it does not count how they lie between pixels.
AROUND = 1.0
#: Pixels by which a place has to be away from what is in front of it: lines of sight are not exact at a rim.
CLEAR = 3
#: Share of its distance by which a place and what is seen beside it may differ in distance.
FAR = 0.03
#: More than this root mean square of the flicker, in values of 0 to 255, is seen as crawling.
SEEN = 2.0


@dataclass(frozen=True)
class Circling:
    """How an orbit is filmed: so many frames, their size, frames in a second, and degrees in a second."""

    frames: int = 24
    size: tuple[int, int] = (320, 180)
    fps: int = 12
    speed: float = 6.0


ORBIT = Circling()


@dataclass(frozen=True, eq=False)
class Flicker:
    """The flicker (T - 2, N) of N places in 0 to 255, nan where a place is hidden; where they are in the middle frame:
    `places` (N, 2) in columns and rows.
    """

    values: Array
    places: Array

    @property
    def strength(self) -> float:
        """Its root mean square."""
        return float(np.sqrt(np.nanmean(self.values**2)))

    @property
    def seen(self) -> bool:
        """Whether it is seen."""
        return self.strength > SEEN


def film_look(
    storyboard: Storyboard, results: Results, name: str, folder: Path, quality: str, circling: Circling
) -> Flicker:
    """Film a look in motion: its frames in NAME/ in the folder, NAME.mp4 of them, and NAME.png to look at."""
    from lsblender.render.video import encode
    from lsblender.storyboard.films import H264

    shown = orbit_of(storyboard, name, LOOKS[name], circling)
    frames = list(range(shown.n_frames - circling.frames + 1, shown.n_frames + 1))
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    made = render_moments(shown, results, place, quality, frames)
    flicker = flicker_of([_values(path) for path in made], *followed(frames))
    motion_sheet(made, flicker, folder / f"{name}.png")
    with quiet_stdout():
        encode(made, folder / f"{name}.mp4", circling.fps, H264())
    return flicker


def orbit_of(storyboard: Storyboard, name: str, recipe: Recipe, circling: Circling) -> Storyboard:
    """The storyboard's first shot in a look, the ball at rest while the camera goes round."""
    shown = in_look(storyboard, name, recipe)
    shot = shown.shots[0]
    seconds = BEFORE + circling.frames / circling.fps
    still = {field.name: getattr(shot.look.camera, field.name) for field in fields(Still)}
    camera = Orbit(**{**still, "turn": circling.speed * seconds, "ease": 0.0})
    # rests take up half of a shot at most
    ball = Ball(radius=shot.ball.radius, hold_start=0.0, hold_end=seconds)
    shot = replace(shot, seconds=seconds, ball=ball, look=replace(shot.look, camera=camera))
    return replace(shown, fps=circling.fps, shots=(shot,), render=replace(shown.render, size=circling.size))


def flicker_of(pictures: Sequence[Array], tracks: Array, seen: NDArray[np.bool_]) -> Flicker:
    """The flicker of places whose tracks (T, N, 2), in columns and rows, lead through pictures (H, W, 3) of 0 to 255
    and which are seen (T, N) in them.
    """
    from scipy.ndimage import gaussian_filter, map_coordinates

    shown = np.full((*seen.shape, 3), np.nan)
    for number, picture in enumerate(pictures):
        soft = gaussian_filter(picture, (AROUND, AROUND, 0))
        rows, columns = tracks[number, :, 1], tracks[number, :, 0]
        for k in range(3):
            shown[number, :, k] = map_coordinates(soft[..., k], [rows, columns], order=3, mode="nearest")
    shown[~seen] = np.nan
    off = shown[1:-1] - (shown[:-2] + shown[2:]) / 2
    values = np.sqrt(np.mean(off**2, axis=-1))
    kept = np.isfinite(values).any(axis=0)
    return Flicker(values[:, kept], tracks[len(tracks) // 2, kept])


def followed(frames: Sequence[int]) -> tuple[Array, NDArray[np.bool_]]:
    """Where places on the ground of the scene that is there are in its frames: (T, N, 2) in columns and rows from the
    top, not rounded, and whether they are seen (T, N), away from ball and line.
    """
    import bpy

    from lsblender.scene.library import role

    scene: Any = bpy.context.scene
    (ground,) = (item for item in scene.objects if role(item) == "terrain")
    positions = np.empty(3 * len(ground.data.vertices), dtype=np.float32)
    ground.data.attributes["position"].data.foreach_get("vector", positions)
    points = positions.reshape(-1, 3).astype(float)
    points = points[points[:, 2] >= 0]
    chosen = np.linspace(0, len(points) - 1, PLACES**2).astype(int)
    points = points[np.unique(chosen)]
    tracks, seen = [], []
    for frame in frames:
        scene.frame_set(frame)
        there = _projected(scene, points)
        tracks.append(there)
        seen.append(_in_sight(scene, points, there))
    return np.stack(tracks), np.stack(seen)


def _projected(scene: bpy.types.Scene, points: Array) -> Array:
    """Columns and rows (N, 2) of points (N, 3)."""
    from bpy_extras.object_utils import world_to_camera_view
    from mathutils import Vector

    size = np.array([scene.render.resolution_x, scene.render.resolution_y])
    camera: Any = scene.camera
    view = np.array([world_to_camera_view(scene, camera, Vector(point))[:2] for point in points])
    view[:, 1] = 1.0 - view[:, 1]
    return np.asarray(view * size - 0.5)


def _in_sight(scene: bpy.types.Scene, points: Array, there: Array) -> NDArray[np.bool_]:
    """Whether points (N, 3), seen at `there` (N, 2), are in front of all else, also a little beside."""
    import bpy
    from mathutils import Vector

    from lsblender.scene.library import role

    camera: Any = scene.camera
    eye = camera.matrix_world.translation
    right, up = (camera.matrix_world.to_quaternion() @ Vector(axis) for axis in ((1, 0, 0), (0, 1, 0)))
    graph = bpy.context.evaluated_depsgraph_get()
    seen = np.ones(len(points), dtype=bool)
    size = np.array([scene.render.resolution_x, scene.render.resolution_y])
    seen &= np.all((there > CLEAR) & (there < size - CLEAR), axis=1)
    pixel = camera.data.sensor_width / camera.data.lens / max(size)
    for number in np.flatnonzero(seen):
        target = Vector(points[number])
        away = (target - eye).length
        for across, along in ((-CLEAR, 0), (CLEAR, 0), (0, -CLEAR), (0, CLEAR), (0, 0)):
            aim = target + (right * across + up * along) * pixel * away
            hit, place, _, _, item, _ = scene.ray_cast(graph, eye, (aim - eye).normalized())
            if not hit or role(item) != "terrain" or abs((place - eye).length - away) > FAR * away:
                seen[number] = False
                break
    return seen


def _values(path: Path) -> Array:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.float64)


def motion_sheet(made: Sequence[Path], flicker: Flicker, target: Path) -> None:
    """Write every other frame, and after them where it flickers: white is three times what is seen."""
    with Image.open(made[0]) as picture:
        size = picture.size
    sheet = Sheet(size[0] / size[1], width=4 * size[0])
    marked = np.zeros((size[1], size[0]))
    strength = np.nan_to_num(np.sqrt(np.nanmean(flicker.values**2, axis=0)))
    columns, rows = np.round(flicker.places).astype(int).T
    np.maximum.at(marked, (rows, columns), strength / (3 * SEEN))
    with whole_file(target) as temporary:
        where = temporary.with_name("where.png")
        Image.fromarray(np.uint8(255 * np.clip(marked, 0, 1))).save(where)
        sheet.written([*made[::2], where]).save(temporary)
