"""The one command: make `.venv` ready, then run lsblender or its tests in it.

Blender comes as an ordinary Python package, but each release of it fits one Python only, and it needs
libraries of the system that no package brings. So this file, which any Python 3 can run with its standard
library alone, looks for a fitting Python, checks the libraries, installs the locked packages once, and hands
over. A stamp, written last, says that `.venv` is complete; whatever has no stamp that fits is made again.

Everything here must parse under Python 3.6, hence the quoted annotations.
"""

import contextlib
import ctypes
import errno
import glob
import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, NamedTuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
USAGE = """usage: python3 scripts/start.py render SCENE ...     run lsblender (any of its commands)
       python3 scripts/start.py test [PYTEST ARGUMENT ...]
       python3 scripts/start.py --missing-libraries  print the apt packages this system lacks"""

GIGABYTE = 10**9
NEEDED_BYTES = 2 * GIGABYTE
DISK_FULL = f"the disk is full (it takes {NEEDED_BYTES / GIGABYTE:.0f} GB); free some space and start again"
STOPPING = (signal.SIGINT, signal.SIGTERM)
OLDEST_PIP = (22, 3)  # the first with `pip --python`

# The systems that have wheels of everything in requirements.lock, for each Python that has a Blender 5.
SYSTEMS = {
    "3.11": ("linux-x86_64", "darwin-arm64", "win32-amd64"),
    "3.13": ("linux-x86_64", "darwin-arm64", "win32-amd64", "win32-arm64"),
}

# What Blender loads from the system: any one of the libraries will do -> the Debian packages that bring it.
# It aborts without the EGL ones, where no Python exception can be caught.
LIBRARIES = (
    (("libX11.so.6",), "libx11-6"),
    (("libXext.so.6",), "libxext6"),
    (("libXfixes.so.3",), "libxfixes3"),
    (("libXi.so.6",), "libxi6"),
    (("libXrender.so.1",), "libxrender1"),
    (("libXt.so.6",), "libxt6"),
    (("libxkbcommon.so.0",), "libxkbcommon0"),
    (("libSM.so.6",), "libsm6"),
    (("libICE.so.6",), "libice6"),
    (("libGL.so.1",), "libgl1"),
    (("libEGL.so.1",), "libegl1"),
    (("libEGL_mesa.so.0", "libEGL_nvidia.so.0"), "libegl-mesa0"),
    (("libGLX_mesa.so.0", "libGLX_nvidia.so.0"), "libglx-mesa0 libgl1-mesa-dri"),
)

NO_CONNECTION = re.compile(
    "NewConnectionError|Max retries exceeded|name resolution|getaddrinfo failed|Failed to establish a new"
    "|Connection (refused|reset|aborted|broken)|Network is unreachable|ProxyError|timed out|IncompleteRead"
)

PROBE = """
import json, platform, struct, sys, sysconfig
machine = sysconfig.get_platform()[4:] if sys.platform == "win32" else platform.machine()
fits = platform.python_implementation() == "CPython" and not sysconfig.get_config_var("Py_GIL_DISABLED")
print(json.dumps([getattr(sys, "_base_executable", None) or sys.executable, list(sys.version_info[:3]),
                  struct.calcsize("P") * 8, sys.platform + "-" + machine.lower(), fits]))
"""


class StartError(Exception):
    """What the person at the keyboard can put right, told in one line."""


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
        command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ, timeout=20
    )
    return output.decode("utf-8", "replace")


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


def missing_libraries(
    libraries: "Sequence[tuple[tuple[str, ...], str]]" = LIBRARIES,
) -> "list[tuple[str, str]]":
    """The (library, apt packages) that this Linux lacks; loading them all takes about 10 ms."""

    def loads(name: str) -> bool:
        try:
            ctypes.CDLL(name)
        except OSError:
            return False
        return True

    missing: list[tuple[str, str]] = []
    if sys.platform.startswith("linux"):
        missing = [(names[0], packages) for names, packages in libraries if not any(map(loads, names))]
    return missing


def describe_missing(missing: "list[tuple[str, str]]") -> str:
    """One line that names every missing library, and one command that brings them all."""
    names = ", ".join(name for name, _ in missing)
    packages = " ".join(packages for _, packages in missing)
    return f"Blender lacks system libraries: {names}. On Debian or Ubuntu: {apt_command(packages)}"


def apt_command(packages: str) -> str:
    sudo = "" if sys.platform == "win32" or os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install -y {packages}"


def venv_path(*parts: str) -> str:
    return os.path.join(ROOT, ".venv", *parts)


def venv_python() -> str:
    return venv_path("Scripts", "python.exe") if sys.platform == "win32" else venv_path("bin", "python")


