"""What the package imports is what it asks for, and what the extension brings."""

from __future__ import annotations

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from lsblender.errors import LsbError
from lsblender.libraries import LIBRARIES, missing_libraries, require_libraries
from tests.test_architecture import BLENDER

ROOT = Path(__file__).parents[1]
#: A module of PyTorch is its owner's, who has it; Dask is for farms, and asked for there.
OPTIONAL = ("torch", "dask", "distributed")


def imported(source: str) -> set[str]:
    """The top names of all absolute imports in a source, except those of Python and Blender."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").split(".")[0])
    return names - sys.stdlib_module_names - BLENDER - {"numpy"}


def test_all_that_is_imported_is_asked_for() -> None:
    found = set().union(*(imported(path.read_text(encoding="utf-8")) for path in (ROOT / "lsblender").rglob("*.py")))
    assert {"scipy", "sklearn", "cattrs"} <= found
    assert found <= {*LIBRARIES, *OPTIONAL}


def test_all_that_is_asked_for_is_brought() -> None:
    pinned = tomllib.loads((ROOT / "addon_manifest.toml").read_text(encoding="utf-8"))["wheels_pinned"]
    distributions = packages_distributions()
    for tag, versions in pinned.items():
        brought = {canonicalize_name(name) for name in versions}
        asked = {canonicalize_name(distributions[name][0]) for name in LIBRARIES}
        assert asked <= brought, tag


def test_what_is_missing_is_said_in_one_line() -> None:
    assert missing_libraries() == []
    require_libraries()
    with pytest.raises(LsbError, match=r"without its libraries \(absent_one, absent_two\); install") as caught:
        require_libraries(("scipy", "absent_one", "absent_two"))
    assert "\n" not in str(caught.value)
