"""Settings: tables become dataclasses, and what is wrong is named by its key."""

from __future__ import annotations

import dataclasses
import importlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, get_origin, get_type_hints

import pytest

from lsblender.errors import LsbError
from lsblender.registry import FAMILIES, Registry
from lsblender.settings import check, fields_of, setting, setting_of, structure

PACKAGE = Path(__file__).parents[1] / "lsblender"


@dataclass(frozen=True)
class Shape:
    """A family for these tests."""


@pytest.fixture(autouse=True)
def shapes() -> Iterator[Registry[Shape]]:
    """The family, known to the program for one test."""
    registry: Registry[Shape] = Registry("shape", Shape)
    registry.register("square")(Square)
    registry.register("picture")(Picture)
    yield registry
    del FAMILIES[Shape]


@dataclass(frozen=True)
class Square(Shape):
    """A square."""

    side: float = setting(1.0, "Length of a side", min=0.5, max=4.0, unit="m")
    corners: int = setting(4, "Corners", max=4)


@dataclass(frozen=True)
class Picture(Shape):
    """A picture from a file."""

    path: str = setting("", "The file", is_path=True)
    frame: str = setting("gold", "The frame", choices=("gold", "oak"))


@dataclass(frozen=True)
class Wall:
    """Shapes on a wall."""

    title: str = setting(description="What it is called")
    main: Shape = setting(Square(), "The largest one")
    shapes: tuple[Shape, ...] = setting((), "The others", min_length=1)
    size: tuple[float, float] = setting((2.0, 3.0), "Width and height", min=0.0)
    hidden: bool = setting(False, "Not shown")


@dataclass(frozen=True)
class House:
    """Walls."""

    walls: tuple[Wall, ...] = setting(description="The walls")


TABLE = """
[[walls]]
title = "North"
size = [4, 5.5]
shapes = ["square", {kind = "picture", path = "art/a.png"}]

[[walls]]
title = "South"
hidden = true
main = {kind = "picture", path = "art/../b.png", frame = "oak"}
shapes = [{kind = "square", side = 2, corners = 3.0}]
"""


def test_a_table_becomes_the_dataclasses(tmp_path: Path) -> None:
    house = structure(tomllib.loads(TABLE), House, tmp_path)
    north, south = house.walls
    assert north == Wall(title="North", size=(4.0, 5.5), shapes=(Square(), Picture(path=str(tmp_path / "art/a.png"))))
    assert south == Wall(
        title="South",
        hidden=True,
        main=Picture(path=str(tmp_path / "b.png"), frame="oak"),
        shapes=(Square(side=2.0, corners=3),),
    )
    assert type(north.size[0]) is float
    assert type(south.shapes[0].corners) is int  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/b.png", "../b.png", "art/../../b.png", "..", "C/../../../x/b.png"])
def test_paths_stay_in_the_folder(path: str, tmp_path: Path) -> None:
    folder = tmp_path / "scenes"
    folder.mkdir()
    table = TABLE.replace("art/../b.png", path)
    with pytest.raises(LsbError) as error:
        structure(tomllib.loads(table), House, folder)
    assert str(error.value) == (
        f"walls[1].main.path: '{path}' lies outside of the scene file's folder; put it into that folder, or a link"
    )


def test_a_link_in_the_folder_may_lead_anywhere(tmp_path: Path) -> None:
    folder = tmp_path / "scenes"
    folder.mkdir()
    (tmp_path / "data").mkdir()
    (folder / "art").symlink_to(tmp_path / "data")
    house = structure(tomllib.loads(TABLE), House, folder)
    assert house.walls[0].shapes[1] == Picture(path=str(folder / "art/a.png"))


def test_paths_stay_without_a_folder() -> None:
    house = structure(tomllib.loads(TABLE), House)
    assert house.walls[0].shapes[1] == Picture(path="art/a.png")


WRONG: list[tuple[str, str]] = [
    ("", "walls: this setting is missing"),
    ("walls = [3]", "walls[0]: 3 is not a table of settings"),
    ("walls = 3", "walls: 3 is not a list in brackets"),
    ("[[walls]]\n", "walls[0].title: this setting is missing"),
    (
        "[[walls]]\ntitel = 'x'",
        "walls[0]: unknown key 'titel'; did you mean 'title'? choose from title, main",
    ),
    ("[[walls]]\ntitle = 1979-05-27", "walls[0].title: datetime.date(1979, 5, 27) is not a text in quotes"),
    ("[[walls]]\ntitle = 'x'", "walls[0].shapes: 0 entries; at least 1 needed"),
    ("[[walls]]\ntitle = 'x'\nshapes = ['circle']", "walls[0].shapes[0].kind: unknown shape 'circle'"),
    (
        "[[walls]]\ntitle = 'x'\nshapes = ['square', {kind = 'square', side = 9}]",
        "walls[0].shapes[1].side: 9 is out of range; allowed: 0.5 to 4",
    ),
    (
        "[[walls]]\ntitle = 'x'\nmain = {kind = 'square', corners = 5}\nshapes = ['square']",
        "walls[0].main.corners: 5 is out of range; allowed: at most 4",
    ),
    (
        "[[walls]]\ntitle = 'x'\nmain = {kind = 'picture', frame = 'glod'}\nshapes = ['square']",
        "walls[0].main.frame: unknown frame 'glod'; did you mean 'gold'? choose from gold, oak",
    ),
    (
        "[[walls]]\ntitle = 'x'\nsize = [1, -inf]\nshapes = ['square']",
        "walls[0].size[1]: -inf is not a number that can be used; allowed: at least 0",
    ),
    (
        "[[walls]]\ntitle = '''" + "a" * 99 + "\n'''\nhidden = 'no'",
        "walls[0].hidden: 'no' is neither true nor false",
    ),
    (
        "[[walls]]\ntitle = 'x'\nhidden = '" + "a" * 99 + "'",
        "walls[0].hidden: '" + "a" * 56 + "... is neither",
    ),
]


