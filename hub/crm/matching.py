"""Does a customer record belong to what was asked? Every connector checks this itself (shared/crm.md, `verify`).

Real CRMs ignore a filter that they don't know and answer with everybody: an unchecked answer shows an agent
somebody else's account.
"""

from collections.abc import Iterable

from hub.model.crm import CrmCustomer, CustomerKeys
from hub.model.phones import e164


def email_key(address: str) -> str:
    """How an e-mail address is compared: trimmed and lower-cased."""
    return address.strip().lower()


def normalised(keys: CustomerKeys, region: str = "CN") -> CustomerKeys:
    """`keys` as they are compared. What is blank or no phone number is left out, so it can't match anybody."""
    return CustomerKeys(
        external_id=keys.external_id.strip(),
        emails=_distinct(email_key(address) for address in keys.emails),
        phones=_distinct(e164(phone, region) for phone in keys.phones),
        wechat_id=keys.wechat_id.strip(),
    )


def belongs(customer: CrmCustomer, asked: CustomerKeys, region: str = "CN") -> bool:
    """Does an address of the customer's own equal one of `asked`, which is `normalised`?"""
    if asked.external_id and customer.external_id == asked.external_id:
        return True
    if asked.wechat_id and customer.wechat_id == asked.wechat_id:
        return True
    emails = {email_key(address) for address in customer.emails}
    phones = {phone.e164 or e164(phone.raw, region) for phone in customer.phones}
    return not (emails.isdisjoint(asked.emails) and phones.isdisjoint(asked.phones))


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
