"""Light rigs: lamps, air and floor, as data.

A rig names its lamps; the scene stage places them. Directions point from the centre of the terrain towards the lamp, as
the camera sees it: to the right, away from it, up. So the light comes from the same side wherever the camera stands.
Powers are in watts (area, point) or W/m2 (sun).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import cos, radians, sin

from ..registry import Registry
from ..settings import setting
from .nodes import Colour
from .palettes import Palette, hex_colour

Direction = tuple[float, float, float]


@dataclass(frozen=True)
class Lamp:
    """A sun, or a rectangular area lamp `size` (m) at `distance` (m) that looks at the terrain's centre, or a point.

    For a sun `size` is (angle in degrees, unused), for a point (radius in m, unused). `in_mirrors` says whether it
    shows in glossy reflections.
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
class View:
    """How light becomes pixels: the colour view, its look, and the exposure in stops."""

    transform: str = "AgX"
    look: str = "AgX - Medium High Contrast"
    exposure: float = 0.0


#: Colours come out as the numbers that they are.
EXACT = View("Standard", "None")
#: Colours keep their hue and weight; only what is brighter than paper is rolled off.
NEUTRAL = View("Khronos PBR Neutral", "None")


@dataclass(frozen=True)
class Disc:
    """A sun that is seen, on the horizon behind the terrain: linear RGB, the radius and the height of its middle above
    the horizon in degrees.
    """

    colour: Colour
    radius: float
    height: float


@dataclass(frozen=True)
class Stage:
    """Air and floor: linear RGB of the air at the horizon and overhead, its strength, the floor's substance, and the
    view.

    `ambient` is the share of the air's light that falls on things: haze may be seen brighter than it shines.
    `mirror` is the share of the floor that reflects like polished stone. `fade` is the distance, in widths of the
    terrain, at which the floor has become air.
    """

    horizon: Colour
    zenith: Colour
    strength: float
    floor: Colour
    floor_roughness: float
    view: View = View()
    ambient: float = 1.0
    mirror: float = 0.0
    fade: float = 4.5
    disc: Disc | None = None

    @property
    def view_look(self) -> str:
        """The look of the colour view."""
        return self.view.look


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

    def sun(self, name: str, direction: Direction, power: float, colour: Colour, angle: float) -> Lamp:
        """A sun that is seen by its light only; `angle` is its width in degrees, which softens the shadows."""
        return Lamp(name, "SUN", direction, power * self.brightness, colour, (angle, 0.0), in_mirrors=False)

    def area(
        self,
        name: str,
        direction: Direction,
        power: float,
        colour: Colour,
        size: tuple[float, float],
        in_mirrors: bool = False,
    ) -> Lamp:
        """A panel of light."""
        return Lamp(name, "AREA", direction, power * self.brightness, colour, size, in_mirrors=in_mirrors)


LIGHTS: Registry[LightRig] = Registry("light rig", LightRig)


def from_side(azimuth: float, height: float) -> Direction:
    """The direction at an azimuth (degrees from the camera's right, over away, to its left) and height."""
    a, h = radians(azimuth), radians(height)
    return cos(a) * cos(h), sin(a) * cos(h), sin(h)


def blend(first: Colour, second: Colour, share: float) -> Colour:
    """Two colours mixed in linear light."""
    r, g, b = (x + (y - x) * share for x, y in zip(first, second, strict=True))
    return r, g, b


def scaled(colour: Colour, factor: float) -> Colour:
    """A colour made brighter or darker."""
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


@LIGHTS.register("studio")
@dataclass(frozen=True)
class Studio(LightRig):
    """A low warm sun from the left, a cool sky as fill and a rim light from behind."""

    sun_height: float = setting(28.0, "Height of the sun above the horizon", min=2.0, max=90.0, unit="degrees")
    warmth: float = setting(0.5, "Colour of the sun, from neutral (0) to sunset (1)", min=0.0, max=1.0)

    def lamps(self, palette: Palette) -> tuple[Lamp, ...]:
        warm = (1.0, 1.0 - 0.32 * self.warmth, 1.0 - 0.62 * self.warmth)
        cool = (0.62, 0.81, 1.0)
        return (
            self.sun("Sun", from_side(166.0, self.sun_height), 5.5, warm, 4.0),
            self.sun("Rim", from_side(51.0, 37.0), 1.6, cool, 20.0),
            # a panel near by would lay a patch of light on the floor
            self.sun("Fill", (0.72, -0.60, 0.50), 1.6, cool, 31.0),
        )

    def stage(self, palette: Palette) -> Stage:
        air = hex_colour(palette.backdrop)
        return Stage(air, scaled(air, 1.1), 1.0, scaled(air, 0.6), 0.4)


