"""Materials of nature: ice, lava, sand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ...settings import setting
from ..nodes import Nodes
from ..palettes import Palette, hex_colour
from .base import MATERIALS, NEAR, Contoured, lightness, palette_ramp, ridge

#: Inputs of a Principled BSDF.
Finish = dict[str | int, Any]


@MATERIALS.register("ice")
class Ice(Contoured):
    """Light sinks into it: soft ice under a thin melt, with fine lines and layered sides."""

    def surface(self, nodes: Nodes, palette: Palette) -> None:
        colour = palette_ramp(nodes, nodes.attribute("level"), palette)
        nodes.surface(self._ice(nodes, self.inked(nodes, colour, palette, 0.75), 0.6))

    def block(self, nodes: Nodes, palette: Palette) -> None:
        """Years of snow: the lines go on as layers, with cracks and clouds of air between them."""
        colour = self.strata(nodes, palette, 0.32)
        place = nodes.place()
        bent = nodes.vector("ADD", place, nodes.scaled(_noise_colour(nodes, place, 0.9), 0.7))
        edge = nodes.cell_edges(bent, 0.42)
        cracks = nodes.math("SUBTRACT", 1.0, nodes.smooth(edge, 0.0, 0.018))
        cloud = nodes.smooth(nodes.noise(nodes.place((1.0, 1.0, 1.6)), 0.7, 3.0), 0.5, 0.75)
        pale = hex_colour(palette.stops[len(palette.stops) // 2][1])
        colour = nodes.mix(nodes.math("MULTIPLY", cloud, 0.16), colour, pale)
        colour = nodes.mix(nodes.math("MULTIPLY", cracks, 0.3), colour, pale)
        nodes.surface(self._ice(nodes, self.banded(nodes, colour, palette, 0.7), 0.3, self.edge(nodes)))

    def _ice(self, nodes: Nodes, colour: Any, subsurface: float, more: Finish | None = None) -> Any:
        return nodes.principled(
            {
                "Base Color": colour,
                "Roughness": 0.36,
                "Subsurface Weight": subsurface,
                "Subsurface Radius": (0.3, 0.7, 1.0),
                "Subsurface Scale": 0.35,
                "Coat Weight": 0.12,
                "Coat Roughness": 0.15,
                **(more or {}),
            }
        )


def _noise_colour(nodes: Nodes, place: Any, scale: float) -> Any:
    """A smooth random direction around (0.5, 0.5, 0.5)."""
    return nodes.new("ShaderNodeTexNoise", {"Vector": place, "Scale": scale, "Detail": 2.0}).outputs["Color"]


@MATERIALS.register("lava")
@dataclass(frozen=True)
class Lava(Contoured):
    """Black glass above, molten below: the basin glows, cracks in the crust and the contour lines with it."""

    ball_light: ClassVar[float] = 0.3
    trail_light: ClassVar[float] = 1.1

    heat: float = setting(1.0, "Strength of the glow", min=0.0, max=20.0, soft_max=4.0)
    reach: float = setting(0.42, "Level up to which the ground is hot", min=0.01, max=2.0, soft_max=1.0)

    def surface(self, nodes: Nodes, palette: Palette) -> None:
        level = nodes.attribute("level")
        hot = nodes.math("SUBTRACT", 1.0, nodes.smooth(level, 0.0, self.reach))
        plates, cracks = self._crust(nodes)
        # crust swims on the melt: none in the middle of the basin, closed where it has cooled
        open_melt = nodes.smooth(nodes.math("MULTIPLY_ADD", plates, -0.75, hot), -0.05, 0.55)
        molten = nodes.math("MULTIPLY", open_melt, nodes.math("POWER", hot, 0.7))
        cracked = nodes.math("MULTIPLY", cracks, nodes.smooth(hot, 0.0, 0.6))
        lines = nodes.math("MULTIPLY", self.lines(nodes, 0.5), nodes.math("MULTIPLY_ADD", hot, -0.3, 0.9))
        melt = nodes.math("MAXIMUM", molten, cracked)
        strength = nodes.math("MAXIMUM", melt, nodes.math("MULTIPLY", lines, 1.25))
        glow = self._heat(nodes, palette, nodes.math("MULTIPLY_ADD", level, 0.5, 0.12))
        # light this strong would wash out: its colour deepens
        deep = nodes.mix(0.75, glow, glow, "MULTIPLY")
        drawn = nodes.mix(0.35, glow, hex_colour(palette.light))
        colour = nodes.mix(nodes.math("GREATER_THAN", lines, melt), deep, drawn)
        # what is molten does not mirror: it would show the lamps over its own light
        rough = nodes.math("MULTIPLY_ADD", molten, 0.5, 0.36)
        finish: Finish = {"Roughness": rough, "Coat Roughness": nodes.math("SUBTRACT", rough, 0.14)}
        nodes.surface(self._rock(nodes, palette, colour, nodes.math("MULTIPLY", strength, self.heat), finish))

    def _heat(self, nodes: Nodes, palette: Palette, cooling: Any) -> Any:
        """The palette's colours from its lightest end on, wherever that is: the hottest is the lightest."""
        first, last = (lightness(hex_colour(palette.stops[k][1])) for k in (0, -1))
        return palette_ramp(nodes, cooling if first > last else nodes.math("SUBTRACT", 1.0, cooling), palette)

    def _crust(self, nodes: Nodes) -> tuple[Any, Any]:
        """Plates of crust, 0 to 1, and the veins of melt in them."""
        place = nodes.place((1.0, 1.0, 0.6))
        bent = nodes.vector("ADD", place, nodes.scaled(_noise_colour(nodes, place, 0.8), 0.9))
        rough = nodes.noise(bent, 1.1, 5.0, 0.55)
        vein = nodes.math("ABSOLUTE", nodes.math("SUBTRACT", nodes.noise(bent, 0.9, 2.0, 0.5), 0.5))
        return nodes.smooth(rough, 0.35, 0.7), nodes.math("SUBTRACT", 1.0, nodes.smooth(vein, 0.002, 0.022))

    def block(self, nodes: Nodes, palette: Palette) -> None:
        """Layers of cooled flows; the lines still glow, and the melt shines through where the basin is near."""
        level = nodes.attribute("level")
        hot = nodes.math("SUBTRACT", 1.0, nodes.smooth(level, -0.05, self.reach))
        lines = nodes.math("MULTIPLY", self.lines(nodes, 0.25), 0.75)
        sinking = nodes.smooth(level, -0.45, 0.1)
        flow = nodes.smooth(nodes.noise(nodes.place((0.35, 0.35, 5.0)), 1.1, 5.0, 0.65), 0.52, 0.72)
        veins = nodes.math("MULTIPLY", nodes.math("MULTIPLY", flow, hot), 0.16)
        strength = nodes.math("MULTIPLY", nodes.math("MAXIMUM", lines, veins), sinking)
        colour = self._heat(nodes, palette, nodes.math("MULTIPLY_ADD", level, 0.5, 0.22))
        rough = nodes.noise(nodes.place((1.0, 1.0, 3.0)), 2.5, 5.0, 0.65)
        bump = nodes.bump(nodes.math("MULTIPLY", rough, 0.05), 0.7, self.edge(nodes))
        finish: Finish = {"Normal": bump, "Roughness": 0.45, "Coat Roughness": 0.12}
        nodes.surface(self._rock(nodes, palette, colour, nodes.math("MULTIPLY", strength, self.heat), finish))

    def _rock(self, nodes: Nodes, palette: Palette, glow: Any, strength: Any, finish: Finish) -> Any:
        cold = min((hex_colour(palette.stops[k][1]) for k in (0, -1)), key=lightness)
        dark = nodes.mix(0.5, cold, hex_colour(palette.backdrop))
        return nodes.principled(
            {
                "Base Color": nodes.scaled(dark, 0.35),
                "Coat Weight": 0.5,
                "Emission Color": glow,
                "Emission Strength": strength,
                **finish,
            }
        )


