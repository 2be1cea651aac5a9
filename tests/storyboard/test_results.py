"""The numbers of a storyboard: one training for several shots, turning planes, grounds that change."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator

from lsblender.engine import Experiment
from lsblender.engine.datasets import DATASETS
from lsblender.engine.models import MODELS
from lsblender.engine.optimizers import OPTIMIZERS
from lsblender.engine.projections import PROJECTIONS
from lsblender.errors import Cancelled, LsbError
from lsblender.storyboard.directing import direct
from lsblender.storyboard.storyboard import Look, Results, Shot, Storyboard
from lsblender.storyboard.surfaces import SURFACES
from lsblender.storyboard.telling import tell
from lsblender.storyboard.terrain import Relief
from lsblender.storyboard.transitions import TRANSITIONS
from tests.storyboard.falling import fall_by_formula

NETWORK = Experiment(
    dataset=DATASETS["moons"](n_samples=40),
    model=MODELS["mlp"](hidden=(4,)),
    optimizers=(OPTIMIZERS["adam"](learning_rate=0.05, batch_size=8),),
    steps=40,
    resolution=(15, 13),
    random_start=0.1,
)


def shot(i: int, j: int, transition: str = "cut", **fields: Any) -> Shot:
    experiment = replace(NETWORK, projection=PROJECTIONS["pca"](i=i, j=j))
    settings = fields.pop("settings", {})
    look = Look(relief=Relief(detail=16, finest=16))
    return Shot(seconds=1.0, experiment=experiment, look=look, transition=TRANSITIONS[transition](**settings), **fields)


def test_shots_share_one_training() -> None:
    results = Storyboard(shots=(shot(0, 1), shot(2, 3), shot(0, 2))).run()
    first, second, third = (landscape.paths[0].theta for landscape in results.landscapes)
    assert np.shares_memory(first, second)
    assert np.shares_memory(first, third)
    alone = replace(NETWORK, projection=PROJECTIONS["pca"](i=2, j=3)).run()
    assert np.array_equal(results.landscapes[1].loss, alone.loss)
    assert np.array_equal(results.landscapes[1].paths[0].xy, alone.paths[0].xy)


def test_another_training_is_another_one() -> None:
    other = shot(0, 1)
    other = replace(other, experiment=replace(other.experiment, seed=1))
    results = Storyboard(shots=(shot(0, 1), other)).run()
    first, second = (landscape.paths[0].theta for landscape in results.landscapes)
    assert not np.shares_memory(first, second)
    assert not np.array_equal(first, second)


def test_the_planes_between_two_shots_are_computed() -> None:
    unfold = shot(2, 3, "unfold", part=(0.5, 1.0), settings={"landscapes": 5})
    storyboard = Storyboard(shots=(shot(0, 1, part=(0.0, 0.5)), unfold))
    results = storyboard.run()
    assert [len(turning) for turning in results.turnings] == [0, 5]
    objective = NETWORK.objective()
    theta = results.landscapes[0].paths[0].theta[20]
    for between in results.turnings[1]:
        # the ball's parameters stay what they are; their place on the plane changes, and the ground there is the
        # loss of their shadow: not higher than the farthest corner, and a loss of this very model
        assert between.xy.shape == (1, 2)
        grid = between.landscape
        assert grid.loss.shape == (13, 15)
        ground = RegularGridInterpolator((grid.y, grid.x), grid.loss)
        assert float(ground(between.xy[:, ::-1])[0]) == pytest.approx(float(between.surface_loss[0]), rel=0.1)
    film = direct(storyboard, results, fall_by_formula, 1.5)
    way = film.segments[1]
    assert len(way.grounds[0].states) == 7
    assert np.isfinite(objective.loss(theta))
    ends = film.segments[0].balls[0].location[-1], film.segments[2].balls[0].location[0]
    location = way.balls[0].location
    steps = np.linalg.norm(np.diff(np.vstack([ends[0], location, ends[1]]), axis=0), axis=1)
    assert steps.max() < 0.5


def test_unfold_needs_one_training() -> None:
    other = shot(2, 3, "unfold")
    other = replace(other, experiment=replace(other.experiment, seed=1))
    with pytest.raises(LsbError, match="unfold") as raised:
        Storyboard(shots=(shot(0, 1), other)).run()
    assert raised.value.key == "shots[1].transition"


def test_a_part_of_the_run() -> None:
    storyboard = Storyboard(shots=(shot(0, 1, part=(0.25, 0.75)),))
    results = storyboard.run()
    film = direct(storyboard, results, fall_by_formula, 1.5)
    motion = film.motions[0][0]
    assert (motion.step[0], motion.step[-1]) == pytest.approx((10.0, 30.0))
    losses = results.landscapes[0].paths[0].loss
    assert motion.loss[[0, -1]] == pytest.approx(losses[[10, 30]])


def test_a_piece_of_a_run_goes_on_counting() -> None:
    """What one segment's ball ends with the next one's begins with: step, parameters and true loss."""
    pieces = [PROJECTIONS["segment_pca"](segments=4, segment=k) for k in range(4)]
    experiments = [replace(NETWORK, projection=piece) for piece in pieces]
    storyboard = Storyboard(shots=tuple(replace(shot(0, 1), experiment=experiment) for experiment in experiments))
    results = storyboard.run()
    film = direct(storyboard, results, fall_by_formula, 1.5)
    motions = [shown[0] for shown in film.motions]
    assert motions[0].step[0] == 0
    assert motions[-1].step[-1] == NETWORK.steps
    for before, after in itertools.pairwise(motions):
        assert before.step[-1] == after.step[0]
        assert before.loss[-1] == after.loss[0]
    facts = tell(storyboard, results, film)
    assert facts[2].paths[0].step[0] == 20
    assert facts[2].paths[0].loss[0] == results.landscapes[2].paths[0].loss[0]


def test_a_part_that_is_none_is_refused() -> None:
    with pytest.raises(LsbError, match="no part of a run") as raised:
        Storyboard(shots=(shot(0, 1, part=(0.5, 0.5)),)).run()
    assert raised.value.key == "shots[0].part"


# -- ground that changes -------------------------------------------------------------------------------------


def test_the_ground_of_each_batch() -> None:
    storyboard = Storyboard(shots=(shot(0, 1, surface=SURFACES["batches"](most=20)),))
    results = storyboard.run()
    changes = results.changes[0]
    assert changes is not None
    assert changes.steps.tolist() == list(range(2, 41, 2))
    assert changes.loss.shape == (20, 13, 15)
    expected = dict(storyboard.shots[0].experiment.frames(every=2))
    for step, loss in zip(changes.steps, changes.loss, strict=True):
        assert np.array_equal(loss, expected[int(step)])
    film = direct(storyboard, results, fall_by_formula, 1.5)
    ground = film.segments[0].grounds[0]
    assert len(ground.states) == 20
    assert np.all(np.diff(ground.state) >= 0)
    assert (ground.state[0], ground.state[-1]) == (0.0, 19.0)
    ball = film.segments[0].balls[0]
    for k in range(0, len(ball.location), 5):
        height = ground.terrain(k).height(ball.location[k : k + 1, :2])[0]
        assert ball.location[k, 2] > height + 0.9 * ball.radius[k]


def test_the_slice_of_each_epoch_has_the_true_loss_under_the_ball() -> None:
    """The plane goes through the optimizer's parameters, so there is no error off the plane."""
    experiment = replace(NETWORK, projection=PROJECTIONS["pca"](), resolution=(61, 61))
    one = replace(shot(0, 1, surface=SURFACES["epochs"]()), experiment=experiment)
    results = Storyboard(shots=(one,)).run()
    changes, landscape = results.changes[0], results.landscapes[0]
    assert changes is not None
    assert changes.steps.tolist() == [0, *range(5, 41, 5)]
    path = landscape.paths[0]
    for step, loss in zip(changes.steps, changes.loss, strict=True):
        ground = RegularGridInterpolator((landscape.y, landscape.x), loss, method="cubic")
        assert float(ground(path.xy[step][::-1])[0]) == pytest.approx(path.loss[step], rel=2e-3)
    assert np.abs(path.loss - path.surface_loss).max() > 0.01, "off the plane there is an error"


