"""What the levels of quality cost and how near they come to a picture without noise. See `benchmark.py --levels`.

The same frame of a look is rendered with Blender's factory settings of Cycles, at every level, and with so many samples
that it can stand for the truth. Costs are processor seconds (user and system) of the process, which other work on the
machine changes little; a frame is the second of a film, whose scene is there already. Likeness is SSIM, and difference
the mean of FLIP. What was measured in full is kept, so that the looks can be measured on different days.
"""

from __future__ import annotations

import json
import resource
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from timings import ROOT

from lsblender.look.looks import LOOKS
from lsblender.storyboard.scene_file import read_storyboard

if TYPE_CHECKING:
    import bpy

    from lsblender.render.brush import Brush

#: The scene on whose landscape the looks are, where in its film, and the pictures' size.
SCENE, AT, SIZE = "waves", 0.9, (640, 360)
#: Samples of the picture that the others are compared with.
TRUTH = 512
#: What the issue asks for: the least ratio to the factory's settings, and the least likeness.
BOUNDS = {"draft": (300.0, 0.0), "preview": (60.0, 0.975), "final": (25.0, 0.99)}

#: Where it is kept what a look costs.
KEPT = ROOT / "build" / "levels"

#: The size of a film's pictures, and the levels that are compared with the best there.
LARGE, FASTER = (1280, 720), ("final", "preview")

#: The levels in their tables' order.
COLUMNS = ("best", "final", "preview", "draft")
HEAD = f"| look | factory settings | {' | '.join(COLUMNS)} |\n|---|---|---|---|---|---|\n"
MOVING_HEAD = f"| look | best | {' | '.join(FASTER)} | final, still camera |\n|---|---|---|---|---|\n"


@dataclass(frozen=True)
class Costs:
    """Processor seconds of a frame of a look at each level, with their likeness to the truth and difference from it
    (nan where that was not rendered), and those of the factory's settings (nan likewise).
    """

    look: str
    seconds: dict[str, float]
    likeness: dict[str, float]
    difference: dict[str, float]

    def __str__(self) -> str:
        """The row of the table."""
        factory = self.seconds["factory"]
        cells = [f"{factory:.0f} s{self._likeness('factory')}" if factory == factory else ""]
        for level in COLUMNS:
            ratio = f", 1/{factory / self.seconds[level]:.0f}" if factory == factory else ""
            cells.append(f"{self.seconds[level]:.1f} s{ratio}{self._likeness(level)}")
        return f"| {self.look} | " + " | ".join(cells) + " |"

    def _likeness(self, level: str) -> str:
        """What was found out about the picture, for the table."""
        likeness, difference = self.likeness[level], self.difference[level]
        return f", {likeness:.3f}, {difference:.3f}" if likeness == likeness else ""

    def keep(self) -> None:
        """Keep them for the table."""
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / f"{self.look}.json").write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def kept() -> dict[str, Costs]:
    """What was kept of each look that was measured in full."""
    rows = [Costs(**json.loads(path.read_text(encoding="utf-8"))) for path in sorted(KEPT.glob("*.json"))]
    return {row.look: row for row in rows}


def cpu_seconds(work: Callable[[], object]) -> float:
    """Processor seconds, of all threads together, that the process spends in a call, with those of the processes that
    it started and that have ended.
    """

    def spent() -> float:
        uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(use.ru_utime + use.ru_stime for use in uses)

    before = spent()
    work()
    return spent() - before


def set_factory(scene: bpy.types.Scene) -> None:
    """Blender's factory settings of Cycles."""
    import bpy

    render: Any = scene.render
    render.engine = "CYCLES"
    factory: Any = bpy.data.scenes.new("Factory").cycles
    for prop in factory.bl_rna.properties:
        if not prop.is_readonly and prop.identifier != "name":
            setattr(scene.cycles, prop.identifier, getattr(factory, prop.identifier))
    render.use_persistent_data = False


@dataclass(frozen=True)
class Moving:
    """Processor seconds of a frame of 1280 x 720 at some levels where the camera moves, with their likeness to the
    best; `still` is what a final frame takes where the camera stands still.
    """

    look: str
    seconds: dict[str, float]
    likeness: dict[str, float]
    still: float

    def __str__(self) -> str:
        """The row of the table."""
        cells = [f"{self.seconds[level]:.1f} s, {self.likeness[level]:.3f}" for level in FASTER]
        return f"| {self.look} | {self.seconds['best']:.1f} s | {' | '.join(cells)} | {self.still:.1f} s |"


def scene_of(name: str, size: tuple[int, int]) -> bpy.types.Scene:
    """The scene of a look at the frame that is measured."""
    from galleries.films import in_look

    from lsblender.scene.build import build_scene
    from lsblender.scene.library import empty_scene

    storyboard, _ = read_storyboard(ROOT / "scenes" / f"{SCENE}.toml")
    shown = in_look(storyboard, name, LOOKS[name])
    shown = replace(shown, render=replace(shown.render, size=size))
    scene = empty_scene()
    build_scene(shown, storyboard.run(), scene)
    scene.frame_set(1 + round(AT * (shown.n_frames - 1)))
    return scene


