"""The package's C#: compiled by Mono as C# 7 against stand-ins of Unity's assemblies, and run on exported files."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from plyfile import PlyData

from lsblender.exchange import EXPORTERS, Production, export_landscapes
from lsblender.terminal import quiet_stdout
from tests.exchange.gltf import glb_of
from tests.exchange.productions import ball_places, clip, grounds_of, top_of
from tests.programs.conftest import run

Array = NDArray[np.float64]
STAND_INS = Path(__file__).parent / "unity"
AXES = np.array([-1.0, 1.0, -1.0])
SCALES = (1.0, 10.0 / 15.0)


def compile_scripts(package: Path, folder: Path, *defines: str) -> Path:
    """Everything of the package, as Unity would: Runtime, then Editor, then the sample; the program that tries them."""

    def compile_one(name: str, sources: list[Path], *libraries: str) -> None:
        kind = "exe" if name.endswith(".exe") else "library"
        references = [
            f"-r:{folder / library}" if (folder / library).exists() else f"-r:{library}" for library in libraries
        ]
        options = ["-langversion:7", "-warnaserror", f"-target:{kind}", f"-out:{folder / name}"]
        run("mcs", *options, *[f"-define:{word}" for word in defines], *references, *sources)

    folder.mkdir(exist_ok=True)
    compile_one("UnityEngine.dll", [STAND_INS / "UnityEngine.cs"], "System.Core.dll", "System.Xml.dll",
                "System.Runtime.Serialization.dll")  # fmt: skip
    compile_one("UnityEditor.dll", [STAND_INS / "UnityEditor.cs"], "UnityEngine.dll")
    unity = ("UnityEngine.dll", "UnityEditor.dll")
    compile_one("Lsblender.dll", sorted(package.glob("Runtime/*.cs")), "UnityEngine.dll")
    compile_one("Lsblender.Editor.dll", sorted(package.glob("Editor/*.cs")), *unity, "Lsblender.dll")
    compile_one("Steps.dll", sorted(package.glob("Samples~/Steps/*.cs")), "UnityEngine.dll", "Lsblender.dll")
    if "LSBLENDER_PCX" not in defines:
        compile_one("Trial.exe", [STAND_INS / "Trial.cs"], *unity, "Lsblender.dll", "Lsblender.Editor.dll")
    return folder


@pytest.fixture(scope="module")
def scripts(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_scripts(package, tmp_path_factory.mktemp("scripts")) / "Trial.exe"


def name_nodes(package: Path) -> None:
    """The stand-in knows of a model the names of its nodes: those of the GLB of the same scene."""
    for file in package.glob("Data/*.glb"):
        names = [node["name"] for node in glb_of(file)[0]["nodes"]]
        file.with_name(f"{file.stem}.fbx.nodes").write_text("\n".join(names), encoding="utf-8")


@pytest.fixture(scope="module")
def film(package: Path) -> Path:
    name_nodes(package)
    return package


def lines(text: str) -> dict[str, list[list[str]]]:
    """Words of each line by its first one."""
    found = defaultdict(list)
    for line in text.splitlines():
        first, *rest = line.split()
        found[first].append(rest)
    return found


@pytest.mark.parametrize("define", ["UNITY_2020_2_OR_NEWER", "LSBLENDER_PCX"])
def test_scripts_compile_for_later_unitys_and_beside_pcx(define: str, package: Path, tmp_path: Path) -> None:
    compile_scripts(package, tmp_path / "scripts", define)


def test_member_that_unity_does_not_have_fails(package: Path, scripts: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "Wrong.cs"
    wrong.write_text("class Wrong { void F() { UnityEngine.Mathf.Wobble(1f); } }", encoding="utf-8")
    with pytest.raises(AssertionError, match="does not contain a definition for `Wobble'"):
        run("mcs", "-target:library", f"-out:{tmp_path / 'w.dll'}", f"-r:{scripts.parent / 'UnityEngine.dll'}", wrong)


# -- the ball ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shot", [0, 1])
def test_balls_are_where_ours_are(shot: int, film: Path, scripts: Path, production: Production) -> None:
    """At every frame of the film: place, rotation, size; the line behind the ball ends where it touches the ground."""
    (segment,) = (part for part in production.film.segments if part.shot == shot and not part.is_transition)
    count = len(segment.frames)
    shown = lines(run("mono", scripts, "play", shot + 1, repr(1 / 12), "1", "false", count, cwd=film))
    for k, (track, way) in enumerate(zip(segment.balls, ball_places(production, shot), strict=True)):
        rows = np.array([row[1:] for row in shown["ball"] if row[0] == str(k)], dtype=float)[:count]
        np.testing.assert_allclose(rows[:, 0], np.arange(count) / 12, atol=1e-5)
        np.testing.assert_allclose(rows[:, 1:4], way[:, [0, 2, 1]] * AXES * SCALES[shot], atol=1e-4)
        w, x, y, z = track.rotation.T
        turn = np.column_stack([x, -z, y, w])
        np.testing.assert_allclose(abs(np.sum(rows[:, 4:8] * turn, axis=1)), 1.0, atol=1e-5)
        np.testing.assert_allclose(rows[:, 8], 1.0)
        # where the clock is a rounding past a frame, the line has its end twice
        assert set(rows[:, 9] - np.arange(count)) <= {1.0, 2.0}
        contact = (track.contact - production.film.places[shot])[:, [0, 2, 1]] * AXES * SCALES[shot]
        np.testing.assert_allclose(rows[:, 10:13], contact, atol=1e-4)


def test_between_two_frames_they_are_between(film: Path, scripts: Path, production: Production) -> None:
    """At another rate than the film's, and at another speed."""
    way = ball_places(production, 0)[0][:, [0, 2, 1]] * AXES
    shown = lines(run("mono", scripts, "play", 1, "0.01", "2.5", "false", 30, cwd=film))
    rows = np.array([row[1:] for row in shown["ball"] if row[0] == "0"], dtype=float)
    seconds = np.minimum(np.arange(31) * 0.025, (len(way) - 1) / 12)
    np.testing.assert_allclose(rows[:, 0], seconds, atol=1e-5)
    for k in range(3):
        wanted = np.interp(seconds, np.arange(len(way)) / 12, way[:, k])
        np.testing.assert_allclose(rows[:, 1 + k], wanted, atol=1e-4)
    assert len(shown["finished"]) == 1


