"""Frames of a farm: real schedulers and workers on this machine, that are killed and come back."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import bpy
import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from lsblender import libraries
from lsblender.engine import DATASETS, MODELS, Plane, grid
from lsblender.engine.grid import Workers, evaluate_grid
from lsblender.errors import LsbError
from lsblender.render import farm_render
from lsblender.render.chunks import Chunk, Means, Parcel, make_chunk
from lsblender.render.farm import farm_at, local_farm
from lsblender.render.farm_render import FarmRender, pack
from lsblender.render.folder import FrameFolder
from lsblender.render.frames import Done, FrameArtist, render_frames
from lsblender.render.pictures import render_picture, set_output
from lsblender.scene.library import save_file
from lsblender.storyboard.labels import Labels
from lsblender.storyboard.storyboard import Render, Results, Storyboard
from tests.conftest import SHORT, Film, make_shot
from tests.landscapes import landscape
from tests.render.conftest import opened, pixels, prepared

ROOT = Path(__file__).parents[2]
#: The environment without paths, so that the package is found in the working folder only.
WITHOUT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


class Machines:
    """Schedulers and workers in processes of their own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str, cwd: Path = ROOT) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{words[0]}-{len(self.processes)}.log").open("wb")
        process = subprocess.Popen([sys.executable, "-m", "dask", *words], cwd=cwd, stdout=log, stderr=log, env=WITHOUT)
        log.close()
        self.processes.append(process)
        return process

    def scheduler(self, cwd: Path = ROOT) -> subprocess.Popen[bytes]:
        return self.start("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard", cwd=cwd)

    def worker(self) -> subprocess.Popen[bytes]:
        place = str(self.folder / f"space-{len(self.processes)}")
        return self.start(
            "worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1",
            "--local-directory", place, "--death-timeout", "60",
        )  # fmt: skip

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    found = Machines(tmp_path)
    yield found
    found.stop()


@pytest.fixture(scope="module")
def small() -> Film:
    """A shot of 6 frames under a still camera and one of 10 with a camera that moves."""
    render = Render(size=(48, 27), quality="draft")
    board = Storyboard(title="Small", fps=12, shots=(make_shot(0.5), make_shot(10 / 12, "orbit")), render=render)
    return board, Results.of(landscape("bumps", SHORT), landscape("bumps", SHORT))


@pytest.fixture(scope="module")
def rendered_here(small: Film, tmp_path_factory: pytest.TempPathFactory) -> dict[int, bytes]:
    """The film's frames as one machine alone makes them."""
    scene = prepared(small)
    folder = opened(tmp_path_factory.mktemp("alone") / "frames", scene)
    render_frames(scene, sorted(folder.wanted), folder)
    return contents(folder)


def contents(folder: FrameFolder) -> dict[int, bytes]:
    return {frame: folder.file(frame).read_bytes() for frame in folder.wanted}


def network_grid(workers: Workers | None) -> np.ndarray:
    """The loss of a small network round its start, in seven bands."""
    objective = MODELS["mlp"](hidden=(5,), activation="tanh").bind(DATASETS["moons"](n_samples=60).load())
    u, v = np.eye(objective.n_params)[:2]
    plane = Plane(objective.initial(np.random.default_rng(1)), u, v, None)
    return evaluate_grid(objective, plane, np.linspace(-2, 2, 31), np.linspace(-1, 3, 60), workers=workers)


