"""The libraries that lsblender computes and writes with, and what to do where they are missing.

Blender brings numpy only. An extension's zip brings the rest; a copy of the source does not. Such a copy can be enabled
all the same, and says at the first work what it lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from .errors import LsbError

#: What the package imports itself, by the names of the imports.
LIBRARIES = ("scipy", "sklearn", "joblib", "threadpoolctl", "cattrs", "tomli_w", "h5py", "pyfive", "av")


def missing_libraries(names: Sequence[str] = LIBRARIES) -> list[str]:
    """Those of the libraries that this Python does not have."""
    return [name for name in names if find_spec(name) is None]


def require_libraries(names: Sequence[str] = LIBRARIES) -> None:
    """Raise `LsbError` with what to do if a library is missing."""
    missing = missing_libraries(names)
    if missing:
        raise LsbError(
            f"this copy of lsblender came without its libraries ({', '.join(missing)}); install the extension's zip, "
            "which scripts/build_extension.py makes with them (README, 'Install as an add-on')"
        )
