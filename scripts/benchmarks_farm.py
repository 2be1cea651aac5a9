"""How the cost of a film grows with its frames, size and grids, and a farm's workers. See `benchmark.py --farm`.

Costs are processor seconds (user and system) of this process and of all that it has started, since seconds on the clock
say more of what else a machine does. What is measured is small; what a long film costs follows from it by the plainest
rules, which the table names: a frame costs a fixed part and one for each pixel, a grid the same for each point, and
workers share the chunks of a film evenly. That was not measured.
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from benchmarks_quality import cpu_seconds
from timings import ROOT

from lsblender.engine import DATASETS, Plane
from lsblender.engine.grid import evaluate_grid
from lsblender.engine.models import MLP
from lsblender.storyboard.scene_file import read_storyboard
from lsblender.storyboard.storyboard import Storyboard

#: The film whose frames are rendered, under a camera that moves, and at which level.
SCENE, LEVEL = "waves", "draft"
#: Sizes that are measured and those that are computed from them; frames of a short and of a longer chunk.
SIZES, LARGER, SHORT, LONG = ((160, 90), (640, 360)), ((1280, 720), (1920, 1080)), 1, 4
#: Frames that one and two workers share, and their size.
SHARED, SMALL = 16, (160, 90)
#: Points of the grids along a side: measured, and computed from them.
GRIDS, LARGER_GRIDS = (64, 128), (512, 2048)
#: The long film: frames, and workers, each with two processors.
FRAMES, WORKERS, PROCESSORS = 1440, (1, 10, 100), 2


@dataclass(frozen=True)
class Growth:
    """Processor seconds: of starting a chunk, of a frame in each of `SIZES`, of `SHARED` frames here and by one and two
    workers, and of each of `GRIDS`.
    """

    start: float
    frames: tuple[float, ...]
    shared: tuple[float, float, float]
    grids: tuple[float, ...]

    def frame(self, size: tuple[int, int]) -> float:
        """A frame of any size: a fixed part and one for each pixel."""
        pixels = [math.prod(each) for each in SIZES]
        slope = (self.frames[1] - self.frames[0]) / (pixels[1] - pixels[0])
        return self.frames[0] + slope * (math.prod(size) - pixels[0])

    def hours(self, size: tuple[int, int], workers: int, chunk: int) -> float:
        """The time of the long film on so many workers: each chunk is done by one of them, and the last one is waited
        for.
        """
        rounds = math.ceil(math.ceil(FRAMES / chunk) / workers)
        return rounds * (self.start + chunk * self.frame(size)) / PROCESSORS / 3600

    def grid(self, side: int) -> float:
        """A grid of any size: so much for each point."""
        return self.grids[-1] * (side / GRIDS[-1]) ** 2


def storyboard(size: tuple[int, int]) -> Storyboard:
    """The film at a size, with a camera that moves."""
    from lsblender.storyboard.camera import CAMERAS

    found, _ = read_storyboard(ROOT / "scenes" / f"{SCENE}.toml")
    shots = tuple(replace(shot, look=replace(shot.look, camera=CAMERAS["orbit"]())) for shot in found.shots[:1])
    return replace(found, shots=shots, render=replace(found.render, size=size, quality=LEVEL))


def measure() -> Growth:
    """All that is measured."""
    chunks = [measure_chunks(size) for size in SIZES]
    return Growth(
        float(np.mean([start for start, _ in chunks])),
        tuple(frame for _, frame in chunks),
        measure_workers(),
        tuple(measure_grid(side) for side in GRIDS),
    )


def measure_chunks(size: tuple[int, int]) -> tuple[float, float]:
    """Processor seconds of starting a chunk and of each of its frames."""
    from lsblender.render.chunk_process import versions
    from lsblender.render.chunks import Chunk, Means, make_chunk
    from lsblender.render.farm_render import pack

    build(size)
    parcel = pack(Means(LEVEL, "cpu", 0, versions()))
    costs = []
    for count in (SHORT, LONG):
        frames = tuple(range(2, 2 + count))
        chunk = Chunk(frames, dict.fromkeys(frames, "measured"))
        costs.append(cpu_seconds(partial(make_chunk, parcel, chunk)))
    frame = (costs[1] - costs[0]) / (LONG - SHORT)
    return costs[0] - SHORT * frame, frame


def measure_workers() -> tuple[float, float, float]:
    """Processor seconds of some frames: in this process, on one worker and on two, with all that belongs to that."""
    from lsblender.render.farm import local_farm
    from lsblender.render.farm_render import FarmRender
    from lsblender.render.frames import render_frames
    from lsblender.render.identity import frame_folder

    scene = build(SMALL)
    frames = list(range(2, 2 + SHARED))

    def farmed(workers: int, place: Path) -> None:
        with local_farm(workers) as farm:
            FarmRender(farm, LEVEL, "cpu").render_frames(scene, frames, opened(place), lambda done: None)

    def opened(place: Path):  # type: ignore[no-untyped-def]
        folder = frame_folder(scene, place, False)
        folder.open({})
        return folder

    with tempfile.TemporaryDirectory() as apart:
        alone = cpu_seconds(lambda: render_frames(scene, frames, opened(Path(apart) / "alone")))
        one, two = (cpu_seconds(partial(farmed, count, Path(apart) / f"{count}")) for count in (1, 2))
    return alone, one, two


def build(size: tuple[int, int]):  # type: ignore[no-untyped-def]
    """The film as a scene, ready to render."""
    from lsblender.render.quality import set_quality
    from lsblender.scene.build import build_scene
    from lsblender.scene.library import empty_scene

    board = storyboard(size)
    results = board.run()
    scene = empty_scene()
    build_scene(board, results, scene)
    set_quality(scene, LEVEL, "cpu")
    return scene


def measure_grid(side: int) -> float:
    """Processor seconds of the grid of a small network on handwritten digits."""
    objective = MLP(hidden=(16,), activation="tanh").bind(DATASETS["digits"]().load())
    u, v = np.eye(objective.n_params)[:2]
    plane = Plane(objective.initial(np.random.default_rng(0)), u, v, None)
    axis = np.linspace(-1.0, 1.0, side)
    return cpu_seconds(lambda: evaluate_grid(objective, plane, axis, axis))


def table(growth: Growth) -> str:
    """The table for the README."""
    from lsblender.render.farm_render import CHUNK

    rows = [("a chunk's start", f"{growth.start:.1f} s", "measured: Blender, the file, its first picture")]
    for size in (*SIZES, *LARGER):
        how = "measured" if size in SIZES else "computed: a fixed part and one for each pixel"
        rows.append((f"a {LEVEL} frame of {size[0]} x {size[1]}", f"{growth.frame(size):.1f} s", how))
    alone, one, two = growth.shared
    rows.append((f"{SHARED} frames of {SMALL[0]} x {SMALL[1]} in one process", f"{alone:.0f} s", "measured"))
    rows.append(
        ("the same by 1 worker, by 2", f"{one:.0f} s, {two:.0f} s", "measured, with Dask and two chunks' starts")
    )
    for workers in WORKERS:
        hours = growth.hours(LARGER[0], workers, int(CHUNK))
        name = f"{FRAMES} frames of {LARGER[0][0]} x {LARGER[0][1]}, {workers} worker{'s' * (workers > 1)}"
        time = f"{hours:.1f} h" if hours >= 2 else f"{60 * hours:.1f} min"
        rows.append((name, time, f"computed: on the clock, each worker with {PROCESSORS} processors"))
    for side in (*GRIDS, *LARGER_GRIDS):
        how = "measured" if side in GRIDS else "computed: the same for each point"
        rows.append((f"a network's grid of {side} x {side}", f"{growth.grid(side):.3g} s", how))
    body = "".join("| " + " | ".join(row) + " |\n" for row in rows)
    return "| | processor seconds | |\n|---|---|---|\n" + body