def test_everything_arrives_whatever_becomes_of_the_machines(
    small: Film,
    rendered_here: dict[int, bytes],
    machines: Machines,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A worker is killed in mid-job, another joins late, the scheduler is killed and started again: every frame comes
    once, with the bytes that it has when it is rendered here. So do the rows of a grid.
    """
    monkeypatch.setattr(farm_render, "CHUNK", 3.0)
    monkeypatch.setattr(grid, "WORTH_SENDING", 0)
    scheduler, first = machines.scheduler(), machines.worker()
    scene = prepared(small)
    folder = opened(tmp_path / "frames", scene)
    frames = sorted(folder.wanted)
    made: list[Done] = []

    def tell(done: Done) -> None:
        nonlocal scheduler
        made.append(done)
        if len(made) == 1:
            machines.worker()
        if len(made) == 7:
            first.send_signal(signal.SIGKILL)
        if len(made) == 10:
            scheduler.kill()
            scheduler.wait()
            scheduler = machines.scheduler()
            machines.worker()

    with farm_at(machines.address) as farm:
        assert network_grid(farm).tobytes() == network_grid(None).tobytes()
        FarmRender(farm, "draft").render_frames(scene, frames, folder, tell)
    assert sorted(done.frame for done in made) == frames
    assert contents(folder) == rendered_here


def test_a_scheduler_without_the_package(machines: Machines, tmp_path: Path) -> None:
    machines.scheduler(tmp_path)
    with (
        pytest.raises(LsbError, match="the scheduler has no lsblender; install it there in the same version"),
        farm_at(machines.address),
    ):
        pass


def test_without_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "find_spec", lambda name: None)
    with pytest.raises(LsbError, match=r"farms need Dask, .*; pip install 'lsblender\[farm\]'"), local_farm(2):
        pass


# -- chunks, without a cluster -------------------------------------------------------------------------------


class OneWorker:
    """A farm that does everything itself, the last item first."""

    threads = 0

    def each(self, work: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        for number in reversed(range(len(items))):
            yield number, work(items[number])


def test_a_farm_goes_on_where_this_machine_ended(small: Film, tmp_path: Path) -> None:
    """Frame 3 is built on frame 2, which travels with it, and so on; what comes back lies in a shared folder, which is
    left empty. All is as if it had been rendered here at once, and then nothing is missing here.
    """
    (still, _), render = small[0].shots, Render(size=(128, 72), quality="draft")
    still = dataclasses.replace(still, ball=dataclasses.replace(still.ball, radius=0.3))
    board = dataclasses.replace(small[0], shots=(still,), render=render)
    scene = prepared((board, Results.of(landscape("bumps", SHORT))))
    here, there = (opened(tmp_path / name, scene, linear=True) for name in ("here", "there"))
    frames = [1, 2, 3, 4]
    render_frames(scene, frames, here)
    for path in (here.file(frame, suffix) for frame in (1, 2) for suffix in (".exr", ".png")):
        (there.path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "shared").mkdir()
    made: list[Done] = []
    FarmRender(OneWorker(), "draft", shared=tmp_path / "shared").render_frames(scene, frames, there, made.append)
    assert {done.frame: done.how for done in made} == {1: "kept", 2: "kept", 3: "patched", 4: "patched"}
    for path in (here.file(frame, suffix) for frame in frames for suffix in (".exr", ".png")):
        assert (there.path / path.name).read_bytes() == path.read_bytes(), path.name
    assert list((tmp_path / "shared").iterdir()) == []
    assert render_frames(scene, frames, there) == 0


def test_another_version_is_refused(small: Film) -> None:
    prepared(small)
    parcel = pack(Means("draft", "cpu", 0, ("0.0.1", "3.6.0")))
    with pytest.raises(LsbError, match=r"a worker says: here is lsblender .* of lsblender 0.0.1 with Blender 3.6.0"):
        make_chunk(parcel, Chunk((1,), {1: "a"}))


def test_a_worker_that_lacks_the_shared_folder(tmp_path: Path) -> None:
    parcel = Parcel(b"", str(tmp_path / "gone"), Means("draft", "cpu", 0, ("", "")))
    with pytest.raises(LsbError, match=r"a worker does not find .*film.blend'; the shared folder must be there"):
        make_chunk(parcel, Chunk((1,), {1: "a"}))


@hypothesis.given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60), st.integers(1, 3))
def test_spans(film: list[tuple[bool, bool]], step: int) -> None:
    """Every missing frame is in one span, in order; a span begins where a frame stands alone, or where the one before
    is there; it has no gaps, and is not much more work than a chunk.
    """
    frames = list(range(1, 1 + step * len(film), step))
    missing = {frame for frame, (is_missing, _) in zip(frames, film, strict=True) if is_missing}
    free = {frame for frame, (_, is_alone) in zip(frames, film, strict=True) if is_alone}
    found = list(farm_render.spans(frames, missing, lambda before, frame: frame in free))
    assert [frame for span in found for frame in span] == [frame for frame in frames if frame in missing]
    for span in found:
        assert span[0] == 1 or span[0] in free or span[0] - step not in missing
        assert list(range(span[0], span[-1] + 1, step)) == span
        assert sum(frame in free for frame in span[:-1]) <= farm_render.CHUNK


# -- plain Blender -------------------------------------------------------------------------------------------

PLAIN = """
import bpy, sys
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
scene = bpy.context.scene
assert bpy.utils.blend_paths(absolute=True, packed=False, local=True) == []
assert not [name for name in sys.modules if "lsblender" in name]
scene.frame_start = scene.frame_end = 5
bpy.ops.render.render(animation=True)
"""


def test_plain_blender_renders_the_file(small: Film, tmp_path: Path) -> None:
    """With its writing, and without this program: what `blender -b FILE -a` does, in a process without our package."""
    from skimage.metrics import structural_similarity

    (still, _), render = small[0].shots, Render(size=(160, 90), quality="draft")
    board = dataclasses.replace(small[0], shots=(dataclasses.replace(still, labels=Labels()),), render=render)
    scene = prepared((board, Results.of(landscape("bumps", SHORT))))
    set_output(scene, "film {1}")
    save_file(tmp_path / "film.blend")
    done = subprocess.run(
        [sys.executable, "-c", PLAIN, str(tmp_path / "film.blend")], cwd=tmp_path, capture_output=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / "film {1}").iterdir()] == ["000005.png"]
    FrameArtist(scene).make(5, tmp_path / "ours.png")
    plain, ours = pixels(tmp_path / "film {1}" / "000005.png"), pixels(tmp_path / "ours.png")
    assert structural_similarity(plain, ours, channel_axis=2, data_range=255) > 0.97
    bare = pixels(render_bare(scene, tmp_path / "bare.png"))
    covered = abs(bare - ours).max(axis=2) > 60
    assert covered.sum() > 20
    assert abs(plain - ours)[covered].mean() < 0.5 * abs(plain - bare)[covered].mean(), "the writing is there"


def render_bare(scene: bpy.types.Scene, path: Path) -> Path:
    """The frame without its writing."""
    render_picture(scene, path)
    return path
