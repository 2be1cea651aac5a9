"""start.py with Pythons that are small shell scripts: the real one installs 1.5 GB.

Each fake answers what start.py asks of a Python (who it is, `-m venv`, `-m pip`). start.py itself runs as a
process of its own, as a person would run it, in a copy of the repository that holds nothing but `scripts/`.
"""

import ast
import errno
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from starting import environment, libraries, messages, processes, pythons

SCRIPTS = Path(__file__).parents[2] / "scripts"
UNREACHABLE = """\
WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(Connection refused)': /bpy/
ERROR: Could not find a version that satisfies the requirement bpy==5.0.1 (from versions: none)
ERROR: No matching distribution found for bpy==5.0.1
"""
FAKE_PYTHON = """\
#!/bin/sh
here={here}
case "$1 $2" in
"-c "*)
    cat $here/identity ;;
"-m venv")
    for folder; do :; done
    test "$3" = --without-pip || ! test -e $here/no-ensurepip || {{ echo "no ensurepip"; exit 1; }}
    mkdir -p "$folder/bin" && cp $here/child "$folder/bin/python" ;;
"-m pip")
    test "$3" = --version && {{ cat $here/pip-version; exit; }}
    echo "$@" >> $here/pip-runs
    for turn in $(seq 500); do test -e $here/pip-hold || break; sleep 0.02; done
    cat $here/pip-output
    exit $(cat $here/pip-code) ;;
esac
"""
FAKE_CHILD = """\
#!/bin/sh
case "$1 $2 $3" in
"-m ensurepip ") exit 0 ;;
"-m pip install") exec {here}/python "$@" ;;
esac
echo "$@" "|" $(pwd) "|" $PYTHONPATH
test "$4" = wait && {{ trap 'exit 9' INT; echo waiting; while :; do sleep 0.02; done; }}
exit 7
"""


def make_python(here: Path, release: str = "3.11.7", bits: int = 64, system: str = "linux-x86_64") -> Path:
    """A fake Python in a folder of its own; the files beside it say what it answers."""
    here.mkdir(parents=True)
    identity = [str(here / "python"), [int(part) for part in release.split(".")], bits, system, True]
    answers = {
        "identity": json.dumps(identity),
        "pip-version": "pip 24.0 from somewhere (python 3.11)",
        "pip-output": "Successfully installed bpy-5.0.1",
        "pip-code": "0",
        "python": FAKE_PYTHON.format(here=here),
        "child": FAKE_CHILD.format(here=here),
    }
    for name, text in answers.items():
        (here / name).write_text(text)
    (here / "python").chmod(0o755)
    (here / "child").chmod(0o755)
    return here / "python"


