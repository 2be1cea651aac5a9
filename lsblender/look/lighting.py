"""Light rigs: lamps, air and floor, as data.

A rig names its lamps; the scene stage places them. Directions point from the centre of the terrain towards the lamp, as
the camera sees it: to the right, away from it, up. So the light comes from the same side wherever the camera stands.
Powers are in watts (area) or W/m2 (sun).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from ..registry import Registry
from ..settings import setting
from .nodes import Colour
from .palettes import Palette, hex_colour

Direction = tuple[float, float, float]


@dataclass(frozen=True)
class Lamp:
    """A sun, or a rectangular area lamp `size` (m) at `distance` (m) that looks at the terrain's centre.

    For a sun `size` is (angle in degrees, unused). `in_mirrors` says whether it shows in glossy reflections.
    """

    name: str
    kind: str
    direction: Direction
    power: float
    colour: Colour
    size: tuple[float, float]
    distance: float = 16.0
    in_mirrors: bool = True


@dataclass(frozen=True)
class Stage:
    """Air and floor: linear RGB of the air at the horizon and overhead, its strength, and the floor's substance."""

    horizon: Colour
    zenith: Colour
    strength: float
    floor: Colour
    floor_roughness: float
    view_look: str


@dataclass(frozen=True)
class LightRig(ABC):
    """A way to light the landscape."""

    brightness: float = setting(1.0, "Strength of all lamps together", min=0.0, max=100.0, soft_max=4.0)

    @abstractmethod
    def lamps(self, palette: Palette) -> tuple[Lamp, ...]:
        """The lamps."""

    @abstractmethod
    def stage(self, palette: Palette) -> Stage:
        """Air and floor."""


LIGHTS: Registry[LightRig] = Registry("light rig", LightRig)


def _scaled(colour: Colour, factor: float) -> Colour:
    return (colour[0] * factor, colour[1] * factor, colour[2] * factor)


@LIGHTS.register("studio")
@dataclass(frozen=True)
class Studio(LightRig):
    """A low warm sun from the left, a cool sky as fill and a rim light from behind."""

    sun_height: float = setting(28.0, "Height of the sun above the horizon", min=2.0, max=90.0, unit="degrees")
    warmth: float = setting(0.5, "Colour of the sun, from neutral (0) to sunset (1)", min=0.0, max=1.0)

    def lamps(self, palette: Palette) -> tuple[Lamp, ...]:
        from math import cos, radians, sin

        height = radians(self.sun_height)
        sun = (-0.97 * cos(height), -0.24 * cos(height), sin(height))
        warm = (1.0, 1.0 - 0.32 * self.warmth, 1.0 - 0.62 * self.warmth)
        b = self.brightness
        return (
            Lamp("Sun", "SUN", sun, 5.5 * b, warm, (4.0, 0.0), in_mirrors=False),
            Lamp("Rim", "SUN", (0.50, 0.62, 0.60), 1.4 * b, (0.62, 0.82, 1.0), (20.0, 0.0), in_mirrors=False),
            Lamp("Fill", "AREA", (0.72, -0.60, 0.50), 1300.0 * b, (0.62, 0.80, 1.0), (9.0, 9.0), in_mirrors=False),
        )

    def stage(self, palette: Palette) -> Stage:
        air = hex_colour(palette.backdrop)
        return Stage(air, _scaled(air, 1.4), 1.0, air, 0.4, "AgX - Medium High Contrast")
