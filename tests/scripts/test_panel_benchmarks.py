"""What the panel's benchmarks time is an update of the view, of the seed models on grids of 128 x 128."""

from __future__ import annotations

from typing import Any

import benchmark
import benchmarks_panel
import pytest

from lsblender.engine import MODELS


@pytest.mark.parametrize("model", benchmarks_panel.SEEDS)
def test_seed_models_on_128(model: str) -> None:
    (shot,) = benchmarks_panel.seed_storyboard(model).shots
    assert shot.experiment.resolution == (128, 128)
    assert MODELS.kind(shot.experiment.model) == model


def test_an_update_is_timed_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    from lsblender.scene.library import role

    monkeypatch.setattr(benchmarks_panel, "UPDATES", 2)
    rates: list[float] = []

    def change(shot: Any, number: int) -> None:
        # the coarse terrain of the change before is in the scene
        terrain = next(item for item in shot.id_data.objects if role(item) == "terrain")
        assert number == 0 or len(terrain.data.vertices) == 128**2 + 8 * 128 + 4 * 127
        shot.experiment.margin = 0.3 + 0.1 * number
        rates.append(number)

    assert benchmarks_panel.quickest_update("svm", change) > 0.0
    assert rates == [0, 1, 2]
    assert {work.__name__ for work in benchmarks_panel.PANEL_BENCHMARKS} <= set(benchmark.BENCHMARKS)
