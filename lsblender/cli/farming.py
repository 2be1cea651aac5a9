"""The farm that the command line asks for."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from ..errors import LsbError
from ..terminal import quiet_stdout

if TYPE_CHECKING:
    from ..render.farm import Farm


@contextmanager
def wanted_farm(options: argparse.Namespace) -> Iterator[Farm | None]:
    """The farm, for the time of the work; None where this machine does it alone."""
    if not (options.scheduler or options.local_cluster):
        if options.shared_folder:
            raise LsbError("is for a farm; give its --scheduler", "--shared-folder")
        yield None
        return
    if options.engine != "cycles":
        raise LsbError("farms render with cycles", "--engine")
    if options.shared_folder and not options.shared_folder.is_dir():
        raise LsbError(f"'{options.shared_folder}' is not a folder", "--shared-folder")
    from ..render.farm import farm_at, local_farm

    with ExitStack() as stack:
        with quiet_stdout():  # what Dask starts keeps it
            wanted = farm_at(options.scheduler) if options.scheduler else local_farm(options.local_cluster)
            farm = stack.enter_context(wanted)
        yield farm
