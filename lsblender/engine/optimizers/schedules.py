"""Schedules: how the learning rate changes from step to step."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from ...registry import Registry
from ...settings import setting


class Schedule(ABC):
    """The factor of the learning rate at each step."""

    @abstractmethod
    def factor(self, step: int, steps: int) -> float:
        """What the learning rate is multiplied with at `step` (0, 1, ...) of `steps`."""


SCHEDULES: Registry[Schedule] = Registry("schedule", Schedule)


@SCHEDULES.register("constant")
@dataclass(frozen=True)
class Constant(Schedule):
    """The same learning rate at every step."""

    def factor(self, step: int, steps: int) -> float:
        return 1.0


@SCHEDULES.register("step")
@dataclass(frozen=True)
class StepDecay(Schedule):
    """The learning rate drops by a factor every so many steps (PyTorch's StepLR)."""

    every: int = setting(50, "Steps between two drops", min=1, max=10**7, soft_max=1000)
    gamma: float = setting(0.1, "The factor of each drop", min=1e-6, max=1.0)

    def factor(self, step: int, steps: int) -> float:
        return float(self.gamma ** (step // self.every))


@SCHEDULES.register("cosine")
@dataclass(frozen=True)
class Cosine(Schedule):
    """The learning rate falls along half a cosine over the whole training, without restarts.

    Loshchilov & Hutter 2017, equation 5; PyTorch's CosineAnnealingLR with T_max the number of steps.
    """

    final: float = setting(0.0, "The share of the learning rate that is left at the end", min=0.0, max=1.0)

    def factor(self, step: int, steps: int) -> float:
        return self.final + (1.0 - self.final) * 0.5 * (1.0 + math.cos(math.pi * step / steps))
