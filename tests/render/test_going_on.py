"""Runs that end in the middle, and the next one, which goes on: nothing is lost, nothing half, nothing done twice."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import av
import bpy
import numpy as np
import pytest
from PIL import Image

from lsblender.errors import Cancelled, LsbError
from lsblender.look.palettes import PALETTES
from lsblender.render.folder import State
from lsblender.render.frames import Done, read_bare, render_frames
from lsblender.render.pictures import read_picture
from lsblender.render.png import identity_in
from lsblender.render.spot_check import spot_check
from lsblender.storyboard.labels import Labels
from tests.conftest import Film
from tests.render.conftest import FRAMES, frame_path, opened, pixels, prepared

ROOT = Path(__file__).parents[2]


def names(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def assert_same_picture(first: Path, second: Path) -> None:
    """Up to the last digit: Cycles' threads do not add in the same order in every run."""
    change = abs(pixels(first) - pixels(second))
    assert change.max() <= 3
    assert change.mean() < 0.01


def ways(done: list[Done]) -> dict[int, str]:
    return {each.frame: each.how for each in done}


WHOLE = [*(f"{frame:06d}.png" for frame in FRAMES), "frames.json"]


def test_a_missing_frame_is_rendered_again_and_no_other(film: Film, rendered: Path, tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    shutil.copytree(rendered, folder)
    frame_path(folder, 6).unlink()
    stamps = {name: (folder / name).stat().st_mtime_ns for name in names(folder) if name.endswith(".png")}
    told: list[Done] = []
    scene = prepared(film)
    assert render_frames(scene, FRAMES, opened(folder, scene), told.append) == 1
    assert [done.frame for done in told] == FRAMES
    assert [frame for frame, how in ways(told).items() if how != "kept"] == [6]
    assert names(folder) == WHOLE
    assert {name: (folder / name).stat().st_mtime_ns for name in stamps} == stamps
    assert_same_picture(frame_path(folder, 6), frame_path(rendered, 6))


def test_a_run_in_two_parts_gives_the_same_frames(film: Film, rendered: Path, tmp_path: Path) -> None:
    for part in (FRAMES[:5], FRAMES):
        scene = prepared(film)
        render_frames(scene, part, opened(tmp_path / "f", scene))
    for frame in FRAMES:
        assert_same_picture(frame_path(tmp_path / "f", frame), frame_path(rendered, frame))


def test_a_change_renders_only_what_shows_it(two_shots: Film, tmp_path: Path) -> None:
    """Another palette of the second shot: its frames go, those of the first stay, and no version is mixed."""
    wanted = [5, 6, 7, 8]
    scene = prepared(two_shots)
    render_frames(scene, wanted, opened(tmp_path / "f", scene))
    first, second = two_shots[0].shots
    look = dataclasses.replace(second.look, palette=PALETTES["lagoon"]())
    storyboard = dataclasses.replace(two_shots[0], shots=(first, dataclasses.replace(second, look=look)))
    scene = prepared((storyboard, two_shots[1]))
    before = {frame: pixels(frame_path(tmp_path / "f", frame)) for frame in wanted}
    folder = opened(tmp_path / "f", scene)
    assert [frame for frame in wanted if folder.state(frame) is State.THERE] == [5, 6]
    assert not frame_path(tmp_path / "f", 7).exists()
    told: list[Done] = []
    assert render_frames(scene, wanted, folder, told.append) == 2
    assert [frame for frame, how in ways(told).items() if how == "kept"] == [5, 6]
    change = {frame: abs(before[frame] - pixels(frame_path(tmp_path / "f", frame))).mean() for frame in wanted}
    assert change[5] == change[6] == 0
    assert min(change[7], change[8]) > 3


def titled(film: Film, title: str, radius: float = 0.6) -> Film:
    (shot,) = film[0].shots
    ball = dataclasses.replace(shot.ball, radius=radius)
    shot = dataclasses.replace(shot, title=title, labels=Labels(axes=False, size=0.09), ball=ball)
    return dataclasses.replace(film[0], shots=(shot,)), film[1]


def test_other_writing_costs_no_rendering(film: Film, tmp_path: Path) -> None:
    """The writing comes off and the new one is laid over: the same pictures as from the beginning."""
    wanted = [3, 4, 5]
    scene = prepared(titled(film, "First"))
    folder = opened(tmp_path / "f", scene)
    render_frames(scene, wanted, folder)
    bare = read_bare(folder.file(4))
    assert abs(bare - read_picture(folder.file(4))).max() > 0.1, "there is writing"
    scene = prepared(titled(film, "Second"))
    folder = opened(tmp_path / "f", scene)
    assert {folder.state(frame) for frame in wanted} == {State.WRITING}
    told: list[Done] = []
    render_frames(scene, wanted, folder, told.append)
    assert set(ways(told).values()) == {"written"}
    assert folder.missing(wanted) == []
    assert np.array_equal(np.round(read_bare(folder.file(4)) * 255), np.round(bare * 255))
    anew = opened(tmp_path / "anew", scene)
    render_frames(scene, wanted, anew)
    for frame in wanted:
        assert_same_picture(folder.file(frame), anew.file(frame))


def test_overwriting(film: Film, tmp_path: Path) -> None:
    scene = prepared(film)
    folder = opened(tmp_path / "f", scene)
    render_frames(scene, [5, 6], folder)
    for frame in (5, 6):
        os.utime(folder.file(frame), (0, 0))
    assert render_frames(scene, [6], folder, overwrite=True) == 1
    assert [folder.file(frame).stat().st_mtime > 0 for frame in (5, 6)] == [False, True]


def test_cancelling_keeps_what_is_finished(film: Film, tmp_path: Path) -> None:
    def stop(done: Done) -> None:
        if done.frame == 3:
            raise Cancelled

    scene = prepared(film)
    with pytest.raises(Cancelled):
        render_frames(scene, FRAMES, opened(tmp_path / "f", scene), stop)
    assert names(tmp_path / "f") == [*WHOLE[:3], "frames.json"]


def test_frames_made_elsewhere(film: Film, rendered: Path, tmp_path: Path) -> None:
    """Bytes that come from another folder are frames like those made here."""
    scene = prepared(film)
    folder = opened(tmp_path / "f", scene)
    for frame in FRAMES:
        data = frame_path(rendered, frame).read_bytes()
        assert identity_in(data) == str(folder.identity(frame))
        folder.deliver(frame, {".png": data})
    assert render_frames(scene, FRAMES, folder) == 0


# -- linear frames ---------------------------------------------------------------------------------------------


def linear(path: Path) -> np.ndarray:
    """The values (H, W, 3) of an EXR file by FFmpeg's reader, rows from the top."""
    with av.open(str(path)) as container:
        planes = next(container.decode(video=0)).to_ndarray(format="gbrpf32le")
    return np.asarray(planes)[..., :3]


def srgb(values: np.ndarray) -> np.ndarray:
    low = np.clip(values, 0, 1)
    return np.where(low <= 0.0031308, 12.92 * low, 1.055 * low ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("level", ["draft", "preview"])
def test_linear_frames_have_the_same_bytes_each_time(level: str, film: Film, tmp_path: Path) -> None:
    """Rendered and patched ones: no date and no time that the render took lies in them."""
    found = []
    for name in ("a", "b"):
        scene = prepared(titled(film, "First", 0.15), level)
        folder = opened(tmp_path / name, scene, linear=True)
        render_frames(scene, [1, 2], folder)
        found.append([folder.file(frame, ".exr").read_bytes() for frame in (1, 2)])
    assert found[0] == found[1]
    assert not [word for word in (b"Date", b"RenderTime", b"render_time") for data in found[0] if word in data]


def test_linear_frames_are_the_light_before_the_view(film: Film, tmp_path: Path) -> None:
    """Rendered, patched and copied ones: with sRGB as the view, that makes the PNG's values, but for the writing."""
    scene = prepared(titled(film, "First", 0.15))
    scene.view_settings.view_transform = "Standard"
    scene.view_settings.look = "None"
    folder = opened(tmp_path / "f", scene, linear=True)
    told: list[Done] = []
    render_frames(scene, [1, 2, 3, 6, 7], folder, told.append)
    assert {"rendered", "patched", "copied"} <= set(ways(told).values())
    assert names(tmp_path / "f")[:2] == ["000001.exr", "000001.png"]
    for frame in (1, 2, 6, 7):
        seen = read_bare(folder.file(frame))[::-1, :, :3]
        off = abs(srgb(linear(folder.file(frame, ".exr"))) - seen)
        assert off.mean() < 0.002
        assert off.max() < 0.05, "a patch's rim fades in light here, in colours there"
    folder.file(2, ".exr").unlink()
    assert folder.state(2) is State.OTHER
    assert render_frames(scene, [1, 2], folder) == 1


# -- the spot check --------------------------------------------------------------------------------------------


def test_a_spot_check_finds_a_frame_that_is_not_right(film: Film, rendered: Path) -> None:
    scene = prepared(film)
    folder = opened(rendered, scene)
    found = spot_check(scene, folder, [4, 5], 2)
    assert sorted(found) == [4, 5]
    assert min(found.values()) > 0.95
    folder.file = lambda frame, suffix=".png": frame_path(rendered, 13 - frame)  # type: ignore[method-assign]
    assert max(spot_check(scene, folder, [4, 5], 2).values()) < min(found.values()) - 0.01


# -- kills -----------------------------------------------------------------------------------------------------

#: Makes a child for each line that it reads; a child renders the film into a folder and encodes it.
SERVER = """
import os, signal, sys
from fractions import Fraction
from pathlib import Path
import bpy
from tests.conftest import SHORT, make_shot
from tests.landscapes import landscape
from tests.render.conftest import FRAMES, opened, prepared
from lsblender.render.frames import render_frames
from lsblender.render.video import encode
from lsblender.storyboard.films import H264
from lsblender.storyboard.storyboard import Render, Results, Storyboard
ways = landscape("bumps", SHORT, SHORT[:3] * (-1, 1), x=(-1.2, 1.2, 25), y=(-1.2, 1.2, 21))
board = Storyboard(title="One", fps=12, shots=(make_shot(),), render=Render(size=(96, 54), quality="draft"))
for line in sys.stdin:
    child = os.fork()
    if child:
        os.write(3, f"{child}\\n".encode())
        os.write(3, f"{os.waitpid(child, 0)[1]}\\n".encode())
        continue
    scene = prepared((board, Results.of(ways)))
    scene.cycles.samples = 3  # whole frames: OpenEXR, which carries light and lines, has no threads in a fork
    folder = opened(Path(line.strip()), scene)
    os.write(3, b"ready\\n")
    render_frames(scene, FRAMES, folder)
    encode(folder.files(FRAMES), folder.path.parent / "film.mp4", 12, H264())
    os._exit(0)
"""


class Runs:
    """Runs of the film, one after the other, in processes of their own that start at once."""

    def __init__(self) -> None:
        self.reader, writer = os.pipe()
        self.server = subprocess.Popen(
            ["bash", "-c", f'exec 3>&{writer}; exec "$0" -c "$1"', sys.executable, SERVER],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[writer],
            text=True,
        )
        os.close(writer)
        self.lines = os.fdopen(self.reader)

    def run(self, folder: Path, after: float | None) -> int:
        """Render into a folder, and kill that so many seconds after its first frame could be begun; how it ended."""
        assert self.server.stdin is not None
        self.server.stdin.write(f"{folder}\n")
        self.server.stdin.flush()
        child = int(self.lines.readline())
        assert self.lines.readline() == "ready\n"
        if after is not None:
            time.sleep(after)
            with suppress(ProcessLookupError):  # it was quicker
                os.kill(child, signal.SIGKILL)
        return int(self.lines.readline())

    def close(self) -> None:
        assert self.server.stdin is not None
        self.server.kill()
        self.server.wait()
        self.server.stdin.close()
        self.lines.close()


def test_twenty_kills_at_random_moments(tmp_path: Path) -> None:
    """Whatever is there under its name is whole, and is not made again; in the end all is as in one run."""
    rng = np.random.default_rng()
    runs = Runs()
    folder, movie = tmp_path / "killed" / "frames", tmp_path / "killed" / "film.mp4"
    folder.parent.mkdir()
    undisturbed = tmp_path / "undisturbed" / "frames"
    undisturbed.parent.mkdir()
    kept: dict[str, int] = {}
    killed = 0
    try:
        for moment in rng.uniform(0.0, 0.5, 20):
            killed += runs.run(folder, moment) == signal.SIGKILL
            left = [path for path in folder.iterdir() if not path.name.startswith(".")]
            assert {path.name for path in left} <= set(WHOLE)
            for path in folder.glob("[0-9]*.png"):
                with Image.open(path) as image:
                    image.load()
                    assert image.size == (96, 54)
            stamps = {path.name: path.stat().st_mtime_ns for path in left if path.suffix == ".png"}
            assert kept.items() <= stamps.items(), "no frame that was there is lost or made again"
            kept = stamps
            if movie.exists():
                with av.open(str(movie)) as container:
                    assert len(list(container.decode(video=0))) == 12
            if len(kept) == 12:
                # from the middle, and with a film that is older than its frames
                for frame in rng.choice(FRAMES, 6, replace=False):
                    kept.pop(frame_path(folder, frame).name)
                    frame_path(folder, frame).unlink()
        assert killed >= 10
        assert runs.run(folder, None) == 0
        assert runs.run(undisturbed, None) == 0
    finally:
        runs.close()
    assert names(folder) == WHOLE, "what killed runs have left is gone"
    assert sorted(name for name in names(folder.parent) if name[0] != ".") == ["film.mp4", "frames"]
    for frame in FRAMES:
        assert_same_picture(frame_path(folder, frame), frame_path(undisturbed, frame))


FULL = """
import resource, signal, sys
from tests.render.test_going_on import *
from tests.conftest import *
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
ways = landscape("bumps", SHORT, x=(-1.2, 1.2, 25), y=(-1.2, 1.2, 21))
board = Storyboard(title="One", fps=12, shots=(make_shot(),), render=Render(size=(192, 108), quality="draft"))
scene = prepared((board, Results.of(ways)))
folder = opened(Path(sys.argv[1]), scene)
render_frames(scene, [1], folder)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
try:
    render_frames(scene, FRAMES, folder)
except LsbError as error:
    sys.exit(str(error))
"""


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    """A limit on the size of files stands in for it. The frame before it stays, and nothing is half."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "f")],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "is the disk full?" in done.stderr.splitlines()[-1] or "File too large" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert names(tmp_path / "f") == ["000001.png", "frames.json"]


def test_a_folder_for_frames_that_can_not_be_made(film: Film, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    scene: bpy.types.Scene = prepared(film)
    with pytest.raises(LsbError, match="can not make the folder"):
        opened(tmp_path / "file" / "frames", scene)
