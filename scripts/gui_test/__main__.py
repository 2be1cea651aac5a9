"""The built extension in a real Blender with a real window, pressed by a real mouse.

    .venv/bin/python scripts/gui_test [--zip FILE] [--screenshots FOLDER]

Blender comes from Debian, in a folder made by debootstrap (some minutes the first time), under Xvfb. Needs root. Where
the window can not be had, the test has failed. `story.py` is what is done there.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SCRIPTS))

from build_extension import main as build  # noqa: E402
from starting.messages import StartError, tell  # noqa: E402

from gui_test.root import WORK, enter, prepare_root  # noqa: E402


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="gui_test", description="Try the extension in a real window.")
    parser.add_argument("--zip", type=Path, help="the built extension (default: build it)")
    parser.add_argument("--screenshots", type=Path, help="a folder for what was seen")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        try:
            status = play(options.zip, folder)
        except StartError as error:
            tell(str(error))
            status = 1
        if options.screenshots and (folder / "screenshots").is_dir():
            shutil.copytree(folder / "screenshots", options.screenshots, dirs_exist_ok=True)
        if status and (folder / "blender.log").exists():
            tell((folder / "blender.log").read_text(errors="replace")[-2000:])
    tell("The test in the window failed." if status else "The test in the window passed.")
    return status


def play(zipped: Path | None, folder: Path) -> int:
    """Install the zip in the window's Blender, and tell the story."""
    root = prepare_root()
    if zipped is None:
        if build(["--platform", "linux-x64", "--folder", str(folder / "dist")]):
            return 1
        (zipped,) = (folder / "dist").iterdir()
    (folder / "home").mkdir()
    shutil.copy(zipped, folder / "extension.zip")
    shutil.copytree(SCRIPTS / "gui_test", folder / "gui_test")
    install = ("blender", "--command", "extension", "install-file", "-r", "user_default", "-e")
    if enter(root, folder, *install, str(WORK / "extension.zip")):
        raise StartError("Blender did not install the zip")
    return enter(root, folder, "env", "-C", str(WORK), "python3", "-m", "gui_test.story", str(WORK))


if __name__ == "__main__":
    sys.exit(main())
