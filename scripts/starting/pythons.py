"""Finding a Python that there is a Blender for."""

import glob
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple

from .messages import StartError
from .paths import venv_python

# The systems that have wheels of everything in requirements.lock, for each Python that has a Blender 5. (win32-arm64
# lacks some of requirements-tests.lock.)
SYSTEMS = {
    "3.11": ("linux-x86_64", "darwin-arm64", "win32-amd64"),
    "3.13": ("linux-x86_64", "darwin-arm64", "win32-amd64", "win32-arm64"),
}

PROBE = """
import json, platform, struct, sys, sysconfig
machine = sysconfig.get_platform()[4:] if sys.platform == "win32" else platform.machine()
fits = platform.python_implementation() == "CPython" and not sysconfig.get_config_var("Py_GIL_DISABLED")
print(json.dumps([getattr(sys, "_base_executable", None) or sys.executable, list(sys.version_info[:3]),
                  struct.calcsize("P") * 8, sys.platform + "-" + machine.lower(), fits]))
"""


class Interpreter(NamedTuple):
    """A Python of this machine, as it describes itself (the one behind it for a virtual environment's)."""

    executable: str
    release: str  # "3.11.7"
    bits: int
    system: str  # "linux-x86_64"
    standard: bool  # CPython with the global lock: the only one wheels of Blender exist for

    @property
    def version(self) -> str:
        return ".".join(self.release.split(".")[:2])

    def find_fault(self) -> str:
        """Why Blender cannot be installed for this Python, or an empty string."""
        if self.version not in SYSTEMS:
            return "version"
        if self.bits != 64:
            return f"{self.bits}-bit"
        if not self.standard:
            return "not the standard CPython build"
        if self.system == "darwin-x86_64":
            return "macOS on Intel (x86-64) has no Blender package from 5.0 on; a Mac with Apple silicon has"
        if self.system not in SYSTEMS[self.version]:
            return f"Blender or one of its packages has no build for {self.system}"
        return ""


def parse_probe(output: str) -> "Interpreter | None":
    """Read what PROBE printed; None if a wrapper printed something else."""
    try:
        executable, release, bits, system, standard = json.loads(output.strip().splitlines()[-1])
        return Interpreter(executable, ".".join(map(str, release)), bits, system, standard)
    except (ValueError, TypeError, IndexError):
        return None


def probe(command: "list[str]") -> "Interpreter | None":
    """Ask a command by running it: being on PATH proves nothing (a shim of pyenv may exit with 127)."""
    try:
        output = ask(*command, "-c", PROBE)
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_probe(output)


def ask(*command: str) -> str:
    """The standard output of a command that says something about a Python."""
    environ = clean_environment()
    output = subprocess.check_output(
        command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ, timeout=60
    )
    return output.decode("utf-8", "replace")


def clean_environment(**changes: str) -> "dict[str, str]":
    """The environment without what would lead Python or pip away from the interpreter they run in."""
    misleading = ("PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__", "PIP_TARGET", "PIP_PREFIX", "PIP_PYTHON")
    environ = {name: value for name, value in os.environ.items() if name not in misleading}
    return dict(environ, PIP_USER="0", PIP_NO_INPUT="1", PIP_DISABLE_PIP_VERSION_CHECK="1", **changes)


def list_candidates(environ: "Mapping[str, str]") -> "list[list[str]]":
    """The commands that may be a Python: the running one, that of `.venv`, those on PATH, and pyenv's."""
    commands = [[sys.executable], [venv_python()], ["python3.11"], ["python3.13"], ["python3"], ["python"]]
    if sys.platform == "win32":
        commands += [["py", "-3.11"], ["py", "-3.13"]]
    pyenv = environ.get("PYENV_ROOT") or os.path.join(os.path.expanduser("~"), ".pyenv")
    pythons = glob.glob(os.path.join(glob.escape(pyenv), "versions", "*", "bin", "python"))
    return commands + [[path] for path in sorted(pythons)]


def choose_interpreter(commands: "list[list[str]]") -> Interpreter:
    """The first command that is a fitting Python; if none is, say what was found."""
    found = []
    for command in commands:
        interpreter = probe(command)
        if interpreter and not interpreter.find_fault():
            return interpreter
        if interpreter and interpreter not in found:
            found.append(interpreter)
    raise StartError(describe_found(found))


def describe_found(found: "list[Interpreter]") -> str:
    """One line for a machine without a fitting Python."""
    faults = [f"{python.executable}: {python.find_fault()}" for python in found if python.version in SYSTEMS]
    if faults:
        near = "; ".join(faults)
        return f"Blender cannot be installed here ({near})."
    releases = ", ".join(sorted({python.release for python in found})) or "none"
    advice = "Install one of them, or name one in the environment variable LSBLENDER_PYTHON."
    return f"lsblender needs Python 3.11 or 3.13 (64-bit), and found only {releases}. {advice}"


def find_named(environ: "Mapping[str, str]") -> "Interpreter | None":
    """The Python that LSBLENDER_PYTHON names, if it names one."""
    named = environ.get("LSBLENDER_PYTHON")
    if not named:
        return None
    interpreter = probe([named])
    if interpreter is None:
        raise StartError(f"LSBLENDER_PYTHON={named} is not a Python that runs.")
    if interpreter.find_fault():
        raise StartError(f"LSBLENDER_PYTHON={named} does not fit. {describe_found([interpreter])}")
    return interpreter
