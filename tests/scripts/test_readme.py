"""The README's examples are scene files that work, and its tables have every choice and every scene."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from pathlib import Path

import pytest

from lsblender.engine import Experiment
from lsblender.registry import Registry
from lsblender.scene.build import build_scene
from lsblender.scene.library import empty_scene
from lsblender.storyboard.camera import CAMERAS
from lsblender.storyboard.films import FILMS
from lsblender.storyboard.motion.paces import PACES
from lsblender.storyboard.physics import PHYSICS
from lsblender.storyboard.scene_file import read_storyboard
from lsblender.storyboard.storyboard import Storyboard
from lsblender.storyboard.surfaces import SURFACES
from lsblender.storyboard.transitions import TRANSITIONS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```toml\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def read(text: str, folder: Path) -> Storyboard:
    file = folder / "scene.toml"
    file.write_text(text, encoding="utf-8")
    return read_storyboard(file)[0]


def coarse(storyboard: Storyboard) -> Storyboard:
    """The same at a resolution and with transitions that take a moment."""
    shots = []
    for shot in storyboard.shots:
        look = dataclasses.replace(shot.look, relief=dataclasses.replace(shot.look.relief, detail=16))
        way = shot.transition
        if hasattr(way, "landscapes"):
            way = dataclasses.replace(way, landscapes=3)
        experiment = dataclasses.replace(shot.experiment, resolution=(12, 12))
        shots.append(dataclasses.replace(shot, experiment=experiment, look=look, transition=way))
    return dataclasses.replace(storyboard, fps=8, shots=tuple(shots))


def test_there_are_examples() -> None:
    assert len(BLOCKS) >= 8


@pytest.mark.parametrize("text", BLOCKS, ids=range(len(BLOCKS)))
def test_example_is_a_film(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read, computed with one training for all shots that train alike, and built frame for frame."""
    storyboard = coarse(read(text, tmp_path))
    trained: Counter[Experiment] = Counter()
    train = Experiment.train

    def counted(experiment: Experiment, *rest: object) -> object:
        trained[experiment.training()] += 1
        return train(experiment, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Experiment, "train", counted)
    film = build_scene(storyboard, storyboard.run(), empty_scene())
    assert set(trained.values()) == {1}
    assert [frame for segment in film.segments for frame in segment.frames] == list(range(1, storyboard.n_frames + 1))
    lengths = [shot.seconds for shot in storyboard.shots] + [shot.transition.length for shot in storyboard.shots[1:]]
    assert len(film.frames) == pytest.approx(sum(lengths) * storyboard.fps, abs=len(lengths))


def test_a_run_in_pieces_goes_on_where_it_was(tmp_path: Path) -> None:
    text = """
    [[shots]]
    experiment = { projection = { kind = "segment_pca", segments = 3, segment = 0 }, resolution = [8, 8] }
    [[shots]]
    inherit = true
    experiment = { projection = { segment = 1 } }
    """
    first, second = read(text, tmp_path).run().landscapes
    assert first.paths[0].loss[-1] == second.paths[0].loss[0] < first.paths[0].loss[0]


@pytest.mark.parametrize("family", [CAMERAS, PACES, TRANSITIONS, FILMS], ids=["camera", "pace", "transition", "film"])
def test_tables_have_every_choice(family: Registry[object]) -> None:
    rows = set(re.findall(r"^\| (\w+) \|", README, flags=re.MULTILINE))
    assert set(family) <= rows


@pytest.mark.parametrize("kind", [kind for family in (PHYSICS, SURFACES) for kind in family])
def test_text_names_physics_and_surfaces(kind: str) -> None:
    assert kind in ("keyed", "fixed") or f"`{kind}`" in README


@pytest.mark.parametrize("path", sorted((ROOT / "scenes").glob("*.toml")), ids=lambda path: path.stem)
def test_every_scene_is_named(path: Path) -> None:
    assert path.name in README
