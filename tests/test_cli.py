"""The command line: what it writes, what it says, and that it leaves things as they were."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lsblender.cli import main
from lsblender.pace import clock, time_of_day
from lsblender.registry import FAMILIES
from lsblender.settings import fields_of
from lsblender.terminal import Reporter

ROOT = Path(__file__).parents[1]

TABLE = "a,b,c,label\n" + "\n".join(
    f"{np.sin(7 * k):.4f},{np.cos(3 * k):.4f},{k / 20:.3f},{('no', 'yes')[k % 3 == 0]}" for k in range(24)
)

SCENE = """\
title = "Small"
fps = 8

[[shots]]
seconds = 1.0

[shots.experiment]
dataset = { kind = "csv", path = "table.csv", target = "label", standardize = true }
optimizers = [{ kind = "sgd", learning_rate = 0.5 }]
projection = "pca"
steps = 30
resolution = [12, 14]

[shots.look.relief]
detail = 16
finest = 16

[render]
size = [96, 54]
quality = "draft"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a scene and its data; every command runs in it."""
    (tmp_path / "table.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "small.toml").write_text(SCENE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, with its content; folders end in a slash."""
    return {
        f"{path.relative_to(folder)}{'/' if path.is_dir() else ''}": b"" if path.is_dir() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
    }


def size_of(path: Path) -> tuple[int, int]:
    from PIL import Image

    with Image.open(path) as image:
        return image.size


def pixels(path: Path) -> np.ndarray:
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image, dtype=np.int16)


