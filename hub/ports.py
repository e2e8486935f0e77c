"""What the hub asks of the outside. A port is as small as its use; each adapter passes the port's contract test
(tests/contracts/).
"""

from typing import Literal, Protocol

from hub.model.content import ButtonsContent, CardContent, TextContent
from hub.model.crm import (
    Context,
    CrmCustomer,
    CrmNote,
    CustomerKeys,
    Lead,
    Order,
    Task,
    Ticket,
    TicketDraft,
)
from hub.model.events import Insight
from hub.model.frozen import frozen
from hub.model.owner import HandoffReason

Said = TextContent | ButtonsContent | CardContent


class Crm(Protocol):
    """A CRM. Every method may raise CrmUnavailable (try again) or CrmLacks (this CRM has no such thing).

    A look-up returns only records that belong to what was asked: a connector verifies them itself.
    Every write takes a `marker`: the same marker again changes nothing and answers with the first result.
    """

    name: str

    async def find_customer(self, keys: CustomerKeys) -> list[CrmCustomer]:
        """Customers whose own id, e-mail or phone equals one of `keys`. Several = the agent chooses."""
        ...

    async def orders(self, external_id: str) -> list[Order]:
        """Newest first, with shipments and their trail."""
        ...

    async def tickets(self, external_id: str) -> list[Ticket]: ...
    async def notes(self, external_id: str) -> list[CrmNote]: ...
    async def create_ticket(self, external_id: str, draft: TicketDraft, marker: str) -> Ticket: ...
    async def update_ticket(self, number: str, status: str, comment: str, marker: str) -> Ticket: ...
    async def add_note(
        self, external_id: str, body: str, kind: Literal["note", "transcript", "summary"], marker: str
    ) -> CrmNote: ...
    async def add_task(self, external_id: str, title: str, due: int, marker: str) -> Task: ...
    async def create_lead(self, name: str, contact: str, interest: str, marker: str) -> Lead: ...
    async def tag(self, external_id: str, tags: tuple[str, ...], marker: str) -> None:
        """Adds tags; never removes one."""
        ...

    async def close(self) -> None: ...


@frozen
class Spoken:
    """One line of the session so far, as the customer may see it. `at` is epoch ms."""

    seq: int
    at: int
    by: Literal["customer", "agent", "bot"]
    name: str
    text: str


@frozen
class Turn:
    """All that a bot is given. It asks nobody else, so it can be tested by value.

    trigger: `arrived` (greet), `message` (answer `transcript[-1]`), `handoff` (the customer pressed "a person"),
    `waited` (queued too long; owner is the queue). `context` is None until the CRM answered within its deadline;
    `proven` says whether account data may be shown at all; `site_name` is that of the site through which they came.
    """

    conversation: str
    session: int
    trigger: Literal["arrived", "message", "handoff", "waited"]
    locale: str
    now: int
    transcript: tuple[Spoken, ...]
    insights: tuple[Insight, ...]
    context: Context | None
    proven: bool
    anyone_online: bool
    site_name: str = ""


@frozen
class Handoff:
    """Give the conversation over to people: why, with the evidence, and what goes along."""

    reason: HandoffReason
    evidence: str
    summary: str
    tried: tuple[str, ...] = ()
    team: str = ""


@frozen
class Answer:
    """What the bot wants to happen. With a handoff, `says` is exactly the one hand-over message."""

    says: tuple[Said, ...] = ()
    insight: Insight | None = None
    handoff: Handoff | None = None
    ticket: TicketDraft | None = None


class Bot(Protocol):
    """The automatic first responder. `answer` may raise BotFailed; slower than its deadline counts as that."""

    async def answer(self, turn: Turn) -> Answer: ...

    def summarize(self, transcript: tuple[Spoken, ...], insights: tuple[Insight, ...], locale: str) -> str:
        """A short summary of a session for the CRM and the next agent, in the language of `locale`."""
        ...
