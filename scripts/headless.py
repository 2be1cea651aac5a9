"""The command line inside Blender's own executable.

    blender --background --python scripts/headless.py -- render scenes/quickstart.toml

Blender brings bpy and numpy; scipy, scikit-learn and cattrs are taken from the project's .venv (made by
scripts/start.py) where its Python is the same version, so that nothing has to be installed into Blender.
"""

import signal
import site
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def find_libraries() -> None:
    """Put the package, and if need be the project's libraries, behind Blender's own on the path."""
    sys.path.insert(0, str(ROOT))
    from lsblender.libraries import missing_libraries

    if missing_libraries():
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        for folder in (
            ROOT / ".venv" / "lib" / version / "site-packages",
            ROOT / ".venv" / "Lib" / "site-packages",
        ):
            if folder.is_dir():
                site.addsitedir(str(folder))
    if missing := missing_libraries():
        sys.exit(
            f"Blender's Python {sys.version_info[0]}.{sys.version_info[1]} lacks {', '.join(missing)}; "
            "run scripts/start.py once with a Python of that version, so that .venv has them"
        )


def arguments() -> list[str]:
    """What follows the `--` on Blender's command line."""
    return sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []


find_libraries()
# Blender's executable has a handler of its own, under which Ctrl-C would not reach Python
signal.signal(signal.SIGINT, signal.default_int_handler)

from lsblender.cli import main  # noqa: E402

sys.exit(main(arguments()))