def test_a_curved_chart_has_no_slices() -> None:
    one = shot(0, 1, surface=SURFACES["epochs"]())
    one = replace(one, experiment=replace(one.experiment, projection=PROJECTIONS["kernel_pca"]()))
    with pytest.raises(LsbError, match="no slices") as raised:
        Storyboard(shots=(one,)).run()
    assert raised.value.key == "shots[0].surface.kind"


# -- progress ------------------------------------------------------------------------------------------------


def test_progress_rises_and_can_be_stopped() -> None:
    storyboard = Storyboard(shots=(shot(0, 1), shot(2, 3, "unfold", settings={"landscapes": 3})))
    seen: list[float] = []
    storyboard.run(seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)

    def stop(fraction: float) -> None:
        if fraction > 0.7:
            raise Cancelled

    with pytest.raises(Cancelled):
        storyboard.run(stop)


def test_the_hash_is_that_of_settings_and_numbers() -> None:
    storyboard = Storyboard(shots=(shot(0, 1), shot(2, 3)))
    results = storyboard.run()
    same = Results(results.landscapes, results.changes, results.turnings)
    assert same.content_hash(storyboard) == results.content_hash(storyboard)
    changed = replace(results.landscapes[1], loss=results.landscapes[1].loss + 1e-12)
    other = Results((results.landscapes[0], changed), results.changes, results.turnings)
    assert other.content_hash(storyboard) != results.content_hash(storyboard)
    assert results.content_hash(replace(storyboard, fps=25)) != results.content_hash(storyboard)
