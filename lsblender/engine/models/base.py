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

    def rebind(self, samples: Dataset, training: Dataset) -> Objective:
        """The loss of the model of the training data on other samples of the same kind: held-out ones, one batch.

        theta means the same as in `bind(training)`. A model whose parameters or constants come from the data itself
        (kernel landmarks, gamma) takes them from `training` here; for all others this is `bind(samples)`.
        """
        return self.bind(samples)


MODELS: Registry[Model] = Registry("model", Model)
