"""The panels: every setting is drawn once, and what is drawn exists."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

from lsblender.storyboard.physics import PHYSICS
from lsblender.storyboard.scene_file import built_in_scenes
from lsblender.storyboard.storyboard import Results, Shot, Storyboard
from lsblender.ui import menus, panels, sidebar
from lsblender.ui.presets import Presets
from lsblender.ui.properties import controls_of
from lsblender.ui.properties.groups import _FAMILIES
from lsblender.ui.results import keep_results
from lsblender.ui.rows import active_shot
from lsblender.ui.state import settings, show_storyboard, storyboard_of
from tests.landscapes import landscape, zigzag

ORDER = ("Problem", "Descent", "View", "Look", "Storyboard", "Ball", "Camera", "Labels", "Output")


class Drawn:
    """Stands in for a layout: notes what is drawn, and knows what Blender would refuse."""

    def __init__(self) -> None:
        self.properties: list[tuple[Any, str]] = []
        self.names: list[str] = []
        self.operators: list[str] = []
        self.texts: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name in ("row", "column", "box", "split"):
            return lambda *_, **__: self
        if name in ("separator", "popover", "menu", "progress"):
            return lambda *_, **__: None
        raise AttributeError(name)

    def prop(self, data: Any, name: str, **words: Any) -> None:
        """A property that exists."""
        assert name in data.bl_rna.properties
        self._check(words)
        self.properties.append((data, name))
        self.names.append(words.get("text", data.bl_rna.properties[name].name))

    def label(self, text: str = "", **words: Any) -> None:
        """A text."""
        self._check(words)
        self.texts.append(text)

    def operator(self, name: str, **words: Any) -> SimpleNamespace:
        """An operator that exists."""
        space, _, call = name.partition(".")
        assert call in dir(getattr(bpy.ops, space))
        self._check(words)
        self.operators.append(name)
        return SimpleNamespace()

    def template_list(self, kind: str, _: str, data: Any, row: str, owner: Any, active: str, **words: Any) -> None:
        """A list that is registered."""
        assert hasattr(bpy.types, kind)
        assert {row} <= set(data.bl_rna.properties.keys())
        assert {active} <= set(owner.bl_rna.properties.keys())
        self.properties.append((data, row))

    def _check(self, words: dict[str, Any]) -> None:
        icons = bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items.keys()
        assert words.get("icon", "NONE") in icons


def draw(panel: type, scene: Any) -> Drawn:
    """What a panel draws for the scene."""
    plain = type("Plain", tuple(base for base in panel.__mro__[1:] if base.__module__.startswith("lsblender")), {})
    for name, value in vars(panel).items():
        if not name.startswith("__") and name != "bl_rna":
            setattr(plain, name, value)
    stand: Any = plain()
    stand.layout = Drawn()
    stand.draw(SimpleNamespace(scene=scene, window_manager=bpy.context.window_manager))
    return stand.layout


def all_drawn(scene: Any) -> list[tuple[Any, str]]:
    return [entry for panel in panels.PANELS for entry in draw(panel, scene).properties]


def test_the_order_of_the_work(scene: Any) -> None:
    top = [panel for panel in panels.PANELS if getattr(panel, "bl_parent_id", "") == sidebar.Landscape.bl_idname]
    assert tuple(panel.bl_label for panel in top) == ORDER
    assert {panel.bl_category for panel in panels.PANELS} == {"Landscape"}


def wanted(group: Any) -> list[tuple[Any, str]]:
    """(group, property) of each setting that a choice as it is now has."""
    found: list[tuple[Any, str]] = []
    if type(group) in _FAMILIES:
        inner = getattr(group, group.kind, None)
        return [(group, "kind"), *(wanted(inner) if inner is not None else [])]
    for name in controls_of(group):
        value = getattr(group, name)
        if isinstance(value, bpy.types.PropertyGroup):
            found += wanted(value)
        elif type(value).__name__.startswith("bpy_prop_collection") and name != "colours":
            found += [(group, name)]
        elif name not in ("inherit", "colours"):
            found.append((group, name))
    return found


def place(entry: tuple[Any, str]) -> str:
    return f"{entry[0].path_from_id()}.{entry[1]}"


@pytest.mark.parametrize("kind", ["first", "last"])
def test_every_setting_is_drawn_and_only_those_of_what_is_chosen(kind: str, scene: Any) -> None:
    """Of the active shot and of the film; no other choice's settings."""
    storyboard = Storyboard(shots=(Shot(), Shot(title="second")))
    show_storyboard(scene, storyboard)
    if kind == "last":
        settings(scene).storyboard.active_shots = 1
        shot = active_shot(scene)
        shot.physics.kind = list(PHYSICS)[-1]
        shot.look.camera.kind, shot.transition.kind, shot.experiment.model.kind = "reveal", "fly", "mlp"
        shot.experiment.use_x_range = True
    shot = active_shot(scene)
    expected = {place(entry) for entry in wanted(shot)}
    film = settings(scene).storyboard
    expected |= {place(entry) for entry in wanted(film) if "shots[" not in place(entry)}
    expected |= {place(entry) for entry in wanted(shot.experiment.optimizers[0].sgd)}
    drawn = {place(entry) for entry in all_drawn(scene)}
    switches = {entry for entry in drawn if ".use_" in entry or ".output." in entry or entry.startswith(".")}
    ranges = {f"{shot.experiment.path_from_id()}.{axis}_range" for axis in "xy"}
    assert expected - drawn <= ranges
    assert (kind == "last") == (f"{shot.experiment.path_from_id()}.x_range" in drawn)
    assert drawn - expected - switches == {"lsblender.live"}


