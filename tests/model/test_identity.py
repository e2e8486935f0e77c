"""How well an address is proven, what that opens, and who may be joined with whom."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from hub.model.identity import (
    Identity,
    IdentityKind,
    Proof,
    may_merge,
    opens_history,
    signed_accounts,
    with_identity,
)
from tests.model.story import account, device, email

identities = st.builds(
    Identity, kind=st.sampled_from(IdentityKind), value=st.sampled_from("abc"), proof=st.sampled_from(Proof)
)
several = st.lists(identities, max_size=6).map(tuple)


def test_proofs_are_ordered_as_the_design_says() -> None:
    assert Proof.SIGNED > Proof.ONE_TIME_CODE > Proof.AGENT_WORD > Proof.CLAIM


@pytest.mark.parametrize(
    ("proof", "opens"),
    [(Proof.CLAIM, False), (Proof.AGENT_WORD, False), (Proof.ONE_TIME_CODE, True), (Proof.SIGNED, True)],
)
def test_only_a_code_or_a_signature_opens_history(proof: Proof, opens: bool) -> None:
    for kind in IdentityKind:
        assert opens_history(Identity(kind=kind, value="x", proof=proof)) is opens


def test_the_key_tells_kinds_apart() -> None:
    assert email("x").key != Identity(kind=IdentityKind.PHONE, value="x").key
    assert email("x", Proof.SIGNED).key == email("x", Proof.CLAIM).key == "email:x"


def test_only_signed_accounts_count_as_vouched_for() -> None:
    held = (account("wang"), account("chen", Proof.CLAIM), email("w@x.cn", Proof.SIGNED), device("d"))
    assert signed_accounts(held) == {"shop/wang"}


# --- merging ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "theirs", "allowed"),
    [
        ((), (), True),
        ((device("d"),), (account("wang"),), True),
        ((account("wang"),), (account("wang"),), True),
        ((account("wang"),), (account("chen"),), False),
        ((account("wang"),), (account("chen", Proof.CLAIM),), True),
        # Joined by an agent long ago: one who holds two accounts is still found by either of them.
        ((account("wang"), account("wang2")), (account("wang"),), True),
        ((account("wang"), account("wang2")), (account("wang"), account("chen")), False),
    ],
)
def test_customers_merge_unless_each_has_an_account_that_the_other_lacks(mine, theirs, allowed: bool) -> None:
    assert may_merge(mine, theirs) is allowed


@given(several, several)
def test_it_does_not_matter_who_is_merged_into_whom(mine: tuple[Identity, ...], theirs: tuple[Identity, ...]) -> None:
    assert may_merge(mine, theirs) is may_merge(theirs, mine)
    assert may_merge(mine, mine)
    assert may_merge(mine, ())


# --- holding ----------------------------------------------------------------------------------------------


@given(several)
def test_each_address_is_held_once_with_its_best_proof(shown: tuple[Identity, ...]) -> None:
    held: tuple[Identity, ...] = ()
    for identity in shown:
        held = with_identity(held, identity)
    assert len({i.key for i in held}) == len(held) == len({i.key for i in shown})
    for identity in held:
        assert identity.proof == max(i.proof for i in shown if i.key == identity.key)


@given(several.filter(lambda s: len(s) <= 4))
def test_the_order_in_which_addresses_become_known_changes_nothing(shown: tuple[Identity, ...]) -> None:
    found = set()
    for order in permutations(shown):
        held: tuple[Identity, ...] = ()
        for identity in order:
            held = with_identity(held, identity)
        found.add(frozenset(held))
    assert len(found) == 1


def test_what_is_known_already_leaves_the_very_same_tuple() -> None:
    held = (email("w@x.cn", Proof.SIGNED), device("d"))
    assert with_identity(held, email("w@x.cn", Proof.CLAIM)) == held


def test_a_proof_is_named_on_the_wire_and_old_logs_which_number_it_can_be_read() -> None:
    signed = Identity(kind=IdentityKind.EMAIL, value="a@b.example", proof=Proof.SIGNED)
    as_json = TypeAdapter(Identity)
    text = as_json.dump_json(signed).decode()
    assert text == '{"kind":"email","value":"a@b.example","proof":"signed"}'
    assert as_json.validate_json(text) == signed
    assert as_json.validate_json(text.replace('"signed"', "3")) == signed
    for wrong in ('"SIGNED!"', "4", "null"):
        with pytest.raises(ValidationError):
            as_json.validate_json(text.replace('"signed"', wrong))
