"""What is asked of files, as frames. See frames.py for the rest; the bytes go over HTTP (http/files.py)."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hub.model.events import Seq
from hub.model.party import Id, Value
from hub.transport.request import Request


class Sending(Value):
    """`name` as its sender calls it; `bytes` exactly."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
    bytes: Annotated[int, Field(ge=1, le=2**40)]
    reply_to: Seq | None = None
    conversation: Id | None = None


class FileBegin(Request):
    """ack.d = {file, url}: PUT the bytes there within 15 minutes. Then the hub posts the message, under this id."""

    t: Literal["file.begin"]
    d: Sending


class Looking(Value):
    file: Id
    conversation: Id | None = None


class FileOpen(Request):
    """ack.d = {file, url}: GET it there within ten minutes. `conversation`: the log in which it stands."""

    t: Literal["file.open"]
    d: Looking
