"""The arguments of every command."""

from __future__ import annotations

import argparse
import tomllib
from datetime import date
from pathlib import Path

from ..exchange import EXPORTERS, reader_kinds
from ..registry import FAMILIES
from ..storyboard.films import FILMS, LOOPS
from ..storyboard.films import QUALITIES as FILM_QUALITIES
from ..version import package_version
from .commands import blend, compute, export, list_choices, render, scene, still
from .rendering import encode

QUALITIES = ("draft", "preview", "final", "best")
#: As in the renderer, which is Blender's and therefore not asked before there is something to render.
DEVICES = ("auto", "cpu", "optix", "cuda", "hip", "metal", "oneapi")
ENGINES = ("cycles", "eevee")


def parser() -> argparse.ArgumentParser:
    families = "; ".join(f"{registry.family}: {', '.join(registry)}" for registry in FAMILIES.values())
    whole = argparse.ArgumentParser(
        prog="lsblender", description="Loss landscapes as art you can trust.", epilog=f"Choices: {families}."
    )
    whole.add_argument("--version", action="version", version=f"lsblender {package_version()}")
    commands = whole.add_subparsers(dest="name", required=True, metavar="COMMAND")

    surfaces = ", ".join(f"{suffix}" for cls in reader_kinds().values() for suffix in cls.suffixes)

    def command(function, help_text: str) -> argparse.ArgumentParser:  # type: ignore[no-untyped-def]
        sub = commands.add_parser(function.__name__, help=help_text, description=function.__doc__)
        sub.set_defaults(command=function)
        sub.add_argument("scene", type=Path, metavar="SCENE", help=f"a storyboard in TOML, or a surface ({surfaces})")
        sub.add_argument("--trajectory", type=Path, metavar="FILE", help="of a surface: the path on it")
        return sub

    film = command(render, "render the frames and the film")
    film.add_argument("-o", "--output", type=Path, metavar="OUT", help="the film's name, or a folder for it (renders)")
    film.add_argument("--exr", dest="linear", action="store_true", help="each frame as linear EXR too, without writing")
    film.add_argument("--spot-check", type=_count, metavar="N", help="render N frames anew, compare, and report it")
    again = film.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="render what is missing or has changed (the default)")
    again.add_argument("--overwrite", action="store_true", help="render all frames anew")
    machines = film.add_mutually_exclusive_group()
    machines.add_argument("--scheduler", metavar="tcp://HOST:PORT", help="render on the Dask cluster of this scheduler")
    machines.add_argument("--local-cluster", type=_count, metavar="N", help="render with N processes of this machine")
    film.add_argument(
        "--shared-folder", type=Path, metavar="DIR", help="a folder that all of the cluster's machines see"
    )
    frames = commands.add_parser("encode", help="encode frames that are there", description=encode.__doc__)
    frames.set_defaults(command=encode)
    frames.add_argument("folder", type=Path, metavar="FOLDER", help="a film's folder of frames, or the film")
    frames.add_argument("-o", "--output", type=Path, metavar="OUT", help="the film's name, or a folder for it")
    frames.add_argument("--fps", type=_count, metavar="N", help="frames per second, instead of the scene's")
    kinds = "; ".join(f"{kind}: {FILMS.summary(kind)}" for kind in FILMS)
    for sub in (film, frames):
        sub.add_argument("--frames", type=_two_numbers("-"), metavar="A-B", help="only these frames")
        sub.add_argument("--step", type=_count, default=1, metavar="N", help="only every Nth frame")
        sub.add_argument("--film", choices=list(FILMS), help=f"instead of the scene's. {kinds}")
        sub.add_argument("--film-quality", choices=FILM_QUALITIES, help="how much of the frames the film keeps (high)")
        sub.add_argument(
            "--loop", choices=LOOPS, help="how the end leads back to the beginning where the film is played for ever"
        )
    picture = command(still, "render one frame")
    picture.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.png")
    picture.add_argument(
        "--poster", action="store_true", help="a framed picture with title and facts, 20 x 30 cm at 300 dpi"
    )
    picture.add_argument("--date", type=_date, metavar="YYYY-MM-DD", help="what the poster is dated (today)")
    moment = picture.add_mutually_exclusive_group()
    moment.add_argument("--frame", type=int, metavar="N", help="the frame's number, from 1")
    moment.add_argument("--at", type=_share, default=0.7, metavar="0..1", help="its place in the film (0.7)")
    for sub in (film, picture):
        sub.add_argument("--quality", choices=QUALITIES, help="instead of the scene's")
        sub.add_argument("--device", choices=DEVICES, default="auto", help="what Cycles renders on (auto)")
        sub.add_argument("--engine", choices=ENGINES, default="cycles", help="eevee: for drafts, on a graphics card")
        sub.add_argument("--size", type=_two_numbers("x"), metavar="WxH", help="instead of the scene's, in pixels")
    numbers = command(compute, "write the landscape and the paths as numbers")
    numbers.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.npz")
    file = command(blend, "write a Blender file")
    file.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.blend")
    files = command(export, "write files for other programs")
    files.add_argument("-o", "--output", type=Path, metavar="DIR", help="the folder for the files of a format")
    formats = "; ".join(f"{kind}: {EXPORTERS.summary(kind)}" for kind in EXPORTERS)
    what = files.add_mutually_exclusive_group(required=True)
    what.add_argument("--format", choices=list(EXPORTERS), metavar="FORMAT", help=formats)
    what.add_argument("--unity", type=Path, metavar="DIR", help="a Unity package: short for --format unity -o DIR")
    files.add_argument(
        "--set", type=_setting, action="append", default=[], metavar="KEY=VALUE",
        help="a setting of the format, as 'list exporter' shows them; may be repeated",
    )  # fmt: skip
    files.set_defaults(refuse=files.error)
    text = command(scene, "write a scene file of a surface, to go on from")
    text.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.toml")
    choices = commands.add_parser("list", help="list what can be chosen", description=list_choices.__doc__)
    choices.set_defaults(command=list_choices)
    choices.add_argument("family", nargs="?", metavar="FAMILY", help="one family, with the settings of its choices")
    return whole


def _two_numbers(mark: str):  # type: ignore[no-untyped-def]
    """A reader of '640x360' or '1-48'."""

    def read(text: str) -> tuple[int, int]:
        first, found, second = text.lower().partition(mark)
        if not found or not first.isdecimal() or not second.isdecimal():
            raise argparse.ArgumentTypeError(f"'{text}' is not of the form A{mark}B")
        return int(first), int(second)

    return read


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1")
    return int(text)


def _setting(text: str) -> tuple[str, object]:
    """A key and a value, which is read as in a scene file; what is nothing there is a text."""
    key, found, value = text.partition("=")
    if not found or not key.strip().isidentifier():
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form KEY=VALUE")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value.strip()


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a date of the form YYYY-MM-DD") from None


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 0 to 1")
    return value
