"""Benchmarks of films of several shots. See `benchmark.py`, which lists and runs them.

The bounds are seconds that a person may have to wait. The same builds are also given as ratios of work done in the same
run: seconds grow with the machine's load and age, those ratios hardly do.

What is built is everything: grounds, balls, trails, camera, lamps, materials and labels. The numbers are there before.
"""

from __future__ import annotations

import statistics
import tempfile
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from timings import ROOT, Timing, seconds

from lsblender.settings import structure
from lsblender.storyboard.scene_file import inherited
from lsblender.storyboard.storyboard import Results, Storyboard

#: Builds of which the median is taken.
RUNS = 3
#: Seconds of a transition; bytes of a megabyte.
LEAD, MEGABYTE = 3, 1e6

RUN = """
dataset = { kind = "moons" }
model = { kind = "mlp", hidden = [8], activation = "tanh" }
optimizers = [{ kind = "adam", learning_rate = 0.05 }]
projection = { kind = "pca", i = 0, j = 1 }
steps = 200
"""

PAIR = f"""
fps = 24
[[shots]]
seconds = 1.0
part = [0.0, 0.5]
[shots.experiment]
{RUN}
resolution = [256, 256]
[[shots]]
inherit = true
part = [0.5, 1.0]
transition = {{ kind = "TRANSITION", seconds = {LEAD} }}
experiment = {{ projection = {{ i = 2, j = 3 }} }}
"""

FILM = f"""
fps = 24
[[shots]]
seconds = 12.5
part = [0.0, 0.4]
[shots.experiment]
{RUN}
resolution = [200, 200]
[[shots]]
inherit = true
part = [0.4, 1.0]
transition = {{ kind = "unfold", seconds = 3.0 }}
experiment = {{ projection = {{ i = 2, j = 3 }} }}
look = {{ camera = "follow" }}
[[shots]]
inherit = true
part = [0.0, 1.0]
transition = {{ kind = "drop", seconds = 3.5 }}
experiment = {{ projection = {{ kind = "most_changed", rank = 1 }} }}
look = {{ palette = "ember", camera = "descent" }}
[[shots]]
inherit = true
transition = {{ kind = "fly", seconds = 3.5 }}
experiment = {{ projection = {{ kind = "most_changed", rank = 2 }} }}
look = {{ palette = "atlas", camera = "orbit" }}
"""


@dataclass(frozen=True)
class Built:
    """Seconds that the numbers took and that the scene took, and the size of the .blend in megabytes."""

    computing: float
    building: float
    megabytes: float


def storyboard_of(text: str) -> Storyboard:
    """The storyboard of a scene file's text."""
    return structure(inherited(tomllib.loads(text)), Storyboard, ROOT)


def pair(kind: str) -> Storyboard:
    """Two planes of one run, 256 x 256 points each, and a transition of 3 s between them."""
    return storyboard_of(PAIR.replace("TRANSITION", kind))


def film() -> Storyboard:
    """Four shots and three transitions, 60 s together, of 200 x 200 points each."""
    return storyboard_of(FILM)


def build(storyboard: Storyboard, runs: int) -> tuple[Built, Results]:
    """Compute a storyboard and build it some times, each in an empty file, and save it; the median, and the numbers."""
    from lsblender.scene.build import build_scene
    from lsblender.scene.library import empty_scene, save_file
    from lsblender.terminal import quiet_stdout

    made: list[Results] = []
    computing = seconds(lambda: made.append(storyboard.run()))
    times = []
    for _ in range(runs):
        scene = empty_scene()
        times.append(seconds(lambda scene=scene: build_scene(storyboard, made[0], scene)))  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as folder, quiet_stdout():
        file = Path(folder) / "film.blend"
        save_file(file)
        megabytes = file.stat().st_size / MEGABYTE
    return Built(computing, statistics.median(times), megabytes), made[0]


def shape_key_per_frame(grids: list[NDArray[np.float64]], frames: int, points: int) -> float:
    """Seconds of the plain way to a ground that changes: the grids made finer by cubic splines, and a mesh of
    points x points with a shape key for every frame, each a mix of the two grids next to it in time.
    """
    import bpy
    from scipy.ndimage import zoom

    from lsblender.scene.library import empty_scene

    empty_scene()
    axis = np.linspace(-5.0, 5.0, points, dtype=np.float32)
    places = np.stack([*np.meshgrid(axis, axis), np.zeros((points, points))], axis=-1, dtype=np.float32)

    def work() -> None:
        fine = [zoom(grid, points / len(grid), order=3) for grid in grids]
        mesh = bpy.data.meshes.new("plain")
        mesh.vertices.add(points * points)
        mesh.vertices.foreach_set("co", places.ravel())
        item = bpy.data.objects.new("plain", mesh)
        item.shape_key_add(name="Basis")
        for moment in np.linspace(0.0, len(fine) - 1.0, frames):
            first = min(int(moment), len(fine) - 2)
            share = moment - first
            places[..., 2] = (1.0 - share) * fine[first] + share * fine[first + 1]
            item.shape_key_add(from_mix=False).data.foreach_set("co", places.ravel())

    return seconds(work)


@cache
def built_pair(kind: str) -> tuple[Built, float]:
    """What two landscapes and the transition between them cost, and the plain way to the transition's ground."""
    storyboard = pair(kind)
    built, results = build(storyboard, RUNS)
    between = [each.landscape.loss for each in results.turnings[1]]
    grids = [results.landscapes[0].loss, *between, results.landscapes[1].loss]
    return built, shape_key_per_frame(grids, LEAD * storyboard.fps, 511)


@cache
def built_film() -> Built:
    """What the film of four shots costs."""
    return build(film(), 1)[0]


def morph() -> Timing:
    """Two landscapes of 256 x 256 and 3 s of morph between them, built in 5 s at most."""
    return Timing("morph of 3 s between 256 x 256 built, against 5 s", 5.0, built_pair("morph")[0].building, 1.0)


def morph_ratio() -> Timing:
    """The same in units of the plain way: 72 shape keys of the ground alone."""
    built, plain = built_pair("morph")
    return Timing("morph of 3 s built, against a shape key for every frame", plain, built.building, 0.5)


def unfold() -> Timing:
    """Two landscapes of 256 x 256 and 3 s of unfold between them, over 24 true landscapes, built in 5 s at most."""
    return Timing("unfold of 3 s between 256 x 256 built, against 5 s", 5.0, built_pair("unfold")[0].building, 1.0)


def unfold_ratio() -> Timing:
    """The same in units of the plain way: 26 grids made finer and 72 shape keys of the ground alone."""
    built, plain = built_pair("unfold")
    return Timing("unfold of 3 s built, against a shape key for every frame", plain, built.building, 0.3)


def film_of_four() -> Timing:
    """60 s, four shots of 200 x 200, three transitions: built in 20 s at most."""
    return Timing("film of 60 s, four shots of 200 x 200 built, against 20 s", 20.0, built_film().building, 1.0)


def film_of_four_ratio() -> Timing:
    """The same in units of the film's own numbers: training, 4 landscapes and the 24 of its unfold."""
    built = built_film()
    return Timing("film of 60 s built, against computing its numbers", built.computing, built.building, 0.25)


def film_of_four_size() -> Timing:
    """Its .blend, of 100 MB at most."""
    return Timing(
        "film of 60 s, four shots of 200 x 200 saved, against 100 MB", 100.0, built_film().megabytes, 1.0, "MB"
    )


FILM_BENCHMARKS = (morph, morph_ratio, unfold, unfold_ratio, film_of_four, film_of_four_ratio, film_of_four_size)
