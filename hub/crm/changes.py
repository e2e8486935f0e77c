"""The rule for an agent's edits of a customer, whichever CRM they go to: nothing becomes blank, and nothing is written
over what moved on since the agent saw it.
"""

from collections.abc import Collection, Sequence

from hub.crm.matching import email_key
from hub.model.crm import CrmCustomer, FieldChange
from hub.model.errors import BadRequest, CrmConflict
from hub.model.phones import e164

SEVERAL = ("emails", "phones")  # of these a customer may have more than one: `was` "" = one more


def tidied(changes: Sequence[FieldChange], editable: Collection[str], region: str) -> list[FieldChange]:
    """`changes` as they are written, phone numbers as E.164. Raises BadRequest for a field that can't be edited, a
    blank, and what is no address at all.
    """
    return [_tidied(change, editable, region) for change in changes]


def to_write(it: CrmCustomer, changes: Sequence[FieldChange], region: str) -> list[FieldChange]:
    """Those that the customer's record, read just now, does not have already.

    Raises CrmConflict with the names of all fields that moved on.
    """
    needed = [change for change in changes if not _same(change.field, change.now, _held(it, change.field), region)]
    if moved := [change.field for change in needed if not _as_it_was(it, change, region)]:
        raise CrmConflict(" ".join(moved))
    return needed


def is_among(change: FieldChange, held: Collection[str], region: str) -> bool:
    """Is what the agent saw one of `held`, however it is spelled?"""
    return _same(change.field, change.was, held, region)


def _tidied(change: FieldChange, editable: Collection[str], region: str) -> FieldChange:
    if change.field not in editable:
        raise BadRequest(f"field: {change.field} can't be edited")
    now = change.now.strip()
    if not now:
        raise BadRequest(f"now: {change.field} can't become blank")
    if change.field == "emails" and "@" not in now:
        raise BadRequest("now: no e-mail address")
    if change.field == "phones" and not (now := e164(now, region)):
        raise BadRequest("now: no phone number")
    return FieldChange(field=change.field, was=change.was.strip(), now=now)


def _as_it_was(it: CrmCustomer, change: FieldChange, region: str) -> bool:
    held = _held(it, change.field)
    if not change.was:
        return change.field in SEVERAL or not held
    return is_among(change, held, region)


def _held(it: CrmCustomer, field: str) -> list[str]:
    """What the field holds, as texts; a blank is nothing."""
    if field == "phones":
        return [phone.e164 or phone.raw for phone in it.phones]
    value = it.custom.get(field.removeprefix("custom.")) if field.startswith("custom.") else getattr(it, field)
    values = value if isinstance(value, list | tuple) else [value]
    return [shown for one in values if one is not None and (shown := _shown(one)).strip()]


def _shown(value: object) -> str:
    """As an agent saw it: a custom field may hold anything that JSON has."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _same(field: str, value: str, held: Collection[str], region: str) -> bool:
    if field == "emails":
        return email_key(value) in map(email_key, held)
    if field == "phones":
        return (e164(value, region) or value) in (e164(one, region) or one for one in held)
    return value in held
