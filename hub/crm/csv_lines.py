"""A CSV file as lines whose cells are read one by one, with every problem named by its line and its column."""

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import NoReturn, TypeVar

from hub.model.errors import BadRequest
from hub.model.frozen import frozen

SHOWN = 20  # problems that one answer lists

_YES_NO = {"yes": True, "true": True, "1": True, "是": True, "no": False, "false": False, "0": False, "否": False}

T = TypeVar("T")


@frozen
class Problem:
    """What is wrong in one cell. Never quotes the cell: it may be somebody's phone number."""

    line: int
    column: str
    wrong: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.wrong}"


class WrongCell(Exception):
    """A cell can't be read; the message says what it must be."""


@frozen
class Line:
    """One record. Reading a cell does not raise: problems are collected, so that one run tells them all."""

    number: int
    cells: Mapping[str, str]
    problems: list[Problem]

    def text(self, column: str) -> str:
        return self.cells.get(column, "")

    def told(self, columns: Collection[str]) -> bool:
        return any(self.text(column) for column in columns)

    def read(self, column: str, reader: Callable[[str], T]) -> T | None:
        """The cell through `reader`; None when it is empty or wrong."""
        try:
            return reader(self.text(column)) if self.text(column) else None
        except WrongCell as error:
            self.wrong(column, str(error))
            return None

    def must(self, column: str) -> str:
        if not self.text(column):
            self.wrong(column, "is empty")
        return self.text(column)

    def wrong(self, column: str, wrong: str) -> None:
        self.problems.append(Problem(self.number, column, wrong))


def read_lines(content: bytes, columns: Collection[str], required: Collection[str], encoding: str) -> list[Line]:
    """The records of `content` under its first line. They share one list of problems.

    Raises BadRequest when the file can't be read as CSV or its first line does not fit.
    """
    rows = _rows(_decoded(content, encoding))
    _, header = next(rows, (1, []))
    header = [name.strip().lower() for name in header]
    problems = _header_problems(header, columns, required)
    refuse(problems)
    return [_line(number, header, row, problems) for number, row in rows if any(cell.strip() for cell in row)]


def refuse(problems: Collection[Problem]) -> None:
    """Raises BadRequest that names the first of `problems`, by line; does nothing without any."""
    if not problems:
        return
    shown = [str(problem) for problem in sorted(problems, key=lambda it: it.line)[:SHOWN]]
    if len(problems) > SHOWN:
        shown.append(f"and {len(problems) - SHOWN} more")
    raise BadRequest("\n".join(shown))


def _decoded(content: bytes, encoding: str) -> str:
    # Not guessed: nearly every Latin-1 text is "valid" GB18030, and would become Chinese in silence.
    try:
        return content.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadRequest(f"line {line}: this is not {encoding}; save the file as UTF-8 or name its encoding") from error
    except LookupError as error:
        raise BadRequest(f"encoding: {encoding} is not known") from error


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line that it begins on: a quoted cell may hold line breaks."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    try:
        for row in reader:
            yield begins, row
            begins = reader.line_num + 1
    except csv.Error as error:
        raise BadRequest(f"line {begins}: {error}") from error


def _header_problems(header: Collection[str], columns: Collection[str], required: Collection[str]) -> list[Problem]:
    found = [Problem(1, name, "is missing") for name in required if name not in header]
    found += [Problem(1, name or "(empty)", "is not a column of this file") for name in header if name not in columns]
    return found + [Problem(1, name, "is there twice") for name in columns if list(header).count(name) > 1]


def _line(number: int, header: list[str], row: list[str], problems: list[Problem]) -> Line:
    if len(row) > len(header):
        problems.append(Problem(number, header[-1], "more cells follow than the first line names"))
    cells = {name: cell.strip() for name, cell in zip(header, row, strict=False)}
    return Line(number, cells, problems)


# --- readers of one cell: the value, or WrongCell ---------------------------------------------------------


def one_of(allowed: Collection[str]) -> Callable[[str], str]:
    def read(cell: str) -> str:
        if cell.lower() not in allowed:
            _wrong(f"must be one of {', '.join(filter(None, allowed))}")
        return cell.lower()

    return read


def whole(cell: str) -> int:
    if not (cell.isascii() and cell.isdecimal()):
        _wrong("must be a whole number")
    return int(cell)


def count(cell: str) -> int:
    if not whole(cell):
        _wrong("must be at least 1")
    return int(cell)


def money(cell: str) -> str:
    """A decimal string. `1,299` is refused: it is a thousand here and a fraction there."""
    try:
        amount = Decimal(cell)
    except InvalidOperation:
        _wrong("must be an amount such as 199.00")
    if not amount.is_finite() or amount < 0:
        _wrong("must be an amount such as 199.00")
    return f"{amount:f}"


def moment(zone: tzinfo) -> Callable[[str], int]:
    """ISO 8601 -> epoch ms; without an offset, in `zone`."""

    def read(cell: str) -> int:
        try:
            when = datetime.fromisoformat(cell)
        except ValueError:
            _wrong("must be a time such as 2026-11-22 or 2026-11-22T18:30+08:00")
        return round((when if when.tzinfo else when.replace(tzinfo=zone)).timestamp() * 1000)

    return read


def several(cell: str) -> tuple[str, ...]:
    parts = (part.strip() for part in cell.replace("；", ";").split(";"))
    return tuple(part for part in parts if part)


def answers(cell: str) -> dict[str, bool]:
    """`email=yes;sms=no`."""
    pairs = [part.partition("=") for part in several(cell)]
    if any(not name.strip() or value.strip().lower() not in _YES_NO for name, _, value in pairs):
        _wrong("must be like email=yes;sms=no")
    return {name.strip(): _YES_NO[value.strip().lower()] for name, _, value in pairs}


def _wrong(what: str) -> NoReturn:
    raise WrongCell(what)
