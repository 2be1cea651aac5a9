"""The zip: what is in it, and what is said where it can not be built."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from extension import wheels, zips
from packaging.tags import Tag
from packaging.utils import canonicalize_name, parse_wheel_filename
from starting.messages import StartError

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "addon_manifest.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def names(built: Path) -> list[str]:
    with zipfile.ZipFile(built) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def manifest(built: Path) -> dict[str, object]:
    with zipfile.ZipFile(built) as archive:
        return tomllib.loads(archive.read("blender_manifest.toml").decode())


def test_manifest_is_the_project_s_with_the_wheels(manifest: dict[str, object], names: list[str]) -> None:
    """All facts are taken over; instead of versions there are files, and each is in the zip."""
    assert {key: value for key, value in manifest.items() if key not in ("wheels", "platforms")} == {
        key: value for key, value in PROJECT.items() if key != "wheels_pinned"
    }
    assert manifest["platforms"] == ["linux-x64"]
    listed = manifest["wheels"]
    assert isinstance(listed, list)
    assert {f"./{name}" for name in names if name.endswith(".whl")} == set(listed)


@pytest.mark.parametrize("python", ["cp311", "cp313"])
def test_each_python_finds_every_pinned_wheel(python: str, names: list[str]) -> None:
    """By the rules of `packaging`: one wheel for each package that this Python on this platform may load."""
    minor = python.removeprefix("cp3")
    fitting = {Tag(python, abi, f"manylinux_2_{glibc}_x86_64") for abi in (python, "abi3") for glibc in range(5, 29)}
    fitting |= {
        Tag(f"cp3{older}", "abi3", f"manylinux_2_{g}_x86_64") for older in range(2, int(minor)) for g in (17, 28)
    }
    fitting |= {Tag("py3", "none", "any")}
    found = {}
    for name in names:
        if name.endswith(".whl"):
            package, version, _, tags = parse_wheel_filename(Path(name).name)
            if tags & fitting:
                assert package not in found
                found[package] = str(version)
    assert found == {canonicalize_name(name): version for name, version in PROJECT["wheels_pinned"][python].items()}


def test_wheels_are_those_of_the_lock(built: Path) -> None:
    """The hash of every wheel is written in requirements.lock."""
    lock = (ROOT / "scripts" / "requirements.lock").read_text(encoding="utf-8")
    with zipfile.ZipFile(built) as archive:
        for name in archive.namelist():
            if name.endswith(".whl"):
                assert f"sha256:{hashlib.sha256(archive.read(name)).hexdigest()}" in lock, name


def test_package_and_scenes_are_there(names: list[str]) -> None:
    sources = {str(path.relative_to(ROOT / "lsblender")) for path in (ROOT / "lsblender").rglob("*.py")}
    scenes = {f"scenes/{path.name}" for path in (ROOT / "scenes").glob("*.toml")}
    assert sources | scenes | {"LICENSE", "README.md", "engine/datasets/mnist.npz"} <= set(names)
    assert not [name for name in names if "__pycache__" in name or name.startswith(("tests", "scripts", "numpy"))]


# -- wheels ------------------------------------------------------------------------------------------------------


def test_a_wheel_that_was_changed_is_not_used(tmp_path: Path) -> None:
    name = "tomli_w-1.2.0-py3-none-any.whl"
    (tmp_path / name).write_bytes(b"something else")
    assert list(wheels.cached_wheels(tmp_path, {"tomli_w": "1.2.0"})) == []


def test_a_version_that_is_not_locked_is_named() -> None:
    with pytest.raises(StartError, match=r"cattrs 1\.0 of addon_manifest\.toml is not in scripts/requirements\.lock"):
        list(wheels.requirement_lines({"cattrs": "1.0"}))


@pytest.mark.parametrize(
    ("index", "reason"),
    [("http://127.0.0.1:9/simple", "the package index cannot be reached"), (None, "has no tomli_w==1.2.0")],
    ids=["no network", "no such wheel"],
)
def test_what_can_not_be_had_is_one_line(
    index: str | None, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "simple").mkdir()
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("PIP_INDEX_URL", index or (tmp_path / "simple").as_uri())
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(StartError) as caught:
        wheels.download("windows-x64", "cp313", {"tomli_w": "1.2.0"}, tmp_path)
    line = str(caught.value)
    assert line.startswith("The wheels for windows-x64 can not be had: ")
    assert reason in line
    assert "\n" not in line


def test_every_platform_has_pins_for_its_pythons() -> None:
    assert set(wheels.PLATFORMS) == {"linux-x64", "windows-x64", "macos-arm64", "macos-x64"}
    for platform in wheels.PLATFORMS.values():
        assert set(platform.pythons) <= set(PROJECT["wheels_pinned"])


# -- Blender's tool ------------------------------------------------------------------------------------------------


def test_what_blender_refuses_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A manifest that Blender does not take: nothing is left in the folder, and what was there stays."""
    wrong = {**PROJECT, "tagline": "With a full stop."}
    monkeypatch.setattr(zips, "read_manifest", lambda: wrong)
    before = tmp_path / f"lsblender-{PROJECT['version']}-linux-x64.zip"
    before.write_text("before")
    with pytest.raises(StartError, match="Blender's extension tool refused to build") as caught:
        zips.build_zip("linux-x64", [], tmp_path)
    assert "tagline" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(before.name, "before")]


def test_without_blender_it_says_which_python_to_take(tmp_path: Path) -> None:
    """A Python without packages, as /usr/bin/python3 is."""
    code = "import sys; sys.modules['tomli_w'] = sys; sys.path.insert(0, sys.argv[1])\n"
    code += "from extension import zips\nzips.find_tool()"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, str(ROOT / "scripts")], capture_output=True, text=True, env={"PATH": ""}
    )
    assert "has no bpy; run this with the Python of .venv, which scripts/start.py makes" in done.stderr
