"""Blender's properties and the settings: both ways, exactly."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from lsblender.errors import LsbError
from lsblender.registry import FAMILIES
from lsblender.settings import fields_of
from lsblender.storyboard.scene_file import built_in_scenes, read_storyboard, storyboard_from
from lsblender.storyboard.scene_text import save_storyboard, scene_text
from lsblender.storyboard.storyboard import Shot, Storyboard
from lsblender.ui.properties import controls_of, made_groups, read, write
from lsblender.ui.properties.exactness import shortest, single
from lsblender.ui.state import settings, show_storyboard, storyboard_of
from tests.ui.varied import varied, without_inheriting

SCENES = sorted(built_in_scenes().glob("*.toml"))


def shot_of(scene: Any) -> Any:
    """The panel's first shot."""
    show_storyboard(scene, Storyboard())
    return settings(scene).storyboard.shots[0]


# -- both ways -----------------------------------------------------------------------------------------------


def test_an_untouched_panel_shows_the_defaults(scene: Any) -> None:
    assert storyboard_of(scene) == Storyboard()
    show_storyboard(scene, Storyboard())
    assert len(settings(scene).storyboard.shots) == 1
    assert storyboard_of(scene) == Storyboard()


@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_scene_files_and_the_panel_say_the_same(path: Path, scene: Any, tmp_path: Path) -> None:
    storyboard, _ = read_storyboard(path)
    show_storyboard(scene, storyboard)
    shown = storyboard_of(scene)
    assert shown == storyboard
    # through the text that the panel writes, and into a panel that showed something else
    save_storyboard(shown, tmp_path / path.name)
    again, _ = read_storyboard(tmp_path / path.name)
    assert again == storyboard
    show_storyboard(scene, Storyboard(title="else", shots=(Shot(title="x"),) * 3))
    show_storyboard(scene, again)
    assert storyboard_of(scene) == storyboard


@pytest.mark.parametrize("seed", range(12))
def test_any_settings_survive_panel_and_text(seed: int, scene: Any, tmp_path: Path) -> None:
    storyboard = without_inheriting(varied(Storyboard, np.random.default_rng(seed)))
    show_storyboard(scene, storyboard)
    assert storyboard_of(scene) == storyboard
    assert storyboard_from(scene_text(storyboard), tmp_path) == storyboard


def test_every_choice_survives(scene: Any) -> None:
    """All kinds of all families that the panel shows, also in a saved file."""
    group = shot_of(scene)
    rng = np.random.default_rng(5)
    seen = 0
    for owner, field in every_family(group):
        control = controls_of(owner)[field.name]
        for kind in FAMILIES[control.kind]:
            value = varied(FAMILIES[control.kind][kind], rng)
            one = value if not isinstance(field.default, tuple) else (value,)
            control.write(owner, one)
            assert control.read(owner) == one, (field.name, kind)
            seen += 1
    assert seen > 60


def every_family(group: Any) -> list[tuple[Any, Any]]:
    """(group, field) of all choices in a shot."""
    found = []
    for name, control in controls_of(group).items():
        kind = getattr(control, "kind", None)
        if kind in FAMILIES:
            found.append((group, control.field))
        elif dataclasses.is_dataclass(kind):
            found += every_family(getattr(group, name))
    return found


def test_the_panel_survives_save_and_load(scene: Any, tmp_path: Path) -> None:
    storyboard = without_inheriting(varied(Storyboard, np.random.default_rng(99)))
    show_storyboard(scene, storyboard)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    show_storyboard(scene, Storyboard())
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    assert storyboard_of(bpy.context.scene) == storyboard


# -- numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0.1, 0.3, 1e-3, 27.0, 0.05, 123.456, 1e9, -2.5, 0.0])
def test_what_is_set_by_hand_reads_as_it_was_meant(value: float) -> None:
    assert float(np.float32(value)) == single(value)
    assert shortest(single(value)) == value


def test_a_hand_takes_over_from_a_file(scene: Any) -> None:
    shot = shot_of(scene)
    exact = 0.1234567890123456789
    write(shot, Shot(seconds=exact * 100, look=dataclasses.replace(Shot().look)))
    assert read(shot).seconds == exact * 100
    shot.seconds = 3.1
    assert read(shot).seconds == 3.1
    shot.look.camera.kind = "orbit"
    shot.look.camera.orbit.elevation = np.radians(33.3)
    assert read(shot).look.camera.elevation == 33.3
    assert json.loads(shot.remembered or "{}") == {"seconds": [pytest.approx(exact * 100), exact * 100]}


def test_large_seeds_are_kept_although_no_property_holds_them(scene: Any) -> None:
    experiment = shot_of(scene).experiment
    controls_of(experiment)["seed"].write(experiment, 2**32 - 1)
    assert experiment.seed == 2**31 - 1
    assert read(experiment).seed == 2**32 - 1
    experiment.seed = 7
    assert read(experiment).seed == 7


@pytest.mark.parametrize(("text", "message"), [("1, x", "no list of numbers"), ("1,,2", "no list of numbers")])
def test_a_text_that_is_no_list_is_told_with_its_key(text: str, message: str, scene: Any) -> None:
    shot_of(scene).experiment.start = text
    with pytest.raises(LsbError, match=message) as raised:
        storyboard_of(scene)
    assert raised.value.key == "shots[0].experiment.start"


# -- what people see -----------------------------------------------------------------------------------------


def test_every_control_has_the_settings_name_tip_and_limits(scene: Any) -> None:
    count = 0
    for group in made_groups():
        for name, control in (getattr(group, "bl_rna", None) and controls_or_none(group)) or ():
            shown = group.bl_rna.properties[name]
            facts = control.facts
            assert shown.name[0].isupper()
            assert shown.description.startswith(facts.description)
            assert facts.description, (group, name)
            if shown.type in ("INT", "FLOAT") and facts.min is not None:
                scale = np.pi / 180 if facts.unit == "degrees" else 1.0
                assert shown.hard_min == pytest.approx(facts.min * scale, rel=1e-6)
            if shown.type in ("INT", "FLOAT") and facts.soft_max is not None:
                scale = np.pi / 180 if facts.unit == "degrees" else 1.0
                assert shown.soft_max == pytest.approx(facts.soft_max * scale, rel=1e-6)
            if shown.type == "ENUM":
                assert {item.identifier for item in shown.enum_items} == set(facts.choices)
            count += 1
    assert count > 300


def controls_or_none(group: Any) -> list[tuple[str, Any]]:
    return list(controls_of(group).items()) if group.__name__ != "Colour" else []


def test_choices_are_saved_under_numbers_of_their_own(scene: Any) -> None:
    """A kind that is added in the middle does not move the others in files that are there already."""
    for group in made_groups():
        kinds = group.bl_rna.properties.get("kind")
        if kinds is not None:
            numbers = [item.value for item in kinds.enum_items]
            assert len(set(numbers)) == len(numbers)
            assert numbers != list(range(len(numbers))) or len(numbers) == 1
            tips = {item.identifier: item.description for item in kinds.enum_items}
            assert all(tips.values())


def test_no_setting_is_left_out(scene: Any) -> None:
    """Each field of the storyboard's dataclasses has a control, of the type that it says."""
    group = shot_of(scene)
    names = {field.name for field, _, _ in fields_of(Shot)}
    assert set(controls_of(group)) == names
