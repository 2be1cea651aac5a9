"""Operators: they ask, the engines answer."""

from .base import Cancel
from .landscape import Build, Compute
from .scene_files import GettingStarted, LoadScene

OPERATORS = (Compute, Build, Cancel, LoadScene, GettingStarted)