@MATERIALS.register("sand")
@dataclass(frozen=True)
class Sand(Contoured):
    """Fine sand, raked along the contour lines as in a dry garden; the ball's way is a furrow."""

    grooves: float = setting(0.034, "Depth of the raked lines", min=0.0, max=0.5, soft_max=0.08, unit="m")

    def surface(self, nodes: Nodes, palette: Palette) -> None:
        height, line = self._raked(nodes)
        colour = palette_ramp(nodes, nodes.attribute("level"), palette)
        grains = nodes.noise(nodes.place(), 55.0, 2.0)
        patches = nodes.noise(nodes.place(), 0.8, 3.0)
        tone = nodes.math("MULTIPLY_ADD", grains, 0.28, nodes.math("MULTIPLY_ADD", patches, 0.22, 0.75))
        colour = nodes.scaled(colour, nodes.math("MULTIPLY_ADD", line, -0.22, tone))
        nodes.surface(self._sand(nodes, colour, nodes.bump(nodes.math("MULTIPLY_ADD", grains, 0.004, height))))

    def _raked(self, nodes: Nodes) -> tuple[Any, Any]:
        """Height in metres of the raked sand, and 1 in the bottom of the grooves."""
        if not self.contours:
            return 0.0, 0.0
        level, slope = nodes.attribute("level"), nodes.attribute("slope")
        width = 4.5 * self.contour_width
        calm = nodes.math("SUBTRACT", 1.0, self.beside_path(nodes, 0.45))
        groove = nodes.math("SUBTRACT", 1.0, nodes.smooth(ridge(nodes, level, slope, self.contours), 0.0, width))
        groove = nodes.math("MULTIPLY", groove, calm)
        away = nodes.math("MULTIPLY", nodes.math("SUBTRACT", 1.0, nodes.attribute("near")), NEAR)
        bank = nodes.math("MULTIPLY", nodes.smooth(away, 0.06, 0.2), nodes.smooth(away, 0.45, 0.22))
        furrow = nodes.math("MULTIPLY", nodes.math("MULTIPLY", bank, 0.045), self.passed(nodes))
        height = nodes.math("MULTIPLY_ADD", groove, -self.grooves, furrow)
        return height, groove

    def block(self, nodes: Nodes, palette: Palette) -> None:
        """Sandstone: layers that differ, and weather."""
        colour = self.banded(nodes, self.strata(nodes, palette, 0.42), palette, 0.45)
        rough = nodes.noise(nodes.place((0.6, 0.6, 6.0)), 2.2, 6.0, 0.65)
        grains = nodes.noise(nodes.place(), 55.0, 2.0)
        height = nodes.math("MULTIPLY_ADD", rough, 0.07, nodes.math("MULTIPLY", grains, 0.006))
        nodes.surface(self._sand(nodes, colour, nodes.bump(height, 1.0, self.edge(nodes))))

    def _sand(self, nodes: Nodes, colour: Any, normal: Any) -> Any:
        return nodes.principled(
            {
                "Base Color": colour,
                "Roughness": 0.85,
                "Specular IOR Level": 0.25,
                "Sheen Weight": 0.2,
                "Sheen Roughness": 0.5,
                "Normal": normal,
            }
        )
