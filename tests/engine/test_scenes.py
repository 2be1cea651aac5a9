"""The scenes of this issue say what there is to see; here it is seen, at a coarse resolution."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsblender.engine import Experiment, Landscape
from lsblender.settings import structure

SCENES = Path(__file__).parents[2] / "scenes"


def experiment_of(name: str, resolution: int = 17) -> Experiment:
    table = tomllib.loads((SCENES / f"{name}.toml").read_text(encoding="utf-8"))
    experiment = structure(table["shots"][0]["experiment"], Experiment, SCENES)
    return replace(experiment, resolution=(resolution, resolution))


def local_minima(loss: Any) -> int:
    """Points of the grid that are lower than their eight neighbours."""
    middle = loss[1:-1, 1:-1]
    height, width = loss.shape
    lower = np.ones_like(middle, dtype=bool)
    for j in (0, 1, 2):
        for i in (0, 1, 2):
            if (j, i) != (1, 1):
                lower &= middle < loss[j : height - 2 + j, i : width - 2 + i]
    return int(lower.sum())


@pytest.mark.parametrize("kind", ["softmax", "mlp"])
def test_figure_5_shows_the_two_that_changed_most(kind: str) -> None:
    experiment = experiment_of(f"figure-5-mnist-most-changed-{kind}", 9)
    landscape = experiment.run()
    theta = landscape.paths[0].theta
    change = np.abs(np.diff(theta, axis=0)).sum(axis=0)
    names = experiment.objective().parameter_names
    assert landscape.axis_names == tuple(names[k] for k in np.argsort(-change)[:2])
    assert theta.shape[1] == {"softmax": 7850, "mlp": 784 * 16 + 16 + 16 * 10 + 10}[kind]
    assert landscape.paths[0].loss[-1] < 0.2
    assert np.ptp(landscape.x) == pytest.approx(np.ptp(landscape.y))


def test_six_race_down_mnist() -> None:
    landscape = experiment_of("optimizer-race-mnist", 9).run()
    assert [path.name for path in landscape.paths] == ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"]
    for path in landscape.paths:
        assert path.loss[0] == landscape.paths[0].loss[0] > 2
        assert path.loss[-1] < 0.6
    assert landscape.explained.sum() > 0.7


def test_six_find_three_hollows_of_himmelblau() -> None:
    hollows = np.array([[3.0, 2.0], [-2.805118, 3.131312], [-3.779310, -3.283186], [3.584428, -1.848127]])
    landscape = experiment_of("optimizer-race", 9).run()
    found = []
    for path in landscape.paths:
        distances = np.linalg.norm(hollows - path.xy[-1], axis=1)
        assert distances.min() < 0.01
        assert np.abs(path.xy).max() < 5
        found.append(int(distances.argmin()))
    assert len(found) == 6
    assert len(set(found)) == 3


def test_chaos_without_skip_connections() -> None:
    """Li et al. 2018, figure 1, counted: hollows of the surface with and without skip connections."""
    landscapes: dict[str, Landscape] = {name: experiment_of(name, 49).run() for name in ("li-skip", "li-no-skip")}
    smooth, chaotic = (local_minima(landscapes[name].loss) for name in ("li-skip", "li-no-skip"))
    assert smooth <= 6
    assert chaotic >= 60
    for landscape in landscapes.values():
        # both are trained, and the middle of the picture is the trained theta
        assert landscape.paths[0].loss[-1] < 0.1
        assert landscape.loss[24, 24] == pytest.approx(landscape.paths[0].loss[-1], rel=1e-5)


def test_loss_only_falls_along_the_line() -> None:
    """Goodfellow et al. 2015: from the first weights (x = 0) to the trained ones (x = 1)."""
    landscape = experiment_of("goodfellow-interpolation", 41).run()
    middle = landscape.loss[20]
    assert landscape.y[20] == 0.0
    between = (landscape.x >= -1e-9) & (landscape.x <= 1 + 1e-9)
    assert between.sum() == 21
    assert (np.diff(middle[between]) < 0).all()
    path = landscape.paths[0]
    assert middle[between][0] == pytest.approx(path.loss[0], rel=1e-5)
    assert middle[between][-1] == pytest.approx(path.loss[-1], rel=1e-5)
