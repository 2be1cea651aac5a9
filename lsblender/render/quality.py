"""What a frame may cost.

The level is a setting of the render, never of the look. What all levels share was found by measuring: no
light tree, few bounces, no caustics, the scene kept between frames, and a denoiser that is given clean albedo
and normals, without which contour lines would be dotted. Most of a frame's time goes into the denoiser, so that with
little effort of it the few samples of a preview are cheap.

All levels are rendered by Cycles: at one sample a frame takes less time than Workbench needs for its shadows where
OpenGL runs on the processor, and every look is itself.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, cast

import bpy

from ..errors import LsbError
from ..scene.compat import eevee
from .devices import eevee_card, use_device

LOG = logging.getLogger(__name__)

#: Light bounces that still change the picture.
BOUNCES = 5
ENGINES = ("cycles", "eevee")


@dataclass(frozen=True)
class Quality:
    """Cycles samples per pixel and the denoiser's effort; with `half`, frames have half the size, and are enlarged."""

    samples: int
    denoising: str
    prefilter: str
    half: bool = False


LEVELS = {
    "draft": Quality(1, "FAST", "FAST", half=True),
    "preview": Quality(2, "BALANCED", "FAST"),
    "final": Quality(8, "BALANCED", "ACCURATE"),
    "best": Quality(32, "HIGH", "ACCURATE"),
}
#: Pixels from which on a picture is large, and what stands for a preview there: noise that the denoiser leaves is as
#: wide as before, what it lies on is wider.
LARGE, LARGE_PREVIEW = 500_000, Quality(4, "FAST", "FAST")
#: Samples of EEVEE's drafts.
EEVEE_SAMPLES = 16


def has_denoiser() -> bool:
    """Whether this Blender was built with OpenImageDenoise (Debian's is not)."""
    import _cycles  # type: ignore[import-not-found]

    return bool(getattr(_cycles, "with_openimagedenoise", False))


def set_quality(scene: bpy.types.Scene, level: str, device: str = "auto", engine: str = "cycles") -> str:
    """Make the scene render at a level ('draft', 'preview', 'final', 'best'); what it renders with, in words.

    Drafts may be left to EEVEE; where it has nothing to draw with, Cycles takes over with a warning. Raises `LsbError`
    for a device that this machine does not have. The scene has the size of its pictures already.
    """
    render: Any = scene.render
    large = render.resolution_x * render.resolution_y >= LARGE
    quality = LARGE_PREVIEW if large and level == "preview" else LEVELS[level]
    render.use_persistent_data = True
    render.use_motion_blur = False
    if engine == "eevee":
        if level != "draft":
            raise LsbError(f"EEVEE renders drafts only, and this is '{level}'; choose cycles", "--engine")
        card = eevee_card()
        if card:
            return _set_eevee(scene, card)
        LOG.warning("EEVEE needs a graphics card with OpenGL, and none was found; Cycles renders instead")
    render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.samples = quality.samples
    cycles.use_adaptive_sampling = False
    cycles.use_light_tree = False
    cycles.max_bounces = BOUNCES
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.use_denoising = has_denoiser()
    if cycles.use_denoising:
        cycles.denoiser = "OPENIMAGEDENOISE"
        cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
        cycles.denoising_quality = quality.denoising
        cycles.denoising_prefilter = quality.prefilter
    else:
        cycles.samples = quality.samples * 8
    return use_device(scene, device)


def level_of(scene: bpy.types.Scene) -> Quality | None:
    """The level that the scene was set to; None where it renders otherwise than any level does."""
    cycles, render = scene.cycles, cast(Any, scene.render)
    if render.engine != "CYCLES" or not cycles.use_denoising or cycles.use_adaptive_sampling:
        return None
    have = (cycles.samples, cycles.denoising_quality, cycles.denoising_prefilter)
    levels = (*LEVELS.values(), LARGE_PREVIEW)
    return next((level for level in levels if have == (level.samples, level.denoising, level.prefilter)), None)


def _set_eevee(scene: bpy.types.Scene, card: str) -> str:
    """Drafts by EEVEE."""
    render: Any = scene.render
    render.engine = eevee()
    settings: Any = scene.eevee
    settings.taa_render_samples = EEVEE_SAMPLES
    settings.use_shadows = True
    LOG.info("EEVEE renders on %s", card)
    return f"{card} (eevee)"
