"""The pictures in scenes/gallery: stills of scenes and looks, contact sheets, and the README's errata.

    .venv/bin/python scripts/gallery.py [--only NAME ...] [--stills] [--looks] [--sheets] [--quality LEVEL] [-o DIR]
    .venv/bin/python scripts/gallery.py --check
    .venv/bin/python scripts/gallery.py --panels SCREENSHOTS
    .venv/bin/python scripts/gallery.py --motion [--only look-NAME ...] -o DIR

A still is rendered from the scene as it stands, 752 x 423; a look's still, look-NAME.png, shows it on the landscape of
waves.toml. scenes.png and looks.png are sheets of all stills that are there. A film's contact sheet, NAME-sheet.png,
shows twelve moments, so that every shot and every transition is seen; a film of more than twelve segments gets more
rows. Every scene of several shots gets one, and a scene of one shot where it is named and `--sheets` is given. Names
are those of scenes without `.toml`, `look-` and the name of a look, or `errata`, which is a still. Without `--stills`,
`--looks` and `--sheets` all are made.

`--check` measures the stills: how much is burned out, and whether floor and air have a seam. `--motion` films two
seconds of a slow orbit for every look and measures how much the ground flickers. `--panels` lays screenshots of the
add-on, which `scripts/gui_test --screenshots` takes, side by side as panels.png.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from galleries import GALLERY, ROOT
from galleries.errata import errata
from galleries.films import contact_sheet, look_still, overview
from galleries.measure import BURNT, SEAM, measure
from galleries.panels import panel_sheet

from lsblender.cli import main as lsblender
from lsblender.look.looks import LOOKS
from lsblender.storyboard.scene_file import read_storyboard

SCENES = ROOT / "scenes"
#: Largest files in bytes: of a still, of a sheet.
LARGEST, LARGEST_SHEET = 450_000, 950_000
#: What files of looks begin with, and the scene on whose landscape they are.
LOOK, LOOKS_ON = "look-", "waves"
#: Size of a still, and its moment where 0.75 is not best.
SIZE = "752x423"
MOMENTS = {
    "episodes-breast-cancer": 0.22,
    "episodes-iris": 0.1,
    "figure-4-parameter-pairs-iris": 0.4,
    "mnist-most-changed": 0.97,
    "optimizer-race": 0.9,
    "the-descent": 0.62,
    "unfold": 0.2,
}

#: A picture's file name, what writes it to a path, and its largest size.
Picture = tuple[str, Callable[[Path], None], int]


def still(name: str, target: Path, quality: str) -> None:
    """Write the still of one scene."""
    moment = str(MOMENTS.get(name, 0.75))
    scene = str(SCENES / f"{name}.toml")
    status = lsblender(["still", scene, "--at", moment, "--quality", quality, "--size", SIZE, "-o", str(target)])
    if status:
        raise SystemExit(status)


def names_of_scenes() -> list[str]:
    """Every scene's name."""
    return sorted(path.stem for path in SCENES.glob("*.toml"))


def names_of_looks() -> list[str]:
    """Every look's name, with what its files begin with."""
    return [LOOK + name for name in LOOKS]


def names() -> list[str]:
    """All of which there is a picture."""
    return [*names_of_scenes(), "errata", *names_of_looks()]


