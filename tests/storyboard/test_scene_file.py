"""Shots that inherit from the one before."""

from __future__ import annotations

from pathlib import Path

import pytest

from lsblender.errors import LsbError
from lsblender.storyboard.scene_file import built_in_scenes, inherited, laid_over, read_storyboard, scenes_of

TWO = """
[[shots]]
seconds = 3.0
title = "One"
transition = "cut"
[shots.experiment]
dataset = "wine"
projection = { kind = "pca", i = 0, j = 1 }
optimizers = [{ kind = "adam", learning_rate = 0.2 }]
[shots.look]
palette = "ember"
relief = { height = 0.4 }
[[shots]]
inherit = true
"""


def shots(tmp_path: Path, more: str):  # type: ignore[no-untyped-def]
    path = tmp_path / "scene.toml"
    path.write_text(TWO + more, encoding="utf-8")
    return read_storyboard(path)[0].shots


def test_what_is_not_said_is_taken_over(tmp_path: Path) -> None:
    first, second = shots(tmp_path, "experiment = { projection = { i = 2, j = 3 } }")
    assert second.experiment.projection.i == 2
    assert type(second.experiment.projection) is type(first.experiment.projection)
    assert second.experiment.dataset == first.experiment.dataset
    assert second.experiment.optimizers == first.experiment.optimizers
    assert second.look == first.look
    assert second.seconds == 3.0
    assert second.title == ""


def test_another_kind_replaces_all_of_it(tmp_path: Path) -> None:
    _, second = shots(tmp_path, 'experiment = { projection = { kind = "random" } }')
    assert second.experiment.projection.seed == 0
    _, second = shots(tmp_path, 'experiment = { projection = "hessian" }\nlook = { relief = { scale = "log" } }')
    assert second.look.relief.scale == "log"
    assert second.look.relief.height == 0.4


def test_a_name_alone_is_a_kind_with_settings_to_come() -> None:
    assert laid_over("pca", {"i": 3}) == {"kind": "pca", "i": 3}
    assert laid_over({"kind": "pca", "i": 3}, "random") == "random"
    assert laid_over({"kind": "pca", "i": 3}, {"kind": "pca", "j": 4}) == {"kind": "pca", "i": 3, "j": 4}
    assert laid_over([1, 2, 3], [4]) == [4]


def test_shots_inherit_in_a_row() -> None:
    table = {"shots": [{"seconds": 1, "look": {"a": 1}}, {"inherit": True, "look": {"b": 2}}, {"inherit": True}]}
    assert inherited(table)["shots"][2] == {"seconds": 1, "look": {"a": 1, "b": 2}}


def test_the_first_shot_has_nothing_to_inherit(tmp_path: Path) -> None:
    path = tmp_path / "scene.toml"
    path.write_text("[[shots]]\ninherit = true\n", encoding="utf-8")
    with pytest.raises(LsbError, match=r"shots\[0\]\.inherit"):
        read_storyboard(path)


def test_what_is_wrong_in_an_inherited_shot_is_named(tmp_path: Path) -> None:
    with pytest.raises(LsbError, match=r"shots\[1\].*unknown key 'k'"):
        shots(tmp_path, "experiment = { projection = { k = 2 } }")


def test_built_in_scenes_of_this_checkout() -> None:
    root = Path(__file__).parents[2]
    assert sorted(built_in_scenes().glob("*.toml")) == sorted((root / "scenes").glob("*.toml"))
    assert (built_in_scenes() / "quickstart.toml").is_file()


def test_built_in_scenes_in_a_checkout_and_installed(tmp_path: Path) -> None:
    """Inside the package once installed; beside it only where the manifest says that this is a checkout."""
    package, beside = tmp_path / "lsblender", tmp_path / "scenes"
    package.mkdir()
    beside.mkdir()
    with pytest.raises(LsbError, match="built-in scenes are missing"):
        scenes_of(package)
    (tmp_path / "addon_manifest.toml").touch()
    assert scenes_of(package) == beside
    (package / "scenes").mkdir()
    assert scenes_of(package) == package / "scenes"
