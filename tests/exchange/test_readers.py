"""Readers: every format by its suffix; a landscape of a file is animated, built and exported like a computed one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lsblender.cli import main
from lsblender.engine import LANDSCAPES, Experiment, Landscape
from lsblender.engine.imported import CsvSurface, NpzSurface
from lsblender.errors import LsbError
from lsblender.exchange import (
    EXPORTERS,
    Production,
    export_landscapes,
    load_landscape,
    read_landscape,
    reader_for,
    reader_kinds,
    save_landscapes,
    surface_storyboard,
)
from lsblender.scene.build import build_scene
from lsblender.scene.library import empty_scene
from lsblender.storyboard.scene_file import read_storyboard
from lsblender.storyboard.storyboard import Look, Results, Shot, Storyboard
from lsblender.storyboard.surfaces import SURFACES
from lsblender.storyboard.terrain import Relief
from lsblender.storyboard.transitions import TRANSITIONS
from tests.exchange.productions import production_of
from tests.exchange.test_landscape_files import assert_same

COARSE = Look(relief=Relief(detail=16, finest=16))


@pytest.fixture(scope="module")
def surface(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bowl with two points missing, and a path into it."""
    file = tmp_path_factory.mktemp("surface") / "bowl.npz"
    x, y, t = np.linspace(-1, 1, 13), np.linspace(-1, 2, 11), np.linspace(1, 0, 9)
    loss = x**2 + 0.5 * y[:, None] ** 2
    loss[2, 3:5] = np.nan
    np.savez(file, x=x, y=y, loss=loss, xy=np.column_stack([0.8 * t, 1.5 * t**2]), name="Adam")
    return file


def coarse(storyboard: Storyboard) -> Storyboard:
    shots = (replace(shot, look=COARSE, seconds=0.3) for shot in storyboard.shots)
    return replace(storyboard, fps=10, shots=tuple(shots))


def test_every_suffix_has_one_reader() -> None:
    suffixes = [suffix for cls in reader_kinds().values() for suffix in cls.suffixes]
    assert sorted(suffixes) == [".csv", ".h5", ".hdf5", ".npz", ".tsv", ".txt", ".vtp"]
    for kind, cls in reader_kinds().items():
        assert type(reader_for(f"a/b{cls.suffixes[0].upper()}")) is cls is LANDSCAPES[kind]
    assert "computed" not in reader_kinds()


def test_settings_of_a_reader() -> None:
    reader = reader_for("a.csv", "b.h5", transpose=True, quantity="z")
    assert reader == CsvSurface(path="a.csv", trajectory="b.h5", transpose=True, quantity="z")
    with pytest.raises(LsbError, match="unknown setting 'transpose'; choose from path, trajectory, quantity"):
        reader_for("a.h5", transpose=True)
    with pytest.raises(LsbError, match=r"'a.json' is no landscape's file by its name; its suffix may be \.npz, \.h5"):
        reader_for("a.json")


def test_what_is_exported_can_be_read(landscapes: list[Landscape], tmp_path: Path) -> None:
    (file,) = save_landscapes(landscapes[1:], tmp_path / "a.npz", "")
    read = read_landscape(file)
    assert_same(read, replace(load_landscape(file).landscape, model="a.npz"))
    (again,) = save_landscapes([read], tmp_path / "b.npz", "")
    assert_same(read_landscape(again), read)
    more = tmp_path / "more.csv"
    more.write_text("x,y,loss\n-3,10,1\n5,12,2\n", encoding="utf-8")
    with_path = read_landscape(file, more)
    assert [path.name for path in with_path.paths] == [*(path.name for path in read.paths), "more"]


def test_a_film_of_a_surface(surface: Path) -> None:
    """The ball rolls down the path; the picture says what is missing, and the film what it is of."""
    storyboard = coarse(surface_storyboard(surface))
    results = storyboard.run()
    film = build_scene(storyboard, results, empty_scene())
    (landscape,) = results.landscapes
    ball = film.segments[0].balls[0].contact
    terrain = film.segments[0].grounds[0].terrain(0)
    np.testing.assert_allclose(ball[0, :2], terrain.to_metres(landscape.paths[0].xy[0]), atol=0.02)
    np.testing.assert_allclose(ball[-1, :2], terrain.to_metres(np.zeros(2)), atol=0.02)
    from lsblender.storyboard.telling import tell

    (facts,) = tell(storyboard, results, film)
    assert facts.title == "bowl"
    assert facts.lines == ("bowl.npz", "Adam")
    assert facts.captions[-1] == "2 of 143 points have no loss; the ground is drawn on from their neighbours."
    assert "The path's losses are read off the surface." in facts.captions


