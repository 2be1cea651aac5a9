"""The command line: the whole program without a window.

    lsblender render SCENE [-o FILM.mp4]      frames and film
    lsblender still SCENE -o FILE.png         one frame
    lsblender compute SCENE -o FILE.npz       the numbers
    lsblender blend SCENE -o FILE.blend       a Blender file that needs nothing else
    lsblender export SCENE --format ply -o DIR
    lsblender list [FAMILY]                   what can be chosen

Exit status: 0 done, 1 something that the user can mend (one line on standard error), 2 wrong usage, 130 cancelled.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import Cancelled, LsbError, within
from .exchange import EXPORTERS, export_landscapes, save_landscapes
from .files import whole_file
from .registry import FAMILIES, unknown
from .settings import check, fields_of
from .storyboard.scene_file import read_storyboard
from .storyboard.storyboard import Results, Storyboard
from .terminal import Reporter, blender_at_work
from .version import package_version

if TYPE_CHECKING:
    import bpy

#: Suffixes that mean a film or a picture, and not a folder.
OTHER_FILMS = {".avi", ".gif", ".jpg", ".m4v", ".mkv", ".mov", ".mpg", ".ogv", ".png", ".webm"}
QUALITIES = ("draft", "preview", "final")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    reporter = Reporter(sys.stderr)
    message, status = "", 0
    try:
        options.command(options, reporter)
    except (Cancelled, KeyboardInterrupt):
        message, status = "Cancelled", 130
    except LsbError as error:
        message, status = str(error), 1
    finally:
        reporter.close()
    if message:
        print(message, file=sys.stderr)
    return status


def run() -> None:
    """The console command's entry point."""
    sys.exit(main())


# -- commands ------------------------------------------------------------------------------------------------


def render(options: argparse.Namespace, reporter: Reporter) -> None:
    """Frames into a folder beside the film, then the film."""
    storyboard, _ = _storyboard(options)
    film = _film_path(options)
    folder = film.with_name(f"{film.stem}-frames")
    frames = _frame_range(options.frames, storyboard.n_frames)
    with blender_at_work(reporter):
        from .render.frames import check_folder, fingerprint, frame_path, open_folder, render_frames
        from .render.video import encode
    check_folder(folder)
    results = _results(storyboard, options, reporter)
    with blender_at_work(reporter, folder, film.parent):
        scene = _built_scene(storyboard, results, options)
        open_folder(folder, fingerprint(results.content_hash(storyboard)))
        stage = reporter.stage("Rendering", len(frames), "frame")
        new = render_frames(scene, frames, folder, stage.count)
        stage.end(f"{new} rendered, {len(frames) - new} were there")
        stage = reporter.stage("Encoding")
        encode([frame_path(folder, frame) for frame in frames], film, storyboard.fps, storyboard.render.size)
        stage.end()
    print(film)


def still(options: argparse.Namespace, reporter: Reporter) -> None:
    """One frame as a PNG file."""
    storyboard, _ = _storyboard(options)
    count = storyboard.n_frames
    frame = options.frame if options.frame is not None else 1 + round(options.at * (count - 1))
    if not 1 <= frame <= count:
        raise LsbError(f"frame {frame} is out of range; allowed: 1 to {count}", "--frame")
    target = _target(options.output, ".png")
    results = _results(storyboard, options, reporter)
    with blender_at_work(reporter, target.parent):
        from .render.frames import render_frame

        scene = _built_scene(storyboard, results, options)
        stage = reporter.stage("Rendering")
        scene.frame_set(frame)
        with whole_file(target) as temporary:
            render_frame(scene, temporary)
        stage.end()
    print(target)


def compute(options: argparse.Namespace, reporter: Reporter) -> None:
    """The numbers as .npz."""
    target = _target(options.output, ".npz")
    storyboard, text = _storyboard(options)
    results = _results(storyboard, options, reporter)
    for path in save_landscapes(results.landscapes, target, text):
        print(path.resolve())


def blend(options: argparse.Namespace, reporter: Reporter) -> None:
    """A Blender file that plays and renders without this program."""
    target = _target(options.output, ".blend")
    storyboard, _ = _storyboard(options)
    results = _results(storyboard, options, reporter)
    with blender_at_work(reporter, target.parent):
        from .scene.library import save_file

        _built_scene(storyboard, results, options)
        save_file(target)
    print(target)


def export(options: argparse.Namespace, reporter: Reporter) -> None:
    """Files for other programs."""
    storyboard, _ = _storyboard(options)
    results = _results(storyboard, options, reporter)
    for path in export_landscapes(EXPORTERS[options.format](), storyboard, results.landscapes, options.output):
        print(path.resolve())


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


