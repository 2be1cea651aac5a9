"""Debian "trixie" in a folder, with its Blender, a display without a screen and hands for it.

Made once, by debootstrap, in the user's cache; needs root. What runs in it has its own mounts and processes, so nothing
stays mounted or running after it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from starting.messages import StartError, tell
from starting.paths import cache_path

SUITE = "trixie"
PACKAGES = (
    "blender", "python3-numpy", "xvfb", "xdotool", "imagemagick",
    "libgl1", "libgl1-mesa-dri", "libglx-mesa0", "libegl1", "libegl-mesa0", "fonts-dejavu-core",
)  # fmt: skip
#: Waits for another apt-get instead of failing.
APT = ("apt-get", "-q", "-o", "DPkg::Lock::Timeout=600")
INSTALL = (*APT, "install", "-y", "--no-install-recommends")
#: Where the test's folder is seen inside.
WORK = Path("/w")

ENTER = """
mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && mkdir -p "$1/w" && mount --bind "$2" "$1/w" || exit 99
root=$1; shift 2
exec chroot "$root" "$@"
"""


def prepare_root() -> Path:
    """The folder with the system in it. Raises `StartError` where it can not be made."""
    if os.geteuid() != 0:
        raise StartError("The test in a real window has to make a system in a folder, which only root can")
    root = Path(cache_path("window", SUITE))
    complete = root.with_suffix(".complete")
    wanted = " ".join(PACKAGES)
    if not complete.exists() or complete.read_text() != wanted:
        shutil.rmtree(root, ignore_errors=True)
        root.parent.mkdir(parents=True, exist_ok=True)
        tell(f"Making Debian {SUITE} with its Blender in {root} (a download of 500 MB, some minutes) ...")
        make_root(root)
        complete.write_text(wanted)
    return root


def make_root(root: Path) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    log = root.with_suffix(".log")
    inside = ("chroot", str(root))
    steps: list[tuple[str, ...]] = []
    if shutil.which("debootstrap") is None:
        steps += [(*APT, "update"), (*INSTALL, "debootstrap")]
    steps.append(("debootstrap", "--variant=minbase", SUITE, str(root)))
    steps += [(*inside, *APT, "update"), (*inside, *INSTALL, *PACKAGES), (*inside, *APT, "clean")]
    with log.open("wb") as file:
        for step in steps:
            if step[0] == "chroot" and step[2:] == (*APT, "update"):
                (root / "usr" / "sbin" / "policy-rc.d").write_text("#!/bin/sh\nexit 101\n")  # nothing may be started
                (root / "usr" / "sbin" / "policy-rc.d").chmod(0o755)
            if subprocess.run(step, env=quiet, stdout=file, stderr=file, stdin=subprocess.DEVNULL).returncode:
                raise StartError(f"'{' '.join(step)}' failed; its output is in {log}")


def enter(root: Path, folder: Path, *command: str) -> int:
    """Run a command inside, where `folder` is WORK and the user's files are in it; its exit status."""
    environ = {
        "HOME": str(WORK / "home"),
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "XDG_RUNTIME_DIR": "/tmp",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "BLENDER_USER_RESOURCES": str(WORK / "user"),
        "LSBLENDER_TALK": str(WORK / "talk"),
    }
    own = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
    return subprocess.run([*own, "sh", "-c", ENTER, "enter", str(root), str(folder), *command], env=environ).returncode
