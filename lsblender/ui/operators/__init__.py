"""Operators: they ask, the engines answer."""

from .landscape import Build, Compute
from .scene_files import GettingStarted, LoadScene

OPERATORS = (Compute, Build, LoadScene, GettingStarted)
