"""The job type for Flamenco, in node, with stand-ins for what the Manager gives to it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import bpy
import pytest

from lsblender.cli import main

HERE = Path(__file__).parent
SCRIPT = HERE.parents[1] / "scripts" / "flamenco" / "lsblender_film.js"
JOB = {
    "settings": {
        "frames": "1-20, 31",
        "chunk_size": 8,
        "quality": 16,
        "output_folder": "/storage/Descent",
        "blendfile": "/storage/in/descent.blend",
        "fps": 24.0,
        "format": "PNG",
    }
}
SCENE = """
fps = 12
[[shots]]
seconds = 1.5
experiment = { steps = 5, resolution = [9, 9] }
look = { relief = { detail = 12, finest = 12 } }
"""


def compiled(job: dict[str, Any], folder: Path) -> Any:
    """What node makes of a job."""
    file = folder / "job.json"
    file.write_text(json.dumps(job))
    done = subprocess.run(
        ["node", str(HERE / "flamenco.js"), str(SCRIPT), str(file)], capture_output=True, text=True, timeout=60
    )
    if done.returncode:
        raise ValueError(done.stderr)
    return json.loads(done.stdout)


def numbers(ranges: str) -> list[int]:
    """The frames that Blender's command line renders for `--render-frame`."""
    frames = []
    for part in ranges.split(","):
        first, _, last = part.partition("..")
        frames += range(int(first), int(last or first) + 1)
    return frames


def test_chunks_and_one_film_after_them(tmp_path: Path) -> None:
    *chunks, film = compiled(JOB, tmp_path)["tasks"]
    found = []
    for task in chunks:
        assert (task["type"], task["after"]) == ("blender", [])
        (command,) = task["commands"]
        words = command["parameters"]["args"]
        assert command["name"] == "blender-render"
        assert command["parameters"]["blendfile"] == "/storage/in/descent.blend"
        assert words[:4] == [
            "--render-output",
            "/storage/Descent/1970-01-01-00-00-00/frames/######",
            "--render-format",
            "PNG",
        ]
        assert words[4] == "--render-frame"
        found += numbers(words[5])
        assert len(numbers(words[5])) <= 8
    assert found == [*range(1, 21), 31]
    assert sorted(film["after"]) == sorted(task["name"] for task in chunks)
    (command,) = film["commands"]
    assert command["name"] == "frames-to-video"
    assert command["parameters"]["inputGlob"] == "/storage/Descent/1970-01-01-00-00-00/frames/*.png"
    assert command["parameters"]["outputFile"] == "/storage/Descent/1970-01-01-00-00-00/descent.mp4"
    assert command["parameters"]["fps"] == 24


@pytest.mark.parametrize(
    ("change", "message"), [({"format": "OPEN_EXR"}, "and not OPEN_EXR"), ({"output_folder": ""}, "no output_folder")]
)
def test_what_can_not_be_rendered_is_refused(change: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        compiled({"settings": {**JOB["settings"], **change}}, tmp_path)


def test_blender_finds_out_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The expressions of the settings, as Blender's add-on for Flamenco evaluates them in a file of ours."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SCENE)
    assert main(["blend", "small.toml", "-o", "small.blend"]) == 0
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "small.blend"))

    class Chosen:
        output_root = str(tmp_path)

    names = {"C": bpy.context, "Path": Path, "jobname": "Small", "settings": Chosen}
    names["abspath"] = lambda path: Path(path).resolve()
    settings = {setting["key"]: setting for setting in compiled(JOB, tmp_path)["settings"]}
    values = {
        key: eval(setting["eval"], dict(names))  # noqa: S307
        for key, setting in settings.items()
        if "eval" in setting
    }
    assert values == {
        "frames": "1-18",
        "fps": 12.0,
        "format": "PNG",
        "output_folder": str(tmp_path.resolve() / "Small"),
    }
    assert set(JOB["settings"]) | {"output_root"} == set(settings)
