"""Scene files become storyboards; every mistake is said with the file and the key."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from lsblender.errors import Cancelled, LsbError
from lsblender.look.lighting import LIGHTS
from lsblender.look.materials import MATERIALS
from lsblender.look.palettes import PALETTES
from lsblender.storyboard.camera import CAMERAS
from lsblender.storyboard.motion import PACES
from lsblender.storyboard.scene_file import read_storyboard
from lsblender.storyboard.storyboard import Shot, Storyboard
from lsblender.storyboard.transitions import TRANSITIONS

SCENES = sorted((Path(__file__).parents[2] / "scenes").glob("*.toml"))

#: Where each family of the storyboard is chosen in a shot.
CHOICES = {
    "look.material": MATERIALS,
    "look.palette": PALETTES,
    "look.light": LIGHTS,
    "look.camera": CAMERAS,
    "ball.pace": PACES,
    "transition": TRANSITIONS,
}


def coarse(storyboard: Storyboard, points: int = 12) -> Storyboard:
    """The same with a small grid."""
    shots = tuple(
        dataclasses.replace(shot, experiment=dataclasses.replace(shot.experiment, resolution=(points, points)))
        for shot in storyboard.shots
    )
    return dataclasses.replace(storyboard, shots=shots)


@pytest.fixture
def scene(tmp_path: Path):
    """A function that writes a scene file and gives its path."""

    def write(text: str) -> Path:
        path = tmp_path / "x.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


# -- scene files ---------------------------------------------------------------------------------------------


def test_there_are_scenes() -> None:
    names = {path.stem for path in SCENES}
    assert names >= {
        "quickstart",
        "figure-3-feature-pca-iris",
        "figure-4-parameter-pairs-iris",
        "figure-6-svm-breast-cancer",
        "figure-7-logistic-iris",
    }


@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_every_scene_reads_and_runs(path: Path) -> None:
    storyboard, text = read_storyboard(path)
    assert text == path.read_text(encoding="utf-8")
    assert storyboard.title
    seen: list[float] = []
    landscapes = coarse(storyboard).run(seen.append).landscapes
    assert len(landscapes) == len(storyboard.shots)
    for landscape in landscapes:
        assert landscape.loss.shape == (12, 12)
        assert np.isfinite(landscape.loss).all()
        assert landscape.paths
        for way in landscape.paths:
            assert np.isfinite(way.xy).all()
            assert landscape.x[0] <= way.xy[:, 0].min() <= way.xy[:, 0].max() <= landscape.x[-1]
            assert landscape.y[0] <= way.xy[:, 1].min() <= way.xy[:, 1].max() <= landscape.y[-1]
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("path", SCENES[:1], ids=lambda path: path.stem)
def test_same_scene_same_numbers(path: Path) -> None:
    first, second = (coarse(read_storyboard(path)[0]) for _ in range(2))
    assert first == second
    assert first.run().content_hash(first) == second.run().content_hash(second)
    other = dataclasses.replace(first, fps=first.fps + 1)
    assert first.run().content_hash(first) != other.run().content_hash(other)


def test_empty_file_is_the_defaults(scene) -> None:
    assert read_storyboard(scene(""))[0] == Storyboard()


@pytest.mark.parametrize(("place", "kind"), [(place, kind) for place, family in CHOICES.items() for kind in family])
def test_every_choice_is_read_by_name_and_as_a_table(scene, place: str, kind: str) -> None:
    *tables, key = place.split(".")
    header = "".join(f"[shots.{table}]\n" for table in tables)
    for value in (f'"{kind}"', f'{{ kind = "{kind}" }}'):
        storyboard, _ = read_storyboard(scene(f"[[shots]]\n{header}{key} = {value}\n"))
        chosen = storyboard.shots[0]
        for name in place.split("."):
            chosen = getattr(chosen, name)
        assert chosen == CHOICES[place][kind]()


def test_relative_paths_start_at_the_scene_file(scene) -> None:
    text = '[[shots]]\n[shots.experiment]\ndataset = { kind = "csv", path = "data/a.csv" }'
    path = scene(text)
    assert read_storyboard(path)[0].shots[0].experiment.dataset.path == str(path.parent / "data" / "a.csv")


# -- mistakes ------------------------------------------------------------------------------------------------

SHOT = "[[shots]]\n"
MISTAKES = {
    "number out of range": (SHOT + "[shots.experiment]\nsteps = -5", "shots[0].experiment.steps: -5 is out of range; "),
    "second shot": (SHOT + SHOT + "seconds = 1e9", "shots[1].seconds: 1000000000 is out of range; allowed: 0.04 to"),
    "unknown key": (SHOT + "lenght = 3", "shots[0]: unknown key 'lenght'; choose from "),
    "unknown key at the top": ("fsp = 3", "unknown key 'fsp'; did you mean 'fps'? "),
    "unknown kind": (
        SHOT + '[shots.look]\npalette = "glacer"',
        "shots[0].look.palette.kind: unknown palette 'glacer'; did",
    ),
    "unknown pace": (
        SHOT + "[shots.ball]\npace = { kind = 'fast' }",
        "shots[0].ball.pace.kind: unknown pace 'fast'; choose",
    ),
    "kind missing": (SHOT + "[shots.look]\nlight = {}", "shots[0].look.light.kind: this setting is missing; choose"),
    "text for number": (SHOT + 'seconds = "5"', "shots[0].seconds: '5' is not a number"),
    "number for text": ("title = 5", "title: 5 is not a text in quotes"),
    "number for table": (SHOT + "look = 5", "shots[0].look: 5 is not a table"),
    "table for list": ("shots = { seconds = 5 }", "shots: {'seconds': 5} is not a list"),
    "fraction for whole number": ("fps = 24.5", "fps: 24.5 is not a whole number"),
    "nan": (SHOT + "seconds = nan", "shots[0].seconds: nan is not a number"),
    "choice": (
        '[render]\nquality = "worst"',
        "render.quality: unknown quality 'worst'; choose from draft, preview, final, best",
    ),
    "size of three": ("[render]\nsize = [3, 4, 5]", "render.size: [3, 4, 5] has 3 entries; 2 are needed"),
    "size too small": ("[render]\nsize = [640, 3]", "render.size[1]: 3 is out of range; allowed: 16 to 16384"),
    "relief": (SHOT + "[shots.look.relief]\nscale = 'cubic'", "shots[0].look.relief.scale: unknown scale 'cubic'"),
    "no shots": ("shots = []", "shots: 0 entries; at least 1 needed"),
    "toml": ("a = = b", "is not valid TOML: "),
}


@pytest.mark.parametrize("name", list(MISTAKES))
def test_mistakes_are_said_with_file_and_key(scene, name: str) -> None:
    text, message = MISTAKES[name]
    path = scene(text)
    with pytest.raises(LsbError) as caught:
        read_storyboard(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: {message}")
    assert "\n" not in said


def test_files_that_can_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes('title = "Höhe"'.encode("latin-1"))
    (tmp_path / "folder.toml").mkdir()
    for name, message in (
        ("missing.toml", "can not read the scene file (No such file or directory)"),
        ("latin.toml", "is not a text in UTF-8"),
        ("folder.toml", "can not read the scene file (Is a directory)"),
    ):
        with pytest.raises(LsbError) as caught:
            read_storyboard(tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name}: {message}"


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """Windows' editors write one."""
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xef\xbb\xbf" + b'title = "Home"\r\n')
    assert read_storyboard(path)[0].title == "Home"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "[shots.ball]\nradius = 3.0",
            "shots[0].ball.radius: 3 m is too large for a terrain 10 m wide; allowed: up to 2.5",
        ),
        (
            "[shots.experiment]\nprojection = 'identity'",
            "shots[0].experiment.projection: identity needs a model of two",
        ),
        ("[shots.experiment]\nstart = [1.0]", "shots[0].experiment.start: the start has 1 numbers; "),
    ],
)
def test_mistakes_that_show_at_the_run(scene, change: str, message: str) -> None:
    storyboard, _ = read_storyboard(scene(SHOT + change))
    with pytest.raises(LsbError) as caught:
        storyboard.run()
    assert str(caught.value).startswith(message)


# -- time ----------------------------------------------------------------------------------------------------


def test_frames_are_counted_without_gaps() -> None:
    shots = tuple(Shot(seconds=seconds) for seconds in (2.0, 0.04, 1.26, 3.0))
    storyboard = Storyboard(fps=24, shots=shots)
    frames = storyboard.shot_frames()
    assert [len(part) for part in frames] == [48, 1, 30, 72]
    assert np.concatenate(frames).tolist() == list(range(1, 152))
    assert storyboard.n_frames == 151


def test_run_can_be_cancelled() -> None:
    def stop(fraction: float) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        coarse(Storyboard()).run(stop)
