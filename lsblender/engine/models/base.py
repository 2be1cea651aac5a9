"""What a model is: with a dataset it becomes an objective."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from ...registry import Registry
from ...settings import setting
from ..datasets import Dataset
from ..objective import Objective


@dataclass(frozen=True)
class Model(ABC):
    """A model; with a dataset it becomes an objective."""

    l2: float = setting(0.0, "Weight of the penalty |w|^2 / 2", min=0.0, max=1e6, soft_max=1.0)

    @abstractmethod
    def bind(self, dataset: Dataset) -> Objective:
        """The loss of this model on the dataset. Raises `LsbError` where the two do not fit."""


MODELS: Registry[Model] = Registry("model", Model)
