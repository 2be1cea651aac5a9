"""Long work that can be watched and left at any moment, also while a library is at it."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from lsblender.engine import Experiment
from lsblender.engine.watching import watched
from lsblender.errors import Cancelled, LsbError
from lsblender.settings import structure

MATRIX = np.random.default_rng(0).normal(size=(700, 1000))


def slow(report: Any = None) -> float:
    """The sum of the squares of a matrix's singular values; half a second, or some, in a single call."""
    with threadpool_limits(1, "blas"):
        return float((np.linalg.svd(MATRIX)[1] ** 2).sum())


def test_progress_goes_on_while_a_library_is_at_work() -> None:
    """The bounds leave room for a busy machine; alone the pauses are about 20 ms."""
    moments = [time.perf_counter()]
    threads = set()

    def progress(fraction: float) -> None:
        moments.append(time.perf_counter())
        threads.add(threading.get_ident())

    found = watched(slow, progress)
    moments.append(time.perf_counter())
    assert moments[-1] - moments[0] > 0.1
    gaps = np.diff(moments)
    assert np.median(gaps) < 0.05
    assert gaps.max() < 0.3
    assert threads == {threading.get_ident()}
    assert found == pytest.approx((MATRIX**2).sum())


def test_cancel_leaves_at_once() -> None:
    """Long before the work could have ended; its thread ends at its next report."""
    reported: list[bool] = []

    def work(report: Any) -> None:
        slow()
        slow()
        try:
            report(0.5)
        except Cancelled:
            reported.append(False)
            raise
        reported.append(True)

    started, stopped = time.perf_counter(), 0.0

    def stop(fraction: float) -> None:
        nonlocal stopped
        stopped = time.perf_counter()
        if stopped - started > 0.1:
            raise Cancelled("enough")

    with pytest.raises(Cancelled, match="enough"):
        watched(work, stop)
    assert time.perf_counter() - stopped < 0.2
    assert reported == []
    while not reported and time.perf_counter() - started < 60:
        time.sleep(0.01)
    assert reported == [False]


def test_every_report_in_its_order() -> None:
    seen: list[float] = []

    def work(report: Any) -> str:
        for k in range(5000):
            report(k / 5000)
        return "done"

    assert watched(work, seen.append) == "done"
    once = [seen[0], *(b for a, b in pairwise(seen) if a != b)]
    assert once == [k / 5000 for k in range(5000)]


def test_what_the_work_raises_comes_back() -> None:
    def work(report: Any) -> None:
        report(0.1)
        raise LsbError("too steep", "steps")

    for progress in (None, lambda fraction: None):
        with pytest.raises(LsbError) as error:
            watched(work, progress)
        assert str(error.value) == "steps: too steep"


def test_without_anybody_watching_there_is_no_thread() -> None:
    assert watched(lambda report: threading.get_ident(), None) == threading.get_ident()


@pytest.mark.parametrize("projection", ["pca", "hessian", "autoencoder", "locally_linear", "kernel_pca"])
def test_an_experiment_is_left_at_once(projection: str) -> None:
    """Wherever it is: cancelled at the first report of each stage, it is left within the tenth of a second."""
    table = {
        "dataset": {"kind": "digits"},
        "model": {"kind": "mlp", "hidden": [40]},
        "optimizers": [{"kind": "adam", "batch_size": 100}],
        "projection": projection,
        "steps": 250,
        "resolution": [8, 8],
    }
    experiment = structure(table, Experiment)
    trained = experiment.train()
    moments: list[float] = []

    def stop(fraction: float) -> None:
        moments.append(time.perf_counter())
        if len(moments) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        experiment.survey(stop, trained)
    assert time.perf_counter() - moments[-1] < 0.3
