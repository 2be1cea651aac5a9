"""Light and lines apart: what is fine is not lit, and what is lit is not fine.

A frame needs many samples where thin contour lines and points of light are to have clean edges, and few where light
only falls on ground: there the denoiser does well, and it does badly on lines. So a frame is made from two pictures.
One holds the light: every surface in its coarse colour as the camera sees it (reflections and bounced light are true),
nothing that glows by itself, with few samples and denoised. The other holds no light: by how much each place is
lighter or darker than its coarse colour, and what glows by itself, with as many samples as edges need and without
noise, since no ray goes further than to the first surface. Their sum

    light + lines * diffuse light + glow

is the frame. The diffuse light is what Cycles has counted of it in the first picture, smoothed a little; it only
matters on the lines.

Where that is all the same to the eye the light has half the size: it is laid on what is there by its colour and
direction, which are known in full (`enlarge`).

For that, parted copies of the materials (`lsblender.scene.parting`) take the place of the scene's own, and leave it
when the work is done. Frames are rendered whole where lines lie in glass, where nothing is fine, while one look becomes
another or the ground opens, and where the lens blurs the ground by more than a few pixels: then lines are not fine, and
few samples of them would be noisy.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import bpy
import numpy as np
from mathutils import Vector

from ..scene.library import role
from ..scene.parting import FACING, LINES, SWITCH, TAKEN, Parting, part
from .enlarge import doubled, enlarged
from .pictures import (
    Picture,
    Region,
    read_picture,
    render_layers,
    render_picture,
    set_border,
    write_linear,
    write_seen,
)
from .quality import Apart, Quality, level_of

LOG = logging.getLogger(__name__)

#: Pixels over which the diffuse light is smoothed, and the share of it that coats and mirrors leave to a line.
SMOOTHED, LEFT = 2.0, 0.97
#: Passes of diffuse light as the renderer calls them, by Blender's version.
DIFFUSE = ("Diffuse Direct", "Diffuse Indirect") if bpy.app.version >= (5, 0, 0) else ("DiffDir", "DiffInd")

#: The most pixels over which the lens may spread a point of the ground; and how near to the camera ground counts, as a
#: share of the distance that is sharp.
MOST_BLUR, NEAREST = 3.0, 0.35
#: The percentage of a picture of full size.
WHOLE = 100


@dataclass(eq=False)
class Brush:
    """How frames are rendered: as a whole, by Blender's own way."""

    scene: bpy.types.Scene

    def picture(self, path: Path, linear: Path | None = None) -> None:
        """Render the scene's present frame (or its border) into a PNG file; `linear` is an EXR file for the same before
        the view transform.
        """
        render_picture(self.scene, path, linear=linear)

    def region(self, region: Region, path: Path, linear: Path | None = None) -> Picture:
        """Render only a region of the present frame; its picture. `path` is a file for the time between."""
        set_border(self.scene, region)
        try:
            self.picture(path, linear)
        finally:
            set_border(self.scene, None)
        return read_picture(path)


@dataclass(eq=False)
class PartedCopies:
    """Parted copies for the place of a scene's materials, and how those of each ground were parted."""

    scene: bpy.types.Scene
    grounds: dict[str, list[Parting]] = field(default_factory=dict)
    _copies: dict[str, tuple[bpy.types.Material, Parting | None]] = field(default_factory=dict)
    _slots: list[tuple[Any, bpy.types.Material]] = field(default_factory=list)

    def make(self) -> bool:
        """Make them; false where a part of the scene belongs to another file, so that nothing can be put into it."""
        for item in self.scene.objects:
            for slot in item.material_slots:
                if slot.material is None:
                    continue
                if item.library or (slot.link == "DATA" and item.data is not None and item.data.library):
                    return False
                parting = self._copy(slot.material)
                self._slots.append((slot, slot.material))
                if parting is not None and role(item) == "terrain":
                    self.grounds.setdefault(item.name, []).append(parting)
        return True

    def _copy(self, material: bpy.types.Material) -> Parting | None:
        """How a material's copy was parted."""
        if material.name_full not in self._copies:
            copy = material.copy()
            self._copies[material.name_full] = copy, None
            if copy.node_tree is not None:
                self._copies[material.name_full] = copy, part(copy.node_tree)
        return self._copies[material.name_full][1]

    def put_in(self) -> None:
        """Put the copies in the place of the materials, where they are not yet."""
        for slot, material in self._slots:
            copy, _ = self._copies[material.name_full]
            if slot.material != copy:
                slot.material = copy

    def take_out(self) -> None:
        """The materials are in their place again."""
        for slot, material in self._slots:
            if slot.material != material:
                slot.material = material
        item: Any
        for item in self.scene.objects:
            if SWITCH in item:
                del item[SWITCH]

    def remove(self) -> None:
        """The scene as it was."""
        self.take_out()
        self._slots.clear()
        for copy, _ in self._copies.values():
            bpy.data.materials.remove(copy)
        self._copies.clear()


