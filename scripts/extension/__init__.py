"""The extension's zip: its wheels, what goes into it, and its trial in Blender. See `build_extension.py`."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
