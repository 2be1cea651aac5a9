"""The pictures in scenes/gallery: stills, contact sheets, the looks, and the README's errata.

    .venv/bin/python scripts/gallery.py [--only NAME ...] [--stills] [--sheets] [--looks] [--quality LEVEL] [-o DIR]

A still is rendered from the scene as it stands, 752 x 423. A contact sheet, NAME-sheet.png, shows twelve moments, so
that every shot and every transition is seen; a film of more than twelve segments gets more rows. Every scene of several
shots gets one, and a scene of one shot where it is named and `--sheets` is given. looks.png is every look on the
landscape of the quickstart. Names are those of scenes without `.toml`, or `errata`, which is a still. Without
`--stills`, `--sheets` and `--looks` all are made; with names, no looks.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from galleries import GALLERY, ROOT
from galleries.errata import errata
from galleries.films import contact_sheet, looks_sheet

from lsblender.cli import main as lsblender
from lsblender.storyboard.scene_file import read_storyboard

SCENES = ROOT / "scenes"
#: Largest files in bytes: of a still, of a sheet.
LARGEST, LARGEST_SHEET = 400_000, 950_000
#: Size of a still, and its moment where 0.75 is not best.
SIZE = "752x423"
MOMENTS = {"figure-4-parameter-pairs-iris": 0.4, "optimizer-race": 0.9}

#: A picture's file name, what writes it to a path, and its largest size.
Picture = tuple[str, Callable[[Path], None], int]


def still(name: str, quality: str, target: Path) -> None:
    """Write the still of one scene."""
    moment = str(MOMENTS.get(name, 0.75))
    scene = str(SCENES / f"{name}.toml")
    status = lsblender(["still", scene, "--at", moment, "--quality", quality, "--size", SIZE, "-o", str(target)])
    if status:
        raise SystemExit(status)


def names_of_scenes() -> list[str]:
    """Every scene's name."""
    return sorted(path.stem for path in SCENES.glob("*.toml"))


def pictures(options: argparse.Namespace) -> Iterator[Picture]:
    """All that is asked for."""
    everything = not (options.stills or options.sheets or options.looks)
    for name in options.only or [*names_of_scenes(), "errata"]:
        if name == "errata":
            if everything or options.stills:
                yield "errata.png", partial(_errata, options.quality), LARGEST
            continue
        if everything or options.stills:
            yield f"{name}.png", partial(still, name, options.quality or "final"), LARGEST
        scene = SCENES / f"{name}.toml"
        asked = options.sheets and options.only
        if asked or ((everything or options.sheets) and len(read_storyboard(scene)[0].shots) > 1):
            yield f"{name}-sheet.png", partial(_sheet, contact_sheet, scene, options), LARGEST_SHEET
    if options.looks or (everything and not options.only):
        yield "looks.png", partial(_sheet, looks_sheet, SCENES / "quickstart.toml", options), LARGEST_SHEET


def _errata(quality: str | None, target: Path) -> None:
    errata(target, quality or "final")


def _sheet(make: Callable[..., None], scene: Path, options: argparse.Namespace, target: Path) -> None:
    """A sheet; rendered larger than it is shown, so that the middle level does."""
    make(scene, target, options.quality or "preview", LARGEST_SHEET, width=options.width)


def main(arguments: list[str] | None = None) -> int:
    """Make the pictures; exit status 1 if one is too large."""
    options = _parser().parse_args(arguments)
    too_large = False
    for name, make, largest in pictures(options):
        target = options.output / name
        make(target)
        size = target.stat().st_size
        too_large |= size > largest
        print(f"{target}: {size // 1000} kB{' (too large)' if size > largest else ''}", flush=True)
    return int(too_large)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=[*names_of_scenes(), "errata"])
    parser.add_argument("--stills", action="store_true")
    parser.add_argument("--sheets", action="store_true")
    parser.add_argument("--looks", action="store_true")
    parser.add_argument("--quality", choices=("draft", "preview", "final"), help="final for stills, preview for sheets")
    parser.add_argument("--width", type=int, default=1504, help="of a sheet, in pixels (1504)")
    parser.add_argument("-o", "--output", type=Path, default=GALLERY, metavar="DIR")
    return parser


if __name__ == "__main__":
    sys.exit(main())
