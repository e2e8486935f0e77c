"""Help with a product: its manual, the customer's own products first."""

from hub.bot.case import Case, clip
from hub.bot.dialogue import Move
from hub.bot.knowledge import Hit, Manual, without_names
from hub.bot.plain import plain
from hub.bot.skills.articles import answered, found, least_score, no_idea, section_button
from hub.bot.skills.skill import Given, Outcome, Parameter, ask
from hub.model.content import Button

_ASK_PRODUCT = "ask.product_help.product"
_ASK_SYMPTOM = "ask.product_help.symptom"
_CLOSE = 0.06
_SHOWN = 7


def _question(case: Case, move: Move) -> str:
    """The line; after "which product?" also the lines that the question was about."""
    lines = [m.reading.folded for m in case.dialogue.flow("product_help")] if move.asked == _ASK_PRODUCT else []
    return case.quote(" ".join(lines) or move.reading.folded, 400)


class ProductHelp:
    name = "product_help"
    description = "Answers questions about using or fixing a product, from the manual of the product the customer owns."
    parameters = (Parameter("question", "What the customer wants to know, with the product if named.", _question),)

    def run(self, case: Case, given: Given) -> Outcome:
        meant = case.manuals_meant()
        hits = self._hits(case, meant, plain(given.get("question") or case.reading.text))
        if hits and _is_clear(hits):
            return answered(case, hits, _buttons(case))
        if hits:
            return _ask_product(case, hits)
        # A word in common ("good") is no answer to a question about a product.
        if general := found(case, case.policy.aside_score if meant else least_score(case)):
            return answered(case, general)
        if len(meant) == 1:
            return _ask_symptom(case, meant[0])
        own = [m for p in case.account.products if (m := case.shelf.manual_of(p.model))]
        if len(own) == 1 and case.reading.sure_of(self.name, case.policy.sure):
            return _ask_symptom(case, own[0])
        return _ask_which(case, own) if case.reading.sure_of(self.name, case.policy.sure) else no_idea(case)

    def _hits(self, case: Case, meant: list[Manual], question: str) -> list[Hit]:
        """Sections of the products meant, or of any when none was named; only those that answer at all."""
        only = frozenset(m.article for m in meant) or None
        hits = case.shelf.search(without_names(question, meant), case.owned, only)
        least = case.policy.named_score if meant else least_score(case)
        return [h for h in hits if h.entry.models and h.evidence >= least]


def _is_clear(hits: list[Hit]) -> bool:
    """One product's section is clearly ahead; two products with the same trouble are not."""
    others = [h for h in hits if h.entry.article != hits[0].entry.article]
    return not others or hits[0].score - others[0].score >= _CLOSE


def _ask_product(case: Case, hits: list[Hit]) -> Outcome:
    articles = list(dict.fromkeys(h.entry.article for h in hits if hits[0].score - h.score < _CLOSE))
    manuals = [m for a in articles[:_SHOWN] for m in case.shelf.manuals if m.article == a]
    return _ask_which(case, manuals)


def _ask_which(case: Case, manuals: list[Manual]) -> Outcome:
    """Each button repeats the question with the model before it, so that the next turn can answer by itself."""
    asked = case.quote(case.reading.text, 300)
    buttons = tuple(_product_button(m, asked) for m in (manuals or case.shelf.manuals)[:_SHOWN])
    return ask(case, _ASK_PRODUCT, case.words.say(_ASK_PRODUCT), buttons)


def _product_button(manual: Manual, asked: str) -> Button:
    return Button(label=clip(manual.product, 80), value=clip(f"{manual.models[0]} {asked}", 500))


def _ask_symptom(case: Case, manual: Manual) -> Outcome:
    """The product is known, the trouble is not: its commonest sections to choose from."""
    entries = [e for e in case.shelf.entries if e.article == manual.article][:4]
    buttons = tuple(section_button(e) for e in entries)
    text = case.words.say(_ASK_SYMPTOM, product=manual.models[0])
    return ask(case, _ASK_SYMPTOM, text, buttons)


def _buttons(case: Case) -> tuple[Button, ...]:
    return tuple(case.button(n) for n in ("solved", "not_helped", "repair"))
