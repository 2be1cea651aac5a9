"""One version, found in a checkout, an extension and an installed package."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from lsblender.version import package_version, version_of

ROOT = Path(__file__).parent.parent


def test_checkout() -> None:
    manifest = (ROOT / "addon_manifest.toml").read_text(encoding="utf-8")
    (expected,) = re.findall(r'^version = "([^"]+)"', manifest, re.MULTILINE)
    assert package_version() == expected


def test_order(tmp_path: Path) -> None:
    """The checkout's manifest, then the extension's, then what pip knows."""
    package = tmp_path / "lsblender"
    package.mkdir()
    try:
        installed = version("lsblender")
    except PackageNotFoundError:
        installed = "unknown"
    assert version_of(package) == installed
    (package / "blender_manifest.toml").write_text('version = "1.2.3"\n', encoding="utf-8")
    assert version_of(package) == "1.2.3"
    (tmp_path / "addon_manifest.toml").write_text('version = "4.5.6"\n', encoding="utf-8")
    assert version_of(package) == "4.5.6"