def test_a_path_off_the_surface_stays_on_the_ground(surface: Path) -> None:
    """At the edge, and that is said; where it is known to be stays in the numbers."""
    landscape = read_landscape(surface)
    xy = np.array([[-3.0, 4], [-1.5, 0.5], [0, 0]])
    outside = replace(landscape, paths=(replace(landscape.paths[0], xy=xy, loss=np.ones(3), surface_loss=np.ones(3)),))
    storyboard = coarse(surface_storyboard(surface))
    film = build_scene(storyboard, Results.of(outside), empty_scene())
    terrain = film.segments[0].grounds[0].terrain(0)
    contact = film.segments[0].balls[0].contact
    assert film.notes[0][-1] == "Where the path leaves the surface it is drawn at the edge."
    np.testing.assert_allclose(contact[0, :2], [terrain.x[0], terrain.y[-1]], atol=0.02)
    np.testing.assert_allclose(contact[:, 2], terrain.drawn_height(terrain.inside(contact[:, :2])), atol=0.05)


def test_a_surface_without_a_path(tmp_path: Path) -> None:
    """There is no ball, and the camera moves all the same."""
    x = np.linspace(-1, 1, 12)
    np.savez(tmp_path / "s.npz", x=x, y=x, loss=x**2 + x[:, None] ** 2)
    storyboard = coarse(surface_storyboard(tmp_path / "s.npz"))
    for camera in ("orbit", "follow", "descent", "reveal", "still"):
        from lsblender.storyboard.camera import CAMERAS

        look = replace(COARSE, camera=CAMERAS[camera]())
        moving = replace(storyboard, shots=(replace(storyboard.shots[0], look=look),))
        film = build_scene(moving, moving.run(), empty_scene())
        assert film.segments[0].balls == ()
        assert np.isfinite(film.camera.location).all()


@pytest.mark.parametrize("kind", [kind for kind in SURFACES if kind != "fixed"])
def test_ground_that_follows_steps_is_refused(kind: str, surface: Path) -> None:
    storyboard = surface_storyboard(surface)
    changing = replace(storyboard, shots=(replace(storyboard.shots[0], surface=SURFACES[kind]()),))
    with pytest.raises(LsbError) as error:
        changing.run()
    assert str(error.value) == (
        "shots[0].surface.kind: nothing is trained here, so the ground can not change with the steps; choose 'fixed'"
    )


@pytest.mark.parametrize("kind", list(TRANSITIONS))
def test_transitions_between_a_computed_landscape_and_a_file(kind: str, surface: Path) -> None:
    computed = Shot(experiment=Experiment(steps=5, resolution=(8, 8)), seconds=0.3, look=COARSE)
    imported = Shot(
        experiment=Experiment(landscape=NpzSurface(path=str(surface))),
        seconds=0.3,
        look=COARSE,
        transition=TRANSITIONS[kind](),
    )
    storyboard = Storyboard(fps=4, shots=(computed, imported))
    if kind == "unfold":
        with pytest.raises(LsbError, match="unfold needs landscapes that are computed here"):
            storyboard.run()
    else:
        film = build_scene(storyboard, storyboard.run(), empty_scene())
        assert len(film.frames) == storyboard.n_frames


def test_content_hash_follows_the_file(surface: Path, tmp_path: Path) -> None:
    storyboard = surface_storyboard(surface)
    landscape = read_landscape(surface)
    other = replace(landscape, loss=landscape.loss + 1)
    hashes = {Results.of(given).content_hash(storyboard) for given in (landscape, other)}
    assert len(hashes) == 2


# -- the command line ----------------------------------------------------------------------------------------


