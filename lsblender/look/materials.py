"""Materials: what the landscape, its block, the ball and the trail are made of.

A material fills the shader trees that it is given. The surface's mesh carries three numbers per point: `loss`; `level`,
the height from 0 (lowest) to 1 (highest), going on below 0 down the sides of the block; and `slope`, the change of
level per metre along the surface. A contour line is where level times count is whole; dividing by the slope makes it
equally wide on steep and on flat ground.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..registry import Registry
from ..settings import setting
from .nodes import Colour, Nodes
from .palettes import Palette, hex_colour

#: Stops of a palette's colour ramp: Blender allows 32.
RAMP_STOPS = 24


@dataclass(frozen=True)
class Material(ABC):
    """A substance for the whole landscape; it takes its colours from a palette."""

    contours: int = setting(
        25, "Contour lines between the lowest and the highest point; 0 for none", min=0, max=500, soft_max=60
    )
    contour_width: float = setting(0.016, "Width of a contour line", min=0.001, max=0.5, soft_max=0.08, unit="m")
    emphasis: int = setting(5, "Every so many contour lines one is stronger; 0 for none", min=0, max=100)

    @abstractmethod
    def surface(self, nodes: Nodes, palette: Palette) -> None:
        """Fill the tree of the terrain's top."""

    @abstractmethod
    def block(self, nodes: Nodes, palette: Palette) -> None:
        """Fill the tree of the block's sides."""

    @abstractmethod
    def ball(self, nodes: Nodes, palette: Palette) -> None:
        """Fill the tree of the ball."""

    @abstractmethod
    def trail(self, nodes: Nodes, palette: Palette) -> None:
        """Fill the tree of the trail."""


MATERIALS: Registry[Material] = Registry("material", Material)


def palette_ramp(nodes: Nodes, level: Any, palette: Palette) -> Any:
    """The palette's colour at a level."""
    positions = np.linspace(0.0, 1.0, RAMP_STOPS)
    colours = palette.colours(positions)
    stops: list[tuple[float, Colour]] = [
        (float(position), (float(r), float(g), float(b)))
        for position, (r, g, b) in zip(positions, colours, strict=True)
    ]
    return nodes.ramp(level, stops)


def contour_lines(nodes: Nodes, level: Any, slope: Any, count: float, width: float) -> Any:
    """1 on the lines where level * count is a half more than a whole number, 0 elsewhere; `width` in m.

    So there is no line at level 0, where the lowest point would become a blot.
    """
    phase = nodes.math("MULTIPLY", level, float(count))
    off = nodes.math("ABSOLUTE", nodes.math("SUBTRACT", nodes.math("FRACT", phase), 0.5))
    per_metre = nodes.math("MAXIMUM", nodes.math("MULTIPLY", slope, float(count)), 1e-4)
    distance = nodes.math("DIVIDE", off, per_metre)
    return nodes.math("SUBTRACT", 1.0, nodes.smooth(distance, width * 0.35, width * 0.65))


@dataclass(frozen=True)
class Contoured(Material):
    """A material with the family's contour lines and a ball that shows that it rolls."""

    def lines(self, nodes: Nodes) -> Any:
        """The strength of the contour lines, 0 to 1: fine ones at 0.55, emphasised ones at 1."""
        if not self.contours:
            return 0.0
        level, slope = nodes.attribute("level"), nodes.attribute("slope")
        fine = nodes.math("MULTIPLY", contour_lines(nodes, level, slope, self.contours, self.contour_width), 0.55)
        if not self.emphasis:
            return fine
        # every n-th line counted from the first one above the ground
        counted = nodes.math("ADD", level, (0.5 * self.emphasis - 0.5) / self.contours)
        strong = contour_lines(nodes, counted, slope, self.contours / self.emphasis, self.contour_width * 1.7)
        return nodes.math("MAXIMUM", fine, strong)

    def inked(self, nodes: Nodes, colour: Any, palette: Palette, strength: float) -> Any:
        """A colour with the contour lines drawn over it, in the palette's inks."""
        turn = palette.ink_turn
        high = nodes.smooth(nodes.attribute("level"), turn - 0.12, turn + 0.12)
        ink = nodes.mix(high, hex_colour(palette.ink_low), hex_colour(palette.ink_high))
        return nodes.mix(nodes.math("MULTIPLY", self.lines(nodes), strength), colour, ink)

    def ball(self, nodes: Nodes, palette: Palette) -> None:
        """The accent colour with a pale belt and pole caps, so that rolling is seen."""
        position = nodes.new("ShaderNodeTexCoord").outputs["Object"]
        height = nodes.vector("DOT_PRODUCT", nodes.vector("NORMALIZE", position), (0.0, 0.0, 1.0))
        away = nodes.math("ABSOLUTE", height)
        belt = nodes.math("SUBTRACT", 1.0, nodes.smooth(away, 0.075, 0.095))
        cap = nodes.smooth(away, 0.90, 0.91)
        accent = hex_colour(palette.accent)
        colour = nodes.mix(nodes.math("MAXIMUM", belt, cap), accent, (0.86, 0.83, 0.78))
        nodes.surface(
            nodes.principled(
                {
                    "Base Color": colour,
                    "Roughness": 0.28,
                    "Coat Weight": 0.5,
                    "Coat Roughness": 0.08,
                    "Emission Color": colour,
                    "Emission Strength": 0.06,
                }
            )
        )

    def trail(self, nodes: Nodes, palette: Palette) -> None:
        """The accent colour, with a little light of its own so that it reads in the shade."""
        accent = hex_colour(palette.accent)
        nodes.surface(
            nodes.principled(
                {"Base Color": accent, "Roughness": 0.5, "Emission Color": accent, "Emission Strength": 0.35}
            )
        )


@MATERIALS.register("ice")
@dataclass(frozen=True)
class Ice(Contoured):
    """Light sinks into it: soft ice under a thin melt, with fine lines and layered sides."""

    def surface(self, nodes: Nodes, palette: Palette) -> None:
        colour = palette_ramp(nodes, nodes.attribute("level"), palette)
        nodes.surface(self._ice(nodes, self.inked(nodes, colour, palette, 0.75), 0.6))

    def block(self, nodes: Nodes, palette: Palette) -> None:
        """The lines go on as strata, and the colour sinks into the deep."""
        level = nodes.attribute("level")
        colour = palette_ramp(nodes, nodes.math("MULTIPLY_ADD", level, 0.9, 0.06), palette)
        shaded = nodes.mix(nodes.smooth(level, -0.35, 0.3), hex_colour(palette.deep), colour)
        nodes.surface(self._ice(nodes, self.inked(nodes, shaded, palette, 0.6), 0.3))

    def _ice(self, nodes: Nodes, colour: Any, subsurface: float) -> Any:
        return nodes.principled(
            {
                "Base Color": colour,
                "Roughness": 0.36,
                "Subsurface Weight": subsurface,
                "Subsurface Radius": (0.3, 0.7, 1.0),
                "Subsurface Scale": 0.35,
                "Coat Weight": 0.12,
                "Coat Roughness": 0.15,
            }
        )
