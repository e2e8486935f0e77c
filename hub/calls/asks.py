"""What the hub asks of a media worker, and the answer, as they travel. Field names stand here and nowhere else."""

from typing import Literal

from pydantic import TypeAdapter, ValidationError

from hub.model.errors import MediaUnavailable, OneThreadError, every_error
from hub.model.media import Forward, LegFigures, Outlet
from hub.model.party import Value
from hub.ports import Media

_ERRORS = {error.code: error for error in every_error()}


class Ask(Value):
    """A method of `Media` and its arguments; those that it does not take are empty."""

    what: Literal["open", "describe", "rejoin", "leave", "close", "record", "receive", "figures"]
    call: str
    party: str = ""
    receiver: str = ""
    kind: Literal["offer", "answer"] = "offer"
    sdp: str = ""
    on: bool = False
    forward: Forward | None = None


class Answer(Value):
    """What the method gave, or the code of the error that it raised."""

    sdp: str = ""
    figures: tuple[LegFigures, ...] = ()
    outlet: Outlet | None = None
    error: str = ""
    detail: str = ""

    def raised(self) -> "Answer":
        """Itself; raises the error that it tells of."""
        if self.error:
            raise _ERRORS.get(self.error, MediaUnavailable)(self.detail)
        return self


_ask, _answer = TypeAdapter(Ask), TypeAdapter(Answer)


def packed(it: Ask | Answer) -> bytes:
    return it.model_dump_json().encode()


def ask_of(body: bytes) -> Ask | None:
    """None for what a newer hub asks."""
    try:
        return _ask.validate_json(body)
    except ValidationError:
        return None


def answer_of(body: bytes) -> Answer:
    """Raises MediaUnavailable for what a newer worker answers."""
    try:
        return _answer.validate_json(body)
    except ValidationError:
        raise MediaUnavailable("an answer that can't be read") from None


async def carried_out(ask: Ask, media: Media) -> Answer:
    """Never raises one of our errors: it is the answer then."""
    try:
        return await _done(ask, media)
    except OneThreadError as problem:
        return Answer(error=problem.code, detail=problem.detail)


async def _done(ask: Ask, media: Media) -> Answer:
    match ask.what:
        case "open":
            await media.open(ask.call)
        case "describe":
            return Answer(sdp=await media.describe(ask.call, ask.party, ask.receiver, ask.kind, ask.sdp))
        case "rejoin":
            await media.rejoin(ask.call, ask.party)
        case "leave":
            await media.leave(ask.call, ask.party)
        case "close":
            await media.close(ask.call)
        case "record":
            await media.record(ask.call, ask.on)
        case "receive" if ask.forward is not None:
            return Answer(outlet=await media.receive(ask.call, ask.forward))
        case "figures":
            return Answer(figures=await media.figures(ask.call))
    return Answer()
