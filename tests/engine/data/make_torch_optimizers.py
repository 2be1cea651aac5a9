"""PyTorch's optimizers on two fixed problems: writes torch_optimizers.json.

Run by hand where PyTorch is installed: `python make_torch_optimizers.py`. The problems are written out here with
numpy only, and `problem()` and `runs()` are what the test reads too, so that both sides see the same gradients.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

STEPS = 200
#: Steps whose theta is stored.
KEPT = (1, 2, 3, 10, 50, 100, 150, 200)

#: name: our optimizer and its settings, torch's class and its arguments, torch's schedule, largest norm of a gradient.
RUNS: dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]] = {
    "sgd": ("sgd", {"learning_rate": 0.05}, "SGD", {"lr": 0.05}),
    "momentum": ("momentum", {"learning_rate": 0.02}, "SGD", {"lr": 0.02, "momentum": 0.9}),
    "momentum 0.5": ("momentum", {"learning_rate": 0.05, "momentum": 0.5}, "SGD", {"lr": 0.05, "momentum": 0.5}),
    "nesterov": ("nesterov", {"learning_rate": 0.02}, "SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True}),
    "adagrad": ("adagrad", {"learning_rate": 0.3}, "Adagrad", {"lr": 0.3}),
    "adagrad decay": (
        "adagrad",
        {"learning_rate": 0.5, "lr_decay": 0.02},
        "Adagrad",
        {"lr": 0.5, "lr_decay": 0.02},
    ),
    "rmsprop": ("rmsprop", {"learning_rate": 0.02}, "RMSprop", {"lr": 0.02}),
    "rmsprop momentum": (
        "rmsprop",
        {"learning_rate": 0.003, "momentum": 0.8, "alpha": 0.95},
        "RMSprop",
        {"lr": 0.003, "momentum": 0.8, "alpha": 0.95},
    ),
    "rmsprop centered": (
        "rmsprop",
        {"learning_rate": 0.01, "centered": True},
        "RMSprop",
        {"lr": 0.01, "centered": True},
    ),
    "adadelta": ("adadelta", {}, "Adadelta", {}),
    "adadelta 0.8": (
        "adadelta",
        {"learning_rate": 0.5, "rho": 0.8, "eps": 1e-4},
        "Adadelta",
        {"lr": 0.5, "rho": 0.8, "eps": 1e-4},
    ),
    "adam": ("adam", {"learning_rate": 0.05}, "Adam", {"lr": 0.05}),
    "adam betas": (
        "adam",
        {"learning_rate": 0.02, "beta1": 0.8, "beta2": 0.95, "eps": 1e-4},
        "Adam",
        {"lr": 0.02, "betas": (0.8, 0.95), "eps": 1e-4},
    ),
    "adamw": ("adamw", {"learning_rate": 0.05}, "AdamW", {"lr": 0.05}),
    "adamw 0.3": (
        "adamw",
        {"learning_rate": 0.05, "weight_decay": 0.3},
        "AdamW",
        {"lr": 0.05, "weight_decay": 0.3},
    ),
}
#: Schedules and clipping, tried with sgd and adam: our settings, torch's schedule and its arguments, largest norm.
EXTRAS: dict[str, tuple[dict[str, Any], str, dict[str, Any], float]] = {
    "cosine": ({"schedule": ("Cosine", {})}, "CosineAnnealingLR", {"T_max": STEPS}, 0.0),
    "step": (
        {"schedule": ("StepDecay", {"every": 30, "gamma": 0.5})},
        "StepLR",
        {"step_size": 30, "gamma": 0.5},
        0.0,
    ),
    "clip": ({"clip": 0.25}, "", {}, 0.25),
}
for _name in ("sgd", "adam"):
    for _extra, (_ours, _schedule, _arguments, _clip) in EXTRAS.items():
        _kind, _settings, _cls, _torch = RUNS[_name]
        RUNS[f"{_name} {_extra}"] = (
            _kind,
            _settings | _ours,
            _cls,
            _torch | {"_schedule": (_schedule, _arguments), "_clip": _clip},
        )


def problems() -> dict[str, tuple[np.ndarray, Callable[[np.ndarray], float], Callable[[np.ndarray], np.ndarray]]]:
    """Start, loss and gradient of each problem: a badly scaled quadratic and a logistic regression."""
    rng = np.random.default_rng(2026)
    q, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    a = q @ np.diag([0.05, 0.2, 0.5, 1.0, 3.0, 10.0]) @ q.T
    b = rng.normal(size=6)
    X = rng.normal(size=(60, 5)) * (1.0, 2.0, 0.5, 1.0, 3.0)
    s = np.sign(X @ rng.normal(size=5) + rng.normal(size=60))

    def logistic_gradient(theta: np.ndarray) -> np.ndarray:
        share = 1.0 / (1.0 + np.exp(s * (X @ theta)))
        return -(s * share) @ X / 60 + 0.01 * theta

    return {
        "quadratic": (rng.normal(size=6), lambda t: float(0.5 * t @ a @ t - b @ t), lambda t: a @ t - b),
        "logistic": (
            rng.normal(size=5),
            lambda t: float(np.logaddexp(0.0, -s * (X @ t)).mean() + 0.005 * t @ t),
            logistic_gradient,
        ),
    }


def torch_path(
    cls: str, arguments: dict[str, Any], start: np.ndarray, gradient: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """theta (STEPS + 1, P) of a torch optimizer that is given the numpy gradients."""
    import torch

    arguments = dict(arguments)
    schedule, schedule_arguments = arguments.pop("_schedule", ("", {}))
    clip = arguments.pop("_clip", 0.0)
    theta = torch.tensor(start.copy(), dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, cls)([theta], **arguments)
    scheduler = getattr(torch.optim.lr_scheduler, schedule)(optimizer, **schedule_arguments) if schedule else None
    path = [start.copy()]
    for _ in range(STEPS):
        theta.grad = torch.tensor(gradient(theta.detach().numpy()))
        if clip:
            torch.nn.utils.clip_grad_norm_([theta], clip)
        optimizer.step()
        if scheduler:
            scheduler.step()
        path.append(theta.detach().numpy().copy())
    return np.array(path)


def torch_minimum(
    start: np.ndarray, loss: Callable[[np.ndarray], float], gradient: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Where torch's L-BFGS with a strong Wolfe line search ends."""
    import torch

    theta = torch.tensor(start.copy(), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [theta], max_iter=STEPS, tolerance_grad=1e-12, tolerance_change=1e-16, line_search_fn="strong_wolfe"
    )

    def closure() -> float:
        theta.grad = torch.tensor(gradient(theta.detach().numpy()))
        return loss(theta.detach().numpy())

    optimizer.step(closure)
    return theta.detach().numpy().copy()


def main() -> None:
    """Run everything and write the file beside this script."""
    import torch

    table: dict[str, Any] = {"torch": torch.__version__, "steps": KEPT, "paths": {}, "minima": {}}
    for problem, (start, loss, gradient) in problems().items():
        for name, (_, _, cls, arguments) in RUNS.items():
            path = torch_path(cls, arguments, start, gradient)
            table["paths"][f"{problem}: {name}"] = [path[step].tolist() for step in KEPT]
        table["minima"][problem] = torch_minimum(start, loss, gradient).tolist()
    text = json.dumps(table, indent=1)
    Path(__file__).with_name("torch_optimizers.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
