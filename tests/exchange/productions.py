"""Productions for exports, without Blender."""

from __future__ import annotations

from lsblender.engine import Landscape
from lsblender.exchange import Production
from lsblender.storyboard.storyboard import Results, Storyboard
from tests.storyboard.falling import fall_by_formula


def production_of(storyboard: Storyboard, *landscapes: Landscape) -> Production:
    """Landscapes that stay what they are, of a storyboard; balls that are let go fall by a formula."""
    return Production(storyboard, Results.of(*landscapes), fall_by_formula, 'title = "Test"')
