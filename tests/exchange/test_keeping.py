"""README's table of what each format keeps is what readers find in the files."""

from __future__ import annotations

import pytest

from lsblender.exchange import EXPORTERS
from tests.exchange.keeping import row, written
from tests.exchange.productions import small_film

ROWS = {line.split("|")[1].strip(" `"): line for line in written().splitlines()[2:]}


@pytest.mark.parametrize("kind", list(EXPORTERS))
def test_readme_says_what_a_format_keeps(kind: str) -> None:
    """To write it anew: .venv/bin/python -m tests.exchange.keeping"""
    found = row(kind, small_film())
    assert "?" not in found
    assert ROWS[kind] == "| " + " | ".join(found) + " |"


def test_readme_names_no_other_format() -> None:
    assert list(ROWS) == list(EXPORTERS)
