"""`python -m lsblender`."""

from .cli import run

run()
