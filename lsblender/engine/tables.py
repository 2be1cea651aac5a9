"""Tables of text: encoding, delimiter and header are found.

What a spreadsheet, pandas or NumPy writes: commas, semicolons, tabs or blanks between the columns, quoted names, with
or without a header; UTF-8, UTF-16 with its mark, or the old Western encoding of Windows.
"""

from __future__ import annotations

import codecs
import csv
import io
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import LsbError, shown
from .objective import Array

logger = logging.getLogger(__name__)

#: In the order in which they are tried; a blank is any number of them.
DELIMITERS = (",", ";", "\t", "|", " ")
#: Lines that the delimiter is found by.
LOOKED_AT = 50
#: Bytes of a text at most: read, it takes several times as many.
LARGEST_TEXT = 2**28
#: Marks at the beginning of a file and the encoding that they stand for; the longer ones first.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Where a text without a mark is no UTF-8.
WESTERN = "cp1252"


def read_text(file: Path, encoding: str = "") -> str:
    """The text of a file, in whichever of the encodings it is, or in the given one. Raises `LsbError` for what is no
    text.
    """
    try:
        if file.exists() and not file.is_file():
            raise LsbError(f"'{file}' is not a file")
        if file.stat().st_size > LARGEST_TEXT:
            raise LsbError(f"'{file}' has more than the {LARGEST_TEXT // 2**20} MB that a table may have")
        content = file.read_bytes()
    except (OSError, ValueError) as error:
        raise LsbError(f"can not read '{file}' ({getattr(error, 'strerror', None) or error})") from None
    text = _decoded(content, file, encoding)
    if "\0" in text:
        raise LsbError(f"'{file}' is not a text: it holds zero bytes")
    return text


def _decoded(content: bytes, file: Path, encoding: str) -> str:
    """The content as text, in the given encoding or in one that it has a mark of, in UTF-8, or Western."""
    found = encoding or next((name for mark, name in MARKS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(found)
    except LookupError:
        raise LsbError(f"{shown(encoding)} is no encoding of texts; utf-8, utf-16, cp1252, ... are") from None
    except UnicodeError:
        if encoding or found != "utf-8":
            raise LsbError(f"'{file}' is not a text in {found}") from None
    return _western(content, file)


def _western(content: bytes, file: Path) -> str:
    """The text where it is no UTF-8."""
    try:
        text = content.decode(WESTERN)
    except UnicodeDecodeError:
        raise LsbError(f"'{file}' is not a text in UTF-8, UTF-16 or Windows' Western encoding") from None
    logger.warning("'%s' is not UTF-8; it is read as Windows' Western encoding", file.name)
    return text


def find_delimiter(text: str) -> str:
    """The character that divides all of the first lines into the same number of columns, more than one; else the
    first one that divides the first line, or a comma.
    """
    lines = [line for line in io.StringIO(text[: 2**20]) if line.strip()][:LOOKED_AT]
    if text[2**20 :] and len(lines) > 1:
        lines.pop()
    if not lines:
        return ","
    for delimiter in DELIMITERS:
        widths = {len(cells) for _, cells in rows_of(lines, delimiter)}
        if len(widths) == 1 and widths.pop() > 1:
            return delimiter
    return next((delimiter for delimiter in DELIMITERS if delimiter in lines[0].strip()), ",")


def rows_of(lines: Iterable[str], delimiter: str, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
    """(line number from 1, cells without the blanks around them) of each row that is not empty.

    Quotes may hold delimiters and ends of lines; `strict` raises `csv.Error` where they do not fit.
    """
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter == " ", strict=strict)
    for row in reader:
        cells = [cell.strip() for cell in row]
        if delimiter == " " and len(cells) > 1 and not cells[-1]:
            cells.pop()
        if cells not in ([], [""]):
            yield reader.line_num, cells


@dataclass(frozen=True, eq=False)
class NumberTable:
    """A table of numbers (R, C); `names` are those of its columns, empty where it has no header."""

    names: tuple[str, ...]
    values: Array


def is_number(cell: str) -> bool:
    """Whether a cell holds a number, nan included."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def read_numbers(file: Path) -> NumberTable:
    """A table of numbers, with or without a header. Raises `LsbError` with the line that is wrong."""
    text = read_text(file)
    body = io.StringIO(text)
    delimiter = find_delimiter(text)
    line, start = "", 0
    while not line.strip():
        start = body.tell()
        line = body.readline()
        if not line:
            raise LsbError(f"'{file.name}' holds no numbers")
    first = next((cells for _, cells in rows_of([line.lstrip("#%")], delimiter)), [""])
    # the corner of a matrix with its coordinates may be empty
    has_header = not all(is_number(cell) or not cell for cell in first) or (first[0] == "" and len(first) > 1)
    if not has_header:
        body.seek(start)
    values = _numbers(body, delimiter, file.name)
    if has_header and values.shape[1] != len(first):
        raise LsbError(f"'{file.name}' has {len(first)} names and {values.shape[1]} columns")
    return NumberTable(tuple(first) if has_header else (), values)


def _numbers(body: io.StringIO, delimiter: str, name: str) -> Array:
    """The rest of a text as numbers (R, C)."""
    start = body.tell()
    if not body.read().strip():
        raise LsbError(f"'{name}' holds no numbers")
    body.seek(start)
    try:
        return np.loadtxt(body, delimiter=None if delimiter == " " else delimiter, ndmin=2, quotechar='"')
    except ValueError as error:
        raise LsbError(f"'{name}': {_in_words(str(error))}") from None


def _in_words(error: str) -> str:
    """NumPy's error on a cell, for a person; its rows are counted from 0 and without the header."""
    found = re.match(r"could not convert string '(.*)' to float64 at row (\d+), column (\d+)", error, re.DOTALL)
    if found:
        row, column = int(found[2]) + 1, int(found[3])
        what = f"holds {shown(found[1])}" if found[1] else "is empty"
        return f"row {row} of the numbers, column {column} {what}; a number is needed (nan where there is none)"
    found = re.match(r"the (?:dtype passed requires|number of columns changed from) (\d+) to (\d+) at row (\d+)", error)
    if found:
        return f"row {found[3]} of the numbers has {found[2]} columns instead of {found[1]}"
    return f"the table can not be read ({shown(error)})"
