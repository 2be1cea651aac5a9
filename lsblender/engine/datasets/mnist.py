"""MNIST: ten thousand handwritten digits, shipped with the package.

mnist.npz holds `images` (10000, 784), one byte per pixel, and `labels` (10000,), in an order without pattern.
scripts/build_mnist.py makes it; mnist-licence.txt says whose the pictures are.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import LsbError
from ...settings import setting
from .base import DATASETS, Dataset, DataSource, even_subset, select_classes

FILE = Path(__file__).with_name("mnist.npz")
SIDE = 28


@DATASETS.register("mnist", "MNIST")
@dataclass(frozen=True)
class MNIST(DataSource):
    """Handwritten digits: 28 x 28 pixels with ink from 0 to 1, up to 10,000 pictures.

    Of the classes asked for, a subset has the same number each, as far as there are so many.
    """

    classes: tuple[str, ...] = setting((), "The digits, the first one as +1; empty for all ten")
    size: int = setting(1000, "Number of pictures; 0 takes all there are", min=0, max=10_000)
    seed: int = setting(0, "Decides which pictures a subset has", min=0, max=2**32 - 1)

    def read(self) -> Dataset:
        with np.load(FILE, allow_pickle=False) as file:
            images, labels = file["images"], file["labels"]
        names = tuple(str(digit) for digit in range(10))
        features = tuple(f"pixel_{row}_{column}" for row in range(SIDE) for column in range(SIDE))
        # the bytes become numbers only once it is known which are needed
        numbered = Dataset(
            np.arange(len(labels), dtype=np.float64)[:, None], labels.astype(np.int64), features, names, "MNIST"
        )
        chosen = select_classes(numbered, self.classes)
        if self.size:
            if self.size > len(chosen.y):
                raise LsbError(f"{self.size} pictures of {len(chosen.y)} that there are of these classes", "size")
            chosen = chosen.rows(even_subset(chosen.y, self.size, self.seed))
        X = images[chosen.X[:, 0].astype(np.int64)] / 255.0
        return Dataset(X, chosen.y, features, chosen.target_names, "MNIST")
