"""How a customer is addressed: 王女士, Mr Smith, Ms Wang; without a title or a known spelling, by the name."""

from functools import cache
from importlib.resources import files

from hub.bot.plain import is_han
from hub.bot.words import Words
from hub.model.crm import CrmCustomer


def called(customer: CrmCustomer, words: Words) -> str:
    surname, name = customer.surname.strip(), customer.name.strip()
    if words.language == "en" and surname and is_han(surname):
        surname = _spelled().get(surname, "")
    if customer.title and surname:
        return words.part(f"title.{customer.title}", surname=surname)
    return name


@cache
def _spelled() -> dict[str, str]:
    """The commonest Chinese surnames in Latin letters (surnames.txt)."""
    entries = files(__package__).joinpath("surnames.txt").read_text("utf-8").split()
    return {"".join(c for c in e if is_han(c)): "".join(c for c in e if not is_han(c)) for e in entries}
