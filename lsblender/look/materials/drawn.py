"""Materials that look made by hand or by a press: paper, topographic, satin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ...settings import setting
from ..lighting import EXACT, NEUTRAL, View
from ..nodes import Colour, Nodes
from ..palettes import Palette, hex_colour
from .base import MATERIALS, Contoured, palette_ramp


@MATERIALS.register("paper")
@dataclass(frozen=True)
class Paper(Contoured):
    """Sheets of coloured card, one cut for every step of the loss and laid on the next."""

    contours: int = setting(0, "Pencil lines between the lowest and the highest point; 0 for none", min=0, max=500)
    sheets: int = setting(14, "Sheets of card between the lowest and the highest point", min=2, max=200, soft_max=40)

    def surface(self, nodes: Nodes, palette: Palette) -> None:
        colour = self._card(nodes, palette)
        number, slope = self._number(nodes), nodes.attribute("slope")
        within = nodes.math("FRACT", number)
        per_metre = nodes.math("MAXIMUM", nodes.math("MULTIPLY", slope, float(self.sheets)), 1e-4)
        # on a smooth relief the sheets' shadows and cut edges are painted; on terraces the treads are level, so that
        # every edge is far away, and the light does it
        above = nodes.math("DIVIDE", nodes.math("SUBTRACT", 1.0, within), per_metre)
        below = nodes.math("DIVIDE", within, per_metre)
        shadow = nodes.math("SUBTRACT", 1.0, nodes.smooth(above, 0.0, 0.22))
        cut = nodes.math("SUBTRACT", 1.0, nodes.smooth(below, 0.012, 0.026))
        colour = nodes.scaled(colour, nodes.math("MULTIPLY_ADD", shadow, -0.5, 1.0))
        colour = nodes.mix(nodes.math("MULTIPLY", cut, 0.45), colour, (0.95, 0.92, 0.86))
        nodes.surface(self._matte(nodes, self.inked(nodes, colour, palette, 0.5)))

    def _number(self, nodes: Nodes) -> Any:
        """Which sheet, counted from the lowest; whole at its cut edge."""
        return nodes.math("MULTIPLY_ADD", nodes.attribute("level"), float(self.sheets), 0.5)

    def _card(self, nodes: Nodes, palette: Palette) -> Any:
        sheet = nodes.math("FLOOR", self._number(nodes))
        colour = palette_ramp(nodes, nodes.math("DIVIDE", sheet, float(self.sheets)), palette)
        sinking = nodes.smooth(nodes.attribute("level"), -0.42, 0.02)
        colour = nodes.mix(sinking, hex_colour(palette.deep), colour)
        tone = nodes.math("MULTIPLY_ADD", nodes.chance(sheet), 0.1, 0.95)
        fibre = nodes.noise(nodes.place((1.0, 1.0, 1.0)), 38.0, 3.0, 0.6)
        return nodes.scaled(colour, nodes.math("MULTIPLY", tone, nodes.math("MULTIPLY_ADD", fibre, 0.16, 0.92)))

    def block(self, nodes: Nodes, palette: Palette) -> None:
        """The stack from the side: every sheet an edge, pale where it was cut."""
        colour = self._card(nodes, palette)
        within = nodes.math("FRACT", self._number(nodes))
        joint = nodes.math("SUBTRACT", 1.0, nodes.smooth(nodes.math("PINGPONG", within, 0.5), 0.02, 0.1))
        colour = nodes.scaled(colour, nodes.math("MULTIPLY_ADD", joint, -0.45, 1.0))
        nodes.surface(self._matte(nodes, colour, self.edge(nodes)))

    def _matte(self, nodes: Nodes, colour: Any, more: dict[str | int, Any] | None = None) -> Any:
        return nodes.principled(
            {"Base Color": colour, "Roughness": 0.82, "Specular IOR Level": 0.2, "Sheen Weight": 0.08, **(more or {})}
        )


@MATERIALS.register("topographic")
@dataclass(frozen=True)
class Topographic(Contoured):
    """A map folded into relief: ink on paper with a tint for height; for lectures and print."""

    view: ClassVar[View | None] = NEUTRAL
    trail_light: ClassVar[float] = 0.5

    contours: int = setting(
        40, "Contour lines between the lowest and the highest point; 0 for none", min=0, max=500, soft_max=60
    )
    contour_width: float = setting(0.024, "Width of a contour line", min=0.001, max=0.5, soft_max=0.08, unit="m")
    tint: float = setting(0.7, "Strength of the palette's colours on the paper", min=0.0, max=1.0)

    def surface(self, nodes: Nodes, palette: Palette) -> None:
        paper = self._paper(nodes, palette_ramp(nodes, nodes.attribute("level"), palette))
        ink = self._grid(nodes, self.inked(nodes, paper, palette, 0.95), palette)
        nodes.surface(self._print(nodes, ink))

    def _paper(self, nodes: Nodes, colour: Any) -> Any:
        fibre = nodes.noise(nodes.place(), 30.0, 3.0, 0.6)
        paper = nodes.mix(self.tint, (0.90, 0.86, 0.77), colour)
        return nodes.scaled(paper, nodes.math("MULTIPLY_ADD", fibre, 0.08, 0.96))

    def _grid(self, nodes: Nodes, colour: Any, palette: Palette) -> Any:
        """A fine grid over the plan, eight fields to ten metres, as maps have it."""
        apart = nodes.new("ShaderNodeSeparateXYZ", {0: nodes.place((0.8, 0.8, 0.0))})
        near = [nodes.math("PINGPONG", socket, 0.5) for socket in apart.outputs[:2]]
        line = nodes.math("SUBTRACT", 1.0, nodes.smooth(nodes.math("MINIMUM", *near), 0.003, 0.009))
        return nodes.mix(nodes.math("MULTIPLY", line, 0.22), colour, hex_colour(palette.ink_low))

    def block(self, nodes: Nodes, palette: Palette) -> None:
        """A section as geologists draw it: pale layers between the lines."""
        paper = self._paper(nodes, self.strata(nodes, palette, 0.12))
        section = nodes.mix(nodes.math("MULTIPLY", self.lines(nodes, 0.4), 0.85), paper, self.ink(nodes, palette))
        nodes.surface(self._print(nodes, section, self.edge(nodes)))

    def _print(self, nodes: Nodes, colour: Any, more: dict[str | int, Any] | None = None) -> Any:
        return nodes.principled({"Base Color": colour, "Roughness": 0.75, "Specular IOR Level": 0.15, **(more or {})})


@MATERIALS.register("satin")
@dataclass(frozen=True)
class Satin(Contoured):
    """Plain, for science: the colours in the picture are exactly the palette's, or shaded where asked for."""

    view: ClassVar[View | None] = EXACT

    shading: float = setting(0.0, "Share of light and shadow in the colours; 0 keeps them exact", min=0.0, max=1.0)

    def surface(self, nodes: Nodes, palette: Palette) -> None:
        colour = palette_ramp(nodes, nodes.attribute("level"), palette)
        nodes.surface(self._satin(nodes, self.inked(nodes, colour, palette, 0.7), self.shading))

    def block(self, nodes: Nodes, palette: Palette) -> None:
        """The palette's colours going on; half lit, since without light the block would have no edges."""
        colour = self.banded(nodes, self.strata(nodes, palette, 0.06), palette, 0.5)
        nodes.surface(self._satin(nodes, colour, max(self.shading, 0.5)))

    def trail(self, nodes: Nodes, palette: Palette, colour: Colour | None = None) -> None:
        """Exactly its colour."""
        nodes.surface(nodes.emission(colour or hex_colour(palette.accent)))

    def _satin(self, nodes: Nodes, colour: Any, shading: float) -> Any:
        plain = nodes.emission(colour)
        if not shading:
            return plain
        lit = nodes.principled({"Base Color": colour, "Roughness": 0.4, "Coat Weight": 0.1})
        return nodes.mixed(shading, plain, lit)
