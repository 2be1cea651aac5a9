"""The operators: what the panel's buttons do, without a window."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from mathutils import Vector

from lsblender.engine import MODELS, Experiment
from lsblender.errors import Cancelled, LsbError
from lsblender.exchange import EXPORTERS, Production, export_landscapes, save_landscapes
from lsblender.exchange.packing import pack, unpack
from lsblender.scene.library import MARK, NAME, role
from lsblender.scene.physics import simulate
from lsblender.scene.rebuilding import BUILT_AS, VIEW
from lsblender.storyboard.block import block_mesh
from lsblender.storyboard.colours import ball_colours
from lsblender.storyboard.scene_file import built_in_scenes, read_storyboard
from lsblender.storyboard.scene_text import scene_text
from lsblender.storyboard.storyboard import Results, Shot, Storyboard
from lsblender.storyboard.terrain import build_terrain
from lsblender.ui.charts import forget_surveys
from lsblender.ui.handle import MARK as HANDLE
from lsblender.ui.job import Job
from lsblender.ui.live import TOKEN
from lsblender.ui.results import _UNPACKED, BUILT, KEY, NUMBERS, results_of
from lsblender.ui.rows import active_shot
from lsblender.ui.state import settings, show_storyboard, storyboard_of

SMALL = """
fps = 6
[[shots]]
seconds = 1.0
experiment = { dataset = "breast_cancer", model = "svm", steps = 12, resolution = [17, 13] }
look = { relief = { detail = 16, finest = 16 } }
[[shots]]
inherit = true
seconds = 0.5
transition = { kind = "unfold", seconds = 0.5, landscapes = 2 }
experiment = { projection = { kind = "random" } }
surface = { kind = "epochs", most = 3 }
"""


@pytest.fixture
def loaded(scene: Any, tmp_path: Path) -> Any:
    """A small storyboard of two shots in the panel."""
    file = tmp_path / "small.toml"
    file.write_text(SMALL, encoding="utf-8")
    assert bpy.ops.lsblender.load_scene(filepath=str(file)) == {"FINISHED"}
    return scene


@pytest.fixture
def computed(loaded: Any) -> Any:
    """The same, computed."""
    assert bpy.ops.lsblender.compute() == {"FINISHED"}
    return loaded


def same(first: Results, second: Results) -> bool:
    """Whether all numbers are equal, bit for bit."""
    return pack(first) == pack(second)


# -- compute and build ---------------------------------------------------------------------------------------


def test_compute_gives_the_storyboards_numbers(computed: Any) -> None:
    storyboard = storyboard_of(computed)
    assert same(results_of(computed, storyboard), storyboard.run())


def test_numbers_survive_as_bytes(computed: Any) -> None:
    results = results_of(computed, storyboard_of(computed))
    again = unpack(pack(results))
    assert again.changes[0] is None
    assert again.changes[1] is not None
    assert len(again.turnings[1]) == 2
    assert same(again, results)
    for landscape, other in zip(results.landscapes, again.landscapes, strict=True):
        assert landscape.facts == other.facts
        assert landscape.axis_names == other.axis_names
        assert [path.name for path in landscape.paths] == [path.name for path in other.paths]
        np.testing.assert_array_equal(landscape.paths[0].theta, other.paths[0].theta)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 and then nothing"])
def test_damaged_numbers_are_refused(content: bytes) -> None:
    with pytest.raises(LsbError, match="damaged"):
        unpack(content)


def test_a_file_that_is_opened_again_builds_without_computing(
    computed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = pack(results_of(computed, storyboard_of(computed)))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    bpy.ops.wm.read_homefile(use_empty=True)
    _UNPACKED.clear()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    # nothing can be trained any more
    monkeypatch.setattr(Experiment, "view", None)
    scene: Any = bpy.context.scene
    assert pack(results_of(scene, storyboard_of(scene))) == expected
    assert bpy.ops.lsblender.build() == {"FINISHED"}
    assert {item.name for item in scene.objects} >= {"Terrain 1", "Ball 1 sgd", "Terrain 2"}
    assert bpy.ops.lsblender.export(format="csv", directory=str(tmp_path)) == {"FINISHED"}
    # the numbers carry the settings that they belong to, for people to read
    text = settings(scene).results
    assert text.as_string() == scene_text(storyboard_of(scene))


def test_what_only_looks_different_needs_no_computing(computed: Any) -> None:
    active_shot(computed).look.palette.kind = "ember"
    active_shot(computed).ball.radius = 0.2
    assert bpy.ops.lsblender.build() == {"FINISHED"}


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda shot: setattr(shot.experiment, "steps", 13), "the settings have changed since"),
        (lambda shot: setattr(shot.experiment, "start", "a"), "shots.0..experiment.start: 'a' is no list of numbers"),
        (lambda shot: setattr(shot.experiment, "start", "1, 2"), "settings have changed"),
    ],
)
def test_what_can_not_be_built_is_one_readable_report(break_it: Any, message: str, computed: Any) -> None:
    assert bpy.ops.lsblender.build() == {"FINISHED"}
    before = sorted(item.name for item in bpy.data.objects)
    break_it(active_shot(computed))
    with pytest.raises(RuntimeError, match=message) as raised:
        bpy.ops.lsblender.build()
    assert len(str(raised.value).strip().splitlines()) == 1
    assert sorted(item.name for item in bpy.data.objects) == before


def test_a_wrong_setting_is_told_with_its_key(loaded: Any) -> None:
    active_shot(loaded).experiment.start = "1, 2"
    with pytest.raises(RuntimeError, match=r"shots\[0\].experiment.start: the start has 2 numbers; Linear SVM has 30"):
        bpy.ops.lsblender.compute()
    with pytest.raises(RuntimeError, match="nothing has been computed yet"):
        bpy.ops.lsblender.build()


def test_no_property_of_the_add_on_has_a_name_that_marks_what_is_ours(scene: Any) -> None:
    """In Blender 4 they would be one and the same, and every scene would be taken for ours."""
    names = {MARK, BUILT_AS, VIEW, BUILT, TOKEN, NUMBERS, KEY, HANDLE}
    assert len(names) == 8
    for kind in (bpy.types.Scene, bpy.types.WindowManager):
        assert not names & set(kind.bl_rna.properties.keys())


def test_old_numbers_go_when_new_ones_come(computed: Any) -> None:
    for shot in settings(computed).storyboard.shots:
        shot.experiment.steps = 5
    bpy.ops.lsblender.compute()
    assert [text.name for text in bpy.data.texts] == [NAME]


# -- long work -----------------------------------------------------------------------------------------------


def test_a_job_is_left_at_once() -> None:
    ready = []

    def work(progress: Any) -> None:
        for step in range(10**6):
            ready.append(step)
            progress(step / 1e6)
            time.sleep(0.001)

    job = Job("Working", work)
    while len(ready) < 5:
        time.sleep(0.001)
    assert not job.done
    assert job.text.startswith("Working 0%")
    started = time.monotonic()
    job.cancel()
    with pytest.raises(Cancelled):
        job.result()
    assert job.wait(5.0)
    assert time.monotonic() - started < 1.0
    assert len(ready) < 10**5


def test_a_job_that_is_done_keeps_its_result_and_its_error() -> None:
    job = Job("Adding", lambda progress: 1 + 1)
    assert job.wait(5.0)
    job.cancel()
    assert job.result() == 2

    def fail(progress: Any) -> None:
        raise LsbError("wrong")

    failed = Job("Failing", fail)
    failed.wait(5.0)
    with pytest.raises(LsbError, match="wrong"):
        failed.result()


#: Computations that take minutes, and the share of each that is done when they are at it.
LONG = {
    "training": (Experiment(steps=10**6), 0.001),
    "a network's training": (Experiment(model=MODELS["mlp"](), steps=10**6), 0.001),
    "a grid": (Experiment(model=MODELS["mlp"](), steps=20, resolution=(4000, 4000)), 0.31),
}
#: Seconds within which a work that is left has ended.
AT_ONCE = 0.2
TRIES = 3


@pytest.mark.parametrize(("experiment", "begun"), LONG.values(), ids=LONG)
def test_a_computation_is_left_at_once(experiment: Experiment, begun: float) -> None:
    """The thread too has ended then; what else the machine does may make it later, so the best of some tries counts."""

    def left() -> float:
        job = Job("Computing", Storyboard(shots=(Shot(experiment=experiment),)).run)
        while job.fraction < begun and not job.done:
            time.sleep(0.01)
        assert not job.done
        job.cancel()
        assert job.wait(5.0)
        assert job.left_at is not None
        assert job.ended_at is not None
        return job.ended_at - job.left_at

    assert min(left() for _ in range(TRIES)) < AT_ONCE


# -- scene files ---------------------------------------------------------------------------------------------


def test_getting_started_shows_the_quickstart(scene: Any) -> None:
    assert bpy.ops.lsblender.getting_started() == {"FINISHED"}
    assert storyboard_of(scene) == read_storyboard(built_in_scenes() / "quickstart.toml")[0]


def test_save_and_load(loaded: Any, tmp_path: Path) -> None:
    storyboard = storyboard_of(loaded)
    bpy.ops.lsblender.save_scene(filepath=str(tmp_path / "saved"))
    show_storyboard(loaded, Storyboard())
    bpy.ops.lsblender.load_scene(filepath=str(tmp_path / "saved.toml"))
    assert storyboard_of(loaded) == storyboard


def test_a_scene_file_with_a_mistake_changes_nothing(loaded: Any, tmp_path: Path) -> None:
    before = storyboard_of(loaded)
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("fps = 0\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"wrong.toml: fps: 0 is out of range; allowed: 1 to 240"):
        bpy.ops.lsblender.load_scene(filepath=str(wrong))
    assert storyboard_of(loaded) == before


def test_presets_are_scene_files(loaded: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "presets" / "lsblender"
    folder.mkdir(parents=True)
    monkeypatch.setattr(bpy.utils, "user_resource", lambda kind, path="", create=False: str(tmp_path / path))
    bpy.ops.lsblender.add_preset(name="My preset")
    file = folder / "My_preset.toml"
    assert read_storyboard(file)[0] == storyboard_of(loaded)
    bpy.ops.lsblender.add_preset(name="My preset", remove_name=True)
    assert not file.exists()


# -- lists ---------------------------------------------------------------------------------------------------


def test_shots_are_added_doubled_moved_and_removed(loaded: Any) -> None:
    first, second = storyboard_of(loaded).shots
    bpy.ops.lsblender.duplicate_entry(row="shots")
    assert storyboard_of(loaded).shots == (first, first, second)
    assert settings(loaded).storyboard.active_shots == 1
    bpy.ops.lsblender.move_entry(row="shots", steps=1)
    assert storyboard_of(loaded).shots == (first, second, first)
    bpy.ops.lsblender.add_entry(row="shots")
    assert storyboard_of(loaded).shots == (first, second, first, Shot())
    for _ in range(3):
        bpy.ops.lsblender.remove_entry(row="shots")
    assert len(storyboard_of(loaded).shots) == 1
    bpy.ops.lsblender.remove_entry(row="shots")
    assert len(storyboard_of(loaded).shots) == 1


def test_colours_go_along_with_their_optimizers(loaded: Any) -> None:
    shot = active_shot(loaded)
    for kind in ("adam", "rmsprop"):
        bpy.ops.lsblender.add_entry(row="optimizers")
        shot.experiment.optimizers[-1].kind = kind
    bpy.ops.lsblender.own_colours()
    storyboard = storyboard_of(loaded)
    colours = storyboard.shots[0].ball.colours
    assert colours == tuple(ball_colours(Shot(), 3))
    bpy.ops.lsblender.move_entry(row="optimizers", steps=-1)
    assert storyboard_of(loaded).shots[0].ball.colours == (colours[0], colours[2], colours[1])
    bpy.ops.lsblender.remove_entry(row="optimizers")
    assert storyboard_of(loaded).shots[0].ball.colours == (colours[0], colours[1])
    bpy.ops.lsblender.own_colours()
    assert storyboard_of(loaded).shots[0].ball.colours == ()


# -- start ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [True, False], ids=["computed", "found again"])
def test_training_starts_where_the_cursor_is(known: bool, computed: Any) -> None:
    bpy.ops.lsblender.build()
    if not known:
        forget_surveys()
    shot = storyboard_of(computed).shots[0]
    landscape = results_of(computed, storyboard_of(computed)).landscapes[0]
    terrain = build_terrain(landscape, shot.look.relief)
    # over the grid's point in row 9 and column 4
    place = terrain.to_metres(np.array([landscape.x[4], landscape.y[9]]))
    computed.cursor.location = Vector((*place, 3.0))
    assert bpy.ops.lsblender.start_at_cursor() == {"FINISHED"}
    started = storyboard_of(computed).shots[0].experiment
    assert len(started.start) == 30
    # the loss there is the landscape's
    loss = started.objective().loss(np.array(started.start))
    assert loss == pytest.approx(landscape.loss[9, 4], rel=1e-5)
    bpy.ops.lsblender.clear_start()
    assert storyboard_of(computed).shots[0].experiment == shot.experiment


def test_random_starts_differ(loaded: Any) -> None:
    bpy.ops.lsblender.random_start()
    first = storyboard_of(loaded).shots[0].experiment
    bpy.ops.lsblender.random_start()
    second = storyboard_of(loaded).shots[0].experiment
    starts = [experiment.starting_point(experiment.objective()) for experiment in (first, second)]
    assert np.abs(starts[0] - starts[1]).max() > 0.1


# -- other programs ------------------------------------------------------------------------------------------


def test_export_writes_what_the_command_line_writes(computed: Any, tmp_path: Path) -> None:
    storyboard = storyboard_of(computed)
    production = Production(storyboard, storyboard.run(), simulate, scene_text(storyboard))
    for kind in ("csv", "ply", "npz"):
        bpy.ops.lsblender.export(format=kind, directory=str(tmp_path / "panel"))
        expected = export_landscapes(EXPORTERS[kind](), production, tmp_path / "direct")
        for file in expected:
            assert (tmp_path / "panel" / file.name).read_bytes() == file.read_bytes()


def test_import_shows_settings_and_numbers(loaded: Any, tmp_path: Path) -> None:
    storyboard = storyboard_of(loaded)
    results = storyboard.run()
    files = save_landscapes(results.landscapes, tmp_path / "a.npz", scene_text(storyboard))
    show_storyboard(loaded, Storyboard())
    bpy.ops.lsblender.import_landscape(filepath=str(files[1]))
    shown = storyboard_of(loaded)
    assert shown.shots == (storyboard.shots[1],)
    np.testing.assert_array_equal(results_of(loaded, shown).landscapes[0].loss, results.landscapes[1].loss)
    assert bpy.ops.lsblender.build() == {"FINISHED"}


def test_import_of_2018s_tables(scene: Any, tmp_path: Path) -> None:
    rows = [f"{x},{y},{x * x + y}" for y in (0.0, 1.0, 2.0) for x in (-1.0, 0.0, 1.0, 2.0)]
    file = tmp_path / "surface.csv"
    file.write_text("theta_0,theta_1,loss\n" + "\n".join(rows) + "\n", encoding="utf-8")
    bpy.ops.lsblender.import_landscape(filepath=str(file))
    (landscape,) = results_of(scene, storyboard_of(scene)).landscapes
    x, y = np.meshgrid([-1.0, 0.0, 1.0, 2.0], [0.0, 1.0, 2.0])
    np.testing.assert_array_equal(landscape.loss, x * x + y)
    assert bpy.ops.lsblender.build() == {"FINISHED"}


def test_a_mesh_of_ones_own(computed: Any) -> None:
    computed.cursor.location = (1.0, 2.0, 3.0)
    bpy.ops.lsblender.add_mesh()
    mesh = bpy.context.view_layer.objects.active
    landscape = results_of(computed, storyboard_of(computed)).landscapes[0]
    expected = block_mesh(build_terrain(landscape, storyboard_of(computed).shots[0].look.relief))
    vertices = np.empty(3 * len(mesh.data.vertices), dtype=np.float32)
    mesh.data.vertices.foreach_get("co", vertices)
    np.testing.assert_allclose(vertices.reshape(-1, 3), expected.vertices, atol=1e-6)
    assert tuple(mesh.location) == (1.0, 2.0, 3.0)
    bpy.ops.lsblender.build()
    assert not role(mesh)
    assert len(mesh.data.vertices) == len(expected.vertices)
    assert len(mesh.data.materials) == 2


# -- films ---------------------------------------------------------------------------------------------------


def test_a_still_and_a_film(computed: Any, tmp_path: Path) -> None:
    storyboard = settings(computed).storyboard
    storyboard.render.size = (64, 48)
    storyboard.render.quality = "draft"
    with pytest.raises(RuntimeError, match="poll"):
        bpy.ops.lsblender.render(filepath=str(tmp_path / "film.mp4"))
    bpy.ops.lsblender.build()
    with pytest.raises(RuntimeError, match="has not been saved yet"):
        bpy.ops.lsblender.render_still()
    output = settings(computed).output
    output.use_range, output.first, output.last, output.device = True, 2, 3, "cpu"
    assert bpy.ops.lsblender.render(filepath=str(tmp_path / "film.mp4")) == {"FINISHED"}
    assert (tmp_path / "film.mp4").stat().st_size > 500
    frames = sorted(path.name for path in (tmp_path / "film-frames").glob("*.png"))
    assert frames == ["000002.png", "000003.png"]
    computed.frame_set(2)
    assert bpy.ops.lsblender.render_still(filepath=str(tmp_path / "still.png")) == {"FINISHED"}
    still = (tmp_path / "still.png").read_bytes()
    assert still[:8] == b"\x89PNG\r\n\x1a\n"
