"""What all materials share: their settings, contour lines, strata, ball and trail."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from ...registry import Registry
from ...settings import setting
from ..lighting import Lamp, View
from ..nodes import Colour, Nodes
from ..palettes import Palette, hex_colour

#: Radius in metres within which the attribute `near` tells the distance to the paths.
NEAR = 0.8

#: Pixels that a line is wide at least.
LEAST_PIXELS = 1.3
#: Surfaces that are seen at a flatter slant than this cosine count as if they were not.
LEAST_UPRIGHT = 0.3


@dataclass(frozen=True)
class Material(ABC):
    """A substance for the whole landscape; it takes its colours from a palette.

    `view` is the colour view that the material asks for, None for the light rig's.
    """

    view: ClassVar[View | None] = None

    contours: int = setting(
        25, "Contour lines between the lowest and the highest point; 0 for none", min=0, max=500, soft_max=60
    )
    contour_width: float = setting(0.016, "Width of a contour line", min=0.001, max=0.5, soft_max=0.08, unit="m")
    emphasis: int = setting(5, "Every so many contour lines one is stronger; 0 for none", min=0, max=100)
    bevel: float = setting(
        0.035, "Rounding of the block's edges as light shows it; 0 for none", min=0.0, max=0.5, soft_max=0.1, unit="m"
    )

    @abstractmethod
    def surface(self, nodes: Nodes, palette: Palette) -> None:
        """Fill the tree of the terrain's top."""

    @abstractmethod
    def block(self, nodes: Nodes, palette: Palette) -> None:
        """Fill the tree of the block's sides."""

    @abstractmethod
    def ball(self, nodes: Nodes, palette: Palette, colour: Colour | None = None) -> None:
        """Fill the tree of the ball; `colour` (linear RGB) takes the place of the palette's accent."""

    @abstractmethod
    def trail(self, nodes: Nodes, palette: Palette, colour: Colour | None = None) -> None:
        """Fill the tree of the trail; `colour` (linear RGB) takes the place of the palette's accent."""

    def lamps(self, palette: Palette) -> tuple[Lamp, ...]:
        """Lamps that belong to the substance, inside the block under the lowest point."""
        return ()


MATERIALS: Registry[Material] = Registry("material", Material)


def palette_ramp(nodes: Nodes, level: Any, palette: Palette) -> Any:
    """The palette's colour at a level."""
    return nodes.ramp(level, palette.ramp())


def ridge(nodes: Nodes, level: Any, slope: Any, count: float) -> Any:
    """Distance in metres along the surface to the nearest line where level * count is a half more than a whole number.

    So there is no line at level 0, where the lowest point would become a blot.
    """
    phase = nodes.math("MULTIPLY", level, float(count))
    off = nodes.math("ABSOLUTE", nodes.math("SUBTRACT", nodes.math("FRACT", phase), 0.5))
    per_metre = nodes.math("MAXIMUM", nodes.math("MULTIPLY", slope, float(count)), 1e-4)
    return nodes.math("DIVIDE", off, per_metre)


def pixel_width(nodes: Nodes) -> Any:
    """How wide a pixel of the picture is at a surface that is seen upright, in metres; 0 where the object does not
    know.
    """
    return nodes.math("MULTIPLY", nodes.attribute("pixel", of_object=True), nodes.view_distance())


def pixel_along(nodes: Nodes, direction: Any) -> Any:
    """How wide a pixel is on the surface across lines of a direction (a unit vector in the surface), in metres.

    A strip of the surface is seen narrower by the slant, and wider again by as much as it leads away from the eye.
    """
    upright = nodes.math("ABSOLUTE", nodes.vector("DOT_PRODUCT", nodes.normal(), nodes.towards_eye()))
    away = nodes.vector("DOT_PRODUCT", direction, nodes.towards_eye())
    aside = nodes.math("SQRT", nodes.math("MULTIPLY_ADD", away, nodes.math("MULTIPLY", away, -1.0), 1.0))
    narrower = nodes.math("DIVIDE", aside, nodes.math("MAXIMUM", upright, LEAST_UPRIGHT))
    return nodes.math("MULTIPLY", pixel_width(nodes), nodes.math("MAXIMUM", narrower, 1.0))


