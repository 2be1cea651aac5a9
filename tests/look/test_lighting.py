"""Light rigs are data: lamps that light the terrain from above, and a stage that does not glow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lsblender.look.lighting import LIGHTS, LightRig
from lsblender.look.palettes import PALETTES


@pytest.fixture(params=list(LIGHTS))
def rig(request: pytest.FixtureRequest) -> LightRig:
    return LIGHTS[request.param]()


@pytest.mark.parametrize("palette", list(PALETTES))
def test_lamps_are_named_apart_and_stand_above_the_horizon(rig: LightRig, palette: str) -> None:
    lamps = rig.lamps(PALETTES[palette]())
    assert len({lamp.name for lamp in lamps}) == len(lamps)
    assert all(lamp.direction[2] > 0 for lamp in lamps)
    assert all(lamp.kind in {"SUN", "AREA"} for lamp in lamps)
    assert sum(lamp.direction[1] > 0 for lamp in lamps) >= 1, "a rim light from behind"


def test_brightness_scales_every_lamp(rig: LightRig) -> None:
    palette = PALETTES["glacier"]()
    once, twice = rig.lamps(palette), replace(rig, brightness=2.0).lamps(palette)
    assert [lamp.power for lamp in twice] == pytest.approx([2 * lamp.power for lamp in once])


@pytest.mark.parametrize("palette", list(PALETTES))
def test_air_and_floor_stay_below_white(rig: LightRig, palette: str) -> None:
    stage = rig.stage(PALETTES[palette]())
    for colour in (stage.horizon, stage.zenith, stage.floor):
        assert all(0.0 <= channel * stage.strength < 0.8 for channel in colour)
