"""Frames of a farm: real schedulers and workers on this machine, that are killed and come back."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lsblender.render import farm_render
from lsblender.render.farm import farm_at
from lsblender.render.farm_render import FarmRender
from lsblender.render.folder import FrameFolder
from lsblender.render.frames import Done, render_frames
from lsblender.storyboard.storyboard import Results
from tests.conftest import SHORT, Film, make_shot
from tests.landscapes import landscape
from tests.render.conftest import opened, prepared

ROOT = Path(__file__).parents[2]


class Machines:
    """Schedulers and workers in processes of their own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{words[0]}-{len(self.processes)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *words], cwd=ROOT, stdout=log, stderr=log, env=os.environ
        )
        log.close()
        self.processes.append(process)
        return process

    def scheduler(self) -> subprocess.Popen[bytes]:
        return self.start("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")

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
    still, moving = make_shot(0.5), make_shot(10 / 12, "orbit")
    board = dataclasses.replace(
        _storyboard(), shots=(still, moving), render=dataclasses.replace(_storyboard().render, size=(48, 27))
    )
    return board, Results.of(landscape("bumps", SHORT), landscape("bumps", SHORT))


def _storyboard():  # type: ignore[no-untyped-def]
    from lsblender.storyboard.storyboard import Render, Storyboard

    return Storyboard(title="Small", fps=12, render=Render(size=(48, 27), quality="draft"))


def contents(folder: FrameFolder) -> dict[int, bytes]:
    return {frame: folder.file(frame).read_bytes() for frame in folder.wanted}


def test_all_frames_arrive_whatever_becomes_of_the_machines(
    small: Film, machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker is killed in mid-job, another joins late, the scheduler is killed and started again: every frame comes
    once, with the bytes that it has when it is rendered here.
    """
    monkeypatch.setattr(farm_render, "CHUNK", 2.0)
    scheduler, first = machines.scheduler(), machines.worker()
    scene = prepared(small)
    here, there = opened(tmp_path / "here", scene), opened(tmp_path / "there", scene)
    frames = sorted(here.wanted)
    render_frames(scene, frames, here)
    made: list[Done] = []
    with ExitStack() as stack:
        farm = stack.enter_context(farm_at(machines.address))

        def tell(done: Done) -> None:
            nonlocal scheduler
            made.append(done)
            if len(made) == 1:
                machines.worker()
            if len(made) == 6:
                first.send_signal(signal.SIGKILL)
            if len(made) == 10:
                scheduler.kill()
                scheduler.wait()
                scheduler = machines.scheduler()
                machines.worker()

        FarmRender(farm, "draft").render_frames(scene, frames, there, tell)
    assert sorted(done.frame for done in made) == frames
    assert contents(there) == contents(here)
