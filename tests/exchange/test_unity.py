"""The Unity package: what Unity asks of such a folder, and that all that is in it lies over each other.

What Unity's importers do to a file is applied by hand: glTF's and FBX's first axis is flipped, Pcx changes nothing.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from plyfile import PlyData
from scipy.spatial import cKDTree

from lsblender.engine.optimizers import OPTIMIZERS
from lsblender.exchange import Production, UnityPackage, export_landscapes
from lsblender.exchange.axes import in_unity, unity_rotation
from lsblender.exchange.unity import package_name
from lsblender.exchange.unity.film import settings_text
from lsblender.terminal import quiet_stdout
from tests.exchange.gltf import animation, attribute, glb_of
from tests.exchange.productions import ball_places, clip, grounds_of, production_of, small_film, top_of

Array = NDArray[np.float64]
FLIP = np.array([-1.0, 1.0, 1.0])
#: Of the second landscape, 30 m wide: it has to fit 10 m round the origin.
SCALES = (1.0, 10.0 / 15.0)


@pytest.fixture(scope="module")
def production() -> Production:
    return small_film()


@pytest.fixture(scope="module")
def package(production: Production, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project") / "Packages" / "film"
    with quiet_stdout():
        export_landscapes(UnityPackage(), production, folder)
    return folder


@pytest.fixture(scope="module")
def said(package: Path) -> dict[str, Any]:
    """landscape.json, which must be strict JSON."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    text = (package / "landscape.json").read_text(encoding="utf-8")
    return dict(json.loads(text, parse_constant=refuse))


def fbx_points(file: Path, name: bytes) -> Array:
    """The points of a geometry in an FBX file, as raw records."""
    from io_scene_fbx import parse_fbx

    root, _ = parse_fbx.parse(str(file))
    (objects,) = (part for part in root.elems if part and part.id == b"Objects")
    geometries = [part for part in objects.elems if part.id == b"Geometry"]
    # the exporter triangulates a copy, which may have a number behind its name
    (found,) = (part for part in geometries if re.match(name + rb"(\.\d+)?\0", part.props[1]))
    (points,) = (part for part in found.elems if part.id == b"Vertices")
    return np.array(points.props[0]).reshape(-1, 3)


# -- the folder ----------------------------------------------------------------------------------------------


def test_package_is_one(package: Path) -> None:
    """What Unity's package manager asks for, by its documentation."""
    facts = json.loads((package / "package.json").read_text(encoding="utf-8"))
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*(\.[a-z0-9_-]+){2,}", facts["name"])
    assert len(facts["name"]) <= 50
    assert re.fullmatch(r"\d+\.\d+\.\d+(-[\w.]+)?", facts["version"])
    assert re.fullmatch(r"\d{4}\.\d", facts["unity"])
    assert facts["displayName"] == "Größe: 2/3"
    for sample in facts["samples"]:
        assert (package / sample["path"]).is_dir()
        assert list((package / sample["path"]).glob("*.cs"))
    for name in ("README.md", "LICENSE.md", "landscape.json", "Runtime", "Editor", "Data"):
        assert (package / name).exists()


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("", "landscape"),
        ("Größe: 2/3", "gr-e-2-3"),
        ("../../x", "x"),
        ("ABC.def", "abc-def"),
        ("x" * 99, "x" * 30),
        ("日本", "landscape"),
    ],
)
def test_name_of_a_package(title: str, name: str) -> None:
    assert package_name(title) == f"com.lsblender.{name}"


def test_assemblies(package: Path) -> None:
    runtime, editor = (json.loads(file.read_text()) for file in sorted(package.rglob("*.asmdef"), reverse=True))
    assert (runtime["name"], runtime["includePlatforms"]) == ("Lsblender", [])
    assert (editor["references"], editor["includePlatforms"]) == ([runtime["name"]], ["Editor"])
    assert [item["name"] for item in editor["versionDefines"]] == ["jp.keijiro.pcx"]
    for script in package.rglob("*.cs"):
        uses_editor = "using UnityEditor" in script.read_text()
        assert uses_editor == (script.parent.name == "Editor")