def test_no_two_rows_of_the_output_have_one_name(scene: Any) -> None:
    show_storyboard(scene, Storyboard())
    names = draw(panels.OutputPanel, scene).names
    assert {"Film", "Film File", "Still File"} <= set(names)
    assert len(set(names)) == len(names)


def test_a_landscape_of_a_file_needs_no_model(scene: Any) -> None:
    show_storyboard(scene, Storyboard())
    active_shot(scene).experiment.landscape.kind = "npz"
    names = [name for _, name in draw(panels.Problem, scene).properties]
    assert "path" in names
    assert "l2" not in names
    assert not draw(panels.View, scene).active
    active_shot(scene).experiment.landscape.kind = "computed"
    assert draw(panels.View, scene).active


def test_nothing_but_ways_to_begin_without_a_storyboard(scene: Any) -> None:
    begin = draw(sidebar.Landscape, scene)
    assert begin.operators == ["lsblender.getting_started", "lsblender.add_entry", "lsblender.load_scene"]
    assert not any(panel.poll(SimpleNamespace(scene=scene)) for panel in panels.PANELS[1:])


def test_the_panel_says_how_things_are(scene: Any) -> None:
    show_storyboard(scene, Storyboard())
    assert draw(sidebar.Landscape, scene).texts == ["Nothing computed yet"]
    keep_results(scene, storyboard_of(scene), Results.of(landscape("bowl", zigzag(5))))
    assert draw(sidebar.Landscape, scene).texts == []
    bpy.ops.lsblender.build()
    assert draw(sidebar.Landscape, scene).texts == []
    active_shot(scene).ball.radius = 0.2
    assert draw(sidebar.Landscape, scene).texts == ["Settings changed: build again"]
    bpy.ops.lsblender.build()
    assert draw(sidebar.Landscape, scene).texts == []
    active_shot(scene).experiment.steps += 1
    assert draw(sidebar.Landscape, scene).texts == ["Settings changed: compute again"]
    active_shot(scene).experiment.start = "1, two"
    told = draw(sidebar.Landscape, scene).texts
    assert "no list of numbers" in " ".join(told)
    assert max(map(len, told)) <= sidebar.LINE


def test_the_menu_of_presets(scene: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All built-in scenes, and the way to add one's own before there is any."""
    monkeypatch.setattr(bpy.utils, "preset_paths", lambda folder: [])
    drawn = draw(Presets, scene)
    count = len(list(built_in_scenes().glob("*.toml")))
    assert drawn.operators == ["lsblender.load_scene"] * count + ["lsblender.add_preset"]
    assert drawn.texts == ["Built-in Scenes", "Presets"]


def test_the_manual_is_a_page_that_exists() -> None:
    prefix, entries = menus.manual()
    assert all(suffix == menus.SECTION for _, suffix in entries)
    if prefix.startswith("file:"):
        text = Path(prefix.removeprefix("file://")).read_text(encoding="utf-8")
        assert "## In Blender" in text
