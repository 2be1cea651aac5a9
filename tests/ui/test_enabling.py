"""Enabling is instant and loads nothing heavy; disabling leaves nothing behind; both without the libraries too.

Each runs in a process of its own, where nobody has imported anything yet.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
#: Seconds of processor time that enabling takes at most, on a machine that loads SciPy and scikit-learn in so many; a
#: slower one gets as much more.
INSTANT, HEAVY_TAKES = 0.2, 0.4
#: Runs of which the fastest counts: what else the machine does makes a run slower, and never faster.
RUNS = 5


def run_blender(script: str, compiled: Path, *options: str, path: str = str(ROOT)) -> Any:
    """What a script leaves in `answer`, run in a Blender that keeps compiled modules in a folder, as a user's does."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environ |= {
        "PYTHONPYCACHEPREFIX": str(compiled / "compiled"),
        "PYTHONPATH": os.pathsep.join((path, str(ROOT / "scripts"))),
        "BLENDER_USER_RESOURCES": str(compiled / "user"),
    }
    answer = compiled / "answer.json"
    last = f"\nimport json, pathlib\npathlib.Path({str(answer)!r}).write_text(json.dumps(answer))"
    done = subprocess.run(
        [sys.executable, *options, "-c", script + last], env=environ, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(answer.read_text())


ENABLE = """
import bpy, numpy, sys, time
began = time.process_time()
import lsblender
lsblender.register()
took = time.process_time() - began
heavy = {"scipy", "sklearn", "h5py", "joblib"} & set(sys.modules)
answer = [took, sorted(heavy), hasattr(bpy.context.scene, "lsblender")]
"""
HEAVY = """
import bpy, numpy, time
began = time.process_time()
import scipy.optimize, sklearn.decomposition
answer = time.process_time() - began
"""


def test_enabling_is_instant(tmp_path: Path) -> None:
    run_blender(ENABLE, tmp_path)  # the first compiles
    runs = [run_blender(ENABLE, tmp_path) for _ in range(RUNS)]
    assert [loaded for _, loaded, _ in runs] == [[]] * RUNS
    assert all(there for _, _, there in runs)
    run_blender(HEAVY, tmp_path)
    heavy = min(run_blender(HEAVY, tmp_path) for _ in range(2))
    fastest = min(took for took, _, _ in runs)
    assert fastest < INSTANT * max(1.0, heavy / HEAVY_TAKES)


ON_AND_OFF = """
import bpy
import lsblender
from extension.registered import Timers, changes, registered
with Timers() as timers:
    before = registered()
    there = []
    for _ in range(50):
        lsblender.register()
        there.append(hasattr(bpy.types.Scene, "lsblender"))
        lsblender.unregister()
    after = registered()
answer = [changes(before, after), timers.left(), all(there)]
"""


def test_disabling_leaves_nothing(tmp_path: Path) -> None:
    """Fifty times on and off."""
    left, timers, there = run_blender(ON_AND_OFF, tmp_path)
    assert there
    assert left == {}
    assert timers == []


LITTER = """
import bpy
from extension.registered import Timers, changes, registered
class LITTER_OT_one(bpy.types.Operator):
    bl_idname = "litter.one"
    bl_label = "One"
class LitterGroup(bpy.types.PropertyGroup):
    pass
def draw(self, context):
    pass
def load(*arguments):
    pass
draw.__module__ = "lsblender.ui.menus"
with Timers() as timers:
    before = registered()
    for cls in (LITTER_OT_one, LitterGroup):
        bpy.utils.register_class(cls)
    bpy.types.WindowManager.litter = bpy.props.BoolProperty()
    bpy.types.TOPBAR_MT_file_import.append(draw)
    bpy.app.handlers.load_post.append(load)
    bpy.app.timers.register(load)
    bpy.utils.register_manual_map(load)
    bpy.utils.register_preset_path("somewhere")
    keys = bpy.context.window_manager.keyconfigs.addon.keymaps.new("Litter")
    keys.keymap_items.new("litter.one", "A", "PRESS")
    bpy.data.texts.new("Litter")
    found = changes(before, registered())
answer = [{kind: " ".join(names) for kind, names in found.items()}, timers.left()]
"""


def test_what_is_left_would_be_found(tmp_path: Path) -> None:
    """The comparison sees each kind of thing that an add-on can leave."""
    found, timers = run_blender(LITTER, tmp_path)
    wanted = {
        "classes": ["LITTER_OT_one", "LitterGroup"],
        "properties": ["WindowManager.litter"],
        "operators": ["litter.one"],
        "menus": ["TOPBAR_MT_file_import: lsblender.ui.menus.draw"],
        "handlers": ["load_post: __main__.load"],
        "manual": ["__main__.load"],
        "presets": ["somewhere"],
        "keys": ["Litter: litter.one A"],
        "data": ["texts.Litter"],
    }
    for kind, names in wanted.items():
        assert all(name in found[kind] for name in names), (kind, found)
    assert timers == ["__main__.load"]


WITHOUT = """
import bpy
import lsblender
lsblender.register()
def said(work, **options):
    try:
        work(**options)
    except RuntimeError as error:
        return str(error)
answer = [said(bpy.ops.lsblender.getting_started), said(bpy.ops.lsblender.add_entry, row="shots")]
answer.append(said(bpy.ops.lsblender.compute))
lsblender.unregister()
"""


def test_without_libraries_it_enables_and_says_what_to_do(bare: Path, tmp_path: Path) -> None:
    """A copy of the source, zipped by hand: in a Blender that has nothing but what Blender ships."""
    path = os.pathsep.join((str(ROOT), str(bare)))
    started, added, computed = run_blender(WITHOUT, tmp_path, "-S", path=path)
    for line in (started, added, computed):
        assert "came without its libraries (scipy, sklearn, " in line
        assert "scripts/build_extension.py" in line
        assert "Traceback" not in line


@pytest.mark.parametrize("script", [ENABLE, HEAVY], ids=["enabling", "libraries"])
def test_the_bare_folder_is_bare(script: str, bare: Path, tmp_path: Path) -> None:
    """Without the libraries enabling works, and what needs them does not: what the test above rests on."""
    path = os.pathsep.join((str(ROOT), str(bare)))
    if script is ENABLE:
        assert run_blender(script, tmp_path, "-S", path=path)[2]
    else:
        with pytest.raises(AssertionError, match="No module named 'scipy'"):
            run_blender(script, tmp_path, "-S", path=path)
