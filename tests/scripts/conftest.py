"""The extension's zip, built once."""

from __future__ import annotations

from pathlib import Path

import pytest
from build_extension import main


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip for this platform, as the command builds it."""
    folder = tmp_path_factory.mktemp("dist")
    assert main(["--platform", "linux-x64", "--folder", str(folder)]) == 0
    (zipped,) = folder.iterdir()
    return zipped
