"""Telling: what there is to say about each shot, from the storyboard, its numbers and the film."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from ..engine import Landscape
from ..look.palettes import to_srgb
from .colours import ball_colours
from .film import BallTrack, Film, Segment
from .labels import PathFacts, ShotFacts
from .labels.readings import colour_bar_ticks
from .storyboard import Look, Results, Shot, Storyboard
from .terrain import Terrain

Array = NDArray[np.float64]

#: What is said of heights that are not the loss itself.
SCALES = {"linear": "", "log": "logarithm", "sqrt": "square root", "rank": "rank"}
#: What is said of points without a loss, by how they are drawn.
MISSING = {
    "neighbours": "the ground is drawn on from their neighbours",
    "highest": "they are drawn as high as the highest",
}
#: How an ending of a path's name says that it diverged.
DIVERGED = re.compile(r" \(diverged at step (\d+)\)$")


def backdrop(look: Look) -> str:
    """The colour, as '#rrggbb', that air and floor have round a landscape, and that writing lies on."""
    stage = look.light.stage(look.palette)
    shown = to_srgb(np.clip(np.array(stage.horizon) * stage.strength, 0.0, 1.0))
    return "#" + "".join(f"{round(255 * float(value)):02x}" for value in shown)


def tell(storyboard: Storyboard, results: Results, film: Film) -> tuple[ShotFacts, ...]:
    """What there is to say about each shot."""
    shots = [segment for segment in film.segments if not segment.is_transition]
    return tuple(_facts(storyboard, segment, results.landscapes[segment.shot], film) for segment in shots)


def _facts(storyboard: Storyboard, segment: Segment, landscape: Landscape, film: Film) -> ShotFacts:
    shot = storyboard.shots[segment.shot]
    terrain = segment.grounds[0].terrain(0)
    palette = shot.look.palette
    return ShotFacts(
        frames=segment.frames,
        fps=storyboard.fps,
        backdrop=backdrop(shot.look),
        title=shot.title or (storyboard.title if segment.shot == 0 else ""),
        lines=_lines(landscape),
        quantity=landscape.height.replace("_", " "),
        paths=_paths(shot, segment, landscape, film),
        ticks=colour_bar_ticks(terrain, landscape),
        stops=palette.stops,
        captions=(*film.notes[segment.shot], *_heights(shot, landscape)),
    )


def _lines(landscape: Landscape) -> tuple[str, ...]:
    """Data, model and size in one line, the optimizer or how many in another."""
    names = [named(path.name)[0] for path in landscape.paths]
    parts = [part for part in (landscape.data, landscape.model, parameter_count(landscape)) if part]
    return (", ".join(parts), *([names[0] if len(names) == 1 else f"{len(names)} optimizers"] if names else []))


def parameter_count(landscape: Landscape) -> str:
    """How many parameters the paths have, in words; empty where that is not known."""
    count = landscape.paths[0].theta.shape[1] if landscape.paths else 0
    return f"{count:,} parameter{'' if count == 1 else 's'}".replace(",", "\N{THIN SPACE}") if count else ""


def _heights(shot: Shot, landscape: Landscape) -> tuple[str, ...]:
    """What has been done to the heights for the eye."""
    relief = shot.look.relief
    quantity = landscape.height.replace("_", " ")
    said = [f"Heights: {scale} of the {quantity}."] if (scale := SCALES.get(relief.scale, relief.scale)) else []
    if relief.smoothing:
        cells = "cell" if relief.smoothing == 1 else "cells"
        said.append(f"Heights smoothed over {relief.smoothing:g} {cells} of the grid, for display only.")
    if relief.terraces:
        said.append(f"Heights drawn in {relief.terraces} steps.")
    missing = int(np.isnan(landscape.loss).sum())
    if missing:
        said.append(f"{missing} of {landscape.loss.size} points have no {quantity}; {MISSING[relief.missing]}.")
    return (*landscape.notes, *said)


def named(name: str) -> tuple[str, int | None]:
    """A path's name without its ending, and the step at which it diverged."""
    found = DIVERGED.search(name)
    return DIVERGED.sub("", name).replace("_", " "), int(found[1]) if found else None


def _paths(shot: Shot, segment: Segment, landscape: Landscape, film: Film) -> tuple[PathFacts, ...]:
    colours = ball_colours(shot, len(segment.balls))
    made = []
    for path, motion, colour in zip(landscape.paths, film.motions[segment.shot], colours, strict=False):
        name, diverged = named(path.name)
        finished = motion.walked >= motion.walked[-1] if np.ptp(motion.walked) else np.zeros(len(motion.walked), bool)
        # the loss at the step that is shown: where the ball is between two there is none
        loss = path.loss[np.minimum(motion.step.astype(int) - path.first_step, len(path.loss) - 1)]
        made.append(PathFacts(name, colour, motion.step, loss, finished, diverged))
    for ball, colour in zip(segment.balls[len(made) :], colours[len(made) :], strict=True):
        made.append(_free(ball, colour, segment.grounds[0].terrain(0), segment.grounds[0].place[0]))
    return tuple(made)


def _free(ball: BallTrack, colour: str, terrain: Terrain, place: Array) -> PathFacts:
    """The ball that only falls: the loss of the ground that it is over."""
    from scipy.interpolate import RegularGridInterpolator

    places = terrain.inside(ball.contact[:, :2] - place[:2])
    loss = RegularGridInterpolator((terrain.y, terrain.x), terrain.loss)(places[:, ::-1])
    still = np.linalg.norm(np.diff(ball.location, axis=0, prepend=ball.location[:1]), axis=1) < 1e-4
    moving = np.flatnonzero(~still)
    rested = np.arange(len(still)) > (moving[-1] if len(moving) else 0)
    return PathFacts("gravity", colour, np.zeros(len(loss)), loss, rested)
