"""Looks: materials, palettes, lights and cameras that belong together.

A look is a recommendation, used by presets and by the gallery; any other combination works too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Recipe:
    """Names of a material, a palette and a light rig, and settings of material, camera and relief that suit them."""

    material: str
    palette: str
    light: str
    note: str
    settings: Mapping[str, float] = field(default_factory=dict)
    camera: Mapping[str, float] = field(default_factory=dict)
    relief: Mapping[str, float] = field(default_factory=dict)


LOOKS: dict[str, Recipe] = {
    "ice": Recipe("ice", "glacier", "studio", "Any ground; smooth ones most."),
    "lava": Recipe("lava", "ember", "neon", "Basins with walls: the glow needs something to light."),
    "paper": Recipe(
        "paper", "atlas", "overcast", "Few broad forms; as many terraces as sheets.", relief={"terraces": 14}
    ),
    "weather": Recipe(
        "weather",
        "sol",
        "weather",
        "From low down over low hills, so that the disc is seen; on rough ground the camera rises and loses it.",
        camera={"elevation": 11.0, "lens": 28.0, "margin": 0.12, "sky": 1.0},
        relief={"height": 0.16, "depth": 0.05},
    ),
    "topographic": Recipe("topographic", "folio", "overcast", "Lectures and print.", camera={"f_stop": 0.0}),
    "glass": Recipe("glass", "lagoon", "moon", "Smooth ground with one deep basin."),
    "night": Recipe("night", "nocturne", "moon", "Any ground that is not too rough."),
    "satin": Recipe("satin", "viridis", "overcast", "Science: the colours are the numbers.", camera={"f_stop": 0.0}),
    "sand": Recipe("sand", "dune", "golden_hour", "Any ground; rough ones become rock."),
    "alabaster": Recipe("glass", "ember", "neon", "Glass in warm colours.", settings={"frost": 0.8}),
    "blueprint": Recipe("topographic", "glacier", "overcast", "A cool map.", settings={"tint": 0.9}),
    "volcano": Recipe("lava", "inferno", "neon", "Lava in the colours of a scientific scale."),
}
