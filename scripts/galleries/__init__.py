"""How the pictures in scenes/gallery are made. See `gallery.py`, which starts it."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

GALLERY = ROOT / "scenes" / "gallery"
