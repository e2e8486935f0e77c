"""Names and ids: an id never holds a character that JSON escapes, because frames are put together around it."""

import json

import pytest
from hypothesis import given
from pydantic import TypeAdapter, ValidationError

from hub.model.events import MessageCreated
from hub.model.party import BOT, SYSTEM, Id, Party, PartyKind, Ulid
from tests.model.bodies import HOSTILE, ids, of, parties

ID: TypeAdapter[str] = TypeAdapter(Id)
AS_JSON = TypeAdapter(Party)
ULID: TypeAdapter[str] = TypeAdapter(Ulid)


@given(ids)
def test_an_id_is_the_same_in_json(id: str) -> None:
    assert json.dumps(ID.validate_python(id)) == f'"{id}"'


@pytest.mark.parametrize("id", ["", "x" * 65, "a b", "a\n", "王", "a/b", 'a"', *(w for w in HOSTILE)])
def test_what_would_need_escaping_is_no_id(id: str) -> None:
    with pytest.raises(ValidationError):
        ID.validate_python(id)
    with pytest.raises(ValidationError):
        Party(kind=PartyKind.AGENT, id=id)


@pytest.mark.parametrize(
    "id", ["", "01J", "81J8ZC2Q6H0000000000000000", "01J8ZC2Q6H000000000000000I", "01j8zc2q6h0000000000000000"]
)
def test_what_is_no_ulid_is_refused(id: str) -> None:
    with pytest.raises(ValidationError):
        ULID.validate_python(id)


@given(parties)
def test_a_party_is_a_value(party: Party) -> None:
    again = AS_JSON.validate_json(AS_JSON.dump_json(party))
    assert again == party
    assert hash(again) == hash(party)


def test_the_hubs_own_parties_are_no_people() -> None:
    assert (BOT.kind, SYSTEM.kind) == (PartyKind.BOT, PartyKind.SYSTEM)


@given(of(MessageCreated))
def test_a_value_of_valid_fields_is_the_value(it: MessageCreated) -> None:
    fields = {name: getattr(it, name) for name in MessageCreated.model_fields}
    made = MessageCreated.of_valid(**fields)
    assert made == it
    assert (hash(made), repr(made), made.model_dump_json()) == (hash(it), repr(it), it.model_dump_json())
    assert made.model_copy(update={"id": "x"}) == it.model_copy(update={"id": "x"})
    with pytest.raises(ValidationError):
        made.id = "x"  # type: ignore[misc]
