"""What all exporters share: names, failures that leave no trace, folders that stay whole."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from lsblender.engine import Experiment
from lsblender.errors import LsbError
from lsblender.exchange import EXPORTERS, Exporter, Production, export_landscapes
from lsblender.storyboard.physics import Release
from lsblender.storyboard.storyboard import Results, Shot, Storyboard
from lsblender.terminal import quiet_stdout
from tests.conftest import BARE
from tests.exchange.productions import clip, production_of, small_film

#: Names that Windows keeps for itself, and letters that it does not allow.
RESERVED = {"con", "prn", "aux", "nul", *(f"{kind}{k}" for kind in ("com", "lpt") for k in range(10))}
FORBIDDEN = set('<>:"/\\|?*')
#: Written by ours alone: from numbers, and without a film.
FILM_FREE = ("csv", "ply", "ply_mesh", "stl", "svg", "heightmap", "npz", "li_hdf5", "vtp")


@pytest.fixture(params=list(EXPORTERS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@functools.cache
def odd_film() -> Production:
    """Two shots; the paths of the first have names that are none for files."""
    film = small_film()
    paths = zip(film.results.landscapes[0].paths, ("con", "ä/<ö>: aux."), strict=True)
    first = replace(film.results.landscapes[0], paths=tuple(replace(path, name=name) for path, name in paths))
    return production_of(film.storyboard, first, film.results.landscapes[1])


@functools.cache
def bare_film() -> Production:
    """A landscape without paths."""
    return production_of(clip(24).storyboard, replace(clip(24).results.landscapes[0], paths=()))


def export(kind: str, production: Production, folder: Path) -> list[Path]:
    with quiet_stdout():
        return export_landscapes(EXPORTERS[kind](), production, folder)


def names_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_exporter_describes_itself(kind: str) -> None:
    suffix = EXPORTERS[kind].suffix
    label = {item[0]: item[1] for item in EXPORTERS.menu_items()}[kind]
    assert label.endswith(f"({suffix or 'folder'})")
    assert 20 < len(EXPORTERS.summary(kind)) < 160
    assert suffix == suffix.lower()


def test_files_of_every_shot_on_any_system(kind: str, tmp_path: Path) -> None:
    """A film whose title, paths and folder are not plain."""
    folder = tmp_path / "neuer Ordner" / "ü"
    files = export(kind, odd_film(), folder)
    assert {str(file.relative_to(folder)) for file in files} == names_in(folder)
    assert names_in(tmp_path) == {f"neuer Ordner/ü/{name}" for name in names_in(folder)}
    for name in names_in(folder):
        for part in Path(name).parts:
            assert not FORBIDDEN & set(part)
            assert part.isascii()
            assert part.split(".")[0].lower() not in RESERVED
            assert part[-1] not in ". "
    assert len({name.casefold() for name in names_in(folder)}) == len(names_in(folder))
    shots = {number for number in "12" for name in names_in(folder) if f"_{number}" in name}
    assert shots == {"1", "2"}
    suffix = EXPORTERS[kind].suffix
    assert sum(file.suffix == suffix for file in files) >= 2 or not suffix


@pytest.mark.parametrize("kind", [kind for kind in FILM_FREE if kind != "li_hdf5"])
def test_same_bytes_every_time(kind: str, tmp_path: Path) -> None:
    first, second = (export(kind, clip(24), tmp_path / name) for name in "ab")
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]


def test_landscape_without_paths(kind: str, tmp_path: Path) -> None:
    files = export(kind, bare_film(), tmp_path)
    assert files
    assert all(file.stat().st_size > 10 for file in files)
    assert not [file for file in files if file.name.startswith(("path_", "ball_"))]


def test_second_shot_that_can_not_be_drawn(kind: str, tmp_path: Path) -> None:
    """The first shot's files are complete by then; they must not replace the old ones."""
    film = small_film()
    broken = replace(film.results.landscapes[1], loss=np.full((13, 11), np.nan))
    if kind != "unity":
        (tmp_path / "landscape_1.glb").write_text("old")
    before = names_in(tmp_path)
    if kind in ("csv", "npz", "li_hdf5"):
        # what holds only numbers holds these
        assert export(kind, production_of(film.storyboard, film.results.landscapes[0], broken), tmp_path)
        return
    with pytest.raises(LsbError) as error:
        export(kind, production_of(film.storyboard, film.results.landscapes[0], broken), tmp_path)
    assert str(error.value).startswith("shots[1]: no point of the landscape has a finite loss")
    assert names_in(tmp_path) == before
    assert all((tmp_path / name).read_text() == "old" for name in before)


@pytest.mark.parametrize("kind", FILM_FREE)
def test_numbers_and_pictures_need_no_film(kind: str, tmp_path: Path) -> None:
    """Nobody is asked what a ball does that is let go, and no camera is placed."""
    from lsblender.storyboard.physics import PHYSICS

    def forbidden(release: Release) -> None:
        raise AssertionError("a film was directed")

    shot = replace(clip(24).storyboard.shots[0], physics=PHYSICS["release"]())
    storyboard = replace(clip(24).storyboard, shots=(shot,))
    production = Production(storyboard, clip(24).results, forbidden)  # type: ignore[arg-type]
    assert export(kind, production, tmp_path)
    assert "film" not in vars(production)


