"""The libraries of the system that Blender needs and no Python package brings."""

import ctypes
import os
import sys
from collections.abc import Sequence

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
