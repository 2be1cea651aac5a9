"""The trial of a zip in one Blender, run by that Blender's own Python in a process of its own.

    python -m extension.trial FACTS install ZIP     install and enable, then all the work, without a restart
    python -m extension.trial FACTS again           later: the time of enabling, on and off, and what is left behind

User files are in the folder BLENDER_USER_RESOURCES. What came of it is written to the file FACTS, as JSON. Nothing here
may reach the network.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MODULE = "bl_ext.user_default.lsblender"
#: A film of three frames that is computed, built and rendered in a moment.
SCENE = """
title = "Trial"
fps = 3

[[shots]]
seconds = 1.0

[shots.experiment]
dataset = "breast_cancer"
model = "svm"
optimizers = [{ kind = "sgd", learning_rate = 0.1 }]
projection = "pca"
steps = 20
resolution = [16, 12]

[shots.look]
relief = { detail = 24, finest = 24 }

[render]
size = [96, 54]
quality = "draft"
"""


def main(words: list[str]) -> None:
    forbid_network()
    import bpy
    import numpy as np

    facts = {"blender": bpy.app.version_string, "python": sys.version.split()[0], "numpy": np.__version__}
    facts |= install(Path(words[2])) if words[1] == "install" else again()
    Path(words[0]).write_text(json.dumps(facts), encoding="utf-8")


def forbid_network() -> None:
    """Fail whatever wants to reach another machine."""

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
            raise RuntimeError(f"the network is asked for: {event} {arguments[1:]}")

    sys.addaudithook(refuse)


@contextmanager
def timed(times: dict[str, Any], name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    times[name] = round(time.perf_counter() - began, 3)


def install(zipped: Path) -> dict[str, Any]:
    """Install and enable the zip, and do what a person does first, without a restart."""
    import bpy

    facts: dict[str, Any] = {}
    with timed(facts, "install"):
        bpy.ops.extensions.package_install_files(filepath=str(zipped), repo="user_default", enable_on_install=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "trial.toml").write_text(SCENE, encoding="utf-8")
        bpy.ops.lsblender.getting_started()
        facts["started"] = bpy.context.scene.lsblender.storyboard.title
        bpy.ops.lsblender.load_scene(filepath=str(folder / "trial.toml"))
        for name, work in list_steps(folder):
            with timed(facts, name):
                work()
        facts |= results(folder)
    facts["libraries"] = sorted(origins(("scipy", "sklearn", "joblib", "h5py")))
    bpy.ops.wm.save_userpref()
    return facts


def list_steps(folder: Path) -> list[tuple[str, Callable[[], Any]]]:
    """What a person does, each with its name."""
    import bpy

    def frame() -> None:
        scene: Any = bpy.context.scene
        scene.render.filepath = str(folder / "frame.png")
        scene.render.image_settings.file_format = "PNG"
        scene.render.engine = "CYCLES"
        scene.cycles.samples = 2
        bpy.ops.render.render(write_still=True)

    return [
        ("compute", bpy.ops.lsblender.compute),
        ("build", bpy.ops.lsblender.build),
        ("frame", frame),
        ("export", lambda: bpy.ops.lsblender.export(format="csv", directory=str(folder / "files"))),
    ]


def results(folder: Path) -> dict[str, Any]:
    """What came out: the picture's size and number of colours, the exported losses."""
    import bpy
    import numpy as np

    image: Any = bpy.data.images.load(str(folder / "frame.png"))
    pixels = np.empty(len(image.pixels), dtype=np.float32)
    image.pixels.foreach_get(pixels)
    colours = len(np.unique((pixels.reshape(-1, image.channels) * 255).round(), axis=0))
    table = np.loadtxt(folder / "files" / "surface_1.csv", delimiter=",", skiprows=1)
    return {"size": list(image.size), "colours": colours, "loss": table[:, 2].tolist()}


def origins(names: tuple[str, ...]) -> Iterator[str]:
    """Where libraries come from: those whose folder is not the user's extensions, as they would be without a zip."""
    import bpy

    for name in names:
        __import__(name)
        if not str(sys.modules[name].__file__).startswith(bpy.utils.resource_path("USER")):
            yield name


def again() -> dict[str, Any]:
    """Enable in a process that has done nothing else yet; then off and on, comparing what there is."""
    import addon_utils
    import bpy

    from .registered import Timers, changes, registered

    facts: dict[str, Any] = {}
    with Timers() as timers:
        before = registered()
        began = time.process_time()
        with timed(facts, "enable"):
            addon_utils.enable(MODULE, default_set=True)
        facts["cpu"] = round(time.process_time() - began, 3)
        facts["slow"] = sorted({"scipy", "sklearn"} & set(sys.modules))
        for _ in range(2):
            assert hasattr(bpy.context.scene, "lsblender")
            addon_utils.disable(MODULE, default_set=True)
            facts["left"] = changes(before, registered())
            facts["timers"] = timers.left()
            addon_utils.enable(MODULE, default_set=True)
    return facts


if __name__ == "__main__":
    main(sys.argv[1:])
