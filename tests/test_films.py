"""Films from Python: a picture of a landscape that is given, and what is refused before anything is rendered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from skimage.io import imread

from lsblender.engine import Landscape
from lsblender.errors import LsbError
from lsblender.films import film, still, storyboard_of
from lsblender.storyboard.storyboard import Look, Storyboard
from lsblender.storyboard.terrain import Relief
from tests.landscapes import landscape

COARSE = Look(relief=Relief(detail=16, finest=16))


def test_a_picture_shows_its_landscape(tmp_path: Path) -> None:
    """Another landscape is another picture."""
    pictures = []
    for name in ("bowl", "banana"):
        given = landscape(name)
        file = still(given, tmp_path / f"{name}.png", look=COARSE, size=(64, 36), quality="draft", device="cpu")
        pictures.append(imread(file)[..., :3].astype(float))
    assert pictures[0].shape == (36, 64, 3)
    assert np.abs(pictures[0] - pictures[1]).mean() > 2


def test_several_landscapes_are_shots_in_a_row() -> None:
    given = [landscape("bowl"), landscape("banana")]
    storyboard, results = storyboard_of(given, title="Two", seconds=2.0)
    assert [shot.seconds for shot in storyboard.shots] == [2.0, 2.0]
    assert results.landscapes == tuple(given)
    assert storyboard.title == "Two"


@pytest.mark.parametrize(
    ("make", "what", "file", "settings", "message"),
    [
        (film, landscape(), "a.jpeg", {}, "the name of a film must end in one of .mp4"),
        (film, [], "a.mp4", {}, "a film of no landscape; give at least one"),
        (film, landscape(), "a.mp4", {"size": (4, 4)}, "render.size[0]: 4 is out of range"),
        (film, landscape(), "a.mp4", {"seconds": 0.0}, "shots[0].seconds: 0 is out of range"),
        (film, Storyboard(shots=()), "a.mp4", {}, "shots: 0 entries; at least 1 needed"),
        (still, landscape(), "a.mp4", {}, "the name of a picture must end in .png"),
        (still, landscape(), "a.png", {"at": 2.0}, "at: 2 is no share of the film; allowed: 0 to 1"),
        (still, landscape(), "a.png", {"quality": "worst"}, "render.quality: unknown quality 'worst'"),
    ],
)
def test_wrong_wishes(
    make: Any, what: Landscape | Storyboard, file: str, settings: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(LsbError) as error:
        make(what, tmp_path / file, **settings)
    assert message in str(error.value)
    assert list(tmp_path.iterdir()) == []