@dataclass
class Repository:
    """A copy of the repository with start.py in it, and the fake Python it is told to use."""

    root: Path
    python: Path

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    def answer(self, **answers: str) -> None:
        """Change what the fake Python says, with dashes for underscores: pip_code="1"."""
        for name, text in answers.items():
            (self.python.parent / name.replace("_", "-")).write_text(text)

    def hold_pip(self) -> Path:
        """Let pip take until the returned file is removed, or ten seconds."""
        self.answer(pip_hold="")
        return self.python.parent / "pip-hold"

    def list_installed(self) -> list[str]:
        """The lock that each run of pip installed, in order."""
        runs = self.python.parent / "pip-runs"
        return [Path(line).stem for line in runs.read_text().splitlines()] if runs.exists() else []

    def count_pip_runs(self) -> int:
        return len(self.list_installed())

    def begin(self, *words: str, cwd: Path | None = None) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, str(self.root / "scripts" / "start.py"), *words],
            cwd=cwd or self.root,
            env={**os.environ, "LSBLENDER_PYTHON": str(self.python), "PYTHONPATH": "inherited"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self, *words: str, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
        child = self.begin(*words, cwd=cwd)
        stdout, stderr = child.communicate(timeout=20)
        return subprocess.CompletedProcess(words, child.returncode, stdout, stderr)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    root = tmp_path / "a repository"
    (root / "scripts").mkdir(parents=True)
    shutil.copy(SCRIPTS / "start.py", root / "scripts")
    shutil.copytree(SCRIPTS / "starting", root / "scripts" / "starting", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "scripts" / "requirements.lock").write_text("bpy==5.0.1\n")
    (root / "scripts" / "requirements-tests.lock").write_text("bpy==5.0.1\npytest==9\n")
    return Repository(root, make_python(tmp_path / "fake"))


def read_line(child: "subprocess.Popen[str]", stream: str = "stderr") -> str:
    line: str = getattr(child, stream).readline()
    return line


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def assert_one_line(finished: "subprocess.CompletedProcess[str]", *words: str) -> None:
    """The start failed, and one line (after "Setting up ...", if it came so far) is all it said."""
    lines = [line for line in finished.stderr.splitlines() if not line.endswith("...")]
    assert (finished.returncode, len(lines), finished.stdout) == (1, 1, "")
    assert all(word in lines[0] for word in words), lines[0]


def test_parses_under_python_3_6() -> None:
    for source in (SCRIPTS / "start.py", *(SCRIPTS / "starting").glob("*.py")):
        ast.parse(source.read_text(), feature_version=(3, 6))


def test_no_words_print_the_usage(repository: Repository) -> None:
    finished = repository.start()
    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr.startswith("usage: ")


# --- Which Python ---------------------------------------------------------------------------------


def test_takes_the_first_python_that_runs_and_fits(tmp_path: Path) -> None:
    shim = tmp_path / "shim"
    shim.write_text("#!/bin/sh\necho 'pyenv: python3.13: command not found' >&2\nexit 127\n")
    chatty = tmp_path / "chatty"
    chatty.write_text("#!/bin/sh\necho hello\n")
    not_executable = tmp_path / "plain"
    not_executable.write_text("#!/bin/sh\nexit 0\n")
    for path in (shim, chatty):
        path.chmod(0o755)
    old = make_python(tmp_path / "old", "3.12.1")
    fitting = make_python(tmp_path / "fitting", "3.13.0")
    later = make_python(tmp_path / "later", "3.11.7")
    paths = [tmp_path / "absent", shim, chatty, not_executable, old, fitting, later]
    chosen = pythons.choose_interpreter([[str(path)] for path in paths])
    assert (chosen.executable, chosen.version) == (str(fitting), "3.13")


def test_names_what_was_found_if_nothing_fits(tmp_path: Path) -> None:
    unfit = [make_python(tmp_path / release, release) for release in ("3.6.15", "3.12.1")]
    line = r"needs Python 3\.11 or 3\.13.*found only 3\.12\.1, 3\.6\.15\."
    with pytest.raises(messages.StartError, match=line):
        pythons.choose_interpreter([[str(path)] for path in unfit])
    with pytest.raises(messages.StartError, match="found only none"):
        pythons.choose_interpreter([[str(tmp_path / "absent")]])


@pytest.mark.parametrize(
    ("bits", "system", "reason"),
    [
        (32, "linux-x86_64", "32-bit"),
        (64, "darwin-x86_64", "macOS on Intel"),
        (64, "linux-aarch64", "no build for linux-aarch64"),
    ],
)
def test_refuses_a_python_without_a_blender(tmp_path: Path, bits: int, system: str, reason: str) -> None:
    python = make_python(tmp_path / "fake", "3.11.7", bits, system)
    with pytest.raises(messages.StartError, match=reason):
        pythons.choose_interpreter([[str(python)]])


def test_describes_the_python_behind_a_virtual_environment() -> None:
    """A `.venv` cannot be made again by the Python inside it."""
    interpreter = pythons.probe([sys.executable])
    assert interpreter.release == ".".join(map(str, sys.version_info[:3]))
    assert not Path(interpreter.executable).is_relative_to(SCRIPTS.parent)
    assert interpreter.find_fault() == ""


def test_looks_at_the_pythons_of_pyenv(tmp_path: Path) -> None:
    python = tmp_path / "versions" / "3.13.0" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    assert [str(python)] in pythons.list_candidates({"PYENV_ROOT": str(tmp_path)})


def test_says_so_if_the_named_python_does_not_fit(repository: Repository, tmp_path: Path) -> None:
    repository.python = tmp_path / "absent"
    assert_one_line(repository.start("render"), "LSBLENDER_PYTHON", "absent")
    repository.python = make_python(tmp_path / "old", "3.12.1")
    assert_one_line(repository.start("render"), "LSBLENDER_PYTHON", "3.12.1", "3.11 or 3.13")


# --- Set up once, then hand over ------------------------------------------------------------------


def test_runs_the_program_where_the_person_stands(repository: Repository, tmp_path: Path) -> None:
    finished = repository.start("render", "a scene.toml", cwd=tmp_path)
    command, folder, path = finished.stdout.strip().split(" | ")
    assert (command, folder) == ("-P -m lsblender render a scene.toml", str(tmp_path))
    assert path == f"{repository.root}{os.pathsep}inherited"
    assert finished.returncode == 7
    assert finished.stderr.startswith("Setting up .venv")


def test_runs_the_tests_at_the_root(repository: Repository, tmp_path: Path) -> None:
    finished = repository.start("test", "-k", "look", cwd=tmp_path)
    assert finished.stdout.startswith(f"-m pytest -k look | {repository.root} | ")
    assert finished.returncode == 7


@pytest.mark.parametrize(("processors", "arguments"), [(1, []), (2, ["-n", "2"]), (64, ["-n", "4"])])
def test_the_whole_suite_takes_the_processors(processors: int, arguments: list[str], repository: Repository) -> None:
    program = f"import os, sys; os.cpu_count = lambda: {processors}; sys.path.insert(0, {str(SCRIPTS)!r}); import start"
    program += "; print(*start.side_by_side())"
    finished = subprocess.run([sys.executable, "-B", "-c", program], capture_output=True, text=True, timeout=20)
    assert finished.stdout.split()[:2] == arguments
    assert repository.start("test").stdout.startswith("-m pytest")


def test_waits_for_a_child_where_it_cannot_become_it() -> None:
    program = f"""\
import sys
sys.path.insert(0, {str(SCRIPTS)!r})
import start
code = "import os, signal; os.kill(os.getppid(), signal.SIGINT); raise SystemExit(9)"
sys.exit(start.run_and_wait([sys.executable, "-c", code], ".", {{}}))
"""
    command = [sys.executable, "-B", "-c", program]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert (finished.returncode, finished.stderr) == (9, "")


def test_leaves_ctrl_c_to_the_program(repository: Repository) -> None:
    repository.start("render")
    child = repository.begin("wait")
    assert "lsblender wait" in read_line(child, "stdout")
    assert read_line(child, "stdout") == "waiting\n"
    child.send_signal(signal.SIGINT)
    _, stderr = child.communicate(timeout=10)
    assert (child.returncode, stderr) == (9, "")


def test_installs_only_once(repository: Repository) -> None:
    first, second = repository.start("render"), repository.start("render")
    assert (first.returncode, second.returncode) == (7, 7)
    assert second.stderr == ""
    assert repository.count_pip_runs() == 1


def test_installs_again_for_another_lock_or_python(repository: Repository, tmp_path: Path) -> None:
    repository.start("render")
    (repository.root / "scripts" / "requirements.lock").write_text("bpy==5.0.2\n")
    repository.start("render")
    assert repository.count_pip_runs() == 2
    repository.python = make_python(tmp_path / "other", "3.13.0")
    repository.start("render")
    assert repository.count_pip_runs() == 1
    assert (repository.venv / "stamp").read_text().startswith("3.13\n")


def test_a_render_does_not_wait_for_what_only_tests_need(repository: Repository) -> None:
    repository.start("render")
    assert repository.list_installed() == ["requirements"]
    (repository.venv / "kept").touch()
    added = repository.start("test")
    assert repository.list_installed() == ["requirements", "requirements-tests"]
    assert added.stderr.startswith("Adding to .venv what the tests need")
    for word in ("render", "test"):
        assert repository.start(word).stderr == ""
    assert (repository.venv / "kept").exists()


def test_tests_first_serve_renders_too(repository: Repository) -> None:
    repository.start("test")
    repository.start("render")
    assert repository.list_installed() == ["requirements-tests"]


def test_another_lock_of_the_tests_leaves_renders_alone(repository: Repository) -> None:
    repository.start("test")
    (repository.venv / "old").touch()
    (repository.root / "scripts" / "requirements-tests.lock").write_text("bpy==5.0.1\npytest==10\n")
    assert repository.start("render").stderr == ""
    assert repository.start("test").stderr.startswith("Setting up .venv")
    assert not (repository.venv / "old").exists()


def test_what_failed_to_be_added_is_added_later(repository: Repository) -> None:
    repository.start("render")
    repository.answer(pip_output=UNREACHABLE, pip_code="1")
    assert_one_line(repository.start("test"), "cannot be reached")
    assert repository.start("render").stderr == ""
    repository.answer(pip_code="0")
    assert repository.start("test").returncode == 7
    assert repository.list_installed() == ["requirements", "requirements-tests", "requirements-tests"]


def test_adds_by_a_pip_of_its_own_where_there_is_none(repository: Repository) -> None:
    repository.start("render")
    repository.answer(pip_version="")
    repository.start("test")
    log = (repository.venv / "setup.log").read_text()
    assert f"{repository.venv}/bin/python' -m ensurepip\n" in log
    assert f"{repository.venv}/bin/python' -m pip install" in log


def test_makes_a_foreign_or_broken_venv_again(repository: Repository) -> None:
    (repository.venv / "bin").mkdir(parents=True)
    (repository.venv / "foreign").touch()
    assert repository.start("render").returncode == 7
    assert not (repository.venv / "foreign").exists()
    (repository.venv / "bin" / "python").unlink()
    assert repository.start("render").returncode == 7
    assert repository.count_pip_runs() == 2


def test_starts_at_once_install_once(repository: Repository) -> None:
    hold = repository.hold_pip()
    children = [repository.begin("render") for _ in range(3)]
    assert sorted(read_line(child).split()[0] for child in children) == ["Another", "Another", "Setting"]
    hold.unlink()
    outputs = [child.communicate(timeout=20) for child in children]
    assert [child.returncode for child in children] == [7, 7, 7], outputs
    assert repository.count_pip_runs() == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_set_up_is_done_again(repository: Repository, number: int, code: int) -> None:
    hold = repository.hold_pip()
    child = repository.begin("render")
    wait_until(repository.count_pip_runs)
    child.send_signal(number)
    _, stderr = child.communicate(timeout=10)
    assert child.returncode == code
    assert "Traceback" not in stderr
    assert not (repository.venv / "stamp").exists()
    hold.unlink()
    time.sleep(0.3)  # what the stand-in for pip had started may hold the lock for a moment more
    again = repository.start("render")
    assert again.returncode == 7
    assert "Another start" not in again.stderr  # the first one's pip has ended too


def test_a_killed_set_up_is_done_again_when_its_pip_has_ended(repository: Repository) -> None:
    hold = repository.hold_pip()
    child = repository.begin("render")
    wait_until(repository.count_pip_runs)
    child.kill()
    child.communicate(timeout=10)
    again = repository.begin("render")
    assert read_line(again).startswith("Another start is setting up .venv")
    hold.unlink()
    again.communicate(timeout=10)
    assert again.returncode == 7
    assert repository.count_pip_runs() == 2


@pytest.mark.parametrize("version", ["pip 20.3.4 from somewhere", "No module named pip"])
def test_without_a_recent_pip_takes_the_one_of_ensurepip(repository: Repository, version: str) -> None:
    repository.answer(pip_version=version)
    assert repository.start("render").returncode == 7
    assert f"{repository.venv}/bin/python' -m pip install" in (repository.venv / "setup.log").read_text()


# --- What can go wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (UNREACHABLE, "the package index cannot be reached"),
        ("ReadTimeoutError: HTTPSConnectionPool(host='x', port=443): Read timed out.", "cannot be reached"),
        ("ERROR: No matching distribution found for bpy==5.0.1", "no bpy==5.0.1 for Python 3.11"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "its hash differs"),
        ("ERROR: Could not install: [Errno 28] No space left on device: 'x'", "the disk is full"),
        ("ERROR: ... SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "certificate"),
        ("something\nERROR: An unknown thing\nmore", "ERROR: An unknown thing"),
        ("", "it printed nothing"),
    ],
)
def test_a_failure_of_pip_becomes_one_line(repository: Repository, output: str, reason: str) -> None:
    repository.answer(pip_output=output, pip_code="1")
    log = repository.venv / "setup.log"
    assert_one_line(repository.start("render"), reason, str(log))
    assert output in log.read_text()
    assert not (repository.venv / "stamp").exists()