def way_of(level: Quality, grounds: Sequence[Sequence[Parting]]) -> Apart | str:
    """How frames are rendered apart that show these grounds, each with how the materials of its upper side and of its
    block were parted; or why they are rendered whole. Balls and trails do not count: they are small.
    """
    partings = [parting for ground in grounds for parting in ground]
    if any(parting.changes for parting in partings):
        return "the ground changes"
    if any(parting.kept for parting in partings):
        return "lines that lie in glass can not be taken off it"
    if not any(ground[0].found for ground in grounds):
        return "nothing on the ground is fine"
    if not any(parting.deep for parting in partings):
        return level.apart
    return level.deep or "light sinks into the ground, or a coat covers its lines"


@dataclass(eq=False)
class SplitBrush(Brush):
    """Light and lines apart where that does; see `brush_for`."""

    level: Quality
    copies: PartedCopies
    _told: set[str] = field(default_factory=set)

    def picture(self, path: Path, linear: Path | None = None) -> None:
        """Render the present frame (or its border) in two pictures, and write their sum; or whole."""
        way = self.way
        self._tell(way)
        if isinstance(way, str):
            self.copies.take_out()
            super().picture(path, linear)
            return
        self.copies.put_in()
        seen = self._both(path, way)
        write_seen(self.scene, seen, path)
        if linear is not None:
            write_linear(seen, linear)

    @property
    def way(self) -> Apart | str:
        """How the present frame is rendered apart, or why it is rendered whole."""
        if blur(self.scene) > MOST_BLUR:
            return "the lens blurs the ground"
        seen = [item.name for item in self.scene.objects if not item.hide_render and item.name in self.copies.grounds]
        return way_of(self.level, [self.copies.grounds[name] for name in seen])

    def _tell(self, way: Apart | str) -> None:
        text = f"Frames are rendered whole: {way}"
        if isinstance(way, Apart):
            half = ", the light at half the size" if self.is_half(way) else ""
            text = f"Light and lines are rendered apart: {way.samples} and {way.lines} samples{half}"
        if text not in self._told:
            LOG.info(text)
        self._told.add(text)

    def region(self, region: Region, path: Path, linear: Path | None = None) -> Picture:
        """Render only a region of the present frame; where light has half the size, with whole pairs of pixels."""
        if not self.is_half(self.way):
            return super().region(region, path, linear)
        left, bottom = region.left // 2 * 2, region.bottom // 2 * 2
        even = Region(left, -(-region.right // 2) * 2, bottom, -(-region.top // 2) * 2)
        window = Region(region.left - left, region.right - left, region.bottom - bottom, region.top - bottom).window
        picture = super().region(even, path, linear)[window]
        if linear is not None:
            write_linear(read_picture(linear)[window][..., :3], linear)
        return picture

    def is_half(self, way: Apart | str) -> bool:
        """Whether the light is rendered at half the size."""
        render: Any = self.scene.render
        even = render.resolution_x % 2 == render.resolution_y % 2 == 0
        return isinstance(way, Apart) and way.half and even and render.resolution_percentage == WHOLE

    def _both(self, path: Path, way: Apart) -> Picture:
        """The frame in linear light."""
        scene, layer, half = self.scene, self.scene.view_layers[0], self.is_half(way)
        cycles: Any = scene.cycles
        file = path.with_suffix(".light.exr")
        with _set(
            (cycles, "samples", way.samples),
            (cycles, "denoising_quality", way.denoising),
            (cycles, "denoising_prefilter", way.prefilter),
            (scene.render, "resolution_percentage", WHOLE // 2 if half else scene.render.resolution_percentage),
            (layer, "use_pass_diffuse_direct", True),
            (layer, "use_pass_diffuse_indirect", True),
        ):
            self._switch(0.0)
            light, direct, indirect = render_layers(scene, file, ("Combined", *DIFFUSE))
        passes = (LINES, TAKEN, FACING) if half else (LINES,)
        with _set(
            (cycles, "samples", way.lines),
            (cycles, "use_denoising", False),
            (scene.render, "film_transparent", True),
        ):
            self._switch(1.0)
            glow, lines, *told = render_layers(scene, file, ("Combined", *passes))
        diffuse = smoothed(direct + indirect)
        if half:
            taken, facing = told
            light, diffuse = enlarged(light, 1.0 - taken, facing), doubled(diffuse)
        return light + lines * (LEFT * diffuse) + glow

    def _switch(self, value: float) -> None:
        for item in self.scene.objects:
            if item.material_slots:
                item[SWITCH] = value
                item.update_tag()


def blur(scene: bpy.types.Scene) -> float:
    """Pixels over which the lens spreads the point of the ground that is least sharp in the present frame."""
    camera, render = scene.camera, cast(Any, scene.render)
    grounds = [item for item in scene.objects if role(item) == "terrain" and not item.hide_render]
    if camera is None or not isinstance(camera.data, bpy.types.Camera) or not camera.data.dof.use_dof or not grounds:
        return 0.0
    lens: Any = camera.data
    sees = camera.matrix_world.inverted()
    depths = [-(sees @ item.matrix_world @ Vector(corner)).z for item in grounds for corner in item.bound_box]
    sharp = lens.dof.focus_distance
    if lens.dof.focus_object is not None:
        sharp = -(sees @ lens.dof.focus_object.matrix_world.translation).z
    length = lens.lens / 1000
    if sharp <= length:
        return 0.0
    spread = length**2 / (lens.dof.aperture_fstop * (sharp - length))
    off = max(abs(depth - sharp) / depth for depth in (max(edge, NEAREST * sharp) for edge in depths))
    return float(spread * off / (lens.sensor_width / 1000) * max(render.resolution_x, render.resolution_y))


def smoothed(light: Picture) -> Picture:
    """Diffuse light (H, W, 3) without most of its noise; where there is none, nothing is counted."""
    from scipy.ndimage import gaussian_filter

    there = np.asarray(light.max(axis=-1, keepdims=True) > 0, dtype=np.float32)
    width = (SMOOTHED, SMOOTHED, 0.0)
    return np.asarray(gaussian_filter(light, width) / np.maximum(gaussian_filter(there, width), 1e-3))


@contextmanager
def _set(*wanted: tuple[Any, str, Any]) -> Iterator[None]:
    """Set properties (of, name, value) for a while."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in wanted]
    try:
        for owner, name, value in wanted:
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in reversed(before):
            setattr(owner, name, value)


@contextmanager
def brush_for(scene: bpy.types.Scene) -> Iterator[Brush]:
    """What renders the scene's frames best for a while: with light and lines apart, or whole. The log says which.

    The scene's own materials are back afterwards.
    """
    level = level_of(scene)
    layers = [layer for layer in scene.view_layers if layer.use]
    if level is None or len(layers) != 1 or layers[0] != scene.view_layers[0]:
        yield Brush(scene)
        return
    copies = PartedCopies(scene)
    try:
        ways = [way_of(level, [ground]) for ground in copies.grounds.values()] if copies.make() else []
        if any(isinstance(way, Apart) for way in ways):
            # they stay: Cycles leaves out of a shader what no pass is there for, and does not look again
            half = any(isinstance(way, Apart) and way.half for way in ways)
            with _passes(layers[0], (LINES, TAKEN, FACING) if half else (LINES,)):
                yield SplitBrush(scene, level, copies)
        else:
            copies.remove()
            reason = ways[0] if ways else "there is no ground of this file"
            LOG.info("Frames are rendered whole: %s", reason)
            yield Brush(scene)
    finally:
        copies.remove()


@contextmanager
def _passes(layer: bpy.types.ViewLayer, names: Sequence[str]) -> Iterator[None]:
    """Let a view layer have passes that parted materials write."""
    aovs: Any = layer.aovs
    try:
        for name in names:
            added = aovs.add()
            added.name, added.type = name, "COLOR"
        yield
    finally:
        for name in names:
            aovs.remove(aovs[name])