def pictures(options: argparse.Namespace) -> Iterator[Picture]:
    """All that is asked for; the sheets of stills last."""
    everything = not (options.stills or options.sheets or options.looks)
    stills, sheets, looks = (everything or asked for asked in (options.stills, options.sheets, options.looks))
    for name in options.only or names():
        scene = SCENES / f"{name}.toml"
        if name.startswith(LOOK):
            if looks:
                shown = partial(look_still, SCENES / f"{LOOKS_ON}.toml", name.removeprefix(LOOK), size_of(SIZE))
                yield f"{name}.png", partial(shown, quality=options.quality or "best"), LARGEST
            continue
        if stills:
            make: Callable[..., None] = errata if name == "errata" else partial(still, name)
            yield f"{name}.png", partial(make, quality=options.quality or "best"), LARGEST
        named = options.sheets and options.only
        if sheets and name != "errata" and (named or len(read_storyboard(scene)[0].shots) > 1):
            # rendered larger than it is shown, so that the middle level does
            sheet = partial(contact_sheet, scene, quality=options.quality or "final", largest=LARGEST_SHEET)
            yield f"{name}-sheet.png", partial(sheet, width=options.width), LARGEST_SHEET
    for asked, file, stems in ((stills, "scenes.png", names_of_scenes()), (looks, "looks.png", names_of_looks())):
        there = [path for path in (options.output / f"{name}.png" for name in stems) if path.is_file()]
        if asked and there:
            yield file, partial(overview, there, largest=LARGEST_SHEET, width=options.width), LARGEST_SHEET


def size_of(text: str) -> tuple[int, int]:
    """(width, height) of 'WIDTHxHEIGHT'."""
    width, height = text.split("x")
    return int(width), int(height)


def main(arguments: list[str] | None = None) -> int:
    """Make the pictures; exit status 1 if one is too large."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.check:
        return check(options.output)
    if options.panels:
        panel_sheet(options.panels, options.output / "panels.png", LARGEST)
        return 0
    if options.motion:
        if options.output == GALLERY:
            parser.error("--motion needs a folder for its films; give -o DIR")
        return films_of_looks(options)
    too_large = False
    for name, make, largest in pictures(options):
        target = options.output / name
        make(target)
        size = target.stat().st_size
        too_large |= size > largest
        print(f"{target}: {size // 1000} kB{' (too large)' if size > largest else ''}", flush=True)
    return int(too_large)


def check(folder: Path) -> int:
    """Print what the stills measure; exit status 1 if one is burned out or has a seam."""
    bad = False
    for name in [*names_of_scenes(), *names_of_looks()]:
        burnt, seam = measure(folder / f"{name}.png")
        wrong = burnt >= BURNT or seam >= SEAM
        bad |= wrong
        print(f"{name:<40} burnt {burnt:7.3%}  seam {seam:6.4f}{'  (too much)' if wrong else ''}", flush=True)
    return int(bad)


def films_of_looks(options: argparse.Namespace) -> int:
    """Film the looks in motion and print how much they flicker; exit status 1 if one does so that it is seen."""
    from galleries.motion import ORBIT, film_look

    storyboard, _ = read_storyboard(SCENES / f"{LOOKS_ON}.toml")
    results = storyboard.run()
    bad = False
    for name in [name.removeprefix(LOOK) for name in options.only or names_of_looks() if name.startswith(LOOK)]:
        flicker = film_look(storyboard, results, name, options.output, options.quality or "preview", ORBIT)
        bad |= flicker.seen
        print(f"{name:<14} flicker {flicker.strength:5.2f} of 255{'  (seen)' if flicker.seen else ''}", flush=True)
    return int(bad)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=names())
    parser.add_argument("--stills", action="store_true")
    parser.add_argument("--sheets", action="store_true")
    parser.add_argument("--looks", action="store_true")
    parser.add_argument("--check", action="store_true", help="measure the stills that are there")
    parser.add_argument("--motion", action="store_true", help="two seconds of a slow orbit for every look")
    parser.add_argument("--panels", type=Path, metavar="DIR", help="lay screenshots of the add-on side by side")
    levels = ("draft", "preview", "final", "best")
    parser.add_argument("--quality", choices=levels, help="best for stills, final for sheets, preview for films")
    parser.add_argument("--width", type=int, default=1504, help="of a sheet, in pixels (1504)")
    parser.add_argument("-o", "--output", type=Path, default=GALLERY, metavar="DIR")
    return parser


if __name__ == "__main__":
    sys.exit(main())
