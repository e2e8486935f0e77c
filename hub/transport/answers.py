"""Frames that the hub writes itself: acks, errors, and the small ones. Spelled here, once."""

from typing import Any

from pydantic_core import to_json

from hub.model.errors import OneThreadError


def ack(ref: str, seq: int | None = None, *, dup: bool = False, d: dict[str, Any] | None = None) -> bytes:
    if d is None and not dup and seq is not None:
        return b'{"t":"ack","ref":"%b","seq":%d}' % (ref.encode(), seq)  # the busiest answer, by hand
    frame: dict[str, Any] = {"t": "ack", "ref": ref}
    if seq is not None:
        frame["seq"] = seq
    if dup:
        frame["dup"] = True
    if d is not None:
        frame["d"] = d
    return to_json(frame)


def page(ref: str, conversation: str, epoch: str, events: list[bytes], *, more: bool, oldest: int) -> bytes:
    """The ack of `history`: log frames go in as they lie in the store. `oldest` is where to page on from."""
    head = to_json({"t": "ack", "ref": ref})[:-1]
    return b'%b,"d":{"conversation":"%b","epoch":"%b","more":%b,"oldest":%d,"events":[%b]}}' % (
        head,
        conversation.encode(),
        epoch.encode(),
        b"true" if more else b"false",
        oldest,
        b",".join(events),
    )


def error(problem: OneThreadError, ref: str | None = None) -> bytes:
    """Never more than the registry's sentence and the error's own detail."""
    frame: dict[str, Any] = {"t": "error"}
    if ref is not None:
        frame["ref"] = ref
    frame |= {"code": problem.code, "message": problem.sentence, "retry": problem.retry}
    if problem.detail:
        frame["detail"] = problem.detail
    if problem.retry_after is not None:
        frame["retry_after"] = problem.retry_after
    return to_json(frame)


PONG = b'{"t":"pong"}'


def live(conversation: str, seq: int, oldest: int) -> bytes:
    return b'{"t":"live","conversation":"%b","seq":%d,"oldest":%d}' % (conversation.encode(), seq, oldest)


def frame(**fields: Any) -> bytes:
    """Any other frame, by its fields."""
    return to_json(fields)
