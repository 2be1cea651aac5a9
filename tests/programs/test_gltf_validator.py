"""Khronos' glTF validator on what is exported: no error, no warning."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lsblender.exchange import EXPORTERS, Production, export_landscapes
from lsblender.terminal import quiet_stdout
from tests.exchange.productions import clip, production_of
from tests.programs.conftest import ROOT, run

VALIDATOR = ROOT / "build" / "node" / "node_modules" / "gltf-validator"
SCRIPT = Path(__file__).parent / "validate.js"


@pytest.fixture(scope="module")
def files(scenes: Path, package: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Plain scenes, those for Unity, and one without a ball."""
    bare = production_of(clip(24).storyboard, replace(clip(24).results.landscapes[0], paths=()))
    with quiet_stdout():
        lonely = export_landscapes(EXPORTERS["glb"](), bare, tmp_path_factory.mktemp("bare"))
    return [*sorted(scenes.glob("*.glb")), *sorted(package.glob("Data/*.glb")), *lonely]


def test_no_errors_no_warnings(files: list[Path], production: Production) -> None:
    reports = [
        json.loads(line) for line in run("node", Path(__file__).parent / "validate.js", VALIDATOR, *files).splitlines()
    ]
    assert len(reports) == len(files) == 5
    for report in reports:
        assert (report["issues"]["numErrors"], report["issues"]["numWarnings"]) == (0, 0), report["issues"]
        assert report["info"]["hasTextures"] is False
    assert [report["info"]["animationCount"] for report in reports] == [1, 1, 1, 1, 0]
    balls = [len(ground.paths) for ground in production.results.landscapes]
    # ground in two materials, and a ball and a line each
    assert [report["info"]["drawCallCount"] for report in reports] == [2 + 2 * n for n in (*balls, *balls, 0)]


def test_validator_finds_what_is_wrong(files: list[Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.glb"
    broken.write_bytes(files[0].read_bytes().replace(b'"LINEAR"', b'"LINEAL"'))
    report = json.loads(run("node", SCRIPT, VALIDATOR, broken))
    # one for place and one for rotation of each ball
    assert report["issues"]["numErrors"] + report["issues"]["numWarnings"] == 4
