"""Build the extension: a zip for each platform, with the libraries that Blender does not bring.

    .venv/bin/python scripts/build_extension.py [--platform linux-x64|windows-x64|macos-arm64|macos-x64|all]

The zips come into `dist/`. The first build downloads about 100 MB for each platform, later ones need no network.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from extension import ROOT
from extension.wheels import PLATFORMS, collect_wheels
from extension.zips import build_zip, read_manifest
from starting.messages import StartError, tell


def this_platform() -> str:
    """Blender's name of the platform that this runs on."""
    if sys.platform == "darwin":
        return "macos-arm64"  # there is no Blender 5 for the others
    return "windows-x64" if sys.platform == "win32" else "linux-x64"


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="build_extension.py", description="Build the extension's zip.")
    parser.add_argument("--platform", choices=[*PLATFORMS, "all"], default=this_platform())
    parser.add_argument("--folder", type=Path, default=ROOT / "dist", help="where to (default: dist)")
    options = parser.parse_args(words)
    pins = read_manifest()["wheels_pinned"]
    try:
        for platform in PLATFORMS if options.platform == "all" else [options.platform]:
            print(build_zip(platform, collect_wheels(platform, pins), options.folder))
    except StartError as error:
        tell(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
