"""Activations of a network's units: value, slope and the spread of the weights that training starts from.

Weights start so that the signal neither dies nor explodes from layer to layer; biases start at zero.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..objective import Array
from .sines import room_for, sine_in_place

#: Single or double precision.
Floats = NDArray[Any]


class Activation(ABC):
    """What a unit makes of its input."""

    def prepared(self, shape: tuple[int, int], dtype: type[np.floating[Any]]) -> Floats | None:
        """What `apply` wants to have at hand for arrays (..., *shape)."""
        return None

    @abstractmethod
    def apply(self, z: Floats, prepared: Floats | None) -> None:
        """Write the values over the inputs z."""

    @abstractmethod
    def slope(self, z: Array, value: Array) -> Array:
        """The derivative at the inputs z, whose values are known."""

    @abstractmethod
    def initial(self, n_in: int, n_out: int, rng: np.random.Generator) -> Array:
        """Weights (n_out, n_in) of a layer of these units."""


class ReLU(Activation):
    """max(0, z). He normal: variance 2 / n_in (He et al. 2015)."""

    def prepared(self, shape: tuple[int, int], dtype: type[np.floating[Any]]) -> Floats | None:
        # numpy vectorises the maximum of two arrays; that of an array and a number takes five times as long.
        return np.zeros(shape, dtype)

    def apply(self, z: Floats, prepared: Floats | None) -> None:
        np.maximum(z, 0.0 if prepared is None else prepared, out=z)

    def slope(self, z: Array, value: Array) -> Array:
        return np.asarray(z > 0, dtype=np.float64)

    def initial(self, n_in: int, n_out: int, rng: np.random.Generator) -> Array:
        return rng.normal(scale=np.sqrt(2 / n_in), size=(n_out, n_in))


class Tanh(Activation):
    """tanh(z). Glorot uniform: within sqrt(6 / (n_in + n_out)) (Glorot & Bengio 2010)."""

    def apply(self, z: Floats, prepared: Floats | None) -> None:
        np.tanh(z, out=z)

    def slope(self, z: Array, value: Array) -> Array:
        return np.asarray(1 - value * value)

    def initial(self, n_in: int, n_out: int, rng: np.random.Generator) -> Array:
        return glorot(n_in, n_out, rng)


class Sine(Activation):
    """sin(z). Uniform within sqrt(6 / n_in) (Sitzmann et al. 2020, theorem 1.8; without its factor of frequency)."""

    def prepared(self, shape: tuple[int, int], dtype: type[np.floating[Any]]) -> Floats | None:
        return room_for(shape[0] * shape[1]) if dtype is np.float64 else None

    def apply(self, z: Floats, prepared: Floats | None) -> None:
        if z.dtype == np.float64:
            sine_in_place(z, prepared)
        else:
            np.sin(z, out=z)

    def slope(self, z: Array, value: Array) -> Array:
        return np.asarray(np.cos(z))

    def initial(self, n_in: int, n_out: int, rng: np.random.Generator) -> Array:
        limit = np.sqrt(6 / n_in)
        return rng.uniform(-limit, limit, size=(n_out, n_in))


def glorot(n_in: int, n_out: int, rng: np.random.Generator) -> Array:
    """Uniform weights (n_out, n_in) within sqrt(6 / (n_in + n_out)): for tanh and for layers without an activation."""
    limit = np.sqrt(6 / (n_in + n_out))
    return rng.uniform(-limit, limit, size=(n_out, n_in))


ACTIVATIONS: dict[str, Activation] = {"relu": ReLU(), "tanh": Tanh(), "sine": Sine()}
