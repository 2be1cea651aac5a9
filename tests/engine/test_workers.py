"""Grids computed elsewhere are the same, bit for bit."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import cloudpickle
import numpy as np
import pytest

from lsblender.engine import PROJECTIONS, Dataset, Experiment, Plane, grid
from lsblender.engine.grid import evaluate_grid
from lsblender.errors import Cancelled
from lsblender.storyboard.storyboard import Shot, Storyboard
from lsblender.storyboard.surfaces import SURFACES
from lsblender.storyboard.transitions import TRANSITIONS


class Posted:
    """Workers to whom everything is sent as bytes, the way Dask does it, the last item first."""

    def __init__(self) -> None:
        self.items = 0

    def map(self, work: Callable[[Any], Any], items: Iterable[Any], /) -> Iterator[Any]:
        sent = [cloudpickle.dumps((work, item)) for item in items]
        self.items += len(sent)
        done = []
        for data in reversed(sent):
            job, item = pickle.loads(data)  # noqa: S301
            done.append(pickle.loads(pickle.dumps(job(item))))  # noqa: S301
        return reversed(done)


@pytest.fixture
def worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the smallest grid is sent away."""
    monkeypatch.setattr(grid, "WORTH_SENDING", 0)


@pytest.mark.usefixtures("worth_it")
def test_every_objective_travels(any_objective: Any) -> None:
    rng = np.random.default_rng(3)
    plane = Plane(rng.normal(size=any_objective.n_params), *rng.normal(size=(2, any_objective.n_params)), None)
    x, y = np.linspace(-1, 1, 9), np.linspace(-2, 1, 33)
    workers, told = Posted(), []
    there = evaluate_grid(any_objective, plane, x, y, told.append, workers=workers)
    assert workers.items == max(1, min(64, 33 // any_objective.rows_together))
    assert there.tobytes() == evaluate_grid(any_objective, plane, x, y).tobytes()
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.usefixtures("worth_it")
def test_what_a_storyboard_computes_travels() -> None:
    """Landscapes, those of the batches, and those of a plane that turns; also on charts that are none."""
    experiment = Experiment(steps=6, resolution=(8, 17))
    curved = Experiment(steps=6, resolution=(8, 9), projection=PROJECTIONS["kernel_pca"]())
    other = Experiment(steps=6, resolution=(8, 17), projection=PROJECTIONS["parameters"]())
    shots = (
        Shot(experiment=experiment, surface=SURFACES["epochs"](most=3)),
        Shot(experiment=other, transition=TRANSITIONS["unfold"](landscapes=2)),
        Shot(experiment=curved),
    )
    workers = Posted()
    there, here = Storyboard(shots=shots).run(workers=workers), Storyboard(shots=shots).run()
    assert workers.items >= 1 + 3 + 1 + 2 + 1
    assert there.content_hash(Storyboard()) == here.content_hash(Storyboard())


@pytest.mark.usefixtures("worth_it")
def test_cancelling_ends_it(small: Dataset) -> None:
    objective = Experiment().objective()
    plane = Plane(np.zeros(objective.n_params), *np.eye(objective.n_params)[:2], None)

    def cancel(share: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        evaluate_grid(objective, plane, np.arange(9.0), np.arange(40.0), cancel, workers=Posted())


def test_small_grids_stay_here() -> None:
    workers = Posted()
    Storyboard(shots=(Shot(experiment=Experiment(steps=3, resolution=(9, 9))),)).run(workers=workers)
    assert workers.items == 0
