"""The commands: each takes the parsed arguments and somebody to report to."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import LsbError, within
from ..exchange import EXPORTERS, Production, export_landscapes, save_landscapes
from ..files import whole_file
from ..registry import FAMILIES, unknown
from ..settings import check, fields_of
from ..storyboard.film import Film
from ..storyboard.labels.poster import PAGE, lay_out_poster, window_of
from ..storyboard.physics import Fall, Release
from ..storyboard.posters import poster_facts, poster_storyboard
from ..storyboard.scene_file import read_storyboard
from ..storyboard.storyboard import Results, Storyboard
from ..terminal import Reporter, blender_at_work
from .outputs import film_path, frame_range, output_folder, target

if TYPE_CHECKING:
    import bpy


def render(options: argparse.Namespace, reporter: Reporter) -> None:
    """Frames into a folder beside the film, then the film."""
    storyboard, _ = _storyboard(options)
    film = film_path(options)
    folder = film.with_name(f"{film.stem}-frames")
    frames = frame_range(options.frames, storyboard.n_frames)
    with blender_at_work(reporter):
        from ..render.frames import check_folder, fingerprint, frame_path, open_folder, render_frames
        from ..render.video import encode
    check_folder(folder)
    results = _results(storyboard, options, reporter)
    with blender_at_work(reporter, folder, film.parent):
        scene, _ = _built(storyboard, results, options)
        tool = _set_quality(scene, storyboard, options)
        # pictures of two engines are not mixed
        content = results.content_hash(storyboard) + (f" {options.engine}" if options.engine != "cycles" else "")
        open_folder(folder, fingerprint(content))
        stage = reporter.stage("Rendering", len(frames), "frame")
        new = render_frames(scene, frames, folder, stage.count)
        stage.end(f"{new} rendered, {len(frames) - new} were there; {tool}")
        stage = reporter.stage("Encoding")
        encode([frame_path(folder, frame) for frame in frames], film, storyboard.fps, storyboard.render.size)
        stage.end()
    print(film)


def still(options: argparse.Namespace, reporter: Reporter) -> None:
    """One frame as a PNG file, or as a poster."""
    storyboard, _ = _storyboard(options)
    count = storyboard.n_frames
    frame = options.frame if options.frame is not None else 1 + round(options.at * (count - 1))
    if not 1 <= frame <= count:
        raise LsbError(f"frame {frame} is out of range; allowed: 1 to {count}", "--frame")
    file = target(options.output, ".png")
    if options.poster:
        _poster(storyboard, frame, file, options, reporter)
    else:
        _picture(storyboard, frame, file, options, reporter)
    print(file)


def _picture(storyboard: Storyboard, frame: int, file: Path, options: argparse.Namespace, reporter: Reporter) -> None:
    results = _results(storyboard, options, reporter)
    with blender_at_work(reporter, file.parent):
        from ..render.frames import render_frame

        scene, _ = _built(storyboard, results, options)
        tool = _set_quality(scene, storyboard, options)
        stage = reporter.stage("Rendering")
        scene.frame_set(frame)
        with whole_file(file) as temporary:
            render_frame(scene, temporary)
        stage.end(tool)


def _poster(storyboard: Storyboard, frame: int, file: Path, options: argparse.Namespace, reporter: Reporter) -> None:
    """The frame in a window composed for it, on a mat with what was computed written under it."""
    size = options.size or PAGE
    results = _results(storyboard, options, reporter)
    with blender_at_work(reporter, file.parent):
        from ..render.poster import render_poster, window_region

        region = window_region(window_of(size[0] / size[1]), size)
        storyboard = poster_storyboard(storyboard, (region.right - region.left, region.top - region.bottom))
        scene, film = _built(storyboard, results, options)
        tool = _set_quality(scene, storyboard, options)
        facts = poster_facts(storyboard, results, film, frame, str(options.date or date.today()))
        stage = reporter.stage("Rendering")
        scene.frame_set(frame)
        with whole_file(file) as temporary:
            render_poster(scene, lay_out_poster(facts, size[0] / size[1]), size, temporary)
        stage.end(tool)


def compute(options: argparse.Namespace, reporter: Reporter) -> None:
    """The numbers as .npz."""
    file = target(options.output, ".npz")
    storyboard, text = _storyboard(options)
    results = _results(storyboard, options, reporter)
    for path in save_landscapes(results.landscapes, file, text):
        print(path.resolve())


def blend(options: argparse.Namespace, reporter: Reporter) -> None:
    """A Blender file that plays and renders without this program."""
    file = target(options.output, ".blend")
    storyboard, _ = _storyboard(options)
    results = _results(storyboard, options, reporter)
    with blender_at_work(reporter, file.parent):
        from ..render.quality import set_quality
        from ..scene.library import save_file

        scene, _ = _built(storyboard, results, options)
        set_quality(scene, storyboard.render.quality, "cpu")
        save_file(file)
    print(file)


def export(options: argparse.Namespace, reporter: Reporter) -> None:
    """Files for other programs: a format into a folder, or a whole Unity package."""
    if (options.unity is None) == (options.output is None):
        options.refuse("a folder is needed: -o with --format, none with --unity")
    kind = options.format or "unity"
    folder = output_folder(options.output or options.unity)
    storyboard, text = _storyboard(options)
    production = Production(storyboard, _results(storyboard, options, reporter), _simulate, text)
    stage = reporter.stage("Exporting")
    with blender_at_work(reporter, folder), within(source=str(options.scene)):
        files = export_landscapes(EXPORTERS[kind](), production, folder)
    stage.end()
    for path in files if EXPORTERS[kind].suffix else [folder]:
        print(path)


def _simulate(release: Release) -> Fall:
    """What a ball does that is let go: Blender is asked only where one is."""
    from ..scene.physics import simulate

    return simulate(release)


def list_choices(options: argparse.Namespace, reporter: Reporter) -> None:
    """What can be chosen, with the settings of each choice."""
    names = {registry.family.replace(" ", "_"): registry for registry in FAMILIES.values()}
    wanted = [name for name in names if name.startswith((options.family or "").rstrip("s").replace(" ", "_"))]
    if not wanted:
        raise unknown("family", options.family, list(names))
    for family, registry in names.items():
        if family in wanted:
            print(f"{family}:")
            for kind in registry:
                print(f"  {kind:<22} {registry.summary(kind)}")
                for field, _, facts in fields_of(registry[kind]) if options.family else ():
                    limits = f" ({facts.limits()})" if facts.limits() else ""
                    print(f"      {field.name} = {_shown(field.default)}: {facts.description}{limits}")


# -- what the commands share ---------------------------------------------------------------------------------


def _storyboard(options: argparse.Namespace) -> tuple[Storyboard, str]:
    """The scene file with the command line's own wishes."""
    storyboard, text = read_storyboard(options.scene)
    changes = {name: value for name in ("quality", "size") if (value := getattr(options, name, None))}
    if changes:
        storyboard = replace(storyboard, render=replace(storyboard.render, **changes))
        try:
            check(storyboard.render)
        except LsbError as error:
            error.key = "--size"
            raise
    return storyboard, text


def _results(storyboard: Storyboard, options: argparse.Namespace, reporter: Reporter) -> Results:
    stage = reporter.stage("Computing")
    with within(source=str(options.scene)):
        results = storyboard.run(stage.update)
    stage.end()
    return results


def _built(storyboard: Storyboard, results: Results, options: argparse.Namespace) -> tuple[bpy.types.Scene, Film]:
    """A fresh Blender scene of the storyboard, and the film in it."""
    from ..scene.build import build_scene
    from ..scene.library import empty_scene

    scene = empty_scene()
    with within(source=str(options.scene)):
        film = build_scene(storyboard, results, scene)
    return scene, film


def _set_quality(scene: bpy.types.Scene, storyboard: Storyboard, options: argparse.Namespace) -> str:
    """Set the scene to the storyboard's quality, on the device that is wanted; what it renders with."""
    from ..render.quality import set_quality

    return set_quality(scene, storyboard.render.quality, options.device, options.engine)


def _shown(default: object) -> str:
    for registry in FAMILIES.values():
        if isinstance(default, registry.base):
            return registry.kind(default)
    return repr(default)
