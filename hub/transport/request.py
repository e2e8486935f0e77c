"""What every request is made of. The requests are in frames.py and crm_frames.py."""

from collections.abc import Callable
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from hub.model.party import Id, Ulid, Value


class Request(Value):
    """Base of requests. `conversation` may be left out by customers (they have one)."""

    id: Ulid


class Nothing(Value):
    pass


class One(Value):
    conversation: Id


def reader(frames: Any) -> Callable[[bytes], Any]:
    """What reads a text message as one of `frames`, a union. Raises ValidationError.

    An adapter's own `validate_json` asks for eight settings each time. Of strings only the keys are looked up among
    those that came before: ids and texts are new each time.
    """
    return TypeAdapter[Any](frames, config=ConfigDict(cache_strings="keys")).validator.validate_json
