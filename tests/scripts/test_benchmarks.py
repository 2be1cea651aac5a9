"""The films that are timed are those that the bounds speak of, and the table says in what its figures are."""

from __future__ import annotations

import json
import time
from math import nan
from pathlib import Path

import benchmark
import benchmarks_exchange
import benchmarks_farm
import benchmarks_film
import benchmarks_quality
import numpy as np
import pytest
from benchmarks_quality import Costs, cpu_seconds, difference_of, likeness_of, measure_moving, missed, table
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


# -- levels of quality ---------------------------------------------------------------------------------------


def test_rows_of_levels_say_ratio_and_likeness_and_what_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = Costs(
        "ice",
        {"factory": 300.0, "best": 50.0, "final": 10.0, "preview": 6.0, "draft": 1.0},
        {"factory": 0.996, "best": 0.995, "final": 0.992, "preview": 0.98, "draft": 0.9},
        {"factory": 0.01, "best": 0.015, "final": 0.02, "preview": 0.03, "draft": 0.1},
    )
    unknown = dict.fromkeys(costs.likeness, nan)
    plain = Costs("lava", {**costs.seconds, "factory": nan}, unknown, unknown)
    assert missed(costs) == ["ice, preview: less than 1/60 is asked for"]
    (tmp_path / "README.md").write_text("a\n<!-- levels -->\nold\n<!-- /levels -->\nb\n")
    monkeypatch.setattr(benchmark, "ROOT", tmp_path)
    benchmark.put_in_readme("levels", table([costs, plain]))
    lines = (tmp_path / "README.md").read_text().splitlines()
    assert lines[4] == (
        "| ice | 300 s, 0.996, 0.010 | 50.0 s, 1/6, 0.995, 0.015 | 10.0 s, 1/30, 0.992, 0.020 "
        "| 6.0 s, 1/50, 0.980, 0.030 | 1.0 s, 1/300, 0.900, 0.100 |"
    )
    assert lines[5] == "| lava |  | 50.0 s | 10.0 s | 6.0 s | 1.0 s |"
    assert (lines[0], lines[-1]) == ("a", "b")


def test_what_was_measured_in_full_is_kept_for_another_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table has what is kept of one look beside what was measured of another."""
    levels = ("factory", "best", "final", "preview", "draft")

    def measured(name: str, full: bool) -> Costs:
        seconds = dict(zip(levels, (300.0 if full else nan, 50.0, 10.0, 4.0, 1.0), strict=True))
        shares = dict(zip(levels, (0.99, 0.99, 0.98, 0.98, 0.9), strict=True)) if full else dict.fromkeys(levels, nan)
        return Costs(name, seconds, shares, shares)

    (tmp_path / "README.md").write_text("<!-- levels -->\n<!-- /levels -->\n")
    monkeypatch.setattr(benchmark, "ROOT", tmp_path)
    monkeypatch.setattr(benchmarks_quality, "KEPT", tmp_path / "build" / "levels")
    monkeypatch.setattr(benchmark, "measure_look", measured)
    assert benchmark.levels(["sand"], full=True, readme=False, figures=None) == 1
    assert "MISSED sand, final: SSIM of 0.99 is asked for" in capsys.readouterr().out
    assert benchmark.levels(["ice"], full=False, readme=True, figures=tmp_path / "ice.json") == 0
    lines = (tmp_path / "README.md").read_text().splitlines()
    assert lines[3] == "| ice |  | 50.0 s | 10.0 s | 4.0 s | 1.0 s |"
    assert lines[4].startswith(
        "| sand | 300 s, 0.990, 0.990 | 50.0 s, 1/6, 0.990, 0.990 | 10.0 s, 1/30, 0.980, 0.980 |"
    )
    assert json.loads((tmp_path / "ice.json").read_text())[0]["seconds"]["draft"] == 1.0


def test_frames_under_a_moving_camera_are_put_into_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured on two looks in tiny pictures."""
    (tmp_path / "README.md").write_text("<!-- moving -->\n<!-- /moving -->\n")
    monkeypatch.setattr(benchmark, "ROOT", tmp_path)
    monkeypatch.setattr(benchmark, "measure_moving", lambda name: measure_moving(name, (96, 54)))
    assert benchmark.moving(["satin", "glass"], readme=True, figures=tmp_path / "moving.json") == 0
    looks = json.loads((tmp_path / "moving.json").read_text())
    lines = (tmp_path / "README.md").read_text().splitlines()
    for look, line in zip(looks, lines[3:5], strict=True):
        seconds, likeness = look["seconds"], look["likeness"]
        assert 0.7 < likeness["preview"] < likeness["final"] < 1.0
        assert 0.02 < seconds["preview"] < seconds["best"]
        assert 0.02 < look["still"] < 5.0
        cells = "".join(f"{seconds[level]:.1f} s, {likeness[level]:.3f} | " for level in ("final", "preview"))
        assert line == f"| {look['look']} | {seconds['best']:.1f} s | {cells}{look['still']:.1f} s |"


def test_likeness_is_one_for_the_same_and_less_for_noise() -> None:
    rng = np.random.default_rng(0)
    picture = np.uint8(np.indices((40, 60)).sum(axis=0)[..., None] + np.zeros(3) + 60)
    noisy = np.uint8(picture + rng.integers(0, 40, picture.shape))
    assert likeness_of(picture, picture) == 1.0
    assert likeness_of(noisy, picture) < 0.6
    assert difference_of(picture, picture) == 0.0
    assert difference_of(noisy, picture) > 0.05
    assert difference_of(np.zeros_like(picture), np.full_like(picture, 255)) > 0.9


def test_processor_seconds_count_work_and_not_waiting() -> None:
    def work() -> None:
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass

    assert cpu_seconds(work) == pytest.approx(0.05, abs=0.04)
    assert cpu_seconds(lambda: time.sleep(0.2)) < 0.05


def test_growth_is_plain() -> None:
    """What is measured stays what it is; what is computed is a line in the pixels, a share of the chunks, and so much
    for each point.
    """
    growth = benchmarks_farm.Growth(2.0, (1.0, 7.0), (20.0, 24.0, 30.0), (0.5, 2.0))
    assert [growth.frame(size) for size in benchmarks_farm.SIZES] == pytest.approx([1.0, 7.0])
    per_pixel = 6.0 / (640 * 360 - 160 * 90)
    assert growth.frame((1280, 720)) == pytest.approx(1.0 + per_pixel * (1280 * 720 - 160 * 90))
    chunk = 2.0 + 8 * growth.frame((640, 360))
    # 1440 frames are 180 chunks of 8: 180, 18 and 2 rounds
    found = [growth.hours((640, 360), workers, 8) for workers in (1, 10, 100, 1000)]
    assert found == pytest.approx([rounds * chunk / 2 / 3600 for rounds in (180, 18, 2, 1)])
    assert growth.grid(benchmarks_farm.GRIDS[-1]) == 2.0
    assert growth.grid(2 * benchmarks_farm.GRIDS[-1]) == 8.0
    rows = benchmarks_farm.table(growth).splitlines()
    assert sum("| measured" in row for row in rows) == 7
    assert all("| measured" in row or "| computed" in row for row in rows[2:])
