"""Where things are."""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def venv_path(*parts: str) -> str:
    return os.path.join(ROOT, ".venv", *parts)


def venv_python() -> str:
    return venv_path("Scripts", "python.exe") if sys.platform == "win32" else venv_path("bin", "python")


def lock_file(tests: bool) -> str:
    """The locked packages of the program, or those and what its tests need."""
    return os.path.join(ROOT, "scripts", "requirements-tests.lock" if tests else "requirements.lock")


def cache_path(*parts: str) -> str:
    """A place in the user's cache, for what can be fetched again."""
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        cache = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    else:
        cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    return os.path.join(cache, "lsblender", *parts)
