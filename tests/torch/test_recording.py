"""A training in PyTorch, recorded and filmed: the README's example, and what is in the history's file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from lsblender.engine import Experiment, Recorder, objective_from_torch, read_history
from lsblender.engine.models import MLP
from lsblender.errors import LsbError
from tests.scripts.readme import PYTHON_BLOCKS, run_small


def test_readme_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands, on fewer digits and a coarser grid: its film is there, and its losses are PyTorch's."""
    (block,) = [block for block in PYTHON_BLOCKS if "import torch" in block]
    small = block.replace(
        "X, y = load_digits(return_X_y=True)", "X, y = load_digits(return_X_y=True)\nX, y = X[:200], y[:200]"
    )
    small = small.replace("(49, 49)", "(9, 9)")
    assert small != block
    run = run_small(small, tmp_path, monkeypatch)
    assert [film.name for film in run.films] == ["cnn.mp4"]
    assert run.films[0].stat().st_size > 500
    history = read_history(tmp_path / "history.npz")
    model, X, y = (run.names[name] for name in ("model", "X", "y"))
    assert history.theta.shape == (60, sum(p.numel() for p in model.parameters()))
    nn.utils.vector_to_parameters(torch.tensor(history.theta[30], dtype=torch.float32), model.parameters())
    with torch.no_grad():
        expected = float(nn.functional.cross_entropy(model(X), y))
    objective = run.names["objective"]
    assert history.trajectory(objective).loss[30] == pytest.approx(expected, rel=1e-5)
    assert history.name == "Adam"
    assert [group.n_filters for group in history.groups] == [8, 1, 10, 1]


def test_low_precision_and_losses_as_tensors(tmp_path: Path) -> None:
    model = nn.Linear(3, 2).to(torch.bfloat16)
    recorder = Recorder(model, every=2)
    for k in range(5):
        recorder.add(torch.tensor(float(k), requires_grad=True))
        with torch.no_grad():
            model.weight += 1
    history = read_history(recorder.save(tmp_path / "h.npz"))
    np.testing.assert_array_equal(history.loss, [0, 2, 4])
    assert history.every == 2
    np.testing.assert_allclose(np.diff(history.theta[:, :6], axis=0), 2, atol=0.05)
    np.testing.assert_array_equal(np.diff(history.theta[:, 6:], axis=0), 0)


def test_a_module_shown_on_our_model_of_the_same_shape(tmp_path: Path) -> None:
    """A two-layer perceptron's parameters are in our MLP's order, so that its history is shown without PyTorch."""
    experiment = Experiment(model=MLP(hidden=(5,), activation="tanh"), resolution=(8, 8))
    data = experiment.data()
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(data.X.shape[1], 5), nn.Tanh(), nn.Linear(5, len(data.target_names)))
    X, y = torch.tensor(data.X, dtype=torch.float32), torch.tensor(data.y)
    optimizer, recorder = torch.optim.SGD(model.parameters(), lr=0.2), Recorder(model, name="SGD")
    losses = []
    for _ in range(20):
        loss = nn.functional.cross_entropy(model(X), y)
        recorder.add(loss)
        losses.append(loss.detach().item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    file = recorder.save(tmp_path / "history.npz")
    landscape = Experiment(model=experiment.model, history=str(file), resolution=(8, 8)).run()
    np.testing.assert_allclose(landscape.paths[0].loss, losses, rtol=1e-4)
    assert landscape.notes == ()
    with pytest.raises(LsbError, match="the history has 37 parameters; Linear has 21 here"):
        read_history(file).trajectory(
            objective_from_torch(nn.Linear(6, 3), lambda a, b: a.sum(), (X @ torch.ones(4, 6), y))
        )