def test_every_step_is_announced_once(film: Path, scripts: Path, production: Production) -> None:
    """In its order, with the true loss, in the frame in which the ball comes by."""
    dt = 1 / 12
    count = len(ball_places(production, 0)[0])
    shown = lines(run("mono", scripts, "play", 1, repr(dt), "1", "false", count, cwd=film))
    for k, path in enumerate(production.results.landscapes[0].paths):
        events = np.array([row[1:] for row in shown["step"] if row[0] == str(k)], dtype=float)
        np.testing.assert_array_equal(events[:, 1], np.arange(len(path.loss)))
        np.testing.assert_allclose(events[:, 2], path.loss, rtol=1e-6)
        step = production.film.motions[0][k].step
        # the first frame is shown before the clock runs
        frames = [max(1, int(np.argmax(step >= number - 1e-4))) for number in range(len(path.loss))]
        np.testing.assert_allclose(events[:, 0], np.array(frames) * dt, atol=1e-5)
    assert len(shown["finished"]) == 1


def test_loop_begins_again_and_announces_again(film: Path, scripts: Path, production: Production) -> None:
    duration = (len(ball_places(production, 0)[0]) - 1) / 12
    shown = lines(run("mono", scripts, "play", 1, "0.05", "1", "true", 20, cwd=film))
    rows = np.array([row[1:] for row in shown["ball"] if row[0] == "0"], dtype=float)
    seconds = rows[:, 0]
    np.testing.assert_allclose(seconds, (np.arange(21) * 0.05) % duration, atol=2e-5)
    steps = [int(row[2]) for row in shown["step"] if row[0] == "0"]
    whole = list(range(len(production.results.landscapes[0].paths[0].loss)))
    assert steps[: 2 * len(whole)] == whole * 2
    assert "finished" not in shown


@pytest.mark.parametrize("fps", [24, 25, 30, 60])
def test_time_is_right_at_every_rate(fps: int, scripts: Path, tmp_path: Path) -> None:
    with quiet_stdout():
        export_landscapes(EXPORTERS["unity"](), clip(fps), tmp_path)
    name_nodes(tmp_path)
    (way,) = ball_places(clip(fps), 0)
    shown = lines(run("mono", scripts, "play", 1, repr(1 / fps), "1", "false", len(way) - 1, cwd=tmp_path))
    rows = np.array([row[1:] for row in shown["ball"]], dtype=float)
    np.testing.assert_allclose(rows[:, 0], np.arange(len(way)) / fps, atol=1e-5)
    np.testing.assert_allclose(rows[:, 1:4], way[:, [0, 2, 1]] * AXES, atol=1e-4)


# -- landscapes ----------------------------------------------------------------------------------------------


def test_switcher_goes_through_the_film(film: Path, scripts: Path, production: Production) -> None:
    """The first landscape until its balls have arrived; it sinks in a second while the other rises; and round."""
    dt = 0.1
    shown = [line.split() for line in run("mono", scripts, "film", dt, 40, cwd=film).splitlines()]
    frames = [line for line in shown if line[0] == "frame"]
    first = (len(ball_places(production, 0)[0]) - 1) / 12
    begins = next(k for k, line in enumerate(frames) if line[2] == "1")
    assert {tuple(line[3:5]) for line in frames[:begins]} == {("1", "-")}
    assert 0 <= begins * dt - first <= 2 * dt
    change = frames[begins : begins + 10]
    sinking, rising = (np.array([float(line[k]) for line in change]) for k in (3, 4))
    share = np.minimum(1.0, np.arange(len(change)) * dt)
    smooth = share**2 * (3 - 2 * share)
    np.testing.assert_allclose(rising, np.maximum(smooth, 1e-4), atol=1e-3)
    np.testing.assert_allclose(sinking, np.maximum(1 - smooth, 1e-4), atol=1e-3)
    # the next one's balls wait until it is there
    assert {float(line[5]) for line in change[:-1]} == {0.0}
    announced = [line[1] for line in shown if line[0] == "shown"]
    assert announced[:2] == ["1", "0"]
    assert ["-", "1"] in [line[3:5] for line in frames if line[2] == "1"]


