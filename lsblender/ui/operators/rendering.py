"""Films and pictures. Rendering would freeze the window, so with a window another Blender does it, from a copy of the
file; what is seen in the view, with all that the person changed in it, is what comes out.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

from ...errors import LsbError
from ...files import whole_file
from ...scene.library import role
from ..following import live
from ..job import Progress
from ..state import settings, storyboard_of
from .base import LongOperator


class RenderOperator(LongOperator):
    """An operator that renders what is built into a file."""

    bl_options = {"REGISTER"}  # noqa: RUF012
    task = "Rendering"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Only where there is something to see."""
        if not any(role(item) for item in context.scene.objects):
            cls.poll_message_set("Nothing is built yet; press Build first")
            return False
        if live() is not None:
            cls.poll_message_set("Live shows one shot and its whole path; switch it off and press Build first")
            return False
        return super().poll(context)

    def target(self, context: Any) -> Path:
        """The file. Raises `LsbError` for a path relative to a file that is not saved."""
        path = self.filepath or self.usual(context)
        if path.startswith("//") and not bpy.data.filepath:
            raise LsbError(f"'{path}' lies beside the Blender file, which has not been saved yet; save it first")
        file, suffix = Path(bpy.path.abspath(path)).resolve(), self.suffix(context)
        return file if file.suffix.lower() == suffix else file.with_name(f"{file.name}{suffix}")

    def usual(self, context: Any) -> str:
        """The file where none is given."""
        raise NotImplementedError

    def suffix(self, context: Any) -> str:
        """What the file's name ends in."""
        raise NotImplementedError

    def make(self, context: Any, file: Path) -> None:
        """Render it here."""
        raise NotImplementedError

    def finished(self, context: Any, file: Path) -> Callable[[], float]:
        """Tells which share is finished."""
        return lambda: 0.0

    def run(self, context: Any) -> None:
        """Straight through."""
        from ...render.quality import set_quality

        file = self.target(context)
        set_quality(context.scene, storyboard_of(context.scene).render.quality, settings(context.scene).output.device)
        self.make(context, file)
        self.finish(context, file)

    def work(self, context: Any) -> Callable[[Progress], Path]:
        """The same in another Blender."""
        from ..another import Another

        file = self.target(context)
        finished = self.finished(context, file)
        # a registered operator goes by its class's name
        name = self.bl_idname.replace("_OT_", ".").lower()
        another = Another(f"bpy.ops.{name}(filepath={str(file)!r})")

        def wait(progress: Progress) -> Path:
            another.run(finished, progress)
            return file

        return wait

    def finish(self, context: Any, result: Path) -> None:
        """Say where it is."""
        self.report({"INFO"}, f"Rendered {result}")


class RenderFilm(RenderOperator, bpy.types.Operator):
    """Render the film that is built, frame by frame, and encode it; the frames stay in a folder beside it"""

    bl_idname = "lsblender.render"
    bl_label = "Render Film"

    filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})

    def usual(self, context: Any) -> str:
        """The panel's."""
        return str(settings(context.scene).output.film)

    def suffix(self, context: Any) -> str:
        """The film format's."""
        return storyboard_of(context.scene).render.film.suffix

    def frames(self, context: Any) -> list[int]:
        """The frames that are wanted."""
        output, scene = settings(context.scene).output, context.scene
        first, last = scene.frame_start, scene.frame_end
        if output.use_range:
            first, last = max(first, output.first), min(last, output.last)
        if first > last:
            raise LsbError(f"the film has no frames from {output.first} to {output.last}; it ends at {scene.frame_end}")
        return list(range(first, last + 1))

    def make(self, context: Any, file: Path) -> None:
        """Frames, then the film."""
        from ...render.frames import render_frames
        from ...render.identity import frame_folder
        from ...render.video import encode

        scene, frames, wanted = context.scene, self.frames(context), storyboard_of(context.scene).render
        wanted.film.check_size((scene.render.resolution_x, scene.render.resolution_y))
        folder = frame_folder(scene, frames_folder(file), wanted.linear)
        folder.open({"fps": scene.render.fps, "size": [scene.render.resolution_x, scene.render.resolution_y]})
        render_frames(scene, frames, folder)
        encode(folder.files(frames), file, scene.render.fps, wanted.film)

    def finished(self, context: Any, file: Path) -> Callable[[], float]:
        """By the frames that have been written since."""
        from ...render.folder import check_folder

        count, folder = len(self.frames(context)), frames_folder(file)
        check_folder(folder)
        before = {path: path.stat().st_mtime_ns for path in folder.glob("*.png")}

        def share() -> float:
            new = [path for path in folder.glob("*.png") if before.get(path) != path.stat().st_mtime_ns]
            return min(0.99, len(new) / count)

        return share


def frames_folder(film: Path) -> Path:
    """The folder of a film's frames."""
    return film.with_name(f"{film.stem}-frames")


class RenderStill(RenderOperator, bpy.types.Operator):
    """Render the present frame, with its writing, as a picture"""

    bl_idname = "lsblender.render_still"
    bl_label = "Render Still"

    filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})

    def usual(self, context: Any) -> str:
        """The panel's."""
        return str(settings(context.scene).output.still)

    def suffix(self, context: Any) -> str:
        """Always the same."""
        return ".png"

    def make(self, context: Any, file: Path) -> None:
        """The picture, whole or not at all."""
        from ...render.frames import render_frame

        with whole_file(file) as temporary:
            render_frame(context.scene, temporary)
