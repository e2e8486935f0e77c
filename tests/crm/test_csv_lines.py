"""Covers hub/crm/csv_lines.py: files, and single cells."""

import re
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest

from hub.crm.csv_lines import (
    SHOWN,
    WrongCell,
    answers,
    count,
    moment,
    money,
    one_of,
    read_lines,
    refuse,
    several,
    whole,
)
from hub.model.errors import BadRequest

COLUMNS = ("id", "name", "points")


def read(text: str | bytes, encoding: str = "utf-8") -> list[Any]:
    return read_lines(text.encode() if isinstance(text, str) else text, COLUMNS, ("id",), encoding)


def test_columns_come_in_any_order_and_may_be_left_out() -> None:
    [line] = read("Name, ID \n 王丽 ,1\n")
    assert (line.text("id"), line.text("name"), line.text("points")) == ("1", "王丽", "")


def test_lines_are_counted_as_an_editor_does() -> None:
    text = 'id,name\r\n1,"two\nlines"\r\n\r\n , \r\n3,"a ""quoted"", one"\r\n'
    assert [(line.number, line.text("name")) for line in read(text)] == [(2, "two\nlines"), (6, 'a "quoted", one')]


def test_excels_mark_at_the_beginning_is_no_part_of_the_first_column() -> None:
    assert read("\ufeffid\n1\n")[0].text("id") == "1"


def test_a_chinese_excel_file_needs_its_encodings_name() -> None:
    chinese = "id,name\n1,王丽\n".encode("gb18030")
    assert read(chinese, "gb18030")[0].text("name") == "王丽"
    with pytest.raises(BadRequest, match="line 2: this is not utf-8"):
        read(chinese)
    with pytest.raises(BadRequest, match="encoding: klingon"):
        read(chinese, "klingon")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1, column id: is missing"),
        ("name\n", "line 1, column id: is missing"),
        ("id,nmae\n", "line 1, column nmae: is not a column of this file"),
        ("id,\n", "line 1, column (empty): is not a column of this file"),
        ("id,name,ID\n", "line 1, column id: is there twice"),
        ('id\n1\n"2', "line 3: unexpected end of data"),
        ('id\n"1"x\n', "line 2: ',' expected after '\"'"),
    ],
)
def test_a_file_that_does_not_fit(text: str, problem: str) -> None:
    with pytest.raises(BadRequest, match="^" + re.escape(problem)):
        read(text)


def test_more_cells_than_the_first_line_names() -> None:
    [line] = read("id,name\n1,Wang, Li\n")
    assert [str(problem) for problem in line.problems] == [
        "line 2, column name: more cells follow than the first line names"
    ]


def test_all_problems_are_told_by_line_up_to_a_screenful() -> None:
    lines = read("id\n" + "x\n" * 30)
    for line in reversed(lines):
        line.wrong("id", "is odd")
    with pytest.raises(BadRequest) as refused:
        refuse(lines[0].problems)
    told = refused.value.detail.splitlines()
    assert (told[0], told[SHOWN - 1]) == ("line 2, column id: is odd", f"line {SHOWN + 1}, column id: is odd")
    assert told[SHOWN:] == [f"and {30 - SHOWN} more"]


def test_an_empty_cell_is_not_read() -> None:
    [line] = read("id,points\n1,\n")
    assert (line.read("points", whole), line.problems) == (None, [])


@pytest.mark.parametrize(
    ("reader", "cell", "value"),
    [
        (whole, "2380", 2380),
        (whole, "0", 0),
        (count, "2", 2),
        (money, "199", "199"),
        (money, "199.00", "199.00"),
        (money, "1E3", "1000"),
        (several, "a; b；c;;", ("a", "b", "c")),
        (answers, "email=yes; sms = 否", {"email": True, "sms": False}),
        (one_of(("gold", "silver")), "Gold", "gold"),
        (moment(UTC), "1970-01-02", 86_400_000),
        (moment(UTC), "1970-01-01T00:00:01.500", 1500),
        (moment(timezone(timedelta(hours=8))), "1970-01-01 08:00", 0),
        (moment(UTC), "1970-01-01T08:00+08:00", 0),
        (moment(timezone(timedelta(hours=8))), "1970-01-01T00:00Z", 0),
    ],
)
def test_a_cell_that_can_be_read(reader: Any, cell: str, value: object) -> None:
    assert reader(cell) == value


@pytest.mark.parametrize(
    ("reader", "cell"),
    [
        *((whole, cell) for cell in ("-1", "1.5", "１２", "²", "1 000", "x")),
        *((count, cell) for cell in ("0", "-1", "x")),
        *((money, cell) for cell in ("1,299", "¥199", "-1", "nan", "inf", "")),
        *((answers, cell) for cell in ("email", "email=maybe", "=yes")),
        *((moment(UTC), cell) for cell in ("22.11.2026", "2026-13-01", "yesterday", "1795572000000")),
        (one_of(("gold", "silver")), "golden"),
    ],
)
def test_a_cell_that_can_not(reader: Any, cell: str) -> None:
    with pytest.raises(WrongCell):
        reader(cell)