def start(*arguments: str, cwd: Path, script: list[str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *(script or ["-m", "lsblender"]), *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# -- what the commands write ---------------------------------------------------------------------------------


def test_render_and_go_on(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    import av

    before = set(everything(folder))
    assert main(["render", "small.toml"]) == 0
    out, err = capfd.readouterr()
    assert out == f"{folder / 'renders' / 'small.mp4'}\n", "only the film's name goes to standard output"
    assert "8 rendered, 0 were there" in err
    frames = folder / "renders" / "small-frames"
    made = set(everything(folder)) - before
    assert made == {f"renders/small-frames/{k:06d}.png" for k in range(1, 9)} | {
        "renders/",
        "renders/small-frames/",
        "renders/small-frames/contact.png",
        "renders/small-frames/frames.json",
        "renders/small-frames/report.json",
        "renders/small-poster.png",
        "renders/small.mp4",
    }
    with av.open("renders/small.mp4") as film:
        assert len(list(film.decode(video=0))) == 8
    assert size_of(frames / "contact.png") == (4 * 96 + 3 * 4, 2 * 54 + 4)
    assert np.array_equal(pixels(folder / "renders" / "small-poster.png"), pixels(frames / "000006.png"))
    report = json.loads((frames / "report.json").read_text())
    assert report["film"]["sha256"] == hashlib.sha256(Path("renders/small.mp4").read_bytes()).hexdigest()
    assert report["hashes"]["scene_file"] == hashlib.sha256(SCENE.encode()).hexdigest()
    assert set(report["seconds"]) == {"Computing", "Rendering", "Encoding"}
    assert [frame["frame"] for frame in report["frames"]] == list(range(1, 9))

    (folder / "renders" / "small.mp4").unlink()
    assert main(["render", "small.toml"]) == 0
    assert "0 rendered, 8 were there" in capfd.readouterr().err
    assert json.loads((frames / "report.json").read_text())["frames"] == report["frames"]
    # another film from the same frames
    assert main(["encode", "renders/small.mp4", "-o", "other.webm", "--step", "2", "--loop", "there_and_back"]) == 0
    assert capfd.readouterr().out == f"{folder / 'other.webm'}\n"
    with av.open("other.webm") as film:
        assert film.streams.video[0].average_rate == 4
        assert len(list(film.decode(video=0))) == 6
    # a setting that decides the picture means new frames
    assert main(["render", "small.toml", "--size", "64x64", "--frames", "2-3"]) == 0
    err = capfd.readouterr().err
    assert "8 frames were of another version of the film and have been removed" in err
    assert "2 rendered, 0 were there" in err
    assert sorted(path.name for path in frames.glob("0*.png")) == ["000002.png", "000003.png"]
    assert size_of(frames / "000002.png") == (64, 64)
    assert main(["encode", "renders/small-frames"]) == 1
    assert "lacks 6 of 8 frames (1, 4, 5, 6, 7, ...); render them first" in capfd.readouterr().err


def test_other_films_with_a_spot_check(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    options = ["--frames", "4-8", "--step", "2", "--film", "gif", "--exr", "--overwrite", "--spot-check", "1"]
    assert main(["render", "small.toml", *options]) == 0
    out, err = capfd.readouterr()
    assert out == f"{folder / 'renders' / 'small.gif'}\n"
    assert re.search(r"Checking done in \d:\d\d \(SSIM of at least \d\.\d{4} to frames rendered anew\)", err)
    frames = folder / "renders" / "small-frames"
    numbers = [f"{k:06d}{suffix}" for k in (4, 6, 8) for suffix in (".exr", ".png")]
    assert sorted(path.name for path in frames.glob("0*")) == numbers
    report = json.loads((frames / "report.json").read_text())
    assert len(report["spot_check"]["ssim"]) == 1
    assert 0.9 < report["spot_check"]["lowest"] <= 1
    assert (report["settings"]["linear"], report["film"]["fps"]) == (True, 4.0)


@pytest.mark.parametrize(
    ("output", "film"),
    [
        ("film.mp4", "film.mp4"),
        ("a/b.c/Film.MP4", "a/b.c/Film.MP4"),
        ("sömé {x}", "sömé {x}/small.mp4"),
    ],
)
def test_render_names(output: str, film: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "small.toml", "-o", output, "--frames", "4-5"]) == 0
    assert capfd.readouterr().out == f"{folder / film}\n"
    assert (folder / film).stat().st_size > 500
    frames = folder / Path(film).with_name(f"{Path(film).stem}-frames")
    assert len(list(frames.glob("0*.png"))) == 2


def test_still_frames_and_moments(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name, options in (
        ("a.png", ["--frame", "8"]),
        ("b.png", ["--at", "1"]),
        ("c.PNG", ["--at", "0.3"]),
        ("d", ["--size", "50x40", "--quality", "preview"]),
    ):
        assert main(["still", "small.toml", "-o", name, *options]) == 0
    a, b, c, d = (folder / name for name in ("a.png", "b.png", "c.PNG", "d.png"))
    assert capfd.readouterr().out.splitlines() == [str(path) for path in (a, b, c, d)]
    assert abs(pixels(a) - pixels(b)).max() <= 3
    assert abs(pixels(a) - pixels(c)).max() > 50
    assert [size_of(path) for path in (a, d)] == [(96, 54), (50, 40)]


def test_compute(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["compute", "small.toml", "-o", "numbers"]) == 0
    assert capfd.readouterr().out == f"{folder / 'numbers.npz'}\n"
    with np.load("numbers.npz", allow_pickle=False) as numbers:
        assert numbers["loss"].shape == (14, 12)
        assert numbers["path_0_xy"].shape == (31, 2)
        assert str(numbers["scene"]) == SCENE


def test_render_with_processes_of_its_own(folder: Path) -> None:
    """A local cluster; the film is finished without it."""
    process = start("render", "small.toml", "--local-cluster", "1", "--frames", "1-2", cwd=folder)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert out == f"{folder / 'renders' / 'small.mp4'}\n"
    assert "2 rendered, 0 were there: 1 whole" in err
    assert "processor" in err
    report = json.loads((folder / "renders" / "small-frames" / "report.json").read_text())
    assert [frame["frame"] for frame in report["frames"]] == [1, 2]
    assert report["settings"]["device"] == "processor"


def test_blend(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    import bpy

    assert main(["blend", "small.toml", "-o", "out.blend"]) == 0
    assert capfd.readouterr().out == f"{folder / 'out.blend'}\n"
    bpy.ops.wm.open_mainfile(filepath=str(folder / "out.blend"))
    scene = bpy.context.scene
    assert (scene.frame_end, scene.render.fps, scene.render.resolution_x) == (8, 8, 96)
    assert scene.render.engine == "CYCLES"
    assert [path.name for path in folder.iterdir() if path.suffix.startswith(".blend")] == ["out.blend"]


@pytest.mark.parametrize("kind", ["csv", "ply"])
def test_export(kind: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "small.toml", "--format", kind, "-o", "files"]) == 0
    names = sorted(path.name for path in (folder / "files").iterdir())
    assert names == [f"path_1.{kind}", f"surface_1.{kind}"]
    assert sorted(capfd.readouterr().out.splitlines()) == [str(folder / "files" / name) for name in names]


def test_export_with_settings(folder: Path) -> None:
    import trimesh

    command = ["export", "small.toml", "--format", "stl", "-o", "files", "--set", "width=50", "--set", "detail = 40"]
    assert main(command) == 0
    block = trimesh.load_mesh(folder / "files" / "solid_1.stl")
    np.testing.assert_allclose(block.extents[:2], 50.0, rtol=1e-6)
    # 12 x 14 points, whose cells are divided by four
    assert len(block.vertices) > 45 * 53


def test_export_of_a_unity_package(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """By both ways of saying it; a folder with other things in it is refused before any work is done."""
    assert main(["export", "small.toml", "--unity", "project/Packages/small"]) == 0
    package = folder / "project" / "Packages" / "small"
    assert capfd.readouterr().out.splitlines() == [str(package)]
    assert json.loads((package / "package.json").read_text())["displayName"] == "Small"
    assert len(list((package / "Data").glob("ball_1_1.csv"))) == 1
    assert main(["export", "small.toml", "--format", "unity", "-o", str(package)]) == 0
    capfd.readouterr()
    line = refused(["export", "small.toml", "--unity", "."], folder, capfd)
    assert line.endswith("holds other files; a Unity package needs a folder of its own")


def test_list_names_every_choice(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    for family in FAMILIES.values():
        assert f"{family.family.replace(' ', '_')}:" in out
        for kind in family:
            assert re.search(rf"^  {kind} +\S", out, re.MULTILINE)


def test_list_of_a_family_names_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    for family in FAMILIES.values():
        assert main(["list", family.family.replace(" ", "_")]) == 0
        out = capsys.readouterr().out
        for cls in family.values():
            for field, _, facts in fields_of(cls):
                assert f"{field.name} = " in out
                assert facts.description in out


def test_a_poster(folder: Path) -> None:
    """It has its own size, and two of one date are the same picture, but for a step of the denoiser's."""
    from PIL import Image

    pictures = []
    for name, day in (("one.png", "2026-11-23"), ("two.png", "2026-11-23"), ("new.png", "2027-01-31")):
        options = ["--poster", "--size", "120x180", "--date", day, "--device", "cpu"]
        assert main(["still", "small.toml", "-o", name, *options]) == 0
        with Image.open(name) as image:
            assert image.size == (120, 180)
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
            pictures.append(np.asarray(image).astype(int))
    one, two, new = pictures
    assert abs(two - one).max() <= 1
    changed = np.argwhere(abs(new - one).max(axis=2) > 8)
    assert len(changed) > 0, "the date is written"
    assert changed[:, 0].min() > 120, "under the picture"


@pytest.mark.parametrize("command", ["", "render", "encode", "still", "compute", "blend", "export", "list"])
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([*command.split(), "--help"])
    assert left.value.code == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "usage: lsblender" in out
    if not command:
        for family in FAMILIES.values():
            assert all(kind in out for kind in family)


# -- mistakes ------------------------------------------------------------------------------------------------

DATASET = '{ kind = "csv", path = "table.csv", target = "label", standardize = true }'
#: What is replaced in the scene by what, and how the line on standard error goes on after the scene's name.
BAD_SCENES = {
    "unknown key": ("steps = 30", "stepz = 30", "shots[0].experiment: unknown key 'stepz'; did you mean 'steps'?"),
    "unknown kind": (
        '"pca"',
        '"pka"',
        "shots[0].experiment.projection.kind: unknown projection 'pka'; did you mean 'pca'?",
    ),
    "wrong type": ("steps = 30", 'steps = "30"', "shots[0].experiment.steps: '30' is not a whole number"),
    "out of range": ("steps = 30", "steps = -5", "shots[0].experiment.steps: -5 is out of range; allowed: "),
    "no toml": ("steps = 30", "steps 30", "is not valid TOML: "),
    "missing data": ("table.csv", "gone.csv", "shots[0].experiment.dataset.path: can not read '"),
    "other class": (
        DATASET,
        DATASET[:-2] + ', classes = ["no", "so"] }',
        "shots[0].experiment.dataset.classes[1]: unknown",
    ),
    "other column": ('"label"', '"lable"', "shots[0].experiment.dataset.target: unknown column 'lable'; did you mean"),
    "start": ("steps = 30", "steps = 30\nstart = [1.0]", "shots[0].experiment.start: the start has 1 numbers; "),
    "pair": (
        'projection = "pca"',
        'projection = { kind = "parameters", j = 9 }',
        "shots[0].experiment.projection.j: 9 is out",
    ),
    "ball": (
        "[render]",
        "[shots.ball]\nradius = 9.0\n[render]",
        "shots[0].ball.radius: 9 m is too large for a terrain 10 m",
    ),
    "no shots": (
        SCENE[SCENE.index("[[shots]]") : SCENE.index("[render]")],
        "shots = []\n",
        "shots: 0 entries; at least 1",
    ),
    "size": ("[96, 54]", "[96, 5]", "render.size[1]: 5 is out of range; allowed: 16 to 16384"),
}
#: The same for the table.
BAD_TABLES = {
    "text in a number column": ("0.000,yes", "zero,yes", "line 2, column 'c' holds 'zero'; a number is needed"),
    "nan": ("0.000,yes", "nan,yes", "line 2, column 'c' holds 'nan'; a finite number is needed"),
    "empty cell": ("0.000,yes", ",yes", "line 2, column 'c' is empty; a number is needed"),
    "one class": ("no", "yes", "all samples of table are of class 'yes'; at least two classes are needed"),
    "short row": ("0.000,yes", "yes", "line 2 has 3 columns instead of 4"),
}


def refused(arguments: list[str], folder: Path, capfd: pytest.CaptureFixture[str]) -> str:
    """Run a command that must fail: exit status 1, nothing written; the one line on standard error."""
    before = everything(folder)
    assert main(arguments) == 1
    out, err = capfd.readouterr()
    assert out == ""
    lines = [line for line in err.splitlines() if not line.startswith(("Computing", "Building"))]
    assert len(lines) == 1
    assert everything(folder) == before
    return lines[0]


@pytest.mark.parametrize("name", list(BAD_SCENES))
def test_bad_scene(name: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    old, new, message = BAD_SCENES[name]
    assert old in SCENE
    (folder / "small.toml").write_text(SCENE.replace(old, new), encoding="utf-8")
    (folder / "out.mp4").write_text("mine")
    assert refused(["render", "small.toml", "-o", "out.mp4"], folder, capfd).startswith(f"small.toml: {message}")


@pytest.mark.parametrize("name", list(BAD_TABLES))
def test_bad_table(name: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    old, new, message = BAD_TABLES[name]
    assert old in TABLE
    (folder / "table.csv").write_text(TABLE.replace(old, new), encoding="utf-8")
    (folder / "out.npz").write_text("mine")
    line = refused(["compute", "small.toml", "-o", "out.npz"], folder, capfd)
    assert line.startswith("small.toml: shots[0].experiment.dataset")
    assert message in line


def test_constant_column(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    table = re.sub(r",[^,]*(,(?:yes|no))", r",0.5\1", TABLE)
    (folder / "table.csv").write_text(table, encoding="utf-8")
    line = refused(["compute", "small.toml", "-o", "out.npz"], folder, capfd)
    assert line.startswith("small.toml: shots[0].experiment.dataset.path: ")
    assert "column 'c' has the same value in every row" in line


@pytest.mark.parametrize(
    "arguments",
    [
        ["render", "-o", "out.mp4"],
        ["still", "-o", "out.png"],
        ["compute", "-o", "out.npz"],
        ["blend", "-o", "out.blend"],
        ["export", "--format", "ply", "-o", "out"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_training_that_diverges(arguments: list[str], folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Said with the step and the remedy, by every command; what was there stays."""
    text = SCENE.replace('projection = "pca"', 'projection = "pca"\nmodel = { kind = "logistic_regression", l2 = 1.0 }')
    (folder / "small.toml").write_text(text.replace("learning_rate = 0.5", "learning_rate = 100.0"), encoding="utf-8")
    (folder / "out.mp4").write_text("mine")
    line = refused([arguments[0], "small.toml", *arguments[1:]], folder, capfd)
    assert line.startswith("small.toml: shots[0].experiment.optimizers[0]: training diverged at step ")
    assert "learning_rate" in line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["render", "gone.toml"], "gone.toml: can not read the scene file (No such file or directory)"),
        (["render", "."], ".: can not read the scene file (Is a directory)"),
        (["render", "small.toml", "--frames", "5-3"], "--frames: 5-3 is out of range; allowed: 1-8"),
        (["render", "small.toml", "--frames", "0-3"], "--frames: 0-3 is out of range; allowed: 1-8"),
        (["render", "small.toml", "--frames", "2-9"], "--frames: 2-9 is out of range; allowed: 1-8"),
        (["render", "small.toml", "--size", "96x5"], "--size: 5 is out of range; allowed: 16 to 16384"),
        (
            ["render", "small.toml", "-o", "film.avi"],
            "-o: no film ends in '.avi'; choose from .mp4, .webm, .mov, .gif",
        ),
        (
            ["render", "small.toml", "-o", "film.gif", "--film", "h264"],
            "-o: a film in h264 ends in '.mp4', not in '.gif'",
        ),
        (
            ["render", "small.toml", "--film", "av1", "--film-quality", "lossless"],
            "--film-quality: unknown quality 'lossless'; choose from low, medium, high",
        ),
        (
            ["render", "small.toml", "--film", "h265", "--size", "48x32"],
            "size: a film in h265 is at least 64 x 16 pixels, not 48 x 32",
        ),
        (
            ["render", "small.toml", "--shared-folder", "."],
            "--shared-folder: is for a farm; give its --scheduler",
        ),
        (
            ["render", "small.toml", "--local-cluster", "2", "--shared-folder", "gone"],
            "--shared-folder: 'gone' is not a folder",
        ),
        (
            ["render", "small.toml", "--local-cluster", "2", "--quality", "draft", "--engine", "eevee"],
            "--engine: farms render with cycles",
        ),
        (
            ["render", "small.toml", "--scheduler", "nowhere://x"],
            "--scheduler: no Dask scheduler answers at 'nowhere://x'",
        ),
        (["encode", "gone"], "'gone' holds no frames of lsblender"),
        (["encode", "mine/small.mp4"], "'mine/small-frames' holds no frames of lsblender"),
        (["render", "small.toml", "-o", "taken.mp4"], "-o: 'taken.mp4' is a folder; the name of a file is needed"),
        (["render", "small.toml", "-o", "table.csv"], "-o: can not write to 'table.csv'"),
        (
            ["render", "small.toml", "-o", "mine"],
            "'mine/small-frames' holds other files (me.txt, ...); choose an empty",
        ),
        (["still", "small.toml", "-o", "a.jpg"], "-o: 'a.jpg' ends in '.jpg'; '.png' is written here"),
        (["still", "small.toml", "-o", "."], "-o: '.' is a folder; the name of a file is needed"),
        (["still", "small.toml", "-o", "mine"], "-o: 'mine' is a folder; the name of a file is needed"),
        (["still", "small.toml", "-o", "table.csv/a.png"], "-o: can not write to 'table.csv'"),
        (
            ["still", "small.toml", "-o", "a.png", "--engine", "eevee", "--quality", "final"],
            "--engine: EEVEE renders drafts only, and this is 'final'; choose cycles",
        ),
        (["still", "small.toml", "-o", "a.png", "--frame", "9"], "--frame: frame 9 is out of range; allowed: 1 to 8"),
        (["still", "small.toml", "-o", "a.png", "--frame", "0"], "--frame: frame 0 is out of range; allowed: 1 to 8"),
        (["compute", "small.toml", "-o", "a.npy"], "-o: 'a.npy' ends in '.npy'; '.npz' is written here"),
        (["blend", "small.toml", "-o", "a.blend1"], "-o: 'a.blend1' ends in '.blend1'; '.blend' is written here"),
        (
            ["export", "small.toml", "--format", "csv", "-o", "table.csv"],
            "-o: 'table.csv' is a file; a folder is needed there",
        ),
        (
            ["export", "small.toml", "--format", "stl", "-o", "a", "--set", "width=0"],
            "--set.width: 0 is out of range; allowed: 1 to 10000",
        ),
        (
            ["export", "small.toml", "--format", "csv", "-o", "a", "--set", "width=3"],
            "--set: unknown key 'width'; ",
        ),
        (["list", "datsets"], "unknown family 'datsets'; did you mean 'dataset'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_options(arguments: list[str], message: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "taken.mp4").mkdir()
    (folder / "mine" / "small-frames").mkdir(parents=True)
    (folder / "mine" / "small-frames" / "me.txt").write_text("mine")
    line = refused(arguments, folder, capfd)
    assert line.replace(f"{folder}/", "").startswith(message)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["paint"],
        ["render"],
        ["still", "small.toml"],
        ["render", "small.toml", "--quality", "worst"],
        ["render", "small.toml", "--size", "96"],
        ["render", "small.toml", "--size", "-4x4"],
        ["render", "small.toml", "--frames", "1-"],
        ["render", "small.toml", "--step", "0"],
        ["render", "small.toml", "--spot-check", "x"],
        ["render", "small.toml", "--resume", "--overwrite"],
        ["render", "small.toml", "--film", "mpeg"],
        ["encode"],
        ["still", "small.toml", "-o", "a.png", "--at", "1.5"],
        ["still", "small.toml", "-o", "a.png", "--at", "0.5", "--frame", "3"],
        ["export", "small.toml", "-o", "a"],
        ["export", "small.toml", "-o", "a", "--format", "dwg"],
        ["export", "small.toml", "--format", "csv"],
        ["export", "small.toml", "--format", "stl", "-o", "a", "--set", "width"],
        ["export", "small.toml", "--unity", "a", "-o", "b"],
        ["export", "small.toml", "--unity", "a", "--format", "csv"],
    ],
    ids=" ".join,
)
def test_wrong_usage(arguments: list[str], folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = everything(folder)
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "usage: lsblender" in capfd.readouterr().err
    assert everything(folder) == before


# -- processes -----------------------------------------------------------------------------------------------


def test_a_mistake_as_a_process(folder: Path) -> None:
    (folder / "small.toml").write_text(SCENE.replace("steps = 30", "steps = -5"), encoding="utf-8")
    process = start("render", "small.toml", cwd=folder)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err == "small.toml: shots[0].experiment.steps: -5 is out of range; allowed: 1 to 10000000\n"


BROKEN = """
import sys
from lsblender.scene import build
def broken(*_):
    raise ZeroDivisionError("a bug of ours")
build.build_backdrop = broken
from lsblender.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_bug_of_ours_keeps_its_traceback(folder: Path) -> None:
    """Also where Blender's own output is turned away."""
    process = start("still", "small.toml", "-o", "a.png", cwd=folder, script=["-c", BROKEN])
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" in err
    assert "ZeroDivisionError: a bug of ours" in err
    assert not (folder / "a.png").exists()


SLOW = SCENE.replace("[96, 54]", "[320, 180]").replace("seconds = 1.0", "seconds = 60.0")


def test_stopping_a_render(folder: Path) -> None:
    """At once, also in the middle of a frame; the frames are whole, and nothing else is left."""
    from PIL import Image

    (folder / "small.toml").write_text(SLOW, encoding="utf-8")
    process = start("render", "small.toml", "--quality", "preview", cwd=folder)
    frames = folder / "renders" / "small-frames"
    deadline = time.monotonic() + 100
    while not (frames / "000001.png").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    # the rest at the start is copied: wait until it is in a frame that is rendered
    time.sleep(0.7)
    process.send_signal(signal.SIGINT)
    sent = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - sent < 5
    assert process.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == "Cancelled"
    assert "Traceback" not in err
    left = sorted(path.name for path in frames.iterdir())
    assert left[-1] == "frames.json"
    assert [name for name in left[:-1] if not re.fullmatch(r"\d{6}\.png", name)] == []
    for name in left[:-1]:
        with Image.open(frames / name) as image:
            image.load()
            assert image.size == (320, 180)
    assert [path.name for path in (folder / "renders").iterdir()] == ["small-frames"]


def test_stopping_a_still_leaves_nothing(folder: Path) -> None:
    (folder / "small.toml").write_text(SLOW, encoding="utf-8")
    before = everything(folder)
    process = start("still", "small.toml", "--quality", "final", "--size", "1280x720", "-o", "new/a.png", cwd=folder)
    deadline = time.monotonic() + 100
    while not list(folder.glob("new/.lsblender-*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(1.0)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 143
    assert err.splitlines()[-1] == "Cancelled"
    assert everything(folder) == before


def test_stopping_the_computation(folder: Path) -> None:
    text = SCENE.replace("steps = 30", "steps = 9000000")
    (folder / "small.toml").write_text(text, encoding="utf-8")
    before = everything(folder)
    process = start("compute", "small.toml", "-o", "a.npz", cwd=folder)
    line = process.stderr.readline()
    assert line.startswith("Computing")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "Cancelled"
    assert "Traceback" not in err
    assert everything(folder) == before


def test_headless_script(folder: Path) -> None:
    """Its words stand behind a --; where it is started from does not matter."""
    arguments = ["--background", "--", "still", "small.toml", "-o", "a.png"]
    process = start(*arguments, cwd=folder, script=[str(ROOT / "scripts" / "headless.py")])
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out == f"{folder / 'a.png'}\n"
    assert size_of(folder / "a.png") == (96, 54)


# -- progress ------------------------------------------------------------------------------------------------


def test_progress_in_a_log(folder: Path) -> None:
    """Whole lines, without control characters, and few of them."""
    process = start("render", "small.toml", cwd=folder)
    _, err = process.communicate(timeout=60)
    assert "\r" not in err
    assert "\x1b" not in err
    lines = err.splitlines()
    assert len(lines) < 12
    for stage in ("Computing", "Rendering", "Encoding"):
        assert any(re.fullmatch(rf"{stage} done in \d+:\d\d.*", line) for line in lines)


def test_progress_on_a_terminal(folder: Path) -> None:
    """One line that is written over, with the frame and the time left; nothing of Blender's in between."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "lsblender", "render", "small.toml", "--size", "160x90"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=follower,
    )
    os.close(follower)
    text = "".join(read_all(leader))
    process.communicate(timeout=60)
    os.close(leader)
    assert process.returncode == 0
    assert re.search(
        r"\r\x1b\[KRendering frame \d of 8 +\d+%  \d+:\d\d left, [\d.]+ s each, ends at (\w+ )?\d\d:\d\d", text
    )
    for part in filter(None, re.split(r"\r\x1b\[K|\r\n", text)):
        assert part.startswith(
            ("Computing", "Rendering", "Encoding", "Cycles renders on ", "Frames are rendered at half")
        )


def read_all(descriptor: int) -> Iterator[str]:
    """What is written to a terminal until the last writer has closed it."""
    with contextlib.suppress(OSError):
        while data := os.read(descriptor, 4096):
            yield data.decode()


def test_time_of_day() -> None:
    """With the day where it is not today's."""
    now = time.time()
    noon = time.mktime((*time.localtime(now)[:3], 12, 5, 0, 0, 0, -1))
    assert time_of_day(noon) == "12:05"
    assert re.fullmatch(r"\w+ 12:05", time_of_day(noon + 86_400))


def test_warnings_are_shown(folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where Blender's own output is turned away: EEVEE without a graphics card."""
    from lsblender.render import devices

    monkeypatch.setattr(devices, "opengl", lambda: "")
    monkeypatch.setattr(devices, "found", lambda kind: [])
    assert main(["still", "small.toml", "-o", "a.png", "--engine", "eevee"]) == 0
    assert "Warning: EEVEE needs a graphics card with OpenGL" in capfd.readouterr().err
    assert size_of(folder / "a.png") == (96, 54)


def test_clock() -> None:
    assert [clock(seconds) for seconds in (0, 59.6, 65, 7205)] == ["0:00", "1:00", "1:05", "2:00:05"]


def test_reporter_ends_its_line(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as stream:
        reporter = Reporter(stream)
        reporter.show("half")
        reporter.close()
        reporter.close()
        written = b""
        while not written.endswith(b"\n"):  # a terminal hands out what it has, not what was written at once
            written += os.read(leader, 100)
        assert written == b"\r\x1b[Khalf\r\n"
        reporter.stream.close()
    os.close(leader)
