"""Benchmarks of the scene and of rendering. See `benchmark.py`, which lists and runs them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks_quality import set_factory
from timings import ROOT, Timing, seconds, timing


def terrain_mesh() -> Timing:
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

    return timing("terrain mesh 1000 x 1000, against from_pydata", plain, ours, 15.0)


def keyframes() -> Timing:
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

    return timing("keys of 4,000 frames, against keyframe_insert", plain, ours, 500.0)


def still_camera_film() -> Timing:
    """24 frames of the quickstart under its still camera, against rendering each frame whole."""
    from dataclasses import replace

    from lsblender.render.frames import FrameArtist
    from lsblender.render.pictures import render_picture
    from lsblender.render.quality import set_quality
    from lsblender.scene.build import build_scene
    from lsblender.scene.library import empty_scene
    from lsblender.storyboard.scene_file import read_storyboard
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
            artist, into = FrameArtist(scene), Path(tempfile.mkdtemp(dir=folder))
            for number in numbers:
                artist.make(number, into / f"{number:06d}.png")

        return timing("film under a still camera, against whole frames", whole, ours, 2.0, runs=1)


def quality_levels(level: str, bound: float) -> Timing:
    """A frame of the quickstart against Blender's factory settings of Cycles. At 96 x 54, where the factory's takes
    seconds and not minutes; at larger sizes the ratio is higher, since less of ours is what any frame costs.
    """
    from dataclasses import replace

    from lsblender.render.brush import brush_for
    from lsblender.render.quality import set_quality
    from lsblender.scene.build import build_scene
    from lsblender.scene.library import empty_scene
    from lsblender.storyboard.scene_file import read_storyboard
    from lsblender.terminal import quiet_stdout

    storyboard, _ = read_storyboard(ROOT / "scenes" / "quickstart.toml")
    storyboard = replace(storyboard, render=replace(storyboard.render, size=(96, 54)))
    with tempfile.TemporaryDirectory() as folder, quiet_stdout():
        scene = empty_scene()
        build_scene(storyboard, storyboard.run(), scene)
        scene.frame_set(90)

        def picture() -> None:
            brush_for(scene).picture(Path(folder) / "picture.png")

        set_factory(scene)
        plain = seconds(picture)
        set_quality(scene, level, "cpu")
        picture()
        return Timing(f"frame in {level}, against the factory's settings", plain, seconds(picture), bound)


def draft() -> Timing:
    """A frame in draft, against the factory's settings."""
    return quality_levels("draft", 20.0)


def preview() -> Timing:
    """A frame in preview, against the factory's settings."""
    return quality_levels("preview", 5.0)


def final() -> Timing:
    """A frame in final, against the factory's settings."""
    return quality_levels("final", 2.0)


def quickstart() -> Timing:
    """The quickstart's film from the command line, against the 150 s that a newcomer may have to wait."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "lsblender", "render", str(ROOT / "scenes" / "quickstart.toml"), "-o", folder]
        took = seconds(lambda: subprocess.run(command, cwd=ROOT, check=True, capture_output=True))
    return Timing("quickstart film of 5 s, against 150 s", 150.0, took, 1.0)


SCENE_BENCHMARKS = (terrain_mesh, keyframes, still_camera_film, draft, preview, final, quickstart)