def test_a_retry_that_helped_is_not_the_cause() -> None:
    retried = UNREACHABLE.splitlines()[0] + "\nERROR: [Errno 13] Permission denied: 'x'"
    interpreter = pythons.probe([sys.executable])
    assert processes.explain_failure(retried, interpreter) == "ERROR: [Errno 13] Permission denied: 'x'"


def test_neither_pip_nor_ensurepip(repository: Repository) -> None:
    repository.answer(pip_version="", no_ensurepip="")
    assert_one_line(repository.start("render"), "no recent pip", "apt-get install -y python3.11-venv")


def test_a_venv_that_cannot_be_written(repository: Repository) -> None:
    (repository.root / ".venv.lock").mkdir()
    assert_one_line(repository.start("render"), "Setting up .venv failed: Is a directory")


def test_a_full_disk_is_named() -> None:
    with pytest.raises(OSError) as caught, open("/dev/full", "wb", buffering=0) as full:
        full.write(b"x")
    assert caught.value.errno == errno.ENOSPC
    assert "the disk is full" in environment.describe_os_error(caught.value)


def test_asks_for_space_beforehand(tmp_path: Path) -> None:
    environment.check_space(str(tmp_path), needed=1)
    with pytest.raises(messages.StartError, match=r"needs 1000000000\.0 GB, and \d+\.\d GB are free"):
        environment.check_space(str(tmp_path), needed=10**18)


