"""Projections: from many parameters to two."""

# The order of the menus.
# isort: off
from .base import PROJECTIONS, Chart, Plane, Projection
from .planes import Identity, MostChanged, Parameters
from .pca import PathPCA, SegmentPCA
from .directions import RandomDirections
from .interpolation import Interpolation
from .curvature import HessianEigenvectors
from .autoencoder import Autoencoder
from .embeddings import KernelPCA, LocallyLinear
from .turning import turned

# isort: on

__all__ = [
    "PROJECTIONS",
    "Autoencoder",
    "Chart",
    "HessianEigenvectors",
    "Identity",
    "Interpolation",
    "KernelPCA",
    "LocallyLinear",
    "MostChanged",
    "Parameters",
    "PathPCA",
    "Plane",
    "Projection",
    "RandomDirections",
    "SegmentPCA",
    "turned",
]
