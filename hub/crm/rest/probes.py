"""Probes: whom `crm check` and `crm record` ask for, such as `phone=+8613800001234`."""

from collections.abc import Sequence
from typing import Final

from hub.crm.matching import normalised
from hub.model.crm import CustomerKeys
from hub.model.errors import BadRequest
from hub.model.frozen import frozen

KINDS: Final = ("external_id", "email", "phone", "wechat_id")
INJECTION: Final = "' or 1=1 --"


@frozen
class Probe:
    kind: str
    value: str

    @property
    def keys(self) -> CustomerKeys:
        many = {"email": "emails", "phone": "phones"}
        value = (self.value,) if self.kind in many else self.value
        return CustomerKeys.model_validate({many.get(self.kind, self.kind): value})


def probes(words: Sequence[str], region: str) -> list[Probe]:
    """Raises BadRequest, which says what to write instead."""
    found = []
    for word in words:
        kind, _, value = word.partition("=")
        if kind not in KINDS or not value.strip():
            raise BadRequest(f"--probe {word}: write KIND=VALUE, with a KIND of {', '.join(KINDS)}")
        probe = Probe(kind, value.strip())
        if normalised(probe.keys, region).empty:
            raise BadRequest(f"--probe {word}: this is no phone number; write it as +8613800001234")
        found.append(probe)
    return found


def strangers(kind: str, chance: str) -> list[Probe]:
    """Who is not there: a made-up address, and one that would break out of a careless query. `chance`: 8 digits."""
    match kind:
        case "email":
            return [
                Probe(kind, f"nobody-{chance}@example.invalid"),
                Probe(kind, f"o'neil{INJECTION}{chance}@x.invalid"),
            ]
        case "phone":
            return [Probe(kind, f"+86199{chance}")]
        case _:
            return [Probe(kind, f"nobody-{chance}"), Probe(kind, f"nobody-{chance}{INJECTION}")]
