"""A film, from a scene that is built or from frames that are there: the frames, the film, its poster frame, the contact
sheet and the report.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import LsbError
from ..settings import check
from ..storyboard.films import FILMS, FilmFormat
from ..storyboard.storyboard import Render, Storyboard
from ..terminal import Reporter, blender_at_work
from .outputs import film_target, frame_numbers

if TYPE_CHECKING:
    import bpy

    from ..render.farm import Farm
    from ..render.folder import FrameFolder
    from ..render.frames import Done

#: What the names of a film's frame folder and of its poster frame end in.
FRAMES, POSTER, CONTACT = "-frames", "-poster.png", "contact.png"


@dataclass(frozen=True)
class Order:
    """A film that is wanted: its file and format, its frames and how many of them a second has, how far in it its
    poster frame lies, and who renders it (None: this machine).
    """

    film: Path
    kind: FilmFormat
    frames: list[int]
    fps: Fraction
    poster: float
    farm: Farm | None = None

    @property
    def folder(self) -> Path:
        """Where its frames are."""
        return self.film.with_name(f"{self.film.stem}{FRAMES}")


def film_order(options: argparse.Namespace, storyboard: Storyboard) -> Order:
    """What the command line wants of a storyboard's film. Raises `LsbError` where it can not be had."""
    frames = frame_numbers(options, storyboard.n_frames)
    film, kind = film_target(options, options.scene.stem, _kind(options, storyboard.render.film))
    kind.check_size(storyboard.render.size)
    return Order(film, kind, frames, Fraction(storyboard.fps, options.step), storyboard.render.poster)


def _kind(options: argparse.Namespace, usual: FilmFormat) -> FilmFormat:
    """The film format with the command line's own wishes."""
    kind = usual
    if options.film and options.film != FILMS.kind(usual):
        kind = FILMS[options.film](quality=usual.quality, loop=usual.loop)
    wishes = {"quality": options.film_quality, "loop": options.loop}
    kind = replace(kind, **{name: value for name, value in wishes.items() if value})
    try:
        check(kind)
    except LsbError as error:
        error.key = f"--film-{error.key}"
        raise
    return kind


def make_film(
    scene: bpy.types.Scene, order: Order, options: argparse.Namespace, reporter: Reporter, facts: Mapping[str, Any]
) -> None:
    """Render what is missing of a scene's frames, then all that is made from frames. `facts` of what the scene was made
    from go into the report, its `hashes` and `settings`.
    """
    from ..render.folder import State
    from ..render.identity import frame_folder
    from ..render.report import Report, versions
    from ..render.spot_check import spot_check

    settings = facts["settings"]
    folder = frame_folder(scene, order.folder, settings["linear"])
    about = {"title": facts["title"], "fps": scene.render.fps, "size": settings["size"], "versions": versions()}
    if outdated := folder.open(about).get(State.OTHER, 0):
        reporter.show(f"{outdated} frames were of another version of the film and have been removed", final=True)
    done = _render(scene, order, folder, options, reporter, settings)
    checked: dict[int, float] = {}
    if options.spot_check:
        stage = reporter.stage("Checking", min(options.spot_check, len(order.frames)), "frame")
        checked = spot_check(scene, folder, order.frames, options.spot_check, stage.count)
        stage.end(f"SSIM of at least {min(checked.values()):.4f} to frames rendered anew")
    _encode(order, folder, reporter)
    _picture(order, folder)
    hashes, seconds = facts["hashes"], reporter.seconds
    Report(order.film, order.kind, float(order.fps), done, hashes, seconds, settings, checked).write(folder)


def _render(
    scene: bpy.types.Scene,
    order: Order,
    folder: FrameFolder,
    options: argparse.Namespace,
    reporter: Reporter,
    settings: dict[str, Any],
) -> list[Done]:
    """Make the frames that are missing; what became of each. `settings` are told what a farm rendered with."""
    from ..render.farm_render import FarmRender
    from ..render.frames import KEPT, render_frames

    wanted = len(order.frames) if options.overwrite else len(folder.missing(order.frames))
    stage = reporter.stage("Rendering", wanted, "frame")
    made: list[Done] = []

    def tell(done: Done) -> None:
        made.append(done)
        if done.how != KEPT:
            stage.count()

    if order.farm is None:
        render_frames(scene, order.frames, folder, tell, options.overwrite)
    else:
        render = FarmRender(order.farm, settings["quality"], options.device, options.shared_folder)
        devices = render.render_frames(scene, order.frames, folder, tell, options.overwrite)
        settings["device"] = ", ".join(sorted(devices)) or settings["device"]
    stage.end(f"{_tally(made)}; {settings['device']}")
    return sorted(made, key=lambda done: done.frame)


def _tally(made: list[Done]) -> str:
    """How many frames were rendered and how many there, and how those came about that were rendered."""
    from ..render.frames import COPIED, KEPT, PATCHED, RENDERED, WRITTEN

    count = Counter(done.how for done in made)
    words = {RENDERED: "whole", PATCHED: "round the balls", COPIED: "copied", WRITTEN: "only their writing"}
    ways = ", ".join(f"{count[how]} {word}" for how, word in words.items() if count[how])
    text = f"{len(made) - count[KEPT]} rendered, {count[KEPT]} were there"
    return f"{text}: {ways}" if ways else text


def _encode(order: Order, folder: FrameFolder, reporter: Reporter) -> None:
    """The film from finished frames."""
    from ..render.video import encode

    files = folder.files(order.frames)
    stage = reporter.stage("Encoding")
    encode(files, order.film, order.fps, order.kind, stage.update)
    stage.end()


def _picture(order: Order, folder: FrameFolder) -> None:
    """The film's poster frame, and the contact sheet."""
    from ..files import whole_file
    from ..render.contact import write_contact_sheet
    from ..render.video import read_frame, write_picture

    files = folder.files(order.frames)
    with whole_file(order.film.with_name(f"{order.film.stem}{POSTER}")) as temporary:
        write_picture(read_frame(files[round(order.poster * (len(files) - 1))]), temporary)
    write_contact_sheet(files, folder.path / CONTACT)


def encode(options: argparse.Namespace, reporter: Reporter) -> None:
    """A film from frames that are there, without rendering: in another format, quality or rate."""
    from ..render.folder import FrameFolder

    path = options.folder.resolve()
    if not path.is_dir() and (beside := path.with_name(f"{path.stem}{FRAMES}")).is_dir():
        path = beside
    folder, film = FrameFolder.read(path)
    frames = frame_numbers(options, max(folder.wanted, default=0))
    fps = options.fps or film.get("fps")
    if not isinstance(fps, int) or fps < 1:
        raise LsbError(f"'{path}' does not say how many frames a second has; give --fps")
    options.output = options.output or path.parent
    file, kind = film_target(options, path.name.removesuffix(FRAMES), _kind(options, Render().film))
    order = Order(file, kind, frames, Fraction(fps, options.step), Render().poster)
    with blender_at_work(reporter, file.parent, path):
        _encode(order, folder, reporter)
    print(file)
