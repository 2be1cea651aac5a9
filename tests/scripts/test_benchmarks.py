"""The films that are timed are those that the bounds speak of, and the table says in what its figures are."""

from __future__ import annotations

from pathlib import Path

import benchmark
import benchmarks_exchange
import benchmarks_film
import pytest
from timings import Timing

from lsblender.storyboard.transitions import TRANSITIONS

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["morph", "unfold"])
def test_pair_has_three_seconds_between_256(kind: str) -> None:
    storyboard = benchmarks_film.pair(kind)
    assert storyboard.fps == 24
    assert [shot.experiment.resolution for shot in storyboard.shots] == [(256, 256)] * 2
    assert TRANSITIONS.kind(storyboard.shots[1].transition) == kind
    assert len(storyboard.timeline()[1].transition) == 72


def test_film_is_a_minute_of_four_shots() -> None:
    storyboard = benchmarks_film.film()
    assert storyboard.n_frames == 60 * storyboard.fps
    assert [shot.experiment.resolution for shot in storyboard.shots] == [(200, 200)] * 4
    assert all(len(cue.transition) for cue in storyboard.timeline()[1:])


def test_shape_key_per_frame_does_the_work() -> None:
    """The plain way leaves a key for every frame, the last of which is the last grid."""
    import bpy
    import numpy as np

    rng = np.random.default_rng(0)
    grids = [rng.normal(size=(8, 8)) for _ in range(3)]
    assert benchmarks_film.shape_key_per_frame(grids, 5, 8) > 0
    keys = bpy.data.meshes["plain"].shape_keys.key_blocks
    assert len(keys) == 1 + 5
    places = np.empty(3 * 64, dtype=np.float32)
    for number, grid in ((1, grids[0]), (3, grids[1]), (5, grids[2])):
        keys[number].data.foreach_get("co", places)
        np.testing.assert_allclose(places[2::3], grid.ravel(), atol=1e-6)


def test_cloud_is_a_million_points() -> None:
    """Whose arrays are four numbers each."""
    (landscape,) = benchmarks_exchange.cloud().results.landscapes
    assert landscape.loss.shape == (1000, 1000)
    assert 4e-6 * landscape.loss.nbytes == pytest.approx(benchmarks_exchange.ARRAYS)
    assert {work.__name__ for work in benchmarks_exchange.EXCHANGE_BENCHMARKS} <= set(benchmark.BENCHMARKS)


def test_names_are_unique_and_in_the_readme() -> None:
    names = [work.__name__ for work in benchmarks_film.FILM_BENCHMARKS]
    assert len(set(names)) == len(names)
    assert set(names) <= set(benchmark.BENCHMARKS)
    assert "film of 60 s, four shots of 200 x 200 saved, against 100 MB" in README


def test_table_says_the_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "README.md").write_text("a\n<!-- benchmark -->\nold\n<!-- /benchmark -->\nb\n")
    monkeypatch.setattr(benchmark, "ROOT", tmp_path)
    benchmark.write_table([Timing("work", 3.0, 1.5, 1.0), Timing("size", 100.0, 25.0, 1.0, "MB")])
    text = (tmp_path / "README.md").read_text()
    assert "| work | 3 s | 1.5 s | 2 | 1 |" in text
    assert "| size | 100 MB | 25 MB | 4 | 1 |" in text
    assert text.startswith("a\n")
    assert text.endswith("b\n")
    assert "old" not in text