def test_everything_has_a_guid_of_its_own(package: Path, tmp_path: Path) -> None:
    """A .meta beside all that Unity sees; the same in a second export, and for the scripts in any film."""

    def guids(folder: Path) -> dict[str, str]:
        found = {}
        for meta in sorted(folder.rglob("*.meta")):
            text = meta.read_text()
            assert text.startswith("fileFormatVersion: 2\nguid: ")
            owner = meta.with_suffix("")
            assert owner.is_dir() == ("folderAsset: yes" in text)
            (guid,) = re.findall(r"^guid: ([0-9a-f]{32})$", text, re.MULTILINE)
            found[str(owner.relative_to(folder))] = guid
        return found

    first = guids(package)
    visible = {
        str(path.relative_to(package))
        for path in package.rglob("*")
        if path.suffix != ".meta" and not any(part.endswith("~") for part in path.relative_to(package).parts)
    }
    assert set(first) == visible
    assert len(set(first.values())) == len(first)
    found = []
    for _ in range(2):
        with quiet_stdout():
            export_landscapes(UnityPackage(), clip(24), tmp_path)
        found.append(guids(tmp_path))
    assert found[0] == found[1]
    shared = {name for name, guid in found[0].items() if guid == first[name]}
    assert shared == {name for name in first if Path(name).parts[0] in ("Runtime", "Editor")}


# -- all in one place ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shot", [0, 1])
def test_cloud_glb_and_fbx_lie_over_each_other(shot: int, package: Path, production: Production) -> None:
    """In Unity's eyes, to a tenth of a millimetre; the middle is the origin, and nothing is beyond 10 m."""
    data, number = package / "Data", shot + 1
    vertex = PlyData.read(data / f"surface_{number}.ply")["vertex"].data
    cloud = np.column_stack([vertex[name] for name in "xyz"]).astype(float)
    glb = glb_of(data / f"landscape_{number}.glb")
    in_glb = attribute(glb, "Landscape", "POSITION") * FLIP
    in_fbx = fbx_points(data / f"landscape_{number}.fbx", b"Landscape") * FLIP
    terrain = grounds_of(production)[shot]
    wanted = top_of(terrain)[:, [0, 2, 1]] * (-1.0, 1.0, -1.0) * SCALES[shot]
    for points in (in_glb, in_fbx):
        tree = cKDTree(points)
        assert tree.query(cloud)[0].max() < 1e-4
        assert tree.query(wanted)[0].max() < 1e-4
        assert abs(points).max() <= 10.0 + 1e-5
        low, high = points.min(axis=0), points.max(axis=0)
        np.testing.assert_allclose((low + high)[[0, 2]], 0.0, atol=1e-4)
    for name in ("Ball_1", "Trail_1"):
        a = attribute(glb, name, "POSITION") * FLIP
        assert cKDTree(a).query(fbx_points(data / f"landscape_{number}.fbx", name.encode()) * FLIP)[0].max() < 1e-4


def test_nodes_are_not_turned_or_scaled(package: Path) -> None:
    for file in package.glob("Data/*.glb"):
        for node in glb_of(file)[0]["nodes"]:
            moves = node["name"].startswith("Ball")
            assert not {"matrix", "scale"} & set(node)
            assert moves or not {"translation", "rotation"} & set(node)


