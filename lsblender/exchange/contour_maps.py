"""Contour maps: the landscape from above, as drawings that other programs and pen plotters take."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ..settings import setting
from .exporters import EXPORTERS, Exporter
from .production import Production
from .shot_model import shot_terrain


@EXPORTERS.register("svg", "Contour maps (.svg)")
@dataclass(frozen=True)
class ContourMaps(Exporter):
    """Contour maps with the paths: map_1.svg with colours for slides, lines_1.svg for pen plotters; in mm."""

    suffix: ClassVar[str] = ".svg"

    levels: int = setting(20, "Contour lines from the lowest to the highest point", min=1, max=500, soft_max=60)

    def export(self, production: Production, folder: Path) -> list[Path]:
        from .contour_drawing import ContourMap

        files = []
        for number, shot, landscape in production.shots:
            title = shot.title or (production.storyboard.title if number == 1 else "")
            chart = ContourMap(shot, landscape, shot_terrain(production, number), self.levels, title)
            for name, filled in (("map", True), ("lines", False)):
                files.append(folder / f"{name}_{number}.svg")
                with files[-1].open("w", encoding="utf-8", newline="\n") as text:
                    text.writelines(f"{line}\n" for line in chart.lines(filled))
        return files
