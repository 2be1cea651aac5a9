"""The built zip in the project's own Blender, and what the table says of trials that went wrong."""

from __future__ import annotations

import dataclasses
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import test_matrix as matrix
from extension.trial import SCENE
from extension.trials import Trial, run_trial

from lsblender.storyboard.scene_file import read_storyboard


@pytest.fixture(scope="module")
def trial(built: Path, bare: Path, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """Installed and used in processes of their own, with nothing but Blender's packages and no network."""
    return run_trial(Path(sys.executable), built, tmp_path_factory.mktemp("user"), path=str(bare))


def test_zip_works_in_blender(trial: Trial) -> None:
    """It installs, enables without a restart, computes, builds, renders and exports, and leaves nothing behind."""
    assert trial.faults() == []
    assert trial.facts["libraries"] == []  # all from the zip, though this Python has them too


def test_numbers_are_those_of_the_program(trial: Trial, tmp_path: Path) -> None:
    """What the extension exported is what the storyboard gives here."""
    (tmp_path / "trial.toml").write_text(SCENE, encoding="utf-8")
    (landscape,) = read_storyboard(tmp_path / "trial.toml")[0].run().landscapes
    np.testing.assert_allclose(trial.facts["loss"], landscape.loss.ravel(), rtol=1e-9)


def test_table(trial: Trial) -> None:
    title, rule, row = matrix.table([trial]).splitlines()
    assert len(title.split("|")) == len(rule.split("|")) == len(row.split("|"))
    assert row.endswith("| passed |")
    assert row.startswith(f"| {trial.facts['blender']} | {sys.version.split()[0]} | {np.__version__} |")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"colours": 1}, "in 1 colours"),
        ({"loss": [1.0]}, "1 losses"),
        ({"left": {"classes": ["x"]}}, "leaves"),
        ({"timers": ["x"]}, "leaves"),
        ({"libraries": ["scipy"]}, "scipy"),
        ({"slow": ["sklearn"]}, "sklearn"),
        ({"started": ""}, "first scene"),
    ],
)
def test_what_is_wrong_is_said(trial: Trial, change: dict[str, object], fault: str) -> None:
    wrong = dataclasses.replace(trial, facts={**trial.facts, **change})
    (line,) = matrix.faults([trial, wrong])
    assert fault in line
    assert matrix.table([wrong]).endswith("| failed |")


def test_blenders_that_differ_are_found(trial: Trial) -> None:
    other = dataclasses.replace(trial, facts={**trial.facts, "loss": [2.0 * loss for loss in trial.facts["loss"]]})
    (line,) = matrix.faults([trial, other])
    assert line.endswith("give other numbers")


def test_a_zip_that_is_none_is_one_line(bare: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "broken.zip", "w") as archive:
        archive.writestr("nothing.txt", "")
    failed = run_trial(Path(sys.executable), tmp_path / "broken.zip", tmp_path, path=str(bare))
    (line,) = matrix.faults([failed])
    assert "\n" not in line
    assert "blender_manifest.toml" in line or "lsblender" in line
