"""Repairs: which product, what is wrong with it, then a ticket that says whether the warranty covers it."""

from hub.bot.case import Case, clip
from hub.bot.dialogue import Move
from hub.bot.knowledge import without_names
from hub.bot.reading import Reading
from hub.bot.skills.articles import no_account
from hub.bot.skills.skill import Given, Outcome, Parameter, ask
from hub.model.content import Button
from hub.model.crm import OwnedProduct, TicketDraft

_ASK_PRODUCT = "ask.repair.product"
_ASK_SYMPTOM = "ask.repair.symptom"
_SHOWN = 5
_SYMPTOM_CHARS = 4


def _product(case: Case, move: Move) -> str:
    """The model that a line names; the answer to "which product?" as it stands."""
    if meant := case.product_meant(move.reading.folded):
        return meant.model
    return case.quote(move.reading.text, 80) if move.asked == _ASK_PRODUCT else ""


def _symptom(case: Case, move: Move) -> str:
    if move.asked == _ASK_SYMPTOM and not _only_named(case, move.reading):
        return case.quote(move.reading.text)
    return case.quote(move.reading.text) if _tells(case, move.reading) else ""


def _tells(case: Case, reading: Reading) -> bool:
    """A line that says what is wrong, more than "my kettle is broken": a question that a manual knows."""
    rest = _rest(case, reading)
    if sum(c.isalnum() for c in rest) < _SYMPTOM_CHARS:
        return False
    if case.cues.found("symptom", rest):
        return True
    hits = case.shelf.search(rest, case.owned)
    known = bool(hits) and bool(hits[0].entry.models) and hits[0].evidence >= case.policy.aside_score
    return known or reading.sure_of("product_help", case.policy.sure)


def _rest(case: Case, reading: Reading) -> str:
    return without_names(reading.folded, case.shelf.mentioned(reading.folded, case.owned))


def _only_named(case: Case, reading: Reading) -> bool:
    """Nothing but the product's name: that is no symptom."""
    return reading.folded != _rest(case, reading) and not any(c.isalnum() for c in _rest(case, reading))


class Repair:
    name = "repair"
    description = "Registers a repair: asks for the product and what is wrong with it, then opens a ticket."
    parameters = (
        Parameter("product", "The model or name of the product.", _product),
        Parameter("symptom", "What is wrong with it, in the customer's words.", _symptom),
    )

    def run(self, case: Case, given: Given) -> Outcome:
        if stop := no_account(case):
            return stop
        product = _owned(case, given.get("product", ""))
        if product is None:
            return _ask_product(case)
        symptom = given.get("symptom") or _told_before(case)
        if not symptom:
            text = case.words.say(_ASK_SYMPTOM, product=product.name, warranty=_warranty(case, product))
            return ask(case, _ASK_SYMPTOM, text)
        return _register(case, product, symptom)


def _owned(case: Case, named: str) -> OwnedProduct | None:
    """The product of that model; a name we don't know becomes one; unnamed, what they talked about or the only one."""
    products = case.account.products
    if found := next((p for p in products if p.model == named), None):
        return found
    if named:
        return OwnedProduct(name=named, model="")
    for move in reversed(case.dialogue.moves[:-1]):
        if meant := case.product_meant(move.reading.folded):
            return meant
    return products[0] if len(products) == 1 else None


def _told_before(case: Case) -> str:
    """What the manual could not solve right before: nobody has to write it twice."""
    earlier = (m.reading for m in reversed(case.dialogue.moves[:-1]) if m.reading.intent != "not_helped")
    last = next(earlier, None)
    told = last is not None and last.sure_of("product_help", case.policy.sure) and _tells(case, last)
    return case.quote(last.text) if last and told else ""


def _ask_product(case: Case) -> Outcome:
    shown = tuple(
        Button(label=clip(p.name, 80), value=clip(p.model or p.name, 500)) for p in case.account.products[:_SHOWN]
    )
    return ask(case, _ASK_PRODUCT, case.words.say(_ASK_PRODUCT), shown)


def _warranty(case: Case, product: OwnedProduct) -> str:
    if not product.warranty_until:
        return ""
    key = "repair.warranty_until" if product.warranty_until >= case.turn.now else "repair.warranty_over"
    return case.words.part(key, date=case.clock.date(product.warranty_until))


def _terms(case: Case, product: OwnedProduct) -> str:
    if not product.warranty_until:
        return ""
    covered = product.warranty_until >= case.turn.now
    return case.words.say("repair.in_warranty" if covered else "repair.out_of_warranty")


def _register(case: Case, product: OwnedProduct, symptom: str) -> Outcome:
    words, terms = case.words, _terms(case, product)
    lines = [words.say("ticket.symptom", symptom=symptom)]
    lines += [words.say("ticket.terms", terms=terms)] if terms else []
    ticket = TicketDraft(
        subject=clip(words.say("ticket.repair", product=product.name), 200),
        body="\n".join([*lines, words.say("ticket.by_bot")]),
        type="repair",
    )
    text = words.say("repair.done", product=product.name, symptom=clip(symptom, 80), terms=terms)
    return Outcome((case.offer(text),), ticket=ticket)