@pytest.mark.parametrize("shot", [0, 1])
def test_tables_of_balls(shot: int, package: Path, production: Production, said: dict[str, Any]) -> None:
    """The film's balls in Unity's axes, frame by frame, as in the GLB after its flip."""
    balls = said["shots"][shot]["balls"]
    (segment,) = (part for part in production.film.segments if part.shot == shot and not part.is_transition)
    assert len(balls) == len(segment.balls)
    glb = glb_of(package / "Data" / f"landscape_{shot + 1}.glb")
    for k, (ball, way) in enumerate(zip(balls, ball_places(production, shot), strict=True)):
        table = np.genfromtxt(package / ball["table"], delimiter=",", names=True)
        np.testing.assert_allclose(table["time"], np.arange(len(way)) / 12, atol=1e-8)
        places = np.column_stack([table[name] for name in "xyz"])
        np.testing.assert_allclose(places, way[:, [0, 2, 1]] * (-1.0, 1.0, -1.0) * SCALES[shot], atol=1e-6)
        np.testing.assert_allclose(table["radius"], segment.balls[k].radius * SCALES[shot], rtol=1e-6)
        seconds, keys = animation(glb, f"Ball_{k + 1}", "translation")
        np.testing.assert_allclose(seconds, table["time"], atol=1e-6)
        np.testing.assert_allclose(keys * FLIP, places, atol=1e-5)
        # a mirror of x turns about y and z the other way round
        turns = animation(glb, f"Ball_{k + 1}", "rotation")[1] * (1.0, -1.0, -1.0, 1.0)
        found = np.column_stack([table[name] for name in ("qx", "qy", "qz", "qw")])
        np.testing.assert_allclose(abs(np.sum(turns * found, axis=1)), 1.0, atol=1e-5)
        motion, path = production.film.motions[shot][k], production.results.landscapes[shot].paths[k]
        np.testing.assert_allclose(table["step"], motion.step, rtol=1e-7)
        np.testing.assert_allclose(table["loss"], path.loss[motion.step.astype(int)], rtol=1e-7)
        contact = np.column_stack([table[f"contact_{name}"] for name in "xyz"])
        apart = np.linalg.norm(places - contact, axis=1)
        np.testing.assert_allclose(apart, table["radius"], rtol=0.05)


def test_axes_by_hand() -> None:
    """Blender's (1, 2, 3) is (1, 3, -2) in a GLB, and Unity sees (-1, 3, -2); a quarter turn about Blender's z, from x
    to y, is one in Unity about y, from its -x to its -z.
    """
    assert in_unity(np.array([1.0, 2.0, 3.0])).tolist() == [-1.0, 3.0, -2.0]
    half = np.sqrt(0.5)
    turn = np.array([half, 0.0, 0.0, half])
    w, *v = unity_rotation(turn)
    point = in_unity(np.array([1.0, 0.0, 0.0]))
    turned = point + 2 * np.cross(v, np.cross(v, point) + w * point)
    np.testing.assert_allclose(turned, in_unity(np.array([0.0, 1.0, 0.0])), atol=1e-12)


# -- colours and heights -------------------------------------------------------------------------------------


@pytest.mark.parametrize("shot", [0, 1])
def test_palette_lies_on_the_ground_by_height(shot: int, package: Path, production: Production) -> None:
    """What the texture coordinates find in the picture is the colour that the vertex has itself."""
    glb = glb_of(package / "Data" / f"landscape_{shot + 1}.glb")
    terrain = grounds_of(production)[shot]
    with Image.open(package / "Data" / f"palette_{shot + 1}.png") as picture:
        table = np.array(picture)[0].astype(float)
    uv = attribute(glb, "Landscape", "TEXCOORD_0")[: terrain.z.size]
    linear = attribute(glb, "Landscape", "COLOR_0")[: terrain.z.size, :3]
    own = 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
    place = uv[:, 0] * 256 - 0.5
    seen = np.column_stack([np.interp(place, np.arange(256), table[:, k]) for k in range(3)])
    assert abs(seen - own).max() <= 2.0
    assert uv[:, 0].min() >= 0.5 / 256
    assert uv[:, 0].max() <= 1 - 0.5 / 256


def test_fbx_has_the_palette_beside_it(package: Path) -> None:
    """Unity looks for a texture by its name beside the model."""
    from io_scene_fbx import parse_fbx

    root, _ = parse_fbx.parse(str(package / "Data" / "landscape_2.fbx"))
    (objects,) = (part for part in root.elems if part and part.id == b"Objects")
    (texture,) = (part for part in objects.elems if part.id == b"Texture")
    (name,) = (part.props[0] for part in texture.elems if part.id == b"RelativeFilename")
    assert name == b"palette_2.png"
    assert (package / "Data" / name.decode()).is_file()
    shades = {}
    for material in (part for part in objects.elems if part.id == b"Material"):
        (table,) = (part for part in material.elems if part.id == b"Properties70")
        (shade,) = (p.props[4:7] for p in table.elems if p.props[0] == b"DiffuseColor")
        shades[material.props[1].split(b"\0")[0]] = np.array(shade) * 255
    palette = small_film().storyboard.shots[1].look.palette
    np.testing.assert_allclose(shades[b"Surface"], 255)
    np.testing.assert_allclose(shades[b"Block"], list(bytes.fromhex(palette.deep[1:])), atol=0.01)
    np.testing.assert_allclose(shades[b"Ball_1"], list(bytes.fromhex(palette.accent[1:])), atol=0.01)


