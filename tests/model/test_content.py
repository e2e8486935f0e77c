"""What a message can hold, and its one line in a list."""

import pytest
from hypothesis import given, settings
from pydantic import TypeAdapter, ValidationError

from hub.model.content import MESSAGE_CHARS, Content, TextContent, preview
from tests.model.bodies import of_type

CONTENT: TypeAdapter[object] = TypeAdapter(Content)
any_content = of_type(Content)
some = settings(max_examples=40)
CARD = {"kind": "card", "card": "order", "title": "Order A1", "text": "Order A1: shipped"}


@some
@given(any_content)
def test_a_preview_is_one_short_line(content) -> None:
    line = preview(content)
    assert len(line) <= 120
    assert "\n" not in line
    assert len(preview(content, 5)) <= 5


@some
@given(any_content)
def test_every_content_has_a_text_for_channels_that_show_nothing_else(content) -> None:
    assert content.text
    assert CONTENT.validate_json(content.model_dump_json()) == content


def test_the_preview_begins_with_the_first_words() -> None:
    assert preview(TextContent(text="\n\n  Hello,\nwhere is it?")) == "Hello, where is it?"
    assert preview(TextContent(text="x" * 500)) == "x" * 119 + "…"
    assert preview(TextContent(text="x" * 120)) == "x" * 120


def test_a_message_may_have_eight_thousand_characters_and_no_more() -> None:
    assert TextContent(text="王" * MESSAGE_CHARS)
    with pytest.raises(ValidationError):
        TextContent(text="x" * (MESSAGE_CHARS + 1))


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "text", "text": ""},
        {"kind": "text"},
        {"kind": "html", "text": "<b>hi</b>"},
        {"text": "no kind"},
        {"kind": "text", "text": 7},
        {"kind": "text", "text": "\ud800"},
        {"kind": "buttons", "text": "choose", "buttons": []},
        {"kind": "buttons", "text": "choose", "buttons": [{"label": str(n)} for n in range(9)]},
        {"kind": "buttons", "text": "choose", "buttons": [{"label": ""}]},
        {"kind": "buttons", "text": "choose", "buttons": [{"label": "x", "action": "javascript"}]},
        CARD | {"card": "weapon"},
        CARD | {"url": "javascript:alert(1)"},
        CARD | {"url": " https://example.com"},
        CARD | {"url": "//example.com"},
        CARD | {"url": "data:text/html,x"},
        CARD | {"trail": [{"text": "x", "at": 2**53}]},
        CARD | {"trail": [{"text": "x", "at": -1}]},
        CARD | {"facts": [{"label": "x", "value": "y"}] * 13},
    ],
    ids=str,
)
def test_what_is_no_content_is_refused(content) -> None:
    with pytest.raises(ValidationError):
        CONTENT.validate_python(content)


def test_what_a_newer_client_adds_is_ignored() -> None:
    assert CONTENT.validate_python({"kind": "text", "text": "hi", "mood": "new"}) == TextContent(text="hi")


def test_content_can_not_be_changed_after_it_was_said() -> None:
    said = TextContent(text="hi")
    with pytest.raises(ValidationError):
        said.text = "bye"
