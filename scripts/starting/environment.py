"""`.venv`: made from the locked packages, stamped when it is complete."""

import contextlib
import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

from .messages import StartError, tell
from .paths import ROOT, lock_file, venv_path, venv_python
from .processes import DISK_FULL, GIGABYTE, NEEDED_BYTES, TESTS_BYTES, explain_failure, run_logged, stop_when_told
from .pythons import SYSTEMS, Interpreter, ask, choose_interpreter, find_named, list_candidates

OLDEST_PIP = (22, 3)  # the first with `pip --python`


def compute_stamp(version: str, tests: bool) -> "list[str]":
    """What a complete `.venv` is complete for, line by line: this Python, these locked packages (and the tests')."""
    lines = [version]
    for locked in (False, True) if tests else (False,):
        with open(lock_file(locked), "rb") as file:
            lines.append(hashlib.sha256(file.read()).hexdigest())
    return lines


def read_stamp() -> "list[str]":
    """The stamp in `.venv`; no lines where there is none or its Python has gone."""
    try:
        with open(venv_path("stamp"), encoding="ascii") as file:
            return file.read().splitlines() if os.path.exists(venv_python()) else []
    except (OSError, UnicodeDecodeError):
        return []


def write_stamp(stamp: "list[str]") -> None:
    """Put the stamp on the disk whole or not at all."""
    with open(venv_path("stamp.new"), "w", encoding="ascii") as file:
        file.write("\n".join(stamp))
        file.flush()
        os.fsync(file.fileno())
    os.replace(venv_path("stamp.new"), venv_path("stamp"))


@contextlib.contextmanager
def hold_lock() -> "Iterator[int]":
    """Let one start at a time set up `.venv`; the others wait.

    The system frees this lock when the last process that holds it ends. pip holds it too: after a `kill -9`
    of the start alone, the next one waits until that pip has ended as well.
    """
    descriptor = os.open(venv_path() + ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        waiting = False
        while not try_lock(descriptor):
            if not waiting:
                tell("Another start is setting up .venv; waiting for it ...")
            waiting = True
            time.sleep(0.2)
        yield descriptor
    finally:
        os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            return False
        raise
    return True


def prepare_venv(tests: bool = False) -> None:
    """Make `.venv` complete, for the tests too if told so; nothing but a look at the stamp if it is so already."""
    named = find_named(os.environ)
    stamp = read_stamp()
    running = f"{sys.version_info[0]}.{sys.version_info[1]}"
    preferred = named.version if named else running if running in SYSTEMS else "".join(stamp[:1])
    if serves(stamp, compute_stamp(preferred, tests)):
        return
    interpreter = named or choose_interpreter(list_candidates(os.environ))
    try:
        with hold_lock() as lock:
            stamp, wanted = read_stamp(), compute_stamp(interpreter.version, tests)
            if not serves(stamp, wanted):
                # what the program needs is in the tests' lock in the same versions: it stays, and the rest is added
                fill_venv(interpreter, lock, tests, new=not (stamp and serves(wanted, stamp)))
    except OSError as error:
        raise StartError(describe_os_error(error)) from error


def serves(stamp: "list[str]", wanted: "list[str]") -> bool:
    """Whether a `.venv` with this stamp has what is wanted; it may have the tests' packages beyond it."""
    return stamp[: len(wanted)] == wanted


def describe_os_error(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"Setting up .venv failed: {DISK_FULL}."
    return f"Setting up .venv failed: {error.strerror}: {error.filename or venv_path()}"


def fill_venv(interpreter: Interpreter, lock: int, tests: bool, new: bool) -> None:
    """Install the locked packages, into a `.venv` built from nothing if it is to be new, and stamp it."""
    began = time.time()
    if new:
        remove_venv()
    check_space(ROOT, NEEDED_BYTES * new + TESTS_BYTES * tests)
    size = "900 MB" if new and tests else "500 MB" if new else "400 MB"
    what = f"Setting up .venv with Python {interpreter.release}" if new else "Adding to .venv what the tests need"
    tell(f"{what} (a download of {size}, a minute or two) ...")
    os.makedirs(venv_path("tmp"), exist_ok=True)
    with open(venv_path("setup.log"), "wb" if new else "ab") as log, stop_when_told():
        for command in list_steps(interpreter, tests, new):
            code, output = run_logged(command, log, lock)
            if code:
                reason = explain_failure(output, interpreter)
                raise StartError(f"Setting up .venv failed: {reason}. The whole output is in {log.name}")
    shutil.rmtree(venv_path("tmp"))
    write_stamp(compute_stamp(interpreter.version, tests))
    tell(f"Done in {time.time() - began:.0f} s.")


def list_steps(interpreter: Interpreter, tests: bool, new: bool) -> "list[list[str]]":
    """The commands that fill `.venv`: by the interpreter's own pip if it can, else by one from ensurepip.

    The lock names every package that is needed, so pip does not look for others.
    """
    options = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--progress-bar=off"]
    install = ["install", *options, "-r", lock_file(tests)]
    python = interpreter.executable
    if find_pip(python) >= OLDEST_PIP:
        fill = [python, "-m", "pip", "--python", venv_python(), *install]
        return [[python, "-m", "venv", "--without-pip", venv_path()], fill] if new else [fill]
    bring_pip = [python, "-m", "venv", venv_path()] if new else [venv_python(), "-m", "ensurepip"]
    return [bring_pip, [venv_python(), "-m", "pip", *install]]


def find_pip(python: str) -> "tuple[int, ...]":
    """The version of a Python's pip; empty, and so older than any, if it has none."""
    try:
        output = ask(python, "-m", "pip", "--version")
    except (OSError, subprocess.SubprocessError):
        return ()
    version = re.match(r"pip (\d+)\.(\d+)", output)
    return tuple(map(int, version.groups())) if version else ()


def remove_venv() -> None:
    """Remove `.venv`, its stamp first: a removal cut short must not look complete."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        os.remove(venv_path("stamp"))
    if os.path.islink(venv_path()) or os.path.isfile(venv_path()):
        os.remove(venv_path())
    elif os.path.isdir(venv_path()):
        shutil.rmtree(venv_path())


def check_space(folder: str, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        sizes = f"needs {needed / GIGABYTE:.1f} GB, and {free / GIGABYTE:.1f} GB are free in {folder}"
        raise StartError(f"The disk is too full: setting up .venv {sizes}.")