@LIGHTS.register("golden_hour")
@dataclass(frozen=True)
class GoldenHour(LightRig):
    """The last hour of the day: a sun just over the horizon, long soft shadows, a violet sky on the other side."""

    sun_height: float = setting(17.0, "Height of the sun above the horizon", min=2.0, max=45.0, unit="degrees")

    def lamps(self, palette: Palette) -> tuple[Lamp, ...]:
        return (
            self.sun("Sun", from_side(152.0, self.sun_height), 9.0, (1.0, 0.70, 0.42), 2.5),
            self.sun("Glow", from_side(100.0, 24.0), 1.3, (1.0, 0.66, 0.42), 40.0),
            self.sun("Sky", (0.75, -0.55, 0.55), 1.1, (0.50, 0.58, 1.0), 38.0),
        )

    def stage(self, palette: Palette) -> Stage:
        air = blend(hex_colour(palette.backdrop), (0.40, 0.25, 0.17), 0.5)
        return Stage(scaled(air, 0.9), blend(air, (0.20, 0.17, 0.36), 0.6), 0.8, air, 0.6)


@LIGHTS.register("overcast")
class Overcast(LightRig):
    """A bright grey day: light from the whole sky, a hint of the sun, shadows without an edge."""

    def lamps(self, palette: Palette) -> tuple[Lamp, ...]:
        return (
            self.sun("Sun", from_side(150.0, 46.0), 2.6, (1.0, 0.97, 0.92), 14.0),
            self.sun("Rim", from_side(60.0, 40.0), 0.7, (0.86, 0.93, 1.0), 40.0),
        )

    def stage(self, palette: Palette) -> Stage:
        air = blend(hex_colour(palette.backdrop), (0.72, 0.71, 0.68), 0.75)
        return Stage(air, scaled(air, 1.1), 0.9, scaled(air, 0.9), 0.8, View("AgX", "AgX - Punchy", 0.55))


@LIGHTS.register("weather")
@dataclass(frozen=True)
class WeatherLight(LightRig):
    """A great disc on the horizon in the palette's light, mirrored by the floor, and haze of the same hue."""

    disc: float = setting(5.5, "Radius of the disc as the camera sees it", min=0.5, max=40.0, unit="degrees")

    def lamps(self, palette: Palette) -> tuple[Lamp, ...]:
        # the ground brings the hue along; light of the full hue would count it twice
        hue = blend(hex_colour(palette.light), (1.0, 1.0, 1.0), 0.6)
        return (
            self.sun("Disc", from_side(90.0, 22.0), 4.2, hue, 10.0),
            self.sun("Haze", from_side(165.0, 26.0), 6.0, hue, 14.0),
            self.sun("Front", (0.35, -0.80, 0.45), 0.4, hue, 35.0),
        )

    def stage(self, palette: Palette) -> Stage:
        hue = hex_colour(palette.light)
        # light that has come a long way through haze is deeper in colour
        haze = (0.34 * hue[0] ** 2.8, 0.34 * hue[1] ** 2.8, 0.34 * hue[2] ** 2.8)
        disc = Disc(scaled(hue, 0.95), self.disc, 0.1 * self.disc)
        return Stage(
            haze,
            scaled(haze, 0.5),
            1.0,
            scaled(haze, 0.03),
            0.1,
            NEUTRAL,
            ambient=0.22,
            mirror=0.25,
            fade=7.0,
            disc=disc,
        )


@LIGHTS.register("neon")
class Neon(LightRig):
    """A dark room: the palette's light from one side, a cold tube behind, a floor that shines."""

    def lamps(self, palette: Palette) -> tuple[Lamp, ...]:
        light = hex_colour(palette.light)
        return (
            self.area("Tube", (0.10, 1.0, 0.42), 520.0, (0.26, 0.48, 1.0), (36.0, 2.0), in_mirrors=True),
            self.area("Key", (-0.95, 0.05, 0.42), 1300.0, blend(light, (1.0, 1.0, 1.0), 0.25), (2.5, 7.0)),
            self.area("Side", (0.95, -0.25, 0.35), 1100.0, (0.75, 0.25, 0.85), (2.0, 8.0)),
        )

    def stage(self, palette: Palette) -> Stage:
        air = scaled(hex_colour(palette.backdrop), 0.22)
        return Stage(air, scaled(air, 0.6), 1.0, scaled(air, 1.6), 0.45, mirror=0.04)


@LIGHTS.register("moon")
class Moon(LightRig):
    """A high small moon behind the landscape, blue night round it."""

    def lamps(self, palette: Palette) -> tuple[Lamp, ...]:
        return (
            self.sun("Moon", from_side(122.0, 40.0), 2.6, (0.62, 0.76, 1.0), 1.5),
            self.sun("Sky", from_side(-60.0, 60.0), 0.2, (0.35, 0.48, 1.0), 60.0),
        )

    def stage(self, palette: Palette) -> Stage:
        air = blend(scaled(hex_colour(palette.backdrop), 0.8), (0.010, 0.020, 0.055), 0.5)
        return Stage(air, scaled(air, 0.7), 1.0, scaled(air, 1.2), 0.35)
