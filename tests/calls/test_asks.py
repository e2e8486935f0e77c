"""Covers hub/calls/asks.py: what is asked arrives as it was meant, and errors come back as themselves."""

from typing import Any

import pytest

from hub.calls.asks import Answer, Ask, answer_of, ask_of, carried_out, packed
from hub.model.errors import BadDescription, MediaUnavailable
from hub.model.media import Forward, LegFigures, Outlet

FIGURES = LegFigures("customer", "agent:anna", 5, 600, 1, 20, 0.25, None, 40.5)
FORWARD, OUTLET = Forward("customer", "a key", 1, 2, 3), Outlet("192.0.2.1", 40_000)


class Noted:
    """Media that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def open(self, *asked: Any) -> None:
        self.asked.append(("open", *asked))

    async def describe(self, *asked: Any) -> str:
        self.asked.append(("describe", *asked))
        return "theirs"

    async def rejoin(self, *asked: Any) -> None:
        self.asked.append(("rejoin", *asked))

    async def leave(self, *asked: Any) -> None:
        self.asked.append(("leave", *asked))

    async def close(self, *asked: Any) -> None:
        self.asked.append(("close", *asked))

    async def record(self, *asked: Any) -> None:
        self.asked.append(("record", *asked))

    async def receive(self, *asked: Any) -> Outlet:
        self.asked.append(("receive", *asked))
        return OUTLET

    async def figures(self, *asked: Any) -> tuple[LegFigures, ...]:
        self.asked.append(("figures", *asked))
        return (FIGURES,)


@pytest.mark.parametrize(
    ("ask", "asked", "answer"),
    [
        (Ask(what="open", call="c"), ("open", "c"), Answer()),
        (
            Ask(what="describe", call="c", party="customer", receiver="agent:anna", kind="answer", sdp="mine"),
            ("describe", "c", "customer", "agent:anna", "answer", "mine"),
            Answer(sdp="theirs"),
        ),
        (Ask(what="rejoin", call="c", party="customer"), ("rejoin", "c", "customer"), Answer()),
        (Ask(what="leave", call="c", party="customer"), ("leave", "c", "customer"), Answer()),
        (Ask(what="close", call="c"), ("close", "c"), Answer()),
        (Ask(what="record", call="c", on=True), ("record", "c", True), Answer()),
        (Ask(what="receive", call="c", forward=FORWARD), ("receive", "c", FORWARD), Answer(outlet=OUTLET)),
        (Ask(what="figures", call="c"), ("figures", "c"), Answer(figures=(FIGURES,))),
    ],
    ids=lambda it: it.what if isinstance(it, Ask) else "",
)
async def test_each_method_goes_there_and_back(ask: Ask, asked: tuple[Any, ...], answer: Answer) -> None:
    media = Noted()
    arrived = ask_of(packed(ask))
    assert arrived is not None
    assert answer_of(packed(await carried_out(arrived, media))).raised() == answer
    assert media.asked == [asked]


async def test_an_error_comes_back_as_itself() -> None:
    class Refusing(Noted):
        async def describe(self, *asked: Any) -> str:
            raise BadDescription("ice-ufrag")

    answer = answer_of(packed(await carried_out(Ask(what="describe", call="c"), Refusing())))
    with pytest.raises(BadDescription) as refused:
        answer.raised()
    assert refused.value.detail == "ice-ufrag"


def test_what_another_version_says_is_named_and_no_crash() -> None:
    assert ask_of(b'{"what": "dance", "call": "c"}') is None
    assert ask_of(b"\xff") is None
    with pytest.raises(MediaUnavailable):
        answer_of(b"not json")
    with pytest.raises(MediaUnavailable):
        Answer(error="of_a_newer_worker").raised()