def test_commands_take_a_surface(surface: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same numbers directly and by the scene file that is written."""
    assert main(["compute", str(surface), "-o", str(tmp_path / "direct.npz")]) == 0
    scene = surface.parent / "scene.toml"
    assert main(["scene", str(surface), "-o", str(scene)]) == 0
    assert main(["compute", str(scene), "-o", str(tmp_path / "by_scene.npz")]) == 0
    assert_same(*(load_landscape(tmp_path / name).landscape for name in ("direct.npz", "by_scene.npz")))
    assert read_storyboard(scene)[0].shots[0].experiment.landscape == NpzSurface(path=str(surface.resolve()))
    assert 'landscape = { kind = "npz", path = "bowl.npz" }' in scene.read_text(encoding="utf-8")
    assert main(["export", str(surface), "--format", "csv", "-o", str(tmp_path / "out")]) == 0
    table = np.loadtxt(tmp_path / "out" / "surface_1.csv", delimiter=",", skiprows=1)
    np.testing.assert_array_equal(table[:, 2].reshape(11, 13), read_landscape(surface).loss)
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compute", "{}", "--trajectory", "{}.pkl"], "--trajectory: '{}.pkl' is a pickle by its name"),
        (["compute", "no.h5"], "can not read 'no.h5' (No such file or directory)"),
        (["compute", "scene.toml", "--trajectory", "{}"], "--trajectory: is for a surface's file; a scene file names"),
        (["compute", "model.pt"], "'model.pt' is a pickle by its name"),
        (["scene", "scene.toml"], "scene.toml: this is no surface by its name"),
        (["scene", "no.csv"], "can not read 'no.csv' (No such file or directory)"),
    ],
)
def test_wrong_arguments(
    arguments: list[str], message: str, surface: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suffix = {"compute": ".npz", "scene": ".toml"}[arguments[0]]
    output = tmp_path / f"out{suffix}"
    assert main([*(word.format(surface) for word in arguments), "-o", str(output)]) == 1
    said = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("Computing")]
    assert len(said) == 1
    assert said[0].startswith(message.format(surface))
    assert not output.exists()


def test_a_scene_file_elsewhere_would_not_be_read(
    surface: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scene", str(surface), "-o", str(tmp_path / "scene.toml")]) == 1
    assert "lies outside of the scene file's folder" in capsys.readouterr().err
    assert not (tmp_path / "scene.toml").exists()


@pytest.mark.parametrize("path", ["../bowl.npz", "/etc/passwd", "sub/../../bowl.npz"])
@pytest.mark.parametrize(
    "line",
    [
        'landscape = {{ kind = "npz", path = "{}" }}',
        'history = "{}"',
        'dataset = {{ kind = "csv", path = "{}" }}',
        'landscape = {{ kind = "npz", path = "bowl.npz", trajectory = "{}" }}',
    ],
)
def test_a_scene_file_reads_nothing_outside_of_its_folder(
    path: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = tmp_path / "scene.toml"
    scene.write_text(f"[[shots]]\n[shots.experiment]\n{line.format(path)}\n", encoding="utf-8")
    assert main(["compute", str(scene), "-o", str(tmp_path / "out.npz")]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"{scene}: shots[0].experiment.")
    assert f"'{path}' lies outside of the scene file's folder" in said


# -- exporters -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def production(surface: Path) -> Production:
    """The surface as a film of half a second, made as the command makes it."""
    storyboard = coarse(surface_storyboard(surface))
    return production_of(storyboard, *storyboard.run().landscapes)


@pytest.mark.parametrize("kind", list(EXPORTERS))
def test_a_surface_of_a_file_is_exported_in_every_format(kind: str, production: Production, tmp_path: Path) -> None:
    files = export_landscapes(EXPORTERS[kind](), production, tmp_path)
    assert files
    assert all(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())


@pytest.mark.parametrize(
    ("kind", "suffix", "precision"),
    [("csv", ".csv", 0), ("npz", ".npz", 0), ("li_hdf5", ".h5", 0), ("vtp", ".vtp", 1e-5)],
)
def test_what_went_out_comes_in(
    kind: str, suffix: str, precision: float, production: Production, tmp_path: Path
) -> None:
    """Losses and missing points where they were."""
    files = export_landscapes(EXPORTERS[kind](), production, tmp_path)
    file = next(file for file in files if file.suffix == suffix and "path" not in file.name)
    (expected,) = production.results.landscapes
    read = read_landscape(file)
    np.testing.assert_allclose(read.loss, expected.loss, rtol=max(precision, 1e-12))
    if kind != "vtp":  # which is in metres
        np.testing.assert_allclose(read.x, expected.x, atol=1e-12)
