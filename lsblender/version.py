"""The version, from the one place where it is written: the add-on's manifest."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def package_version() -> str:
    """The version of the code that is running; "unknown" for a folder copied by hand, without a manifest."""
    return version_of(Path(__file__).parent)


def version_of(package: Path) -> str:
    """The version of the package in this folder.

    A checkout has addon_manifest.toml beside the package, an extension its blender_manifest.toml in it. The
    metadata of an installed distribution comes last: it may be that of another copy.
    """
    manifest = _manifest_of(package)
    if manifest:
        return str(manifest["version"])
    from importlib.metadata import PackageNotFoundError, version  # slow, and seldom needed

    try:
        return version("lsblender")
    except PackageNotFoundError:
        return "unknown"


def website() -> str:
    """The project's site, as the manifest has it; empty where it has none."""
    return str(_manifest_of(Path(__file__).parent).get("website", ""))


def _manifest_of(package: Path) -> dict[str, Any]:
    """The manifest of the package in this folder; empty where there is none."""
    for manifest in (package.parent / "addon_manifest.toml", package / "blender_manifest.toml"):
        if manifest.is_file():
            return tomllib.loads(manifest.read_text(encoding="utf-8"))
    return {}