@pytest.mark.parametrize("shot", [0, 1])
def test_raw_height_map_is_the_ground(shot: int, package: Path, production: Production, said: dict[str, Any]) -> None:
    """Unity reads rows along z and columns along x, from the corner at `position` on over `size`."""
    told = said["shots"][shot]["heightMap"]
    values = np.fromfile(package / told["file"], "<u2")
    assert values.size == told["resolution"] ** 2
    heights = values.reshape(told["resolution"], -1) / 65_536 * told["size"][1] + told["position"][1]
    x, z = (told["position"][k] + np.linspace(0, told["size"][k], told["resolution"]) for k in (0, 2))
    vertex = PlyData.read(package / "Data" / f"surface_{shot + 1}.ply")["vertex"].data
    from scipy.interpolate import RegularGridInterpolator

    drawn = RegularGridInterpolator((z, x), heights)(np.column_stack([vertex["z"], vertex["x"]]).clip(z[0], z[-1]))
    assert abs(drawn - vertex["y"]).max() < 0.03 * told["size"][1]
    assert np.corrcoef(drawn, vertex["y"])[0, 1] > 0.999
    assert production.storyboard.shots[shot].look.relief.width * SCALES[shot] == pytest.approx(told["size"][0])


def test_landscape_json(said: dict[str, Any], production: Production) -> None:
    """Units, axes, grid, heights, losses, frames, optimizers, colours: everything that a script may ask for."""
    film = production.film
    assert (said["title"], said["fps"], said["units"]) == ("Größe: 2/3", 12, "metres, seconds")
    segments = [part for part in film.segments if not part.is_transition]
    for shot, segment, terrain, ground, scale in zip(
        said["shots"], segments, grounds_of(production), production.results.landscapes, SCALES, strict=True
    ):
        assert [shot["firstFrame"], shot["lastFrame"]] == segment.frames[[0, -1]].tolist()
        assert shot["seconds"] == pytest.approx((len(segment.frames) - 1) / 12)
        assert shot["scale"] == pytest.approx(scale)
        grid = shot["grid"]
        assert grid["points"] == [len(ground.x), len(ground.y)]
        corner = (np.array(grid["last"]) - grid["centre"]) * grid["metresPerUnit"]
        np.testing.assert_allclose(corner, np.array([terrain.x[-1], terrain.y[-1]]) * scale)
        assert grid["explainedVariance"] == []
        heights = shot["heights"]
        assert heights["lowest"] == pytest.approx(ground.loss.min())
        assert heights["highest"] == pytest.approx(ground.loss.max())
        metres = np.interp(ground.loss, heights["tableLoss"], heights["tableMetres"])
        wanted = terrain.z_of(ground.loss) * scale
        np.testing.assert_allclose(metres, wanted, atol=0.01 * heights["relief"])
        assert [ball["lastStep"] for ball in shot["balls"]] == [len(path.xy) - 1 for path in ground.paths]
        for ball in shot["balls"]:
            assert re.fullmatch("#[0-9a-f]{6}", ball["colour"])
    assert said["shots"][1]["title"] == "Zweiter <Teil> & mehr"
    assert settings_text(OPTIMIZERS["sgd"](learning_rate=0.25)) == "sgd, learning_rate = 0.25"
    assert settings_text(OPTIMIZERS["adam"]()) == "adam"


def test_explained_variance_is_told(tmp_path: Path) -> None:
    ground = replace(clip(24).results.landscapes[0], explained=np.array([0.75, 0.125]))
    with quiet_stdout():
        export_landscapes(UnityPackage(), production_of(clip(24).storyboard, ground), tmp_path)
    told = json.loads((tmp_path / "landscape.json").read_text(encoding="utf-8"))
    assert told["shots"][0]["grid"]["explainedVariance"] == [0.75, 0.125]