def test_without_blender_one_line() -> None:
    script = """
import sys
sys.modules["bpy"] = sys.modules["bmesh"] = None
from lsblender.errors import LsbError
from lsblender.exchange.mesh_files import blender_meshes
try:
    blender_meshes()
except LsbError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "this format is written by Blender, and there is no module 'bpy'; choose csv or ply\n"


def test_ball_that_is_let_go_and_one_that_floats(tmp_path: Path) -> None:
    """Films with more than a path in them: the free ball, the plumb line under a floating one."""
    import trimesh

    from lsblender.storyboard.physics import PHYSICS

    plain = clip(24).storyboard.shots[0]
    raced = replace(plain, physics=PHYSICS["fully_physical"](), seconds=0.5)
    floating = replace(plain, ball=replace(plain.ball, height="true_loss"))
    ground = clip(24).results.landscapes[0]
    path = replace(ground.paths[0], loss=ground.paths[0].loss + 0.5)
    storyboard = Storyboard(title="Both", shots=(raced, floating))
    production = production_of(storyboard, ground, replace(ground, paths=(path,)))
    scenes = [trimesh.load_scene(file) for file in export("glb", production, tmp_path)]
    names = [{name.split("_")[0] for name in scene.graph.nodes if name != "world"} for scene in scenes]
    assert names[0] >= {"Landscape", "Ball", "Trail"}
    assert "Ball_2" in scenes[0].graph.nodes
    assert "Plumb" in names[1]
    assert export("unity", production, tmp_path / "unity")
    assert (tmp_path / "unity" / "Data" / "ball_1_2.csv").is_file()


def test_ground_that_changes(tmp_path: Path) -> None:
    """It is exported as the loss over all samples; the ball rides where it rode."""
    from lsblender.storyboard.surfaces import SURFACES

    experiment = Experiment(steps=6, resolution=(9, 9))
    look = clip(24).storyboard.shots[0].look
    shot = Shot(seconds=0.3, experiment=experiment, look=look, surface=SURFACES["epochs"](most=3), labels=BARE)
    storyboard = Storyboard(shots=(shot,))
    production = Production(storyboard, storyboard.run(), small_film().simulate)
    for kind in ("ply", "glb"):
        assert export(kind, production, tmp_path)


@dataclass(frozen=True)
class Broken(Exporter):
    """Writes a file that is there already and new ones, then fails."""

    suffix: ClassVar[str] = ".csv"
    error: Callable[[], BaseException]

    def export(self, production: Production, folder: Path) -> list[Path]:
        (folder / "Data").mkdir()
        for name in ("surface_1.csv", "new.csv", "Data/new.csv"):
            (folder / name).write_text("half", encoding="utf-8")
        raise self.error()


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (lambda: LsbError("no"), LsbError),
        (lambda: OSError(28, "No space left on device"), LsbError),
        (KeyboardInterrupt, KeyboardInterrupt),
        (ZeroDivisionError, ZeroDivisionError),
    ],
)
def test_failure_leaves_the_folder_as_it_was(
    error: Callable[[], BaseException], raised: type[BaseException], tmp_path: Path
) -> None:
    (tmp_path / "surface_1.csv").write_text("old")
    with pytest.raises(raised):
        export_landscapes(Broken(error), clip(24), tmp_path)
    assert names_in(tmp_path) == {"surface_1.csv"}
    assert (tmp_path / "surface_1.csv").read_text() == "old"
    with pytest.raises(raised):
        export_landscapes(Broken(error), clip(24), tmp_path / "new" / "folder")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["surface_1.csv"]


def test_folder_that_is_a_file(kind: str, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(LsbError, match="a folder is needed"):
        export(kind, clip(24), tmp_path / "mine.txt")
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_files_of_the_same_names_are_replaced_and_others_stay(kind: str, tmp_path: Path) -> None:
    first = export(kind, bare_film(), tmp_path)
    (tmp_path / "mine.txt").write_text("keep")
    for file in first:
        file.write_bytes(file.read_bytes() if file.name == "package.json" else b"old")
    second = export(kind, bare_film(), tmp_path)
    assert second == first
    assert all(file.read_bytes() != b"old" for file in second)
    assert names_in(tmp_path) == {"mine.txt"} | {str(file.relative_to(tmp_path)) for file in second}


@pytest.mark.parametrize("name", ["mine.txt", "package.json", "Assets/scene.unity"])
def test_unity_package_stays_out_of_other_folders(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text('{"name": "com.somebody.tool"}')
    with pytest.raises(LsbError, match="holds other files; a Unity package needs a folder of its own"):
        export("unity", bare_film(), tmp_path)
    assert names_in(tmp_path) == {name}


def test_numbers_of_a_real_training(tmp_path: Path) -> None:
    storyboard = Storyboard(shots=(Shot(experiment=Experiment(steps=20, resolution=(9, 8)), labels=BARE),))
    files = export("csv", production_of(storyboard, storyboard.run().landscapes[0]), tmp_path)
    assert [file.name for file in files] == ["surface_1.csv", "path_1.csv"]
    assert isinstance(storyboard.run(), Results)
