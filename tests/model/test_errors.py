"""The registry of errors: each has a code of its own, a sentence, and says whether to try again."""

import re

import pytest

from hub.model import errors
from hub.model.errors import OneThreadError, every_error

ALL = list(every_error())


def test_every_error_of_the_file_is_in_the_registry_once() -> None:
    written = {v for v in vars(errors).values() if isinstance(v, type) and issubclass(v, Exception)}
    assert set(ALL) == written
    assert len(ALL) == len(set(ALL))


def test_codes_are_unique_except_for_the_root_of_a_family() -> None:
    codes = [e.code for e in ALL]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("error", ALL, ids=lambda e: e.code)
def test_each_row_of_the_registry_is_whole(error: type[OneThreadError]) -> None:
    assert re.fullmatch("[a-z]+(_[a-z]+)*", error.code)
    assert error.sentence.endswith(".")
    assert 400 <= error.http < 600
    assert "code" in vars(error), "inherited: clients could not tell it from its parent"
    assert "sentence" in vars(error)


@pytest.mark.parametrize("error", [e for e in ALL if e.close], ids=lambda e: e.code)
def test_the_range_of_a_close_code_agrees_with_retry(error: type[OneThreadError]) -> None:
    """protocol.md: 40xx does not retry, 41xx retries with back-off, 42xx resumes at once."""
    assert error.close == 1009 or error.retry == (error.close >= 4100)


def test_a_detail_is_said_instead_of_the_sentence() -> None:
    assert str(errors.NotOwner()) == errors.NotOwner.sentence
    told = errors.ThrottledLogin("wait", retry_after=3.5)
    assert (str(told), told.detail, told.retry_after) == ("wait", "wait", 3.5)