# --- System libraries -----------------------------------------------------------------------------


def test_names_all_missing_libraries_and_one_command() -> None:
    wanted = [
        (("libc.so.6",), "libc6"),
        (("libabsent.so.1",), "libabsent1"),
        (("libabsent-vendor.so.1", "libc.so.6"), "libvendor1"),
        (("libgone.so.2", "libgone-too.so.2"), "libgone2 libgone-data"),
    ]
    missing = libraries.missing_libraries(wanted)
    assert missing == [("libabsent.so.1", "libabsent1"), ("libgone.so.2", "libgone2 libgone-data")]
    line = libraries.describe_missing(missing)
    assert "libabsent.so.1, libgone.so.2" in line
    assert line.endswith("apt-get install -y libabsent1 libgone2 libgone-data")


def test_knows_what_blender_links_to() -> None:
    """The dynamic linker is the oracle: the X libraries Blender asks for are in the table or come with it."""
    specification = importlib.util.find_spec("bpy")
    assert specification
    assert specification.origin
    linked = subprocess.run(["ldd", specification.origin], capture_output=True, text=True, check=True).stdout
    needed = {line.split()[0] for line in linked.splitlines()}
    prefixes = ("libX", "libx", "libSM", "libICE", "libGL.", "libEGL")
    graphical = {name for name in needed if name.startswith(prefixes)}
    known = {name for names, _ in libraries.LIBRARIES for name in names}
    assert "libX11.so.6" in graphical
    assert graphical - known <= {"libXau.so.6", "libXdmcp.so.6", "libxcb.so.1"}


def test_prints_the_missing_packages_for_scripts(repository: Repository) -> None:
    finished = repository.start("--missing-libraries")
    expected = " ".join(packages for _, packages in libraries.missing_libraries())
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, expected + "\n", "")
