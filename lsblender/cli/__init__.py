"""The command line: the whole program without a window.

    lsblender render SCENE [-o FILM.mp4]      frames and film
    lsblender encode FOLDER [-o FILM.webm]    another film from the same frames
    lsblender still SCENE -o FILE.png         one frame; with --poster framed, for print
    lsblender compute SCENE -o FILE.npz       the numbers
    lsblender blend SCENE -o FILE.blend       a Blender file that needs nothing else
    lsblender export SCENE --format ply -o DIR
    lsblender list [FAMILY]                   what can be chosen

Exit status: 0 done, 1 something that the user can mend (one line on standard error), 2 wrong usage, 130 cancelled.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from ..errors import Cancelled, LsbError
from ..terminal import Reporter
from .arguments import parser

__all__ = ["main", "run"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = parser().parse_args(arguments)
    reporter = Reporter(sys.stderr)
    message, status = "", 0
    told = _Told(reporter)
    logger = logging.getLogger(__package__.rpartition(".")[0])
    level = logger.level
    logger.addHandler(told)
    logger.setLevel(logging.INFO)
    try:
        options.command(options, reporter)
    except (Cancelled, KeyboardInterrupt):
        message, status = "Cancelled", 130
    except LsbError as error:
        message, status = str(error), 1
    finally:
        logger.setLevel(level)
        logger.removeHandler(told)
        reporter.close()
    if message:
        print(message, file=sys.stderr)
    return status


class _Told(logging.Handler):
    """Shows what the program warns of and how it does its work."""

    def __init__(self, reporter: Reporter) -> None:
        super().__init__(logging.INFO)
        self.reporter = reporter

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            self.reporter.warn(record.getMessage())
        else:
            self.reporter.show(record.getMessage(), final=True)


def run() -> None:
    """The console command's entry point."""
    sys.exit(main())
