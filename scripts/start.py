"""The one command: make `.venv` ready, then run lsblender or its tests in it.

Blender comes as an ordinary Python package, but each release of it fits one Python only, and it needs libraries of the
system that no package brings. So this file and the folder `starting`, which any Python 3 can run with its standard
library alone, look for a fitting Python, check the libraries, install the locked packages once, and hand over. A stamp,
written last, says that `.venv` is complete; whatever has no stamp that fits is made again.

Everything here must parse under Python 3.6, hence the quoted annotations.
"""

import os
import signal
import subprocess
import sys

from starting.environment import prepare_venv
from starting.libraries import describe_missing, missing_libraries
from starting.messages import StartError, tell
from starting.paths import ROOT, venv_python

USAGE = """usage: python3 scripts/start.py render SCENE ...     run lsblender (any of its commands)
       python3 scripts/start.py test [PYTEST ARGUMENT ...]
       python3 scripts/start.py --missing-libraries  print the apt packages this system lacks"""


def hand_over(command: "list[str]", folder: str) -> int:
    """Run a command in the finished `.venv`, with the package importable from any folder."""
    inherited = os.environ.get("PYTHONPATH")
    environ = dict(os.environ, PYTHONPATH=ROOT + (os.pathsep + inherited if inherited else ""))
    run = run_and_wait if sys.platform == "win32" else become
    return run(command, folder, environ)


def become(command: "list[str]", folder: str, environ: "dict[str, str]") -> int:
    """Replace this process by a command, so that Ctrl-C, signals and the exit code are the command's own."""
    os.chdir(folder)
    os.execve(command[0], command, environ)


def run_and_wait(command: "list[str]", folder: str, environ: "dict[str, str]") -> int:
    """Run a command and return its exit code: Windows cannot replace a process. Ctrl-C reaches both."""
    signal.signal(signal.SIGINT, lambda number, frame: None)
    return subprocess.Popen(command, cwd=folder, env=environ).wait()


def side_by_side() -> "list[str]":
    """What lets pytest run the whole suite in a process for each processor, four at most: each takes a gigabyte."""
    count = min(os.cpu_count() or 1, 4)
    return ["-n", str(count), "--dist", "worksteal"] if count > 1 else []


def main(argv: "list[str]") -> int:
    if not argv:
        tell(USAGE)
        return 2
    missing = missing_libraries()
    if argv == ["--missing-libraries"]:
        print(" ".join(packages for _, packages in missing))
        return 0
    try:
        if missing:
            raise StartError(describe_missing(missing))
        prepare_venv(tests=argv[0] == "test")
    except StartError as error:
        tell(str(error))
        return 1
    except KeyboardInterrupt:
        tell("Interrupted; the next start sets up .venv again.")
        return 130
    if argv[0] == "test":
        return hand_over([venv_python(), "-m", "pytest", *(argv[1:] or side_by_side())], ROOT)
    return hand_over([venv_python(), "-P", "-m", "lsblender", *argv], os.curdir)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
