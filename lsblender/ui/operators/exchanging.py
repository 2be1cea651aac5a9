"""Files of other programs: import, export, and a landscape as a mesh like any other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from ...engine import Landscape
from ...errors import LsbError
from ...exchange import EXPORTERS, Production, export_landscapes, load_landscape, surface_storyboard
from ...exchange.readers import suffixes
from ...storyboard.scene_file import storyboard_from
from ...storyboard.scene_text import scene_text
from ...storyboard.storyboard import Results, Shot, Storyboard
from ..job import Progress
from ..properties import read
from ..results import is_current, keep_results, results_of
from ..rows import active_shot
from ..state import draw_exporter, exporter_of, settings, show_storyboard, storyboard_of
from .base import LongOperator, LsbOperator
from .scene_files import FileOperator


class Export(LsbOperator, bpy.types.Operator):
    """Write the landscapes and their paths for other programs, into a folder"""

    bl_idname = "lsblender.export"
    bl_label = "Export Loss Landscape"
    bl_options = {"REGISTER"}  # noqa: RUF012

    format: bpy.props.EnumProperty(name="Format", items=EXPORTERS.menu_items(), options={"SKIP_SAVE"})
    directory: bpy.props.StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE"})

    @classmethod
    def description(cls, context: Any, properties: Any) -> str:
        """The format's own words."""
        return EXPORTERS.summary(properties.format)

    def invoke(self, context: Any, event: Any) -> Any:
        """Ask for the folder."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def draw(self, context: Any) -> None:
        """The format's settings, beside the file browser."""
        draw_exporter(self.layout, context.scene, self.format)

    def run(self, context: Any) -> None:
        """Write the files."""
        from ...scene.physics import simulate

        storyboard = storyboard_of(context.scene)
        results = results_of(context.scene, storyboard)
        if not self.directory:
            raise LsbError("no folder is given; give directory")
        folder = Path(bpy.path.abspath(self.directory))
        production = Production(storyboard, results, simulate, scene_text(storyboard))
        files = export_landscapes(exporter_of(context.scene, self.format), production, folder)
        self.report({"INFO"}, f"Wrote {len(files)} files, {files[0].name} the first, to {folder}")


class ImportLandscape(FileOperator, LsbOperator, bpy.types.Operator):
    """Show a landscape of a file, with the settings that it holds if it is ours; Build makes the film of it"""

    bl_idname = "lsblender.import_landscape"
    bl_label = "Import Loss Landscape"

    filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: bpy.props.StringProperty(default=";".join(f"*{suffix}" for suffix in suffixes()), options={"HIDDEN"})

    def invoke(self, context: Any, event: Any) -> Any:
        """Ask for the file, unless it was dropped onto the view."""
        return self.execute(context) if self.filepath else super().invoke(context, event)

    def run(self, context: Any) -> None:
        """Show the settings, and keep the numbers as theirs."""
        storyboard, results = read_production(self.file)
        show_storyboard(context.scene, storyboard)
        keep_results(context.scene, storyboard, results)


def read_production(file: Path) -> tuple[Storyboard, Results]:
    """The landscape of a file and its storyboard: that of the scene in the file, or one that reads the file."""
    with suppress(LsbError):
        return _own_production(file)
    storyboard = surface_storyboard(file)
    return storyboard, storyboard.run()


def _own_production(file: Path) -> tuple[Storyboard, Results]:
    """What we computed and saved. Raises `LsbError` for any other file."""
    found = load_landscape(file)
    film = storyboard_from(found.scene, file.parent, str(file))
    # a file is one landscape: of a scene with several shots, that of the number in its name
    number = file.stem.rpartition("_")[2]
    shot = film.shots[int(number) - 1 if number.isdigit() and 0 < int(number) <= len(film.shots) else 0]
    return replace(film, shots=(shot,)), Results.of(found.landscape)


class AddMesh(LongOperator, bpy.types.Operator):
    """Add the landscape of the active shot as a mesh at the 3-D cursor; it is yours, Build does not touch it"""

    bl_idname = "lsblender.add_mesh"
    bl_label = "Loss Landscape"
    task = "Computing"

    def work(self, context: Any) -> Callable[[Progress], Landscape]:
        """The landscape, from what was computed if that is still right."""
        scene = context.scene
        group = active_shot(scene)
        self.shot: Shot = read(group) if group is not None else Shot()
        if group is not None and is_current(scene, storyboard_of(scene)):
            number = settings(scene).storyboard.active_shots
            landscape = results_of(scene, storyboard_of(scene)).landscapes[number]
            return lambda progress: landscape
        return self.shot.experiment.run

    def finish(self, context: Any, result: Landscape) -> None:
        """The mesh, selected like one that was just added."""
        from ...scene.single import add_terrain

        item = add_terrain(result, self.shot.look, context.collection)
        item.location = context.scene.cursor.location
        for other in context.selected_objects:
            other.select_set(False)
        item.select_set(True)
        context.view_layer.objects.active = item
