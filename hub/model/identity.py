"""Addresses of a customer, how well each is proven, and what a proof may open.

Ordered as the design says: signed token > one-time code or aligned mail > agent's word > claim. A visitor's device
secret stands apart: it proves possession of *that device's own* anonymous thread and nothing else.
"""

from enum import IntEnum, StrEnum
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from hub.model.frozen import frozen


class Proof(IntEnum):
    CLAIM = 0
    AGENT_WORD = 1
    ONE_TIME_CODE = 2
    SIGNED = 3


def _known(value: object) -> object:
    """Logs of before 2026-11-23 have numbers."""
    return Proof.__members__.get(value.upper(), value) if isinstance(value, str) else value


def proof_name(proof: Proof) -> str:
    """As it goes over the wire, in rows and events alike."""
    return proof.name.lower()


NamedProof = Annotated[
    Proof,
    BeforeValidator(_known),
    PlainSerializer(proof_name, when_used="json"),
    WithJsonSchema({"type": "string", "enum": [proof_name(proof) for proof in Proof]}),
]


class IdentityKind(StrEnum):
    VISITOR = "visitor"
    ACCOUNT = "account"
    EMAIL = "email"
    PHONE = "phone"
    WECHAT = "wechat"
    CRM = "crm"


@frozen
class Identity:
    """`value` is normalised: e-mail lower-case, phone E.164, account `realm/sub`."""

    kind: IdentityKind
    value: str
    proof: NamedProof = Proof.CLAIM

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.value}"


def opens_history(identity: Identity) -> bool:
    """May this identity, by itself, open an existing thread or join two customers? (design.md, 3)"""
    return identity.proof >= Proof.ONE_TIME_CODE


def may_see_account(identities: tuple[Identity, ...]) -> bool:
    """May account data be shown to whoever writes in this conversation? An agent's word is too little for that."""
    return any(opens_history(i) and i.kind is not IdentityKind.VISITOR for i in identities)


def vouched_addresses(identities: tuple[Identity, ...]) -> tuple[Identity, ...]:
    """E-mails and phone numbers that somebody vouches for: the agent at least."""
    kinds = (IdentityKind.EMAIL, IdentityKind.PHONE)
    return tuple(i for i in identities if i.kind in kinds and i.proof >= Proof.AGENT_WORD)


def signed_accounts(identities: tuple[Identity, ...]) -> frozenset[str]:
    """The accounts that a site's backend vouched for. Two customers with different ones never merge by themselves."""
    return frozenset(i.value for i in identities if i.kind is IdentityKind.ACCOUNT and i.proof is Proof.SIGNED)


def may_merge(mine: tuple[Identity, ...], theirs: tuple[Identity, ...]) -> bool:
    """Is a merge of two customers allowed at all? False when each has a signed account that the other lacks."""
    a, b = signed_accounts(mine), signed_accounts(theirs)
    return not (a - b and b - a)


def with_identity(held: tuple[Identity, ...], new: Identity) -> tuple[Identity, ...]:
    """`held` plus `new`; of the same address the better proof stays."""
    old = next((i for i in held if i.key == new.key), None)
    if old is None:
        return (*held, new)
    return tuple(new if i is old and new.proof > old.proof else i for i in held)
