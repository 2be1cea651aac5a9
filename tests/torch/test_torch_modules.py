"""PyTorch modules as objectives: PyTorch's own loss and gradient at every theta, and normalisation layers by name.

`.ci/run` runs this folder with the PyTorch of scripts/requirements-torch.txt; it fails where there is none.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from lsblender.engine import OPTIMIZERS, PROJECTIONS, Objective, landscape_along, objective_from_torch, train
from lsblender.engine.projections.directions import random_direction
from lsblender.errors import LsbError

X = torch.tensor(np.random.default_rng(0).normal(size=(30, 1, 8, 8)), dtype=torch.float32)
Y = torch.tensor(np.random.default_rng(1).integers(0, 3, 30))


def cnn(*, norm: bool = False, dtype: torch.dtype = torch.float32) -> nn.Sequential:
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Dropout(0.5), nn.Flatten(), nn.Linear(144, 3)]
    if norm:
        layers.insert(1, nn.BatchNorm2d(4))
    return nn.Sequential(*layers).to(dtype)


def thetas(model: nn.Module, count: int = 5) -> np.ndarray[Any, Any]:
    start = parameters_to_vector(model.parameters()).detach().double().numpy()
    return start + 0.1 * np.random.default_rng(2).normal(size=(count, len(start)))


def loss_of(model: nn.Module, theta: np.ndarray[Any, Any], x: torch.Tensor = X, y: torch.Tensor = Y) -> float:
    """PyTorch's own loss with these parameters."""
    there = copy.deepcopy(model).eval()
    vector_to_parameters(torch.tensor(theta, dtype=next(model.parameters()).dtype), there.parameters())
    with torch.no_grad():
        return float(cross_entropy(there(x.to(next(model.parameters()).dtype)), y))


@pytest.mark.parametrize("settings", [{}, {"vmapped": False}, {"batch_size": 7}, {"batch_size": 7, "vmapped": False}])
def test_losses_are_pytorchs(settings: dict[str, Any]) -> None:
    model = cnn()
    objective = objective_from_torch(model, cross_entropy, (X, Y), **settings)
    points = thetas(model, 40)
    np.testing.assert_allclose(objective.losses(points), [loss_of(model, theta) for theta in points], rtol=1e-5)
    assert (objective.n_params, objective.n_rows) == (points.shape[1], 30)
    assert model.training


def test_batches_of_a_loader() -> None:
    model = cnn()
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X, Y), batch_size=8, shuffle=True)
    objective = objective_from_torch(model, cross_entropy, loader)
    points = thetas(model)
    np.testing.assert_allclose(objective.losses(points), [loss_of(model, theta) for theta in points], rtol=1e-5)
    np.testing.assert_array_equal(objective.losses(points), objective.losses(points))


def test_gradient_and_errors() -> None:
    model = cnn(dtype=torch.float64)
    objective = objective_from_torch(model, cross_entropy, (X.double().numpy(), Y.numpy()), batch_size=9)
    theta, rows = thetas(model, 1)[0], np.array([3, 17, 28])
    for chosen, x, y in ((None, X, Y), (rows, X[rows], Y[rows])):
        there = copy.deepcopy(model).eval()
        vector_to_parameters(torch.tensor(theta), there.parameters())
        cross_entropy(there(x.double()), y).backward()
        expected = torch.cat([p.grad.ravel() for p in there.parameters() if p.grad is not None]).numpy()
        np.testing.assert_allclose(objective.gradient(theta, chosen), expected, atol=1e-12)
    with torch.no_grad():
        wrong = (there(X.double()).argmax(1) != Y).double().mean()
    assert objective.errors(theta[None])[0] == pytest.approx(float(wrong))


def test_regression_has_no_errors() -> None:
    model = nn.Linear(64, 1)
    objective = objective_from_torch(model, mse_loss, (X.reshape(30, 64), torch.randn(30, 1)))
    with pytest.raises(LsbError, match="does not classify"):
        objective.errors(thetas(model, 1))


def test_groups_are_the_tensors_and_filters_get_their_norms() -> None:
    """Filter normalisation as Li et al. have it: every filter of the direction is as long as its weights."""
    model = cnn()
    objective: Objective = objective_from_torch(model, cross_entropy, (X, Y))
    names = [name for name, _ in model.named_parameters()]
    assert [group.name for group in objective.groups] == names == ["0.weight", "0.bias", "4.weight", "4.bias"]
    assert [group.is_bias for group in objective.groups] == [False, True, False, True]
    assert list(objective.parameter_names)[:2] == ["0.weight[0]", "0.weight[1]"]
    assert objective.parameter_names[-1] == "4.bias[2]"
    theta = thetas(model, 1)[0]
    direction = random_direction(objective, theta, np.random.default_rng(0), "filter", biases=False)
    there = copy.deepcopy(model)
    vector_to_parameters(torch.tensor(direction, dtype=torch.float32), there.parameters())
    vector_to_parameters(torch.tensor(theta, dtype=torch.float32), model.parameters())
    for ours, weights in zip(there.parameters(), model.parameters(), strict=True):
        if weights.ndim > 1:
            lengths = [values.flatten(1).norm(dim=1).detach().numpy() for values in (ours, weights)]
            np.testing.assert_allclose(*lengths, rtol=1e-5)
        else:
            assert not ours.any()