def lock_file() -> str:
    return os.path.join(ROOT, "scripts", "requirements.lock")


def compute_stamp(version: str) -> str:
    """What a complete `.venv` is complete for: these locked packages, this Python."""
    with open(lock_file(), "rb") as file:
        return f"{hashlib.sha256(file.read()).hexdigest()} {version}"


def read_stamp() -> str:
    """The stamp in `.venv`, or an empty string where there is none or its Python has gone."""
    try:
        with open(venv_path("stamp"), encoding="ascii") as file:
            return file.read() if os.path.exists(venv_python()) else ""
    except (OSError, UnicodeDecodeError):
        return ""


def write_stamp(stamp: str) -> None:
    """Put the stamp on the disk whole or not at all."""
    with open(venv_path("stamp.new"), "w", encoding="ascii") as file:
        file.write(stamp)
        file.flush()
        os.fsync(file.fileno())
    os.replace(venv_path("stamp.new"), venv_path("stamp"))


def clean_environment(**changes: str) -> "dict[str, str]":
    """The environment without what would lead Python or pip away from the interpreter they run in."""
    misleading = ("PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__", "PIP_TARGET", "PIP_PREFIX", "PIP_PYTHON")
    environ = {name: value for name, value in os.environ.items() if name not in misleading}
    return dict(environ, PIP_USER="0", PIP_NO_INPUT="1", PIP_DISABLE_PIP_VERSION_CHECK="1", **changes)


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


def tell(line: str) -> None:
    """Speak to the person, and leave standard output to the program."""
    print(line, file=sys.stderr, flush=True)


def prepare_venv() -> None:
    """Make `.venv` complete; nothing but a look at the stamp if it is so already."""
    named = find_named(os.environ)
    stamp = read_stamp()
    running = f"{sys.version_info[0]}.{sys.version_info[1]}"
    preferred = named.version if named else running if running in SYSTEMS else stamp.rpartition(" ")[2]
    if stamp and stamp == compute_stamp(preferred):
        return
    interpreter = named or choose_interpreter(list_candidates(os.environ))
    try:
        with hold_lock() as lock:
            if read_stamp() != compute_stamp(interpreter.version):
                make_venv(interpreter, lock)
    except OSError as error:
        raise StartError(describe_os_error(error)) from error


def describe_os_error(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"Setting up .venv failed: {DISK_FULL}."
    return f"Setting up .venv failed: {error.strerror}: {error.filename or venv_path()}"


def make_venv(interpreter: Interpreter, lock: int) -> None:
    """Build `.venv` from nothing with the locked packages, and stamp it."""
    began = time.time()
    remove_venv()
    check_space(ROOT)
    tell(f"Setting up .venv with Python {interpreter.release} (a download of 500 MB, a minute or two) ...")
    os.makedirs(venv_path("tmp"))
    with open(venv_path("setup.log"), "wb") as log, stop_when_told():
        for command in list_steps(interpreter):
            code, output = run_logged(command, log, lock)
            if code:
                reason = explain_failure(output, interpreter)
                raise StartError(f"Setting up .venv failed: {reason}. The whole output is in {log.name}")
    shutil.rmtree(venv_path("tmp"))
    write_stamp(compute_stamp(interpreter.version))
    tell(f"Done in {time.time() - began:.0f} s.")


def list_steps(interpreter: Interpreter) -> "list[list[str]]":
    """The commands that fill `.venv`: by the interpreter's own pip if it can, else by one from ensurepip."""
    options = ["--require-hashes", "--only-binary=:all:", "--progress-bar=off"]
    install = ["install", *options, "-r", lock_file()]
    python = interpreter.executable
    if find_pip(python) >= OLDEST_PIP:
        pip = [python, "-m", "pip", "--python", venv_python()]
        return [[python, "-m", "venv", "--without-pip", venv_path()], [*pip, *install]]
    return [[python, "-m", "venv", venv_path()], [venv_python(), "-m", "pip", *install]]


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


def check_space(folder: str, needed: int = NEEDED_BYTES) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        sizes = f"needs {needed / GIGABYTE:.1f} GB, and {free / GIGABYTE:.1f} GB are free in {folder}"
        raise StartError(f"The disk is too full: setting up .venv {sizes}.")


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
        return "a download is not the package named in requirements.lock (its hash differs)"
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
        prepare_venv()
    except StartError as error:
        tell(str(error))
        return 1
    except KeyboardInterrupt:
        tell("Interrupted; the next start sets up .venv again.")
        return 130
    if argv[0] == "test":
        return hand_over([venv_python(), "-m", "pytest", *argv[1:]], ROOT)
    return hand_over([venv_python(), "-P", "-m", "lsblender", *argv], os.curdir)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
