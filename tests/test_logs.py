"""Covers hub/logs.py: lines that machines and people can read, and that never hold people's words."""

import json
import logging
from collections.abc import Iterator
from typing import Any, Literal

import pytest
import structlog

from hub.logs import set_up_logs

SECRET = "my-secret-words"


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def logged(shape: Literal["text", "json"], capsys: pytest.CaptureFixture[str]) -> tuple[Any, Any]:
    """(a logger, a function that gives what it wrote)."""
    set_up_logs(shape)

    def written() -> str:
        said = capsys.readouterr()
        assert said.out == "", "standard output belongs to the command"
        return said.err

    return structlog.get_logger(), written


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    log, written = logged("json", capsys)
    log.info("serving", address="http://127.0.0.1", note="two\nlines \u2028 王")
    log.warning("gone", agent="liming")
    lines = [json.loads(line) for line in written().splitlines()]
    assert [(it["event"], it["level"]) for it in lines] == [("serving", "info"), ("gone", "warning")]
    assert lines[0]["address"] == "http://127.0.0.1"
    assert lines[0]["timestamp"].endswith("Z")


def test_text_is_for_people_and_has_no_colours_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    log, written = logged("text", capsys)
    log.info("serving", address="http://127.0.0.1")
    line = written()
    assert "serving" in line
    assert "address=http://127.0.0.1" in line
    assert "\x1b" not in line


@pytest.mark.parametrize("shape", ["text", "json"])
def test_what_is_only_for_developers_is_left_out(
    shape: Literal["text", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    log, written = logged(shape, capsys)
    log.debug("detail")
    assert written() == ""


def test_what_is_bound_goes_along(capsys: pytest.CaptureFixture[str]) -> None:
    log, written = logged("json", capsys)
    structlog.contextvars.bind_contextvars(node="n1")
    log.info("here")
    assert json.loads(written())["node"] == "n1"


def failing(text: str, password: str) -> None:
    token = text + password
    raise KeyError(len(token))


@pytest.mark.parametrize("shape", ["text", "json"])
def test_a_traceback_shows_where_and_not_what_it_was_about(
    shape: Literal["text", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    """Local variables hold messages, tokens and passwords: structlog would print them in both shapes by itself."""
    log, written = logged(shape, capsys)
    try:
        failing(SECRET, SECRET)
    except KeyError:
        log.exception("frame failed", connection="k1")
    line = written()
    assert "KeyError" in line
    assert "failing" in line
    assert "k1" in line
    assert SECRET not in line
    if shape == "json":
        assert json.loads(line)["exception"]


@pytest.mark.parametrize("shape", ["text", "json"])
def test_libraries_write_lines_of_the_same_shape(
    shape: Literal["text", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    _, written = logged(shape, capsys)
    theirs = logging.getLogger("uvicorn.error")
    theirs.info("Shutting down")
    theirs.warning("Invalid HTTP request %s.", "received")
    try:
        words = SECRET
        raise ValueError(len(words))
    except ValueError:
        theirs.exception("Exception in ASGI application")
    said = written()
    assert "Shutting down" not in said
    assert SECRET not in said
    if shape == "json":
        first, second = map(json.loads, said.splitlines())
        assert (first["event"], first["level"]) == ("Invalid HTTP request received.", "warning")
        assert second["exception"][0]["exc_type"] == "ValueError"
    else:
        assert "Invalid HTTP request received." in said
        assert "ValueError: 15" in said
