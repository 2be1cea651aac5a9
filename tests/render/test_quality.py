"""Levels of quality: what they cost, and what they render with."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import numpy as np
import pytest

from lsblender.cli import arguments
from lsblender.errors import LsbError
from lsblender.render import devices, quality
from lsblender.render.frames import render_frame
from lsblender.render.quality import LEVELS, set_quality
from lsblender.settings import fields_of
from lsblender.storyboard.storyboard import Render
from tests.conftest import Film
from tests.render.conftest import pixels, prepared


@pytest.fixture
def empty() -> bpy.types.Scene:
    scene = bpy.context.scene
    assert scene is not None
    return scene


def test_the_levels_are_those_of_the_settings() -> None:
    choices = next(facts.choices for field, _, facts in fields_of(Render) if field.name == "quality")
    assert tuple(LEVELS) == choices == arguments.QUALITIES
    assert devices.DEVICES == arguments.DEVICES
    assert quality.ENGINES == arguments.ENGINES


def test_each_level_costs_more_than_the_one_before(empty: Any) -> None:
    samples = []
    for level in LEVELS:
        assert set_quality(empty, level, "cpu") == "processor"
        assert empty.render.engine == "CYCLES"
        assert empty.cycles.device == "CPU"
        samples.append(empty.cycles.samples)
    assert samples[0] * 2 <= samples[1] < samples[2] / 3 < samples[3] / 6


def test_large_previews_take_more_samples(empty: Any) -> None:
    samples = []
    for factor in (1, 2):
        empty.render.resolution_x, empty.render.resolution_y = 640 * factor, 360 * factor
        set_quality(empty, "preview", "cpu")
        samples.append(empty.cycles.samples)
        assert quality.level_of(empty) is not None
    assert samples == [LEVELS["preview"].samples, quality.LARGE_PREVIEW.samples]
    set_quality(empty, "final", "cpu")
    assert quality.level_of(empty) == LEVELS["final"]


def test_a_card_that_is_not_there_is_said(empty: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "found", lambda kind: [])
    assert set_quality(empty, "draft", "auto") == "processor"
    for kind in devices.KINDS:
        with pytest.raises(LsbError, match=f"no graphics card for '{kind}'; choose auto or cpu"):
            set_quality(empty, "draft", kind)


def test_auto_takes_the_first_kind_that_is_there(empty: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cards as Cycles lists them: two of one maker, one of another, and the processor among them."""
    cards = {
        "cuda": [SimpleNamespace(name="A", id="1", use=False), SimpleNamespace(name="B", id="2", use=False)],
        "hip": [SimpleNamespace(name="C", id="3", use=False)],
    }
    processor = SimpleNamespace(name="P", id="0", use=True)
    preferences = SimpleNamespace(
        compute_device_type="NONE", devices=[processor, *(card for kind in cards.values() for card in kind)]
    )
    monkeypatch.setattr(devices, "found", lambda kind: cards.get(kind, []))
    monkeypatch.setattr(devices, "_preferences", lambda: preferences)
    assert set_quality(empty, "draft") == "A, B (cuda)"
    assert preferences.compute_device_type == "CUDA"
    assert [device.name for device in preferences.devices if device.use] == ["A", "B"]
    assert empty.cycles.device == "GPU"
    assert set_quality(empty, "draft", "hip") == "C (hip)"
    assert [device.name for device in preferences.devices if device.use] == ["C"]
    assert set_quality(empty, "draft", "cpu") == "processor"
    assert empty.cycles.device == "CPU"


def test_every_kind_of_card_can_be_asked_for() -> None:
    """Of Blender itself, with or without cards in this machine."""
    for kind in devices.KINDS:
        assert all(card.type == kind.upper() for card in devices.found(kind))


def test_eevee_is_for_drafts_on_a_graphics_card(empty: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "found", lambda kind: [])
    monkeypatch.setattr(devices, "opengl", lambda: "Fine Card 9")
    assert set_quality(empty, "draft", engine="eevee") == "Fine Card 9 (eevee)"
    assert empty.render.engine in ("BLENDER_EEVEE", "BLENDER_EEVEE_NEXT")
    with pytest.raises(LsbError, match="drafts only"):
        set_quality(empty, "final", engine="eevee")
    set_quality(empty, "draft", "cpu")
    assert empty.render.engine == "CYCLES"


@pytest.mark.parametrize("name", ["", "llvmpipe (LLVM 15.0.6, 256 bits)"])
def test_without_opengl_on_a_card_cycles_takes_over(
    name: str, empty: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(devices, "found", lambda kind: [])
    monkeypatch.setattr(devices, "opengl", lambda: name)
    assert set_quality(empty, "draft", engine="eevee") == "processor"
    assert empty.render.engine == "CYCLES"
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "EEVEE needs a graphics card with OpenGL, and none was found; Cycles renders instead"
    ]


def test_without_its_library_opengl_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "find_library", lambda name: None)
    monkeypatch.setattr(devices.sys, "platform", "linux")
    assert devices.opengl() == ""


def test_every_level_shows_the_same_picture(film: Film, tmp_path: Path) -> None:
    """Drafts are cheaper, and nothing else: each pixel is near that of the final frame, on the whole, and the hue the
    same.
    """
    pictures = {}
    for level in LEVELS:
        scene = prepared(film, level)
        scene.frame_set(6)
        render_frame(scene, tmp_path / f"{level}.png")
        pictures[level] = pixels(tmp_path / f"{level}.png")
    for level, most, on_the_whole in (("draft", 18.0, 3.0), ("preview", 12.0, 1.5)):
        off = pictures[level].astype(float) - pictures["final"]
        assert np.sqrt(np.mean(off**2)) < most
        assert np.abs(off.mean((0, 1))).max() < on_the_whole
