"""What a frame may cost.

The level is a setting of the render, never of the look. What all levels share was found by measuring: no
light tree, few bounces, no caustics, the scene kept between frames, and a denoiser that is given clean albedo
and normals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy

#: Light bounces that still change the picture.
BOUNCES = 5


@dataclass(frozen=True)
class Quality:
    """Cycles samples per pixel and the denoiser's effort."""

    samples: int
    denoising: str
    prefilter: str


LEVELS = {
    "draft": Quality(2, "FAST", "FAST"),
    "preview": Quality(12, "HIGH", "ACCURATE"),
    "final": Quality(48, "HIGH", "ACCURATE"),
}


def has_denoiser() -> bool:
    """Whether this Blender was built with OpenImageDenoise (Debian's is not)."""
    import _cycles  # type: ignore[import-not-found]

    return bool(getattr(_cycles, "with_openimagedenoise", False))


def set_quality(scene: bpy.types.Scene, level: str) -> None:
    """Make the scene render at a level ('draft', 'preview', 'final')."""
    quality = LEVELS[level]
    render: Any = scene.render
    render.engine = "CYCLES"
    scene.render.use_persistent_data = True
    scene.render.use_motion_blur = False
    cycles = scene.cycles
    cycles.device = "CPU"
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
