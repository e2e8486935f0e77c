"""What a skill is given: the turn, what was read in it, the customer's account, and the means to answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from hub.bot.account import Account
from hub.bot.cues import Cues
from hub.bot.dialogue import Dialogue, Move
from hub.bot.knowledge import Manual, Shelf
from hub.bot.names import called
from hub.bot.policy import Policy
from hub.bot.reading import Reading
from hub.bot.when import Clock
from hub.bot.words import Words
from hub.model.content import MESSAGE_CHARS, Button, ButtonsContent, TextContent
from hub.model.crm import OwnedProduct
from hub.ports import Turn

LABEL_CHARS = 80


@dataclass(frozen=True)
class Case:
    """One turn, understood. Built by value; skills read it and change nothing."""

    turn: Turn
    language: str
    words: Words
    clock: Clock
    shelf: Shelf
    policy: Policy
    cues: Cues
    account: Account
    dialogue: Dialogue
    reading: Reading

    @property
    def move(self) -> Move:
        return self.dialogue.moves[-1]

    @cached_property
    def who(self) -> str:
        """How the customer is addressed, "" for a guest."""
        return called(self.account.customer, self.words) if self.account.customer else ""

    @property
    def address(self) -> str:
        """ "王女士，" or "Ms Wang, " for the start of a sentence; "" for a guest."""
        return self.who + ("，" if self.language == "zh" else ", ") if self.who else ""

    @property
    def tier(self) -> str:
        """The name of the customer's level, "" for the standard one."""
        level = self.account.customer.tier if self.account.customer else ""
        return self.words.part(f"tier.{level}") if level else ""

    @property
    def owned(self) -> tuple[str, ...]:
        return tuple(p.model for p in self.account.products)

    def manuals_meant(self) -> list[Manual]:
        """The products that this stretch is about: named in the newest line that names one."""
        for move in reversed(self.dialogue.moves):
            if named := self.shelf.mentioned(move.reading.folded, self.owned):
                return named
        return []

    def product_meant(self, folded: str) -> OwnedProduct | None:
        """The one product of the customer's that a text names."""
        products = self.account.products
        if exact := [p for p in products if _stands_in(p, folded)]:
            return max(exact, key=lambda p: len(p.model))
        models = {m for manual in self.shelf.mentioned(folded, self.owned) for m in manual.models}
        meant = [p for p in products if p.model in models]
        return meant[0] if len(meant) == 1 else None

    # --- the pieces of an answer --------------------------------------------------------------------------

    def say(self, key: str, **values: object) -> TextContent:
        return TextContent(text=clip(self.words.say(key, **values), MESSAGE_CHARS))

    def text(self, *sentences: str) -> TextContent:
        return TextContent(text=clip(self.joined(*sentences), MESSAGE_CHARS))

    def joined(self, *sentences: str) -> str:
        return ("" if self.language == "zh" else " ").join(s for s in sentences if s)

    def offer(self, text: str, buttons: Sequence[Button] = ()) -> ButtonsContent:
        """`text` with quick replies, the last of which is always the way to a person."""
        return ButtonsContent(text=clip(text, MESSAGE_CHARS), buttons=(*buttons[:7], self.person()))

    def button(self, name: str, value: str = "", **values: object) -> Button:
        label = clip(self.words.say(f"button.{name}", **values), LABEL_CHARS)
        return Button(label=label, value=value[:500])

    def person(self) -> Button:
        return Button(label=self.words.say("button.person"), action="handoff")

    def video(self) -> Button:
        return Button(label=self.words.say("button.video"), action="call_video")

    def quote(self, text: str, limit: int = 200) -> str:
        """A customer's words on one line, at most `limit` characters."""
        return clip(" ".join(text.split()), limit)


def clip(text: str, limit: int) -> str:
    """`text`, cut with an ellipsis when it is longer than `limit` characters; never empty."""
    text = text.strip() or "–"
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _stands_in(product: OwnedProduct, folded: str) -> bool:
    return len(product.model) > 2 and product.model.lower() in folded
