"""Projections: from many parameters to two."""

from .base import PROJECTIONS, Chart, Plane, Projection
from .planes import Identity, Parameters, PathPCA

__all__ = ["PROJECTIONS", "Chart", "Identity", "Parameters", "PathPCA", "Plane", "Projection"]
