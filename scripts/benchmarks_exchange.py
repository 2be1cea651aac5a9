"""Benchmarks of files that go out. See `benchmark.py`, which lists and runs them."""

from __future__ import annotations

import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from timings import Timing, timing

if TYPE_CHECKING:
    from lsblender.exchange import Production

#: Points along a side, and the arrays of a cloud: x, y, height and loss of each point in double precision.
SIDE = 1000
ARRAYS = 4 * 8 * SIDE**2 / 1e6


def cloud() -> Production:
    """A landscape of 1000 x 1000 points without paths."""
    from lsblender.engine import Landscape
    from lsblender.exchange import Production
    from lsblender.scene.physics import simulate
    from lsblender.storyboard.storyboard import Results, Storyboard

    axis = np.linspace(-1.0, 1.0, SIDE)
    loss = np.sin(3.0 * axis)[:, None] * np.cos(4.0 * axis)[None, :] + np.random.default_rng(0).random((SIDE, SIDE))
    landscape = Landscape(axis, axis, loss, (), ("x", "y"), np.full(2, np.nan))
    return Production(Storyboard(), Results.of(landscape), simulate)


def exporting(kind: str, folder: str) -> Callable[[], object]:
    """The export of the cloud in a format."""
    from lsblender.exchange import EXPORTERS, export_landscapes

    production = cloud()
    return lambda: export_landscapes(EXPORTERS[kind](), production, Path(folder))


def ply_and_blender() -> Timing:
    """A terrain's points as PLY against Blender's own exporter; both are given what they write from, ready made."""
    import bpy

    from lsblender.exchange.point_cloud import surface_cloud, write_cloud
    from lsblender.exchange.shot_model import shot_terrain
    from lsblender.look.palettes import PALETTES
    from lsblender.terminal import quiet_stdout

    production = cloud()
    landscape, terrain, palette = production.results.landscapes[0], shot_terrain(production, 1), PALETTES["glacier"]()
    points = surface_cloud(landscape, terrain, palette, 1.0)
    data = bpy.data.meshes.new("cloud")
    data.vertices.add(len(points))
    data.vertices.foreach_set("co", np.column_stack([points[name] for name in "xyz"]).ravel())
    colours: Any = data.color_attributes.new("Color", "BYTE_COLOR", "POINT")
    rgba = np.column_stack([points[name] for name in ("red", "green", "blue", "alpha")]) / np.float32(255.0)
    colours.data.foreach_set("color_srgb", rgba.astype(np.float32).ravel())
    scene: Any = bpy.context.scene
    scene.collection.objects.link(bpy.data.objects.new("cloud", data))
    with tempfile.TemporaryDirectory() as folder, quiet_stdout():

        def plain() -> None:
            bpy.ops.wm.ply_export(filepath=f"{folder}/plain.ply", export_normals=False, export_uv=False)

        def ours() -> None:
            write_cloud(Path(folder) / "ours.ply", surface_cloud(landscape, terrain, palette, 1.0), 1.0)

        return timing("cloud of 1000 x 1000 as PLY, against Blender's exporter", plain, ours, 1.0)


def csv_and_savetxt() -> Timing:
    """CSV at full precision against np.savetxt."""
    landscape = cloud().results.landscapes[0]
    with tempfile.TemporaryDirectory() as folder:

        def plain() -> None:
            x, y = np.meshgrid(landscape.x, landscape.y)
            table = np.column_stack([x.ravel(), y.ravel(), landscape.loss.ravel()])
            np.savetxt(f"{folder}/plain.csv", table, "%.17g", ",", header="theta_0,theta_1,loss", comments="")

        return timing("cloud of 1000 x 1000 as CSV, against np.savetxt", plain, exporting("csv", folder), 1.5)


def processor_seconds(kind: str, limit: float) -> Timing:
    """A cloud of 1000 x 1000, in seconds of one core, against the seconds that it may take."""
    with tempfile.TemporaryDirectory() as folder:
        work = exporting(kind, folder)
        work()
        started = time.process_time()
        work()
        took = time.process_time() - started
    return Timing(f"cloud of 1000 x 1000 as {kind.upper()}, against {limit:g} s of one core", limit, took, 1.0)


def ply_seconds() -> Timing:
    """PLY in a second."""
    return processor_seconds("ply", 1.0)


def csv_seconds() -> Timing:
    """CSV in four seconds."""
    return processor_seconds("csv", 4.0)


def cloud_memory() -> Timing:
    """The most memory that an export of the cloud takes besides it, against five times its arrays."""
    peak = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("ply", "csv"):
            work = exporting(kind, folder)
            tracemalloc.start()
            work()
            peak = max(peak, tracemalloc.get_traced_memory()[1] / 1e6)
            tracemalloc.stop()
    return Timing("five times the cloud's arrays, against the memory taken", 5.0 * ARRAYS, peak, 1.0, "MB")


EXCHANGE_BENCHMARKS = (ply_and_blender, csv_and_savetxt, ply_seconds, csv_seconds, cloud_memory)
