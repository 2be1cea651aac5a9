"""What a poster says, and the storyboard of its picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .colours import ball_colours
from .film import Film
from .labels import axis_texts
from .labels.facts import Labels
from .labels.poster import PosterFacts
from .storyboard import Look, Results, Storyboard
from .telling import named, parameter_count, tell

#: Free border round what the camera shows, as a share of the window.
MARGIN = 0.035


def poster_storyboard(storyboard: Storyboard, size: tuple[int, int]) -> Storyboard:
    """The same film for a window of so many pixels, with nothing written over it but the axes' names."""
    shots = tuple(replace(shot, labels=_bare(shot.labels), look=_close(shot.look)) for shot in storyboard.shots)
    return replace(storyboard, shots=shots, render=replace(storyboard.render, size=size))


def _close(look: Look) -> Look:
    """The camera comes closer: the mat is border enough."""
    return replace(look, camera=replace(look.camera, margin=min(look.camera.margin, MARGIN)))


def _bare(labels: Labels) -> Labels:
    return replace(labels, title=False, counters=False, legend=False, colour_bar=False, captions=False)


def shot_at(storyboard: Storyboard, frame: int) -> int:
    """The number, from 0, of the shot that a frame shows or leads into."""
    return int(np.argmax([frame <= cue.shot[-1] for cue in storyboard.timeline()]))


def poster_facts(storyboard: Storyboard, results: Results, film: Film, frame: int, date: str) -> PosterFacts:
    """What there is to say about the shot that a frame shows; `date` is what is written as such."""
    number = shot_at(storyboard, frame)
    shot, landscape = storyboard.shots[number], results.landscapes[number]
    told = tell(storyboard, results, film)[number]
    rows: list[tuple[str, str, tuple[str, ...]]] = []
    if landscape.data:
        rows.append(("Data", landscape.data, ()))
    model = ", ".join(part for part in (landscape.model, parameter_count(landscape)) if part)
    rows.append(("Model", model, ()))
    colours = ball_colours(shot, len(landscape.paths))
    for k, (path, colour) in enumerate(zip(landscape.paths, colours, strict=True)):
        steps = f", {len(path.xy) - 1} steps" if len(path.xy) > 1 else ""
        label = ("Optimizer" if len(landscape.paths) == 1 else "Optimizers") if k == 0 else ""
        rows.append((label, named(path.name)[0] + steps, (colour,)))
    if np.isfinite(landscape.explained).any():
        texts = axis_texts(landscape.axis_names, landscape.explained)
        rows.append(("Variance", ", ".join(text.replace("  (", " ").rstrip(")") for text in texts), ()))
    rows += [("Note" if k == 0 else "", text, ()) for k, text in enumerate(told.captions)]
    rows.append(("Date", date, ()))
    terrain = next(segment for segment in film.segments if segment.shot == number and not segment.is_transition)
    loss = terrain.grounds[0].terrain(0).loss
    ends = (f"{told.quantity} {loss.min():.3g}", f"{loss.max():.3g}")
    title = shot.title or storyboard.title
    return PosterFacts(title, tuple(rows), shot.look.palette.backdrop, told.stops, ends)
