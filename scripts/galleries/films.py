"""Contact sheets of scenes, stills of looks, and sheets of stills."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image

from lsblender.files import whole_file
from lsblender.look.lighting import LIGHTS
from lsblender.look.looks import LOOKS, Recipe
from lsblender.look.materials import MATERIALS
from lsblender.look.palettes import PALETTES
from lsblender.storyboard.labels import Labels
from lsblender.storyboard.scene_file import read_storyboard
from lsblender.storyboard.storyboard import Look, Results, Storyboard
from lsblender.storyboard.terrain import Relief

from .moments import moments, rows
from .sheet import LINE, Sheet, save

#: The least rows of a contact sheet.
ROWS = 3
#: Where in the film the looks are seen.
LOOKS_AT = 0.9
#: Nothing is written in the picture.
BARE = Labels(title=False, axes=False, counters=False, legend=False, captions=False)


def render_moments(
    storyboard: Storyboard, results: Results, folder: Path, quality: str, frames: Sequence[int] = (), columns: int = 1
) -> list[Path]:
    """Render frames of a film into a folder; where none are given, moments for `ROWS` rows of so many columns, or for
    as many more as it needs for every shot and every transition to be seen.
    """
    from lsblender.render.frames import render_frame
    from lsblender.render.quality import set_quality
    from lsblender.scene.build import build_scene
    from lsblender.scene.library import empty_scene
    from lsblender.terminal import quiet_stdout

    made = []
    with quiet_stdout():
        scene = empty_scene()
        film = build_scene(storyboard, results, scene)
        set_quality(scene, quality)
        segments = [segment.frames.tolist() for segment in film.segments]
        for frame in frames or moments(segments, columns * rows(len(segments), columns, ROWS)):
            made.append(folder / f"{frame:06d}.png")
            scene.frame_set(frame)
            render_frame(scene, made[-1])
    return made


def contact_sheet(scene: Path, target: Path, quality: str, largest: int, **shape: int) -> None:
    """Write the sheet of a scene's film."""
    storyboard, _ = read_storyboard(scene)
    sheet = Sheet(storyboard.render.aspect, **shape)
    storyboard = replace(storyboard, render=replace(storyboard.render, size=sheet.rendered))
    with TemporaryDirectory() as folder, whole_file(target) as temporary:
        made = render_moments(storyboard, storyboard.run(), Path(folder), quality, columns=sheet.columns)
        save(sheet.written(made), temporary, largest)


def look_still(scene: Path, name: str, size: tuple[int, int], target: Path, quality: str) -> None:
    """Write a look on the landscape of a scene's first shot."""
    storyboard, _ = read_storyboard(scene)
    storyboard = replace(storyboard, shots=storyboard.shots[:1], render=replace(storyboard.render, size=size))
    frame = 1 + round(LOOKS_AT * (storyboard.n_frames - 1))
    with whole_file(target) as temporary:
        shown = in_look(storyboard, name, LOOKS[name])
        (made,) = render_moments(shown, storyboard.run(), temporary.parent / name, quality, [frame])
        made.replace(temporary)


def overview(pictures: Sequence[Path], target: Path, largest: int, width: int) -> None:
    """Write a sheet of pictures that are there, their names under them."""
    with Image.open(pictures[0]) as first:
        sheet = Sheet(first.width / first.height, width=width, line=LINE)
    with whole_file(target) as temporary:
        names = [picture.stem.removeprefix("look-") for picture in pictures]
        save(sheet.written(pictures, names), temporary, largest)


def in_look(storyboard: Storyboard, name: str, recipe: Recipe) -> Storyboard:
    """The storyboard's first shot in a look; what the recipe says of the relief and there is no setting for is told."""
    known = {field.name for field in fields(Relief)}
    settings: dict[str, Any] = dict(recipe.settings)
    camera: dict[str, Any] = dict(recipe.camera)
    relief: dict[str, Any] = {key: value for key, value in recipe.relief.items() if key in known}
    for key in sorted(set(recipe.relief) - known):
        print(f"look '{name}': the relief has no setting '{key}'; shown without", file=sys.stderr)
    shot = storyboard.shots[0]
    look = Look(
        material=MATERIALS[recipe.material](**settings),
        palette=PALETTES[recipe.palette](),
        light=LIGHTS[recipe.light](),
        camera=replace(shot.look.camera, **camera),
        relief=replace(shot.look.relief, **relief),
    )
    return replace(storyboard, shots=(replace(shot, look=look, labels=BARE),))
