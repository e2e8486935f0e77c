"""What a message can hold: text, buttons, a card, a file. Each has a text fallback for channels that can't show it."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hub.model.frozen import frozen
from hub.model.party import Id, Value

MESSAGE_CHARS = 8_000
Line = Annotated[str, StringConstraints(max_length=500)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=MESSAGE_CHARS)]
HttpsUrl = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^https?://")]


class TextContent(Value):
    """Plain text with a safe Markdown subset: **bold**, *italic*, `code`, lists, https links. Never HTML."""

    kind: Literal["text"] = "text"
    text: Text


class Button(Value):
    """A quick reply. Pressing it posts `value` (or the label) as the customer's message.

    `action` names something the client does instead of posting: `handoff` asks for a person, `call_video` calls one.
    """

    label: Label
    value: Annotated[str, StringConstraints(max_length=500)] = ""
    action: Literal["", "handoff", "handoff_cancel", "call_video"] = ""


class ButtonsContent(Value):
    kind: Literal["buttons"] = "buttons"
    text: Text
    buttons: Annotated[tuple[Button, ...], Field(min_length=1, max_length=8)]


class Step(Value):
    """One step of a trail, newest first. `at` is epoch milliseconds, 0 when unknown."""

    text: Line
    at: int = Field(default=0, ge=0, le=2**53 - 1)
    done: bool = True


class Fact(Value):
    label: Label
    value: Line


class CardContent(Value):
    """A thing with facts and a trail: an order with its shipment, a ticket. `text` is its fallback."""

    kind: Literal["card"] = "card"
    card: Literal["order", "shipment", "ticket", "points", "article"]
    title: Line
    status: Line = ""
    tone: Literal["neutral", "ok", "warn", "danger"] = "neutral"
    facts: Annotated[tuple[Fact, ...], Field(max_length=12)] = ()
    trail: Annotated[tuple[Step, ...], Field(max_length=30)] = ()
    url: HttpsUrl | None = None
    text: Text
    buttons: Annotated[tuple[Button, ...], Field(max_length=4)] = ()


class FileContent(Value):
    """A file that is kept (hub/files/): `file` names it in its conversation, `text` is its name and its fallback.

    `type` is by its first bytes; `width` and `height` are px, 0 = no picture. Only the hub makes these: clients send
    the bytes (file.begin), and this is told once they are here.
    """

    kind: Literal["file"] = "file"
    file: Id
    type: Annotated[str, StringConstraints(max_length=100)]
    bytes: int = Field(ge=0, le=2**53 - 1)
    width: int = Field(default=0, ge=0, le=2**32)
    height: int = Field(default=0, ge=0, le=2**32)
    text: Annotated[str, StringConstraints(min_length=1, max_length=200)]


# What clients may say in a message, and all that there is.
Sayable = Annotated[TextContent | ButtonsContent | CardContent, Field(discriminator="kind")]
Content = Annotated[TextContent | ButtonsContent | CardContent | FileContent, Field(discriminator="kind")]


@frozen
class Last:
    """The newest message as a row shows it. `at` is epoch ms, `seq` its place in the log, 0 = in another one."""

    by: str
    name: str
    text: str
    at: int
    seq: int


def preview(content: TextContent | ButtonsContent | CardContent | FileContent, limit: int = 120) -> str:
    """One line for an inbox row or a notification, at most `limit` characters; one that was cut ends with "…"."""
    text = content.text[: limit * 2].strip().replace("\n", " ")
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