def test_scripts_read_landscape_json(film: Path, scripts: Path, production: Production) -> None:
    said = lines(run("mono", scripts, "landscape", cwd=film))
    assert said["fps"] == [["12"]]
    frames = [part.frames[[0, -1]] for part in production.film.segments if not part.is_transition]
    assert [row[1:3] for row in said["shot"]] == [[str(int(k)) for k in pair] for pair in frames]
    for row, ground, terrain, scale in zip(
        said["heights"], production.results.landscapes, grounds_of(production), SCALES, strict=True
    ):
        wanted = [ground.loss.min(), ground.loss.max(), terrain.relief * scale]
        np.testing.assert_allclose(np.array(row, dtype=float), wanted, rtol=1e-6)
    assert [row[3] for row in said["ball"]] == ["Data/ball_1_1.csv", "Data/ball_1_2.csv", "Data/ball_2_1.csv"]


# -- clouds --------------------------------------------------------------------------------------------------


def read_cloud(output: Path, points: int, indices: int) -> tuple[Array, Array, Array]:
    data = output.read_bytes()
    places = np.frombuffer(data, "<f4", 3 * points).reshape(-1, 3)
    colours = np.frombuffer(data, "u1", 4 * points, 12 * points).reshape(-1, 4)
    return places, colours, np.frombuffer(data, "<i4", indices, 16 * points)


@pytest.mark.parametrize("name", ["surface_1", "path_1", "surface_2", "path_2"])
def test_importer_makes_the_cloud(name: str, film: Path, scripts: Path, tmp_path: Path) -> None:
    file = film / "Data" / f"{name}.ply"
    (told,) = lines(run("mono", scripts, "cloud", file, tmp_path / "out", cwd=film))["mesh"]
    vertex = PlyData.read(file)["vertex"].data
    count = str(len(vertex))
    assert told == [count, count, "Points", "UInt16", "Loss", "Landscape/Points"]
    places, colours, indices = read_cloud(tmp_path / "out", len(vertex), len(vertex))
    np.testing.assert_array_equal(places, np.column_stack([vertex[axis] for axis in "xyz"]))
    np.testing.assert_array_equal(colours, np.column_stack([vertex[k] for k in ("red", "green", "blue", "alpha")]))
    np.testing.assert_array_equal(indices, np.arange(len(vertex)))


def test_importer_makes_a_mesh_of_many_points(scripts: Path, tmp_path: Path) -> None:
    """A file with faces, and with more points than 16 bits count."""
    from dataclasses import replace

    shot = clip(24).storyboard.shots[0]
    relief = replace(shot.look.relief, detail=300, finest=300)
    one = replace(clip(24).storyboard, shots=(replace(shot, look=replace(shot.look, relief=relief)),))
    fine = Production(one, clip(24).results, clip(24).simulate)
    (file,) = export_landscapes(EXPORTERS["ply_mesh"](), fine, tmp_path)
    (told,) = lines(run("mono", scripts, "cloud", file, tmp_path / "out"))["mesh"]
    assert told[2:4] == ["Triangles", "UInt32"]
    data = PlyData.read(file)
    corners = np.vstack(data["face"].data["vertex_indices"])
    places, _, indices = read_cloud(tmp_path / "out", int(told[0]), int(told[1]))
    (terrain,) = grounds_of(fine)
    np.testing.assert_allclose(places[: terrain.z.size], top_of(terrain), atol=1e-5)
    np.testing.assert_array_equal(indices, corners.ravel())


BINARY = b"ply\nformat binary_little_endian 1.0\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The header has no end"),
        (b"solid x\n", "This is no PLY file"),
        (b"ply\nformat ascii 1.0\n", "Only binary little-endian PLY files can be read"),
        (
            b"ply\nformat binary_little_endian 1.0\nelement vertex 9\nproperty float x\nend_header\n1",
            "The file ends before",
        ),
        (
            b"ply\nformat binary_little_endian 1.0\nelement vertex 2000000000\nend_header\n",
            "The header claims more points",
        ),
        (BINARY + b"element vertex x\n", "Bad number of elements"),
        (
            b"ply\nformat binary_little_endian 1.0\nelement vertex 1\nproperty half x\nend_header\n12",
            "Unknown type half",
        ),
    ],
)
def test_importer_says_what_is_wrong(content: bytes, message: str, scripts: Path, tmp_path: Path) -> None:
    (tmp_path / "a.ply").write_bytes(content)
    said = run("mono", scripts, "cloud", tmp_path / "a.ply", tmp_path / "out")
    assert said.startswith("error ")
    assert message in said
    assert not (tmp_path / "out").exists()
