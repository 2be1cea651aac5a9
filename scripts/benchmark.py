"""Timings as ratios, taken in one run on one machine.

    .venv/bin/python scripts/benchmark.py [NAME ...]

Each benchmark times our way and the plain way of doing the same thing, in turn, and prints the ratio of the medians
with the bound that it has to keep. Exit status 1 if a bound is missed. `--json FILE` writes the figures too, `--readme`
puts the table into README.md.

    .venv/bin/python scripts/benchmark.py --levels [LOOK ...] [--full] [--readme]

measures what draft, preview and final cost in these looks, or in all, in processor seconds. `--full` also renders them
by Blender's factory settings and with 512 samples, to which ratio, SSIM and FLIP refer; that takes many minutes a look,
and is kept in build/levels. The README's table has what is kept, and of the other looks what was measured now.

    .venv/bin/python scripts/benchmark.py --moving [LOOK ...] [--readme]

measures what a frame of 1280 x 720 costs under a moving camera, and under one that stands still.

    .venv/bin/python scripts/benchmark.py --farm [--json FILE] [--readme]

measures how the cost of a film grows with frames, size, grid and workers, in processor seconds too.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from benchmarks_engine import ENGINE_BENCHMARKS
from benchmarks_exchange import EXCHANGE_BENCHMARKS
from benchmarks_farm import measure as measure_growth
from benchmarks_farm import table as growth_table
from benchmarks_film import FILM_BENCHMARKS
from benchmarks_networks import NETWORK_BENCHMARKS
from benchmarks_panel import PANEL_BENCHMARKS
from benchmarks_quality import kept, measure_look, measure_moving, missed, moving_table, table
from benchmarks_scene import SCENE_BENCHMARKS
from timings import ROOT, Timing

from lsblender.look.looks import LOOKS

BENCHMARKS: dict[str, Callable[[], Timing]] = {
    work.__name__: work
    for work in (
        *SCENE_BENCHMARKS,
        *FILM_BENCHMARKS,
        *PANEL_BENCHMARKS,
        *EXCHANGE_BENCHMARKS,
        *ENGINE_BENCHMARKS,
        *NETWORK_BENCHMARKS,
    )
}


def main() -> int:
    """Run the named benchmarks, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--readme", action="store_true", help="put the table into README.md")
    parser.add_argument(
        "--levels", nargs="*", choices=list(LOOKS), metavar="LOOK", help="measure the levels of quality"
    )
    parser.add_argument(
        "--moving", nargs="*", choices=list(LOOKS), metavar="LOOK", help="measure frames under a moving camera"
    )
    parser.add_argument("--full", action="store_true", help="with --levels: against factory settings and truth")
    parser.add_argument("--farm", action="store_true", help="measure how the cost of a film grows")
    options = parser.parse_args()
    if options.farm:
        return growth(options.readme, options.json)
    if options.moving is not None:
        return moving(options.moving or list(LOOKS), options.readme, options.json)
    if options.levels is not None:
        return levels(options.levels or list(LOOKS), options.full, options.readme, options.json)
    unknown = set(options.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"unknown benchmark {sorted(unknown)[0]}; choose from {', '.join(BENCHMARKS)}")
    results = []
    for name in options.names or BENCHMARKS:
        result = BENCHMARKS[name]()
        results.append(result)
        print(result, flush=True)
    if options.json:
        figures = [asdict(result) | {"ratio": result.ratio} for result in results]
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if options.readme:
        write_table(results)
    return int(any(result.ratio < result.bound for result in results))


def write_table(results: list[Timing]) -> None:
    """Replace the table in README.md."""
    head = "| | plain way | lsblender | ratio | bound |\n|---|---|---|---|---|\n"
    rows = "".join(
        f"| {result.name} | {result.plain:.3g} {result.unit} | {result.ours:.3g} {result.unit} "
        f"| {result.ratio:.3g} | {result.bound:.3g} |\n"
        for result in results
    )
    put_in_readme("benchmark", head + rows)


def put_in_readme(mark: str, text: str) -> None:
    """Replace what is between a mark and its end in README.md."""
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(f"<!-- {mark} -->\n")
    _, _, after = rest.partition(f"<!-- /{mark} -->")
    readme.write_text(f"{before}<!-- {mark} -->\n{text}<!-- /{mark} -->{after}", encoding="utf-8")


def levels(names: list[str], full: bool, readme: bool, figures: Path | None) -> int:
    """Measure the levels of quality; exit status 1 if what was measured in full misses a bound."""
    rows = []
    for name in names:
        rows.append(measure_look(name, full))
        print(rows[-1], flush=True)
        if full:
            rows[-1].keep()
    misses = [line for row in rows if full for line in missed(row)]
    print("".join(f"MISSED {line}\n" for line in misses), end="")
    if figures:
        figures.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    if readme:
        known = {row.look: row for row in rows} | kept()
        put_in_readme("levels", table([known[name] for name in LOOKS if name in known]))
    return int(bool(misses))


def moving(names: list[str], readme: bool, figures: Path | None) -> int:
    """Measure frames under a moving camera; there is no bound to miss."""
    rows = []
    for name in names:
        rows.append(measure_moving(name))
        print(rows[-1], flush=True)
    if figures:
        figures.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    if readme:
        put_in_readme("moving", moving_table(rows))
    return 0


def growth(readme: bool, figures: Path | None) -> int:
    """Measure how the cost of a film grows; there is no bound to miss."""
    found = measure_growth()
    text = growth_table(found)
    print(text, end="")
    if figures:
        figures.write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")
    if readme:
        put_in_readme("farm", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