def contour_lines(nodes: Nodes, level: Any, slope: Any, count: float, width: float) -> Any:
    """1 on the lines that `ridge` measures the distance to, 0 elsewhere; `width` in m.

    A line that would be thinner than a pixel is drawn a pixel wide and as much fainter: it would be hit by some rays
    and missed by others, and crawl over the pixels when the camera moves.
    """
    distance = ridge(nodes, level, slope, count)
    level_line = nodes.vector("NORMALIZE", nodes.vector("CROSS_PRODUCT", nodes.normal(), (0.0, 0.0, 1.0)))
    pixel = pixel_along(nodes, level_line)
    drawn = nodes.math("MAXIMUM", nodes.math("MULTIPLY", pixel, LEAST_PIXELS), width)
    low, high = (nodes.math("MULTIPLY", drawn, share) for share in (0.35, 0.65))
    line = nodes.math("SUBTRACT", 1.0, nodes.smooth(distance, low, high))
    return nodes.math("MULTIPLY", line, nodes.math("DIVIDE", width, drawn))


def lightness(colour: Colour) -> float:
    """Luminance of linear RGB."""
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


class Contoured(Material):
    """A material with the family's contour lines, strata, and a ball that shows that it rolls.

    `ball_light` and `trail_light` are the light that ball and trail give of their own, so that they read in the shade.
    """

    ball_light: ClassVar[float] = 0.16
    trail_light: ClassVar[float] = 0.35

    def counted(self, nodes: Nodes) -> Any:
        """The level, shifted so that every n-th line, counted from the first above the ground, is an emphasised one."""
        return nodes.math("ADD", nodes.attribute("level"), (0.5 * self.emphasis - 0.5) / self.contours)

    def lines(self, nodes: Nodes, fine: float = 0.55) -> Any:
        """The strength of the contour lines, 0 to 1: fine ones at `fine`, emphasised ones at 1. They make room for the
        paths.
        """
        if not self.contours:
            return 0.0
        level, slope = nodes.attribute("level"), nodes.attribute("slope")
        lines = nodes.math("MULTIPLY", contour_lines(nodes, level, slope, self.contours, self.contour_width), fine)
        if self.emphasis:
            count = self.contours / self.emphasis
            strong = contour_lines(nodes, self.counted(nodes), slope, count, self.contour_width * 1.7)
            lines = nodes.math("MAXIMUM", lines, strong)
        return nodes.math("MULTIPLY", lines, nodes.math("SUBTRACT", 1.0, self.beside_path(nodes, 0.16)))

    def beside_path(self, nodes: Nodes, reach: float) -> Any:
        """1 on the paths as far as the balls have come, 0 from `reach` metres on."""
        near = nodes.smooth(nodes.attribute("near"), 1.0 - reach / NEAR, 1.0 - 0.4 * reach / NEAR)
        return nodes.math("MULTIPLY", near, self.passed(nodes))

    def passed(self, nodes: Nodes) -> Any:
        """1 where a ball has passed already, 0 where one will."""
        late = nodes.math("SUBTRACT", nodes.attribute("when"), nodes.attribute("time", of_object=True))
        return nodes.math("LESS_THAN", late, 1e-4)

    def ink(self, nodes: Nodes, palette: Palette) -> Any:
        """The palette's inks by level."""
        turn = palette.ink_turn
        high = nodes.smooth(nodes.attribute("level"), turn - 0.12, turn + 0.12)
        return nodes.mix(high, hex_colour(palette.ink_low), hex_colour(palette.ink_high))

    def inked(self, nodes: Nodes, colour: Any, palette: Palette, strength: float) -> Any:
        """A colour with the contour lines drawn over it, in the palette's inks."""
        if not self.contours:
            return colour
        lines = nodes.math("MULTIPLY", self.lines(nodes), strength)
        return nodes.mix(lines, colour, self.ink(nodes, palette))

    def banded(self, nodes: Nodes, colour: Any, palette: Palette, strength: float) -> Any:
        """A colour of the block with the contour lines going on as joints: fine ones faint, all fading downwards."""
        if not self.contours:
            return colour
        sinking = nodes.smooth(nodes.attribute("level"), -0.38, 0.25)
        share = nodes.math("MULTIPLY", self.lines(nodes, 0.3), nodes.math("MULTIPLY", sinking, strength))
        return nodes.mix(share, colour, self.ink(nodes, palette))

    def strata(self, nodes: Nodes, palette: Palette, contrast: float = 0.35) -> Any:
        """The block's layers: between two contour lines that meet the rim lies a layer of its own tone, and the whole
        sinks into the deep.
        """
        level = nodes.attribute("level")
        colour = palette_ramp(nodes, nodes.math("MULTIPLY_ADD", level, 0.92, 0.04), palette)
        foot = nodes.smooth(level, -0.4, 0.35)
        colour = nodes.mix(nodes.math("MULTIPLY_ADD", foot, 0.85, 0.15), hex_colour(palette.deep), colour)
        if not self.contours:
            return colour
        tone = self._tone(nodes, level, self.contours, 0.35 * contrast)
        if self.emphasis:
            thick = self._tone(nodes, self.counted(nodes), self.contours / self.emphasis, contrast)
            tone = nodes.math("ADD", tone, thick)
        grain = nodes.noise(nodes.place((0.5, 0.5, 7.0)), 1.6, 4.0, 0.6)
        tone = nodes.math("MULTIPLY_ADD", nodes.math("SUBTRACT", grain, 0.5), 0.5 * contrast, tone)
        return nodes.scaled(colour, nodes.math("MAXIMUM", nodes.math("ADD", tone, 1.0), 0.2))

    def _tone(self, nodes: Nodes, level: Any, count: float, contrast: float) -> Any:
        """A random number around 0 for each layer between two lines."""
        number = nodes.math("FLOOR", nodes.math("MULTIPLY_ADD", level, float(count), 0.5))
        return nodes.math("MULTIPLY", nodes.math("SUBTRACT", nodes.chance(number), 0.5), 2.0 * contrast)

    def edge(self, nodes: Nodes) -> dict[str | int, Any]:
        """The normal input of a block with rounded edges."""
        if not self.bevel:
            return {}
        return {"Normal": nodes.new("ShaderNodeBevel", {"Radius": self.bevel}, samples=4).outputs[0]}

    def ball(self, nodes: Nodes, palette: Palette, colour: Colour | None = None) -> None:
        """The accent with a belt and pole caps, pale on dark and dark on pale, so that rolling is seen, and a rim."""
        accent = colour or hex_colour(palette.accent)
        marks = (0.86, 0.83, 0.78) if lightness(accent) < 0.55 else (0.05, 0.045, 0.05)
        height = nodes.vector("DOT_PRODUCT", nodes.vector("NORMALIZE", nodes.place()), (0.0, 0.0, 1.0))
        away = nodes.math("ABSOLUTE", height)
        belt = nodes.math("SUBTRACT", 1.0, nodes.smooth(away, 0.075, 0.095))
        painted = nodes.mix(nodes.math("MAXIMUM", belt, nodes.smooth(away, 0.90, 0.91)), accent, marks)
        # a dark rim: it keeps the ball apart from other balls and from pale ground, also where it is a few pixels wide
        rim = nodes.smooth(nodes.facing(), 0.42, 0.62)
        painted = nodes.scaled(painted, nodes.math("MULTIPLY_ADD", rim, -0.6, 1.0))
        nodes.surface(
            nodes.principled(
                {
                    "Base Color": painted,
                    "Roughness": 0.28,
                    "Coat Weight": 0.5,
                    "Coat Roughness": 0.08,
                    "Emission Color": painted,
                    "Emission Strength": self.ball_light * min(1.0, 0.45 / max(lightness(accent), 1e-3)),
                }
            )
        )

    def trail(self, nodes: Nodes, palette: Palette, colour: Colour | None = None) -> None:
        """The accent colour, with a little light of its own so that it reads in the shade."""
        accent = colour or hex_colour(palette.accent)
        nodes.surface(
            nodes.principled(
                {
                    "Base Color": accent,
                    "Roughness": 0.5,
                    "Emission Color": accent,
                    "Emission Strength": self.trail_light * min(1.0, 0.45 / max(lightness(accent), 1e-3)),
                }
            )
        )
