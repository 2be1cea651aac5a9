"""Films from Python: a storyboard, or landscapes that are there already, to a film or a picture in one call.

    landscape = read_landscape("surface.h5", "trajectory.h5")
    film(landscape, "descent.mp4")

Everything in the open Blender file is replaced by the film's scene, so this is for programs and notebooks; in Blender's
window the panel builds the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .engine import Landscape
from .errors import LsbError
from .files import checked_folder, whole_file
from .settings import check
from .storyboard.films import FILMS, FilmFormat
from .storyboard.storyboard import Look, Render, Results, Shot, Storyboard

if TYPE_CHECKING:
    import bpy


def storyboard_of(
    landscapes: Landscape | Sequence[Landscape], *, title: str = "", seconds: float = 5.0, look: Look | None = None
) -> tuple[Storyboard, Results]:
    """A storyboard with a shot for each of the landscapes, and its results, which are these."""
    given = (landscapes,) if isinstance(landscapes, Landscape) else tuple(landscapes)
    if not given:
        raise LsbError("a film of no landscape; give at least one")
    shots = tuple(Shot(seconds=seconds, look=look or Look()) for _ in given)
    return Storyboard(title=title, shots=shots), Results.of(*given)


def film(
    what: Storyboard | Landscape | Sequence[Landscape],
    file: str | Path,
    *,
    title: str = "",
    seconds: float = 5.0,
    look: Look | None = None,
    size: tuple[int, int] = (1280, 720),
    quality: str = "preview",
    device: str = "auto",
) -> Path:
    """Render a film (.mp4, .gif, ...) and give its path; its frames lie in a folder beside it and are kept if they fit.

    `what` is a storyboard, which is computed and has its own size and quality, or a landscape, or several in a row;
    the other settings are for these. `device` is that of the renderer. Raises `LsbError`.
    """
    path = Path(file)
    kind = _kind(path)
    storyboard, results = _told(what, title, seconds, look, Render(size=size, quality=quality, film=kind))
    from .render.folder import check_folder
    from .render.frames import render_frames
    from .render.identity import frame_folder
    from .render.video import encode

    kind.check_size(storyboard.render.size)
    beside = checked_folder(path.parent) / f"{path.stem}-frames"
    check_folder(beside)
    scene = _built(storyboard, results, device)
    folder = frame_folder(scene, beside, False)
    folder.open({"title": storyboard.title, "fps": storyboard.fps, "size": list(storyboard.render.size)})
    frames = list(range(1, storyboard.n_frames + 1))
    render_frames(scene, frames, folder)
    encode(folder.files(frames), path, storyboard.fps, kind)
    return path


def _kind(path: Path) -> FilmFormat:
    """The film format that a file's name asks for."""
    for cls in FILMS.values():
        if path.suffix.lower() == cls.suffix:
            return cls()
    suffixes = ", ".join(dict.fromkeys(cls.suffix for cls in FILMS.values()))
    raise LsbError(f"'{path}': the name of a film must end in one of {suffixes}")


def still(
    what: Storyboard | Landscape,
    file: str | Path,
    *,
    at: float = 0.7,
    title: str = "",
    look: Look | None = None,
    size: tuple[int, int] = (1280, 720),
    quality: str = "preview",
    device: str = "auto",
) -> Path:
    """Render one picture (.png), at a share (0 to 1) of the film, and give its path; else as `film`."""
    path = Path(file)
    if path.suffix.lower() != ".png":
        raise LsbError(f"'{path}': the name of a picture must end in .png")
    if not 0.0 <= at <= 1.0:
        raise LsbError(f"{at:g} is no share of the film; allowed: 0 to 1", "at")
    from .render.frames import render_frame

    storyboard, results = _told(what, title, 5.0, look, Render(size=size, quality=quality))
    scene = _built(storyboard, results, device)
    scene.frame_set(1 + round(at * (storyboard.n_frames - 1)))
    with whole_file(path) as temporary:
        render_frame(scene, temporary)
    return path


def _told(
    what: Storyboard | Landscape | Sequence[Landscape], title: str, seconds: float, look: Look | None, render: Render
) -> tuple[Storyboard, Results]:
    """The storyboard and its numbers. Raises `LsbError` for settings outside of their limits."""
    if isinstance(what, Storyboard):
        check(what)
        return what, what.run()
    storyboard, results = storyboard_of(what, title=title, seconds=seconds, look=look)
    storyboard = replace(storyboard, render=render)
    check(storyboard)
    return storyboard, results


def _built(storyboard: Storyboard, results: Results, device: str) -> bpy.types.Scene:
    from .render.quality import set_quality
    from .scene.build import build_scene
    from .scene.library import empty_scene

    scene = empty_scene()
    build_scene(storyboard, results, scene)
    set_quality(scene, storyboard.render.quality, device)
    return scene
