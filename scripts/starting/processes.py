"""Children that are stopped with their parent, and what their output means."""

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import BinaryIO

from .libraries import apt_command
from .paths import venv_path
from .pythons import Interpreter, clean_environment

GIGABYTE = 10**9
NEEDED_BYTES = 2 * GIGABYTE
TESTS_BYTES = 2 * GIGABYTE
DISK_FULL = (
    f"the disk is full (it takes {NEEDED_BYTES / GIGABYTE:.0f} GB, for the tests {TESTS_BYTES / GIGABYTE:.0f} more); "
    "free some space and start again"
)
STOPPING = (signal.SIGINT, signal.SIGTERM)

NO_CONNECTION = re.compile(
    "NewConnectionError|Max retries exceeded|name resolution|getaddrinfo failed|Failed to establish a new"
    "|Connection (refused|reset|aborted|broken)|Network is unreachable|ProxyError|timed out|IncompleteRead"
)


@contextlib.contextmanager
def stop_when_told() -> "Iterator[None]":
    """Turn SIGTERM into an exception for a while, so that pip is stopped too."""

    def stop(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def hold_signals() -> "Iterator[None]":
    """Let no signal in for a moment: one that came while a child is being born would leave it an orphan."""
    if sys.platform == "win32":
        yield
    else:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin_child(command: "list[str]", lock: int) -> "subprocess.Popen[bytes]":
    """Begin a step of the set-up, in a group of its own; its scratch files go into `.venv`."""
    posix = sys.platform != "win32"
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=clean_environment(TMPDIR=venv_path("tmp"), TEMP=venv_path("tmp"), TMP=venv_path("tmp")),
        start_new_session=posix,
        pass_fds=(lock,) if posix else (),
        preexec_fn=let_signals_in if posix else None,
    )


def let_signals_in() -> None:
    """Undo hold_signals in a child, which inherits it."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)


def run_logged(command: "list[str]", log: BinaryIO, lock: int) -> "tuple[int, str]":
    """Run a step to its end, or until this process is stopped; return its exit code and output."""
    log.write(b"$ " + " ".join(map(shlex.quote, command)).encode() + b"\n")
    log.flush()
    output = b""
    child = None
    try:
        with hold_signals():
            child = begin_child(command, lock)
        for line in child.stdout or ():
            output += line
            log.write(line)
            log.flush()
        return child.wait(), output.decode("utf-8", "replace")
    finally:
        if child and child.poll() is None:
            stop_family(child)


def stop_family(child: "subprocess.Popen[bytes]") -> None:
    """End a child and its own children (pip runs itself again in the interpreter it serves)."""
    if sys.platform == "win32":
        child.kill()
    else:
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def explain_failure(output: str, interpreter: Interpreter) -> str:
    """The cause of a failed set-up, out of what venv and pip printed."""
    final = "\n".join(line for line in output.splitlines() if not line.startswith("WARNING"))
    nothing_found = "No matching distribution" in final or "Could not find a version" in final
    if "ensurepip" in final:
        remedy = apt_command(f"python{interpreter.version}-venv")
        return f"{interpreter.executable} has no recent pip, and no ensurepip; on Debian or Ubuntu: {remedy}"
    if "DO NOT MATCH THE HASHES" in final:
        return "a download is not the package named in the lock (its hash differs)"
    if "No space left on device" in final or "Disk quota exceeded" in final:
        return DISK_FULL
    relevant = output if nothing_found else final  # retries are only warnings, and may have succeeded
    if "CERTIFICATE_VERIFY_FAILED" in relevant:
        return "the certificate of the package index was not accepted; behind a proxy, set PIP_CERT"
    if NO_CONNECTION.search(relevant):
        return "the package index cannot be reached; check the network and start again"
    if nothing_found:
        wanted = re.search("No matching distribution found for (\\S+)", final)
        package = wanted.group(1) if wanted else "a package"
        return f"the package index has no {package} for Python {interpreter.version} on this system"
    lines = [line for line in final.splitlines() if line.strip()] or ["it printed nothing"]
    return next((line for line in reversed(lines) if line.startswith("ERROR: ")), lines[-1])
