"""The writing in the picture as Blender objects: plain texts, meshes and keys, no handlers and no drivers.

What belongs to the picture (titles, counters, legend) is a flat scene of its own with its own camera, so that
neither depth of field nor the landscape can hide it. What belongs to the landscape (axes' names, losses on contour
lines) lies in the main scene.
"""

from __future__ import annotations

from .flat import NAME, build_labels
from .lying import build_lying

__all__ = ["NAME", "build_labels", "build_lying"]