def measure_moving(name: str, size: tuple[int, int] = LARGE) -> Moving:
    """What a frame of a look costs where the camera moves, and where it stands still."""
    from lsblender.render.brush import brush_for
    from lsblender.render.frames import PATCHED, FrameArtist
    from lsblender.render.quality import set_quality
    from lsblender.terminal import quiet_stdout

    seconds, pictures = {}, {}
    with tempfile.TemporaryDirectory() as folder, quiet_stdout():
        scene = scene_of(name, size)
        for level in ("best", *FASTER):
            set_quality(scene, level, "cpu")
            brush = brush_for(scene)
            if level != "best":  # to which the first frame's beginning adds little
                scene.frame_set(scene.frame_current - 1)
                rendered(brush, Path(folder))
                scene.frame_set(scene.frame_current + 1)
            seconds[level], pictures[level] = rendered(brush, Path(folder))
        set_quality(scene, "final", "cpu")
        artist, frame, path = FrameArtist(scene), scene.frame_end // 2, Path(folder) / "still.png"
        artist.make(frame - 1, path)
        still = cpu_seconds(lambda: artist.make(frame, path))
        if not artist.count[PATCHED]:
            raise SystemExit(f"{SCENE} in {name} has no still camera at its frame {frame}")
    likeness = {level: likeness_of(pictures[level], pictures["best"]) for level in FASTER}
    return Moving(name, seconds, likeness, still)


def moving_table(rows: Sequence[Moving]) -> str:
    """The README's table of frames under a moving camera."""
    return MOVING_HEAD + "".join(f"{row}\n" for row in rows)


def measure_look(name: str, full: bool, size: tuple[int, int] = SIZE, truth: int = TRUTH) -> Costs:
    """The costs of a look; `full` renders the factory's picture and the truth too, which takes many minutes."""
    from lsblender.render.brush import Brush, brush_for
    from lsblender.render.quality import LEVELS, set_quality
    from lsblender.terminal import quiet_stdout

    seconds, pictures = {"factory": np.nan}, {}
    with tempfile.TemporaryDirectory() as folder, quiet_stdout():
        scene = scene_of(name, size)
        for level in LEVELS:
            set_quality(scene, level, "cpu")
            brush = brush_for(scene)
            rendered(brush, Path(folder))
            seconds[level], pictures[level] = rendered(brush, Path(folder))
        if full:
            cycles: Any = scene.cycles
            cycles.samples = truth
            _, true = rendered(Brush(scene), Path(folder))
            set_factory(scene)
            seconds["factory"], pictures["factory"] = rendered(Brush(scene), Path(folder))
    likeness = dict.fromkeys(("factory", *LEVELS), np.nan)
    difference = dict(likeness)
    if full:
        likeness = {level: likeness_of(picture, true) for level, picture in pictures.items()}
        difference = {level: difference_of(picture, true) for level, picture in pictures.items()}
    return Costs(name, seconds, likeness, difference)


def rendered(brush: Brush, folder: Path) -> tuple[float, NDArray[np.uint8]]:
    """Processor seconds of the frame, and the picture (H, W, 3)."""
    from PIL import Image

    path = folder / "picture.png"
    took = cpu_seconds(lambda: brush.picture(path))
    with Image.open(path) as picture:
        return took, np.asarray(picture.convert("RGB"))


def likeness_of(picture: NDArray[np.uint8], true: NDArray[np.uint8]) -> float:
    """SSIM of two pictures (H, W, 3)."""
    from skimage.metrics import structural_similarity

    similarity: Any = structural_similarity
    return float(similarity(picture, true, channel_axis=2, data_range=255))


def difference_of(picture: NDArray[np.uint8], true: NDArray[np.uint8]) -> float:
    """The mean of FLIP over two pictures (H, W, 3): 0 for the same, 1 at most."""
    from flip_evaluator import evaluate

    _, mean, _ = evaluate(true.astype(np.float32) / 255, picture.astype(np.float32) / 255, "LDR")
    return float(mean)


def missed(costs: Costs) -> list[str]:
    """The bounds that a look which was measured in full does not keep."""
    found = []
    for level, (ratio, likeness) in BOUNDS.items():
        if costs.seconds["factory"] < ratio * costs.seconds[level]:
            found.append(f"{costs.look}, {level}: less than 1/{ratio:.0f} is asked for")
        if costs.likeness[level] < likeness:
            found.append(f"{costs.look}, {level}: SSIM of {likeness} is asked for")
    return found


def table(rows: Sequence[Costs]) -> str:
    """The README's table."""
    return HEAD + "".join(f"{row}\n" for row in rows)
