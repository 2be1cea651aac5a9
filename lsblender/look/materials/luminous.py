"""Materials that live by light: weather, glass, night."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ...settings import setting
from ..lighting import Lamp
from ..nodes import Nodes
from ..palettes import Palette, hex_colour
from .base import MATERIALS, Contoured, contour_lines, lightness, palette_ramp, pixel_width


@MATERIALS.register("weather")
class Weather(Contoured):
    """Everything in one hue, as under lamps of a single colour (after Olafur Eliasson's Weather Project, 2003)."""

    ball_light: ClassVar[float] = 0.0
    trail_light: ClassVar[float] = 0.0

    def surface(self, nodes: Nodes, palette: Palette) -> None:
        colour = self._in_one_hue(nodes, palette_ramp(nodes, nodes.attribute("level"), palette), palette)
        nodes.surface(self._wax(nodes, self.inked(nodes, colour, palette, 0.8), 0.34))

    def block(self, nodes: Nodes, palette: Palette) -> None:
        colour = self._in_one_hue(nodes, self.strata(nodes, palette, 0.4), palette)
        nodes.surface(self._wax(nodes, self.banded(nodes, colour, palette, 0.8), 0.45, self.edge(nodes)))

    def _in_one_hue(self, nodes: Nodes, colour: Any, palette: Palette) -> Any:
        """The colour's luminance in the tones of the palette's own light, from its deep over its backdrop."""
        tones = [hex_colour(text) for text in (palette.deep, palette.backdrop, palette.light)]
        tones.sort(key=lightness)
        grey = nodes.vector("DOT_PRODUCT", colour, (0.2126, 0.7152, 0.0722))
        return nodes.ramp(nodes.math("POWER", grey, 0.6), [(0.0, tones[0]), (0.32, tones[1]), (0.7, tones[2])])

    def _wax(self, nodes: Nodes, colour: Any, roughness: float, more: dict[str | int, Any] | None = None) -> Any:
        return nodes.principled(
            {
                "Base Color": colour,
                "Roughness": roughness,
                "Coat Weight": 0.2,
                "Coat Roughness": 0.2,
                **(more or {}),
            }
        )


#: Share of the light that milky glass throws back.
BACK = 0.35


@MATERIALS.register("glass")
@dataclass(frozen=True)
class Glass(Contoured):
    """Cast glass with a lamp inside, under the lowest point: it glows in the basin and fades towards the rim."""

    ball_light: ClassVar[float] = 0.25
    trail_light: ClassVar[float] = 0.8

    glow: float = setting(1.0, "Strength of the lamp inside", min=0.0, max=20.0, soft_max=4.0)
    frost: float = setting(0.6, "How milky the glass is; 0 is clear", min=0.0, max=1.0)

    def surface(self, nodes: Nodes, palette: Palette) -> None:
        colour = palette_ramp(nodes, nodes.attribute("level"), palette)
        nodes.surface(self._glass(nodes, self.inked(nodes, self._thin(nodes, colour), palette, 0.9), 0.1))

    def block(self, nodes: Nodes, palette: Palette) -> None:
        """The same glass, poured in layers."""
        colour = self.banded(nodes, self._thin(nodes, self.strata(nodes, palette, 0.3)), palette, 0.6)
        nodes.surface(self._glass(nodes, colour, 0.05, self.edge(nodes)))

    def _thin(self, nodes: Nodes, colour: Any) -> Any:
        """The colour of a thin layer: paler, since light goes through it more than once."""
        return nodes.new("ShaderNodeGamma", {"Color": colour, "Gamma": 0.6}).outputs[0]

    def _glass(self, nodes: Nodes, colour: Any, roughness: float, more: dict[str | int, Any] | None = None) -> Any:
        clear = nodes.principled(
            {"Base Color": colour, "Roughness": roughness, "IOR": 1.42, "Transmission Weight": 0.85, **(more or {})}
        )
        through = nodes.new("ShaderNodeBsdfTranslucent", {"Color": colour, **(more or {})}).outputs[0]
        # milk throws light back too: that shows the ground's form, also where it is rough
        back = nodes.new("ShaderNodeBsdfDiffuse", {"Color": colour, **(more or {})}).outputs[0]
        return nodes.mixed(self.frost, clear, nodes.mixed(BACK, through, back))

    def lamps(self, palette: Palette) -> tuple[Lamp, ...]:
        light = hex_colour(palette.light)
        return (Lamp("Inside", "POINT", (0.0, 0.0, 1.0), 1050.0 * self.glow, light, (0.9, 0.0), 0.0, in_mirrors=False),)


#: Where a point of light begins to fade and where it has ended, and how wide it looks, in cells.
POINT, POINT_WIDTH = (0.05, 0.42), 0.47
#: Pixels that a point of light is wide at least: more than a line, since it ends on all sides.
POINT_PIXELS = 1.9
#: From how many cells to the pixel on points melt into one another, and where nothing is left of them.
MERGING = (0.6, 1.6)
#: Brightness of what they melt into; their mean would look brighter than they do, since the view darkens peaks.
MELTED = 0.05


@MATERIALS.register("night")
@dataclass(frozen=True)
class Night(Contoured):
    """A city seen from the air: streets along the contour lines, windows between them, thickest in the valley."""

    ball_light: ClassVar[float] = 0.9
    trail_light: ClassVar[float] = 1.6

    contours: int = setting(
        30, "Streets between the lowest and the highest point; 0 for none", min=0, max=500, soft_max=60
    )
    lights: float = setting(1.0, "Strength of the lights", min=0.0, max=20.0, soft_max=4.0)

    def surface(self, nodes: Nodes, palette: Palette) -> None:
        level = nodes.attribute("level")
        ground = nodes.scaled(palette_ramp(nodes, level, palette), 0.55)
        town = nodes.math("SUBTRACT", 1.0, nodes.smooth(level, 0.04, 0.95))
        colour, strength = self._city(nodes, palette, town)
        nodes.surface(self._earth(nodes, ground, colour, nodes.math("MULTIPLY", strength, 2.2 * self.lights)))

    def _city(self, nodes: Nodes, palette: Palette, town: Any) -> tuple[Any, Any]:
        """Colour and strength of the lights; `town` is how dense they stand."""
        streets = self._streets(nodes)
        lamps, lamp_colour = self._points(nodes, 4.6, nodes.math("MULTIPLY_ADD", town, 0.75, 0.2))
        quarter = nodes.smooth(nodes.noise(nodes.place((1.0, 1.0, 0.2)), 0.5, 3.0), 0.38, 0.62)
        windows, window_colour = self._points(
            nodes, 8.0, nodes.math("MULTIPLY", town, nodes.math("MULTIPLY", quarter, 0.5))
        )
        along = nodes.math("MULTIPLY", streets, nodes.math("MULTIPLY_ADD", lamps, 1.0, 0.1))
        strength = nodes.math("MAXIMUM", along, nodes.math("MULTIPLY", windows, 0.55))
        tint = nodes.mix(0.5, lamp_colour, window_colour, "ADD")
        warm = hex_colour(palette.light)
        # most lamps burn warm, a few white
        white = nodes.smooth(nodes.vector("DOT_PRODUCT", tint, (0.6, 0.0, 0.1)), 0.55, 0.8)
        return nodes.mix(white, nodes.mix(0.6, warm, warm, "MULTIPLY"), (0.9, 0.93, 1.0)), strength

    def _streets(self, nodes: Nodes) -> Any:
        """Wide bands along the contour lines, in which the lamps stand."""
        if not self.contours:
            return 0.0
        level, slope = nodes.attribute("level"), nodes.attribute("slope")
        return contour_lines(nodes, level, slope, self.contours, 3.2 * self.contour_width)

    def _points(self, nodes: Nodes, scale: float, share: Any) -> tuple[Any, Any]:
        """Points of light, `scale` places to the metre of which a share is lit, and a random colour each.

        A point that would be smaller than a pixel is drawn wider and as much fainter, as lines are: it would
        sparkle when the camera moves. Where a pixel holds several places there are no points, but an even shimmer.
        """
        distance, colour = nodes.cells(nodes.place(), scale)
        luck = nodes.vector("DOT_PRODUCT", colour, (0.0, 0.0, 1.0))
        lit = nodes.math("LESS_THAN", luck, share)
        pixels = nodes.math("MULTIPLY", self._pixel(nodes), scale)
        wider = nodes.math("MAXIMUM", nodes.math("MULTIPLY", pixels, POINT_PIXELS / POINT_WIDTH), 1.0)
        low, high = (nodes.math("MULTIPLY", wider, edge) for edge in POINT)
        point = nodes.math("SUBTRACT", 1.0, nodes.smooth(distance, low, high))
        point = nodes.math("DIVIDE", nodes.math("MULTIPLY", point, lit), nodes.math("POWER", wider, 2.0))
        melted = nodes.smooth(pixels, *MERGING)
        kept = nodes.math("MULTIPLY", point, nodes.math("SUBTRACT", 1.0, melted))
        return nodes.math("MULTIPLY_ADD", nodes.math("MULTIPLY", share, MELTED), melted, kept), colour

    def _pixel(self, nodes: Nodes) -> Any:
        """How long a pixel is on the ground, in metres; no longer than two at a right angle."""
        upright = nodes.vector("DOT_PRODUCT", nodes.normal(), nodes.towards_eye())
        return nodes.math("DIVIDE", pixel_width(nodes), nodes.math("MAXIMUM", upright, 0.5))

    def block(self, nodes: Nodes, palette: Palette) -> None:
        """Dark earth with a faint shine along the layers."""
        ground = nodes.scaled(self.strata(nodes, palette, 0.45), 0.6)
        shine = nodes.math("MULTIPLY", self.lines(nodes, 0.2), nodes.smooth(nodes.attribute("level"), -0.4, 0.2))
        shine = nodes.math("MULTIPLY", shine, 0.35)
        nodes.surface(self._earth(nodes, ground, hex_colour(palette.light), shine, self.edge(nodes)))

    def _earth(
        self, nodes: Nodes, ground: Any, colour: Any, strength: Any, more: dict[str | int, Any] | None = None
    ) -> Any:
        return nodes.principled(
            {
                "Base Color": ground,
                "Roughness": 0.55,
                "Coat Weight": 0.15,
                "Coat Roughness": 0.3,
                "Emission Color": colour,
                "Emission Strength": strength,
                **(more or {}),
            }
        )
