"""Timings as ratios, taken in one run on one machine.

    .venv/bin/python scripts/benchmark.py [NAME ...]

Each benchmark times our way and the plain way of doing the same thing, in turn, and prints the ratio of the medians
with the bound that it has to keep. Exit status 1 if a bound is missed. `--json FILE` writes the figures too, `--readme`
puts the table into README.md.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks_engine import ENGINE_BENCHMARKS, Timing

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


@dataclass(frozen=True)
class Result:
    """Seconds of the plain way and of ours, their ratio and the least that it has to be."""

    name: str
    plain: float
    ours: float
    ratio: float
    bound: float


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compare(name: str, plain: Callable[[], object], ours: Callable[[], object], bound: float, runs: int = 3) -> Result:
    """Both ways in turn, `runs` times each; medians."""
    pairs = [(seconds(plain), seconds(ours)) for _ in range(runs)]
    slow, fast = (statistics.median(times) for times in zip(*pairs, strict=True))
    return Result(name, slow, fast, slow / fast, bound)


def terrain_mesh() -> Result:
    """A terrain of 1000 x 1000 points against from_pydata with lists."""
    import bpy

    from lsblender.scene.terrain import fill_mesh
    from lsblender.storyboard.block import block_mesh
    from lsblender.storyboard.terrain import Terrain

    axis = np.linspace(-5.0, 5.0, 1000)
    z = np.sin(axis)[:, None] * np.cos(axis)[None, :] + 1.0
    terrain = Terrain(axis, axis, z, z, float(z.max()), -1.0, np.ones(2), np.zeros(2))
    mesh = block_mesh(terrain)

    def ours() -> None:
        data = bpy.data.meshes.new("ours")
        fill_mesh(data, mesh)
        bpy.data.meshes.remove(data)

    def plain() -> None:
        data = bpy.data.meshes.new("plain")
        faces = [*mesh.quads.tolist(), mesh.floor.tolist()]
        data.from_pydata(mesh.vertices.tolist(), [], faces)
        for name, values in (("loss", mesh.loss), ("level", mesh.level), ("slope", mesh.slope)):
            attribute: Any = data.attributes.new(name, "FLOAT", "POINT")
            for item, value in zip(attribute.data, values, strict=True):
                item.value = value
        bpy.data.meshes.remove(data)

    return compare("terrain mesh 1000 x 1000, against from_pydata", plain, ours, 15.0)


def keyframes() -> Result:
    """7 channels of 4,000 keys against keyframe_insert in a loop (whose cost grows faster than the number of keys)."""
    import bpy

    from lsblender.scene.animation import set_keyframes

    count = 4_000
    frames = np.arange(1, count + 1)
    rng = np.random.default_rng(0)
    location, rotation = rng.normal(size=(count, 3)), rng.normal(size=(count, 4))

    def ball() -> bpy.types.Object:
        item = bpy.data.objects.new("ball", None)
        item.rotation_mode = "QUATERNION"
        return item

    def ours() -> None:
        item = ball()
        set_keyframes(item, "location", frames, location)
        set_keyframes(item, "rotation_quaternion", frames, rotation)

    def plain() -> None:
        item = ball()
        for frame, place, turn in zip(frames.tolist(), location, rotation, strict=True):
            item.location, item.rotation_quaternion = place, turn
            item.keyframe_insert("location", frame=frame)
            item.keyframe_insert("rotation_quaternion", frame=frame)

    return compare("keys of 4,000 frames, against keyframe_insert", plain, ours, 500.0)


def still_camera_film() -> Result:
    """24 frames of the quickstart under its still camera, against rendering each frame whole."""
    from dataclasses import replace

    from lsblender.render import frames as render
    from lsblender.render.pictures import render_picture
    from lsblender.render.quality import set_quality
    from lsblender.scene.build import build_scene
    from lsblender.scene.library import empty_scene
    from lsblender.storyboard.storyboard import read_storyboard
    from lsblender.terminal import quiet_stdout

    storyboard, _ = read_storyboard(ROOT / "scenes" / "quickstart.toml")
    storyboard = replace(storyboard, render=replace(storyboard.render, size=(640, 360), quality="preview"))
    numbers = list(range(61, 85))
    with tempfile.TemporaryDirectory() as folder, quiet_stdout():
        scene = empty_scene()
        build_scene(storyboard, storyboard.run(), scene)
        set_quality(scene, "preview")
        scene.frame_set(60)
        render_picture(scene, Path(folder) / "warm-up.png")

        def whole() -> None:
            for number in numbers:
                scene.frame_set(number)
                render_picture(scene, Path(folder) / f"{number}.png")

        def ours() -> None:
            render.render_frames(scene, numbers, Path(tempfile.mkdtemp(dir=folder)))

        return compare("film under a still camera, against whole frames", whole, ours, 2.0, runs=1)


def quickstart() -> Result:
    """The quickstart's film from the command line, against the 150 s that a newcomer may have to wait."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "lsblender", "render", str(ROOT / "scenes" / "quickstart.toml"), "-o", folder]
        took = seconds(lambda: subprocess.run(command, cwd=ROOT, check=True, capture_output=True))
    return Result("quickstart film of 5 s, against 150 s", 150.0, took, 150.0 / took, 1.0)


def result_of(work: Callable[[], Timing]) -> Callable[[], Result]:
    """A benchmark that gives name, plain and own figure and bound, as one that gives a result."""

    def run() -> Result:
        name, plain, ours, bound = work()
        return Result(name, plain, ours, plain / ours, bound)

    return run


BENCHMARKS: dict[str, Callable[[], Result]] = {
    **{work.__name__: work for work in (terrain_mesh, keyframes, still_camera_film, quickstart)},
    **{work.__name__: result_of(work) for work in ENGINE_BENCHMARKS},
}


def main() -> int:
    """Run the named benchmarks, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--readme", action="store_true", help="put the table into README.md")
    options = parser.parse_args()
    unknown = set(options.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"unknown benchmark {sorted(unknown)[0]}; choose from {', '.join(BENCHMARKS)}")
    results = []
    for name in options.names or BENCHMARKS:
        result = BENCHMARKS[name]()
        results.append(result)
        verdict = "ok" if result.ratio >= result.bound else "MISSED"
        print(
            f"{result.name:<52} {result.plain:9.3f} s {result.ours:9.4f} s  {result.ratio:8.1f} x"
            f"  (at least {result.bound:g} x: {verdict})",
            flush=True,
        )
    if options.json:
        options.json.write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n", encoding="utf-8")
    if options.readme:
        write_table(results)
    return int(any(result.ratio < result.bound for result in results))


def write_table(results: list[Result]) -> None:
    """Replace the table in README.md."""
    head = "| | plain way | lsblender | ratio | bound |\n|---|---|---|---|---|\n"
    rows = "".join(
        f"| {result.name} | {result.plain:.3g} s | {result.ours:.3g} s | {result.ratio:.0f} | {result.bound:g} |\n"
        for result in results
    )
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition("<!-- benchmark -->\n")
    _, _, after = rest.partition("<!-- /benchmark -->")
    readme.write_text(f"{before}<!-- benchmark -->\n{head}{rows}<!-- /benchmark -->{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