def test_our_optimizers_train_it_and_planes_are_evaluated() -> None:
    objective = objective_from_torch(cnn(), cross_entropy, (X, Y))
    run = train(objective, OPTIMIZERS["adam"](learning_rate=0.02, batch_size=10), 12)
    assert run.loss[-1] < 0.7 * run.loss[0]
    landscape = landscape_along(objective, run, projection=PROJECTIONS["pca"](), resolution=(5, 4))
    chart = PROJECTIONS["pca"]().fit([run], objective)
    at = chart.inverse_transform(np.array([landscape.x[1], landscape.y[3]]))
    assert landscape.loss[3, 1] == pytest.approx(loss_of(cnn(), at), rel=1e-4)


# -- normalisation layers ------------------------------------------------------------------------------------


def trained_statistics() -> nn.Sequential:
    model = cnn(norm=True)
    for _ in range(5):
        model(3 * X + 1)
    return model


def test_recorded_statistics_are_refused_by_name() -> None:
    with pytest.raises(LsbError) as error:
        objective_from_torch(trained_statistics(), cross_entropy, (X, Y))
    assert str(error.value).startswith(
        "batch_norm: the module normalises by recorded statistics in '1' (BatchNorm2d); say batch_norm='batch'"
    )
    with pytest.raises(LsbError, match="'eval' is unknown; choose from batch, running"):
        objective_from_torch(trained_statistics(), cross_entropy, (X, Y), batch_norm="eval")


@pytest.mark.parametrize("vmapped", [True, False])
def test_running_statistics(vmapped: bool) -> None:
    model = trained_statistics()
    objective = objective_from_torch(model, cross_entropy, (X, Y), batch_norm="running", vmapped=vmapped)
    points = thetas(model)
    np.testing.assert_allclose(objective.losses(points), [loss_of(model, theta) for theta in points], rtol=1e-5)


@pytest.mark.parametrize("vmapped", [True, False])
@pytest.mark.parametrize("size", [0, 10])
def test_statistics_of_each_batch(vmapped: bool, size: int) -> None:
    """As in training mode, but without dropout; what was recorded in the module stays what it is."""
    model = trained_statistics()
    before = copy.deepcopy(model.state_dict())
    objective = objective_from_torch(model, cross_entropy, (X, Y), batch_norm="batch", batch_size=size, vmapped=vmapped)
    points = thetas(model)
    expected = []
    for theta in points:
        there = copy.deepcopy(model).eval()
        there[1].train()
        vector_to_parameters(torch.tensor(theta, dtype=torch.float32), there.parameters())
        parts = range(0, 30, size or 30)
        with torch.no_grad():
            losses = [float(cross_entropy(there(X[k : k + (size or 30)]), Y[k : k + (size or 30)])) for k in parts]
        expected.append(np.mean(losses))
    np.testing.assert_allclose(objective.losses(points), expected, rtol=1e-5)
    for name, values in model.state_dict().items():
        assert torch.equal(values, before[name]), name


def test_layers_without_recorded_statistics_are_no_matter() -> None:
    model = nn.Sequential(nn.Flatten(), nn.LayerNorm(64), nn.Linear(64, 3))
    objective = objective_from_torch(model, cross_entropy, (X, Y))
    assert objective.loss(objective.start) == pytest.approx(loss_of(model, objective.start), rel=1e-5)


# -- what is refused -----------------------------------------------------------------------------------------


class Branching(nn.Module):
    """A module whose way depends on its values."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(64, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.layer(x.flatten(1))
        return out if out.sum() > 0 else -out


def test_branches_need_a_loop() -> None:
    with pytest.raises(LsbError, match=r"Branching can not be evaluated for many thetas at once .*; say vmapped=False"):
        objective_from_torch(Branching(), cross_entropy, (X, Y))
    model = Branching()
    objective = objective_from_torch(model, cross_entropy, (X, Y), vmapped=False)
    assert objective.loss(objective.start) == pytest.approx(loss_of(model, objective.start), rel=1e-5)


@pytest.mark.parametrize(
    ("model", "data", "settings", "message"),
    [
        (lambda x: x, (X, Y), {}, "model: a torch.nn.Module is needed, not a function"),
        (nn.ReLU(), (X, Y), {}, "model: the module has no parameters"),
        (cnn(), (X, Y[:5]), {}, "data: 30 inputs and 5 targets"),
        (cnn(), [], {}, "data: there are no samples"),
        (cnn(), (X, Y), {"batch_size": -1}, "batch_size: -1 samples"),
        (cnn(), [(X, Y, Y)], {}, "data: pairs (X, y) of inputs and targets are needed"),
        (cnn(), (X * np.nan, Y), {}, "the loss of Sequential is nan where it is now"),
    ],
    ids=["function", "no parameters", "sizes", "nothing", "batch size", "triples", "nan"],
)
def test_wrong_arguments(model: Any, data: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(LsbError) as error:
        objective_from_torch(model, cross_entropy, data, **settings)
    assert str(error.value).startswith(message)
