"""Words to the person at the keyboard."""

import sys


class StartError(Exception):
    """What the person at the keyboard can put right, told in one line."""


def tell(line: str) -> None:
    """Speak to the person, and leave standard output to the program."""
    print(line, file=sys.stderr, flush=True)