@pytest.mark.parametrize(("toml", "message"), WRONG)
def test_what_is_wrong_is_named(toml: str, message: str) -> None:
    with pytest.raises(LsbError) as error:
        structure(tomllib.loads(toml), House)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_a_missing_key_beside_an_unknown_one() -> None:
    """The unknown key is named, since it is what the missing one was meant to be."""
    with pytest.raises(LsbError) as error:
        structure({"wals": []}, House)
    assert str(error.value) == "unknown key 'wals'; did you mean 'walls'? choose from walls"


@pytest.mark.parametrize("value", [3, None, "text", ["a", "list"]])
def test_not_a_table_at_all(value: Any) -> None:
    with pytest.raises(LsbError, match="is not a table of settings"):
        structure(value, House)


def test_a_bug_of_ours_is_not_hidden() -> None:
    @dataclass(frozen=True)
    class Odd:
        number: complex = setting(1j, "A type that nobody taught the converter")

    with pytest.raises(Exception, match="complex") as error:
        structure({"number": 1}, Odd)
    assert not isinstance(error.value, LsbError)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"min": 1, "max": 10**7}, "1 to 10000000"),
        ({"min": 1e-9}, "at least 1e-09"),
        ({"max": 0.25}, "at most 0.25"),
        ({"choices": ("a", "b")}, "choose from a, b"),
        ({}, ""),
    ],
)
def test_limits_in_words(limits: dict[str, Any], words: str) -> None:
    field = dataclasses.make_dataclass("C", [("x", float, setting(0.0, "", **limits))]).__dataclass_fields__["x"]
    assert setting_of(field).limits() == words


def test_limits_are_allowed_values() -> None:
    check(Square(side=0.5))
    check(Square(side=4.0))
    with pytest.raises(LsbError):
        check(Square(side=4.000001))


def test_fields_of_a_choice() -> None:
    (path, path_type, path_facts), (frame, _, frame_facts) = fields_of(Picture)
    assert (path.name, path_type, path_facts.is_path) == ("path", str, True)
    assert (frame.name, frame.default, frame_facts.choices) == ("frame", "gold", ("gold", "oak"))


# -- every registered choice ---------------------------------------------------------------------------------


def every_choice() -> list[Any]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        if path.parent.name in ("engine", "look", "storyboard", "exchange") and path.stem not in (
            "meshes",
            "__init__",
        ):
            importlib.import_module(name)
    return [
        pytest.param(registry, kind, id=f"{registry.family}: {kind}")
        for registry in FAMILIES.values()
        for kind in registry
    ]


@pytest.mark.parametrize(("registry", "kind"), every_choice())
def test_choice_reads_from_its_own_defaults(registry: Registry[Any], kind: str) -> None:
    """A scene that spells out every default gives the default choice."""
    cls = registry[kind]
    table = {field.name: _plain(field.default) for field, _, _ in fields_of(cls)}
    assert structure(table, cls) == cls()


@pytest.mark.parametrize(("registry", "kind"), every_choice())
def test_all_settings_are_fields(registry: Registry[Any], kind: str) -> None:
    """A class that declares settings without being made a dataclass would lose them in silence."""
    fields = {field.name for field in dataclasses.fields(registry[kind])}
    hints = get_type_hints(registry[kind])
    assert {name for name, hint in hints.items() if get_origin(hint) is not ClassVar} == fields


@pytest.mark.parametrize(("registry", "kind"), every_choice())
def test_choice_describes_itself(registry: Registry[Any], kind: str) -> None:
    cls = registry[kind]
    assert cls.__doc__
    assert not cls.__doc__.startswith(f"{cls.__name__}("), "the docstring is the tooltip"
    assert 0 < len(registry.summary(kind)) < 200
    assert issubclass(cls, registry.base)
    assert dataclasses.is_dataclass(cls)
    for field, _, facts in fields_of(cls):
        assert facts.description, f"{kind}.{field.name} has no description"
        for low, high in ((facts.min, facts.max), (facts.soft_min, facts.soft_max)):
            assert low is None or high is None or low < high
    choice = cls()
    for field in dataclasses.fields(cls):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(choice, field.name, getattr(choice, field.name))


def _plain(value: Any) -> Any:
    """A setting's value as a scene file has it; a choice within a choice is a table with its kind."""
    for registry in FAMILIES.values():
        if type(value) in registry.values():
            return {
                "kind": registry.kind(value),
                **{field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)},
            }
    return list(value) if isinstance(value, tuple) else value
