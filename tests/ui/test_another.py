"""Another Blender: a process of its own renders a copy of the file that is open."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

import lsblender
from lsblender.errors import Cancelled, LsbError
from lsblender.scene.library import empty_scene
from lsblender.storyboard.scene_file import storyboard_from
from lsblender.ui.another import Another
from lsblender.ui.job import Job
from lsblender.ui.operators.rendering import RenderStill
from lsblender.ui.state import show_storyboard
from tests.ui.test_live import SCENE

#: Takes Blender's command line and does with the bpy module what Blender would do.
PROGRAM = """#!{python}
import sys
assert sys.argv[1] == "--background" and sys.argv[3:6] == ["--python-exit-code", "1", "--python-expr"]
import bpy
bpy.ops.wm.open_mainfile(filepath=sys.argv[2])
exec(sys.argv[6])
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Blender's executable as a script, and a built film in the open file."""
    file = tmp_path / "blender"
    file.write_text(PROGRAM.format(python=sys.executable), encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PYTHONPATH", str(Path(lsblender.__file__).parents[1]))
    monkeypatch.setattr(bpy.app, "binary_path", str(file))
    scene: Any = empty_scene()
    lsblender.register()
    try:
        yield file
    finally:
        lsblender.unregister()
    assert scene is not None


def test_a_still_comes_from_another_process(program: Path, tmp_path: Path) -> None:
    scene: Any = bpy.context.scene
    show_storyboard(scene, storyboard_from(f"render = {{ size = [48, 32], quality = 'draft' }}\n{SCENE}", tmp_path))
    bpy.ops.lsblender.compute()
    bpy.ops.lsblender.build()
    file = tmp_path / "still.png"
    call = f"bpy.ops.{RenderStill.bl_idname.replace('_OT_', '.').lower()}(filepath={str(file)!r})"
    another = Another(call)
    copy = another.file
    job = Job("Rendering", lambda progress: another.run(lambda: 0.5, progress))
    assert job.wait(120.0)
    job.result()
    assert file.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert not copy.exists()


def test_what_it_says_when_it_fails_is_told(program: Path) -> None:
    with pytest.raises(LsbError, match=r"the rendering failed: .*ValueError: no such thing"):
        Another("raise ValueError('no such thing')").run(lambda: 0.0, lambda fraction: None)


def test_a_cancelled_one_is_ended(program: Path, tmp_path: Path) -> None:
    number = tmp_path / "process"
    another = Another(f"import os, time; open({str(number)!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    job = Job("Rendering", lambda progress: another.run(lambda: 0.0, progress))
    while not number.exists() or not number.read_text():
        assert not job.done
        time.sleep(0.05)
    job.cancel()
    assert job.wait(10.0)
    with pytest.raises(Cancelled):
        job.result()
    with pytest.raises(ProcessLookupError):
        os.kill(int(number.read_text()), 0)
