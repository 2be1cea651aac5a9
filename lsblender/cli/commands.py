"""The commands: each takes the parsed arguments and somebody to report to."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ..engine.untrusted import refuse_pickles
from ..errors import LsbError, within
from ..exchange import (
    EXPORTERS,
    Production,
    export_landscapes,
    is_surface_file,
    read_landscape,
    save_landscapes,
    surface_storyboard,
)
from ..files import whole_file
from ..registry import FAMILIES, unknown
from ..settings import check, fields_of, structure
from ..storyboard.film import Film
from ..storyboard.labels.poster import PAGE, lay_out_poster, window_of
from ..storyboard.physics import Fall, Release
from ..storyboard.posters import poster_facts, poster_storyboard
from ..storyboard.scene_file import read_storyboard
from ..storyboard.scene_text import save_storyboard, scene_text
from ..storyboard.storyboard import Results, Storyboard
from ..terminal import Reporter, blender_at_work
from .farming import wanted_farm
from .outputs import output_folder, target
from .rendering import FRAMES, film_order, make_film

if TYPE_CHECKING:
    import bpy

    from ..render.farm import Farm


def render(options: argparse.Namespace, reporter: Reporter) -> None:
    """Frames into a folder beside the film, then the film; a contact sheet and a report lie with the frames."""
    storyboard, text = _storyboard(options)
    order = film_order(options, storyboard)
    with blender_at_work(reporter):
        from ..render.folder import check_folder
    check_folder(order.folder)
    with wanted_farm(options) as farm:
        results = _results(storyboard, options, reporter, farm)
        with blender_at_work(reporter, order.folder, order.film.parent):
            scene, _ = _built(storyboard, results, options)
            device = _set_quality(scene, storyboard, options, alone=farm is None)
            render = storyboard.render
            facts = {
                "title": storyboard.title,
                "hashes": {
                    "scene_file": sha256(text.encode()).hexdigest(),
                    "content": results.content_hash(storyboard),
                },
                "settings": {
                    "device": device,
                    "engine": str(scene.render.engine),
                    "quality": render.quality,
                    "size": list(render.size),
                    "linear": render.linear,
                },
            }
            make_film(scene, replace(order, farm=farm), options, reporter, facts)
    print(order.film)


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
    """A Blender file that plays and renders without this program: `blender -b FILE -a` writes the frames beside it."""
    file = target(options.output, ".blend")
    storyboard, _ = _storyboard(options)
    results = _results(storyboard, options, reporter)
    with blender_at_work(reporter, file.parent):
        from ..render.pictures import set_output
        from ..render.quality import set_quality
        from ..scene.library import save_file

        scene, _ = _built(storyboard, results, options)
        set_quality(scene, storyboard.render.quality, "cpu")
        set_output(scene, f"{file.stem}{FRAMES}")
        save_file(file)
    print(file)


def export(options: argparse.Namespace, reporter: Reporter) -> None:
    """Files for other programs: a format into a folder, or a whole Unity package."""
    if (options.unity is None) == (options.output is None):
        options.refuse("a folder is needed: -o with --format, none with --unity")
    kind = options.format or "unity"
    folder = output_folder(options.output or options.unity)
    with within("--set"):
        exporter = structure(dict(options.set), EXPORTERS[kind])
    exporter.check_folder(folder)
    storyboard, text = _storyboard(options)
    production = Production(storyboard, _results(storyboard, options, reporter), _simulate, text)
    stage = reporter.stage("Exporting")
    with blender_at_work(reporter, folder), within(source=str(options.scene)):
        files = export_landscapes(exporter, production, folder)
    stage.end()
    for path in files if exporter.suffix else [folder]:
        print(path)


def _simulate(release: Release) -> Fall:
    """What a ball does that is let go: Blender is asked only where one is."""
    from ..scene.physics import simulate

    return simulate(release)


def scene(options: argparse.Namespace, reporter: Reporter) -> None:
    """A scene file that shows a surface of another program, to go on from."""
    file = target(options.output, ".toml")
    with within(source=str(options.scene)):
        refuse_pickles(options.scene)
        if not is_surface_file(options.scene):
            raise LsbError("this is no surface by its name, and so no scene file can be made of it")
    trajectory = options.trajectory or ""
    with _said_of(options), within("shots[0].experiment.landscape"):
        read_landscape(options.scene, trajectory)  # what is wrong with it is told now
    save_storyboard(surface_storyboard(options.scene.resolve(), _resolved(options.trajectory)), file)
    print(file)


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
    storyboard, text = _read(options)
    changes = {name: value for name in ("quality", "size", "linear") if (value := getattr(options, name, None))}
    if changes:
        storyboard = replace(storyboard, render=replace(storyboard.render, **changes))
        try:
            check(storyboard.render)
        except LsbError as error:
            error.key = "--size"
            raise
    return storyboard, text


def _read(options: argparse.Namespace) -> tuple[Storyboard, str]:
    """The storyboard of a scene file or of a surface, and the scene file's text."""
    if is_surface_file(options.scene):
        storyboard = surface_storyboard(options.scene, options.trajectory or "")
        return storyboard, scene_text(storyboard)
    refuse_pickles(options.scene)
    if options.trajectory:
        raise LsbError("is for a surface's file; a scene file names its trajectory itself", "--trajectory")
    return read_storyboard(options.scene)


#: How the settings of a surface's file are called where no scene file names them.
GIVEN = {"shots[0].experiment.landscape.path": "", "shots[0].experiment.landscape.trajectory": "--trajectory"}


@contextmanager
def _said_of(options: argparse.Namespace) -> Iterator[None]:
    """Any `LsbError` raised inside is of the scene file, or of the surface, which has no keys."""
    try:
        yield
    except LsbError as error:
        if not is_surface_file(options.scene):
            error.source = error.source or str(options.scene)
        error.key = GIVEN.get(error.key, error.key)
        raise


def _resolved(file: Path | None) -> str:
    return str(file.resolve()) if file else ""


def _results(
    storyboard: Storyboard, options: argparse.Namespace, reporter: Reporter, farm: Farm | None = None
) -> Results:
    stage = reporter.stage("Computing")
    with _said_of(options):
        results = storyboard.run(stage.update, workers=farm)
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


def _set_quality(
    scene: bpy.types.Scene, storyboard: Storyboard, options: argparse.Namespace, alone: bool = True
) -> str:
    """Set the scene to the storyboard's quality, on the device that is wanted of this machine, if it works alone; what
    it renders with.
    """
    from ..render.quality import set_quality

    return set_quality(scene, storyboard.render.quality, options.device if alone else "cpu", options.engine)


def _shown(default: object) -> str:
    for registry in FAMILIES.values():
        if isinstance(default, registry.base):
            return registry.kind(default)
    return repr(default)
