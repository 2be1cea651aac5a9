"""What a machine can render with: the processor, graphics cards that Cycles knows, and OpenGL."""

from __future__ import annotations

import logging
import sys
from ctypes.util import find_library
from typing import Any

import bpy

from ..errors import LsbError

LOG = logging.getLogger(__name__)

#: Cycles' kinds of graphics cards, the quickest for the same card first.
KINDS = ("optix", "cuda", "hip", "metal", "oneapi")
DEVICES = ("auto", "cpu", *KINDS)
#: Names of OpenGL that runs on the processor.
SOFTWARE = ("llvmpipe", "softpipe", "swrast", "software")


def use_device(scene: bpy.types.Scene, wanted: str) -> str:
    """Let Cycles render on a device ('auto', 'cpu' or one of `KINDS`); its name. 'auto' takes the first graphics card
    that is found, and the processor where there is none.

    Raises `LsbError` if the one that is wanted is not there.
    """
    cycles: Any = scene.cycles
    for kind in KINDS if wanted == "auto" else () if wanted == "cpu" else (wanted,):
        cards = found(kind)
        if cards:
            _switch_on(kind, cards)
            cycles.device = "GPU"
            cycles.denoising_use_gpu = True
            name = f"{', '.join(sorted({card.name for card in cards}))} ({kind})"
            LOG.info("Cycles renders on %s", name)
            return name
    if wanted not in ("auto", "cpu"):
        raise LsbError(f"Blender finds no graphics card for '{wanted}'; choose auto or cpu", "--device")
    cycles.device = "CPU"
    LOG.info("Cycles renders on the processor")
    return "processor"


def _preferences() -> Any:
    addon: Any = bpy.context.preferences.addons.get("cycles")
    return addon.preferences if addon is not None else None


def found(kind: str) -> list[Any]:
    """The graphics cards of a kind."""
    preferences = _preferences()
    if preferences is None or kind.upper() not in {entry[0] for entry in preferences.get_device_types(bpy.context)}:
        return []
    return [card for card in preferences.get_devices_for_type(kind.upper()) or () if card.type == kind.upper()]


def _switch_on(kind: str, cards: list[Any]) -> None:
    """Use these cards and nothing else."""
    preferences = _preferences()
    preferences.compute_device_type = kind.upper()
    for device in preferences.devices:
        device.use = any(device.id == card.id for card in cards)


def opengl() -> str:
    """The name of what draws OpenGL, empty where there is none. Without its library the process would end at once."""
    if sys.platform.startswith("linux") and find_library("EGL") is None:
        return ""
    import gpu

    try:
        if hasattr(gpu, "init"):
            gpu.init()
        return str(gpu.platform.renderer_get())
    except SystemError:
        # before 5.1 nothing is said of it without a window
        return ""


def eevee_card() -> str:
    """The graphics card that EEVEE would draw with; empty if there is none, or if OpenGL runs on the processor.

    Asked before anything is drawn: without EGL Blender would end the process.
    """
    name = opengl()
    if any(word in name.lower() for word in SOFTWARE):
        return ""
    cards = [card.name for kind in KINDS for card in found(kind)]
    return name or next(iter(cards), "")