def _built_scene(storyboard: Storyboard, results: Results, options: argparse.Namespace) -> bpy.types.Scene:
    """A fresh Blender scene of the storyboard, set to its quality."""
    from .render.quality import set_quality
    from .scene.build import build_scene
    from .scene.library import empty_scene

    scene = empty_scene()
    with within(source=str(options.scene)):
        build_scene(storyboard, results, scene)
    set_quality(scene, storyboard.render.quality)
    return scene


def _film_path(options: argparse.Namespace) -> Path:
    """`-o` names the film, or the folder for it; without it, it goes to `renders`."""
    output: Path = options.output or Path("renders")
    if output.suffix.lower() in OTHER_FILMS and not output.is_dir():
        raise LsbError(f"'{output}' ends in '{output.suffix}'; '.mp4' is written here", "-o")
    return _checked(output if output.suffix.lower() == ".mp4" else output / f"{options.scene.stem}.mp4")


def _target(path: Path, suffix: str) -> Path:
    """The output file with its suffix; a wrong one is refused before any work is done."""
    if path.is_dir():
        raise LsbError(f"'{path}' is a folder; the name of a file is needed", "-o")
    if path.suffix.lower() not in ("", suffix):
        raise LsbError(f"'{path}' ends in '{path.suffix}'; '{suffix}' is written here", "-o")
    return _checked(path if path.suffix else path.with_suffix(suffix))


def _checked(file: Path) -> Path:
    """The absolute path of an output; refused where nothing can be written, before any work is done."""
    file = file.resolve()
    if file.is_dir():
        raise LsbError(f"'{file}' is a folder; the name of a file is needed", "-o")
    folder = next(parent for parent in file.parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise LsbError(f"can not write to '{file.parent}'", "-o")
    return file


def _frame_range(text: tuple[int, int] | None, count: int) -> list[int]:
    first, last = text or (1, count)
    if not 1 <= first <= last <= count:
        raise LsbError(f"{first}-{last} is out of range; allowed: 1-{count}", "--frames")
    return list(range(first, last + 1))


def _shown(default: object) -> str:
    for registry in FAMILIES.values():
        if isinstance(default, registry.base):
            return registry.kind(default)
    return repr(default)


# -- arguments -----------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    families = "; ".join(f"{registry.family}: {', '.join(registry)}" for registry in FAMILIES.values())
    parser = argparse.ArgumentParser(
        prog="lsblender", description="Loss landscapes as art you can trust.", epilog=f"Choices: {families}."
    )
    parser.add_argument("--version", action="version", version=f"lsblender {package_version()}")
    commands = parser.add_subparsers(dest="name", required=True, metavar="COMMAND")

    def command(function, help_text: str) -> argparse.ArgumentParser:  # type: ignore[no-untyped-def]
        sub = commands.add_parser(function.__name__, help=help_text, description=function.__doc__)
        sub.set_defaults(command=function)
        sub.add_argument("scene", type=Path, metavar="SCENE", help="a storyboard in TOML")
        return sub

    film = command(render, "render the frames and the film")
    film.add_argument("-o", "--output", type=Path, metavar="OUT", help="the film's name, or a folder for it (renders)")
    film.add_argument("--frames", type=_two_numbers("-"), metavar="A-B", help="only these frames")
    picture = command(still, "render one frame")
    picture.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.png")
    moment = picture.add_mutually_exclusive_group()
    moment.add_argument("--frame", type=int, metavar="N", help="the frame's number, from 1")
    moment.add_argument("--at", type=_share, default=0.7, metavar="0..1", help="its place in the film (0.7)")
    for sub in (film, picture):
        sub.add_argument("--quality", choices=QUALITIES, help="instead of the scene's")
        sub.add_argument("--size", type=_two_numbers("x"), metavar="WxH", help="instead of the scene's, in pixels")
    numbers = command(compute, "write the landscape and the paths as numbers")
    numbers.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.npz")
    file = command(blend, "write a Blender file")
    file.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.blend")
    files = command(export, "write files for other programs")
    files.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    formats = "; ".join(f"{kind}: {EXPORTERS.summary(kind)}" for kind in EXPORTERS)
    files.add_argument("--format", choices=list(EXPORTERS), required=True, help=formats)
    choices = commands.add_parser("list", help="list what can be chosen", description=list_choices.__doc__)
    choices.set_defaults(command=list_choices)
    choices.add_argument("family", nargs="?", metavar="FAMILY", help="one family, with the settings of its choices")
    return parser


def _two_numbers(mark: str):  # type: ignore[no-untyped-def]
    """A reader of '640x360' or '1-48'."""

    def read(text: str) -> tuple[int, int]:
        first, found, second = text.lower().partition(mark)
        if not found or not first.isdecimal() or not second.isdecimal():
            raise argparse.ArgumentTypeError(f"'{text}' is not of the form A{mark}B")
        return int(first), int(second)

    return read


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 0 to 1")
    return value
