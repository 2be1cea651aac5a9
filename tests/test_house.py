"""The house: style and types of the whole repository, the manifest's facts, nothing that ties it to one
machine.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from lsblender.version import version_of

ROOT = Path(__file__).parents[1]
MANIFEST = tomllib.loads((ROOT / "addon_manifest.toml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def files() -> list[Path]:
    """Every file of the repository that git has, or would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


# -- tools ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "--output-format", "concise"],
        ["ruff", "format", "--check"],
        ["mypy"],
    ],
    ids=["ruff check", "ruff format", "mypy"],
)
def test_tool_finds_nothing(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr


# -- the tree ------------------------------------------------------------------------------------------------

#: Paths of one machine and hosts of package registries; written with a ~ so as not to find itself.
NOT_PORTABLE = re.compile(
    r"(?:^|[^\w.])/(?:wo~rk|ro~ot|fa~rm|ho~me)/\w"
    r"|[A-Z]:\\{1,2}Us~ers"
    r"|py~pi\.(?:org|python)"
    r"|pythonho~sted\.(?:org|com)"
    r"|npm~js\.(?:org|com)"
    r"|proxy\.go~lang\.org"
    r"|\w\.deb~ian\.org".replace("~", ""),
    re.MULTILINE,
)


@pytest.mark.parametrize(
    "text",
    [
        "see /wo~rk/main/x",
        '"/ro~ot/a"',
        "C:\\Us~ers\\me",
        "https://py~pi.org/simple",
        "http://ftp.deb~ian.org",
    ],
)
def test_not_portable_is_found(text: str) -> None:
    assert NOT_PORTABLE.search(text.replace("~", ""))


@pytest.mark.parametrize("text", ["art/wo~rk/x", "../wo~rk/x", "http://127.0.0.1:8000", "a Debian system"])
def test_portable_is_let_through(text: str) -> None:
    assert not NOT_PORTABLE.search(text.replace("~", ""))


def test_nothing_ties_it_to_one_machine() -> None:
    found = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match.group().strip()}" for match in NOT_PORTABLE.finditer(text)]
    assert found == []


def test_no_large_files() -> None:
    large = {str(path.relative_to(ROOT)): path.stat().st_size for path in files() if path.stat().st_size > 2e6}
    assert large == {}


def test_no_test_is_skipped() -> None:
    """A test that does not run where something is missing proves nothing there."""
    banned = {"skip", "skipif", "xfail", "importorskip"}
    found = []
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in banned:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.attr}")
    assert found == []


# -- the manifest --------------------------------------------------------------------------------------------


def test_manifest_facts() -> None:
    assert MANIFEST["schema_version"] == "1.0.0"
    assert MANIFEST["id"] == "lsblender"
    assert MANIFEST["type"] == "add-on"
    assert MANIFEST["license"] == ["SPDX:GPL-3.0-or-later"]
    assert MANIFEST["blender_version_min"] == "4.2.0"
    assert "blender" not in MANIFEST["name"].lower()
    assert "network" not in MANIFEST["permissions"]
    for text in (MANIFEST["tagline"], *MANIFEST["permissions"].values()):
        assert 0 < len(text) <= 64
        assert not text.endswith(".")


def test_one_version() -> None:
    """The version that hatch finds by its pattern is the manifest's, and the program's."""
    hatch = PROJECT["tool"]["hatch"]["version"]
    text = (ROOT / hatch["path"]).read_text(encoding="utf-8")
    found = re.findall(hatch["pattern"], text, flags=re.MULTILINE)
    assert found == [MANIFEST["version"]]
    assert str(Version(found[0])) == found[0]
    assert version_of(ROOT / "lsblender") == found[0]
    assert PROJECT["project"]["dynamic"] == ["version"]


def test_licence() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE\n                       Version 3, 29 June 2007" in text
    assert PROJECT["project"]["license"] == "GPL-3.0-or-later"


def locked(python: str, lock: str = "requirements.lock") -> dict[str, str]:
    """The versions in a lock for a Python, on Linux."""
    environment = {"python_version": python, "python_full_version": f"{python}.7", "sys_platform": "linux"}
    text = (ROOT / "scripts" / lock).read_text(encoding="utf-8")
    lines = (line.split("#")[0].rstrip(" \\") for line in text.splitlines() if line[:1].isalnum())
    return {
        canonicalize_name(requirement.name): next(iter(requirement.specifier)).version
        for requirement in map(Requirement, lines)
        if requirement.marker is None or requirement.marker.evaluate(environment)
    }


@pytest.mark.parametrize(("tag", "python"), [("cp311", "3.11"), ("cp313", "3.13")])
def test_wheels_are_those_of_the_lock(tag: str, python: str) -> None:
    """What the extension brings along is what the tests run with."""
    pinned = {name.replace("_", "-"): version for name, version in MANIFEST["wheels_pinned"][tag].items()}
    assert pinned == {name: locked(python).get(name, "not locked") for name in pinned}
    assert "numpy" not in pinned


@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_locks_fit_the_project(python: str) -> None:
    """Every version in the locks is one that pyproject.toml allows."""
    wanted = {
        "requirements.lock": PROJECT["project"]["dependencies"],
        "requirements-tests.lock": PROJECT["project"]["optional-dependencies"]["test"],
    }
    for lock, requirements in wanted.items():
        for requirement in map(Requirement, requirements):
            if requirement.marker is None or requirement.marker.evaluate({"python_version": python}):
                assert requirement.specifier.contains(locked(python, lock)[requirement.name]), requirement


@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_tests_run_what_is_locked_for_the_program(python: str) -> None:
    program, tests = locked(python), locked(python, "requirements-tests.lock")
    assert program == {name: tests.get(name, "not locked") for name in program}
    assert not {"pytest", "vtk", "usd-core", "mypy"} & set(program)


def test_locks_name_all_that_their_packages_need() -> None:
    """start.py lets pip look for nothing else; what is installed here in the locked version says what it asks for."""
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for lock in ("requirements.lock", "requirements-tests.lock"):
        versions = locked(python, lock)
        asked = {
            (name, canonicalize_name(requirement.name))
            for distribution in distributions()
            if versions.get(name := canonicalize_name(distribution.name)) == distribution.version
            for requirement in map(Requirement, distribution.requires or ())
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        }
        assert {("bpy", "numpy"), ("scikit-learn", "joblib")} <= asked
        assert {pair for pair in asked if pair[1] not in versions} <= {("vtk", "matplotlib")}
