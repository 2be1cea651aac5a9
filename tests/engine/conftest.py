"""Small data, and fixtures that run a test once for every registered choice."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsblender.engine import DATASETS, MODELS, OPTIMIZERS, PROJECTIONS, Dataset
from lsblender.engine.models import Surface


def random_dataset(seed: int = 1, n: int = 40, n_features: int = 3) -> Dataset:
    """Two overlapping clouds, so that no loss is zero and no margin lies on a kink."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    X = rng.normal(size=(n, n_features)) - 0.7 * y[:, None]
    names = tuple(f"f{k}" for k in range(n_features))
    return Dataset(X, y.astype(np.int64), names, ("first", "second"), "Random")


@pytest.fixture
def small() -> Dataset:
    return random_dataset()


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    """Sixty samples of three features, classes "no" and "yes", the target in the middle."""
    rng = np.random.default_rng(0)
    lines = ["width,height,label,depth"]
    for k in range(60):
        a, b, c = (rng.normal(size=3) * (1, 20, 0.01) + (5, -300, 0.001)).tolist()
        lines.append(f"{a!r},{b!r},{('no', 'yes')[k % 2]},{c!r}")
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def npz_file(tmp_path: Path) -> Path:
    """As many samples as arrays."""
    path = tmp_path / "table.npz"
    np.savez(path, X=np.random.default_rng(2).normal(size=(60, 3)) * (1, 20, 0.01), y=["no", "yes"] * 30)
    return path


@pytest.fixture
def own_files(csv_file: Path, npz_file: Path) -> dict[str, dict[str, Any]]:
    """The settings that data of one's own must have, by kind."""
    return {"csv": {"path": str(csv_file), "target": "label"}, "npz": {"path": str(npz_file)}}


@pytest.fixture(params=list(DATASETS))
def any_source(request: pytest.FixtureRequest, own_files: dict[str, dict[str, Any]]) -> Any:
    """A function from settings to a source of data, for each kind."""
    cls = DATASETS[request.param]
    required = own_files.get(request.param, {})
    return lambda **settings: cls(**required, **settings)


#: Settings that keep models small in tests over all of them.
SMALL_MODELS: dict[str, dict[str, Any]] = {"mlp": {"hidden": (5, 4)}, "residual_mlp": {"depth": 2, "width": 5}}


def model_variants() -> list[tuple[str, dict[str, Any]]]:
    """Every model with its defaults, with each of these settings that it has, and with all of them."""
    variants: list[tuple[str, dict[str, Any]]] = []
    for kind, cls in MODELS.items():
        names = {field.name for field in dataclasses.fields(cls)}
        other = {"l2": 0.3, "fit_intercept": True, "squared": True, "landmarks": 7}
        mine = {name: value for name, value in other.items() if name in names}
        chosen = [{}, *({name: value} for name, value in mine.items()), *([mine] if len(mine) > 1 else [])]
        variants += [(kind, SMALL_MODELS.get(kind, {}) | settings) for settings in chosen]
    return variants


@pytest.fixture(params=model_variants(), ids=str)
def any_objective(request: pytest.FixtureRequest, small: Dataset) -> Any:
    kind, settings = request.param
    return MODELS[kind](**settings).bind(small)


@pytest.fixture(
    params=[(kind, mine) for kind, mine in model_variants() if not issubclass(MODELS[kind], Surface)], ids=str
)
def learning_objective(request: pytest.FixtureRequest, small: Dataset) -> Any:
    """Those of the models that learn from data."""
    kind, settings = request.param
    return MODELS[kind](**settings).bind(small)


@pytest.fixture(params=list(OPTIMIZERS))
def any_optimizer(request: pytest.FixtureRequest) -> Any:
    return OPTIMIZERS[request.param]


@pytest.fixture(params=list(PROJECTIONS))
def any_projection(request: pytest.FixtureRequest) -> Any:
    return PROJECTIONS[request.param]
