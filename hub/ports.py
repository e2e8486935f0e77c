"""What the hub asks of the outside. A port is as small as its use; each adapter passes the port's contract test
(tests/contracts/).
"""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Literal, Protocol

from hub.model.call import Mode
from hub.model.content import ButtonsContent, CardContent, FileContent, TextContent
from hub.model.crm import (
    Breaker,
    Capability,
    Context,
    CrmCustomer,
    CrmNews,
    CrmNote,
    CustomerKeys,
    FieldChange,
    Lead,
    LeadDraft,
    NoteKind,
    Order,
    SessionInsight,
    Shipment,
    Task,
    Ticket,
    TicketChange,
    TicketDraft,
)
from hub.model.events import Insight
from hub.model.frozen import frozen
from hub.model.media import Forward, LegFigures, Outlet
from hub.model.owner import HandoffReason

Said = TextContent | ButtonsContent | CardContent


class Crm(Protocol):
    """A CRM. Every method may raise CrmUnavailable (try again), CrmLacks (it is not in `can`) or CrmRefused (the CRM
    said no, and would again); NotFound for a customer whom this CRM does not have.

    `external_id` is the CRM's own key of a customer, as find_customer gave it. A look-up returns only records that
    belong to what was asked: a connector verifies them itself.
    Every write takes a `marker`, up to 200 characters: the same marker again changes nothing and answers with the
    first result, also when this process or the CRM died between the write and its answer. A connector looks for the
    marker in the CRM, or in what it keeps itself, before it writes again.
    """

    name: str
    can: frozenset[Capability]
    editable: tuple[str, ...]
    """Fields of a customer that update_customer takes: name, emails, phones, company, language, address,
    preferred_channel, custom.KEY."""

    @property
    def breaker(self) -> Breaker:
        """`closed` where a CRM has none."""
        ...

    async def find_customer(self, keys: CustomerKeys) -> list[CrmCustomer]:
        """Customers whose own id, e-mail or phone equals one of `keys`. Several = the agent chooses."""
        ...

    async def orders(self, external_id: str) -> list[Order]:
        """Newest first, with shipments and their trail if this CRM keeps them with its orders."""
        ...

    async def shipments(self, external_id: str) -> list[Shipment]:
        """For a CRM that keeps them apart: each names its order."""
        ...

    async def points(self, external_id: str) -> int:
        """For a CRM whose customers come without."""
        ...

    async def tickets(self, external_id: str) -> list[Ticket]: ...
    async def notes(self, external_id: str) -> list[CrmNote]: ...
    async def create_ticket(self, external_id: str, draft: TicketDraft, marker: str) -> Ticket: ...

    async def update_ticket(self, external_id: str, number: str, change: TicketChange, marker: str) -> Ticket:
        """Raises NotFound for a ticket that is not this customer's."""
        ...

    async def add_note(self, external_id: str, body: str, kind: NoteKind, marker: str) -> CrmNote: ...

    async def add_task(self, external_id: str, title: str, due: int, marker: str, assignee: str = "") -> Task:
        """`due` is epoch ms."""
        ...

    async def create_lead(self, draft: LeadDraft, marker: str) -> Lead: ...

    async def tag(self, external_id: str, tags: tuple[str, ...], marker: str) -> None:
        """Adds tags; never removes one."""
        ...

    async def add_insight(self, external_id: str, insight: SessionInsight, marker: str) -> None:
        """What was noticed in the customer's newest session, in the hub's own fields or as one more record."""
        ...

    async def update_customer(self, external_id: str, changes: tuple[FieldChange, ...], marker: str) -> CrmCustomer:
        """All of `changes` or none. What has its new value already is no conflict and needs no write.

        Raises CrmConflict when a value is not what it was any more, BadRequest for a blank `now` and for a field that
        is not editable.
        """
        ...

    async def close(self) -> None: ...


class CrmHook(Protocol):
    """A CRM that tells what changed there by calling us."""

    async def news(self, headers: Mapping[str, str], body: bytes, now: int) -> list[CrmNews]:
        """What a call says; header names are lower-case, `now` is epoch ms.

        Raises Forbidden when its signature is wrong or too old, BadRequest when it can't be read.
        """
        ...


@frozen
class Spoken:
    """One line of the session so far, as the customer may see it. `at` is epoch ms. Of a `file`, `text` is its name."""

    seq: int
    at: int
    by: Literal["customer", "agent", "bot"]
    name: str
    text: str
    file: bool = False


@frozen
class Turn:
    """All that a bot is given. It asks nobody else, so it can be tested by value.

    trigger: `arrived` (greet), `message` (answer `transcript[-1]`), `handoff` (the customer pressed "a person"),
    `waited` (queued too long; owner is the queue). `context` is None until the CRM answered within its deadline;
    `proven` says whether account data may be shown at all; `site_name` is that of the site through which they came;
    `can_call`: where they write, they can begin a video call.
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
    can_call: bool = False


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


@frozen
class Suggestion:
    """What an agent could say. `why` names where it is from: an intent of the bot's, or an article and its section."""

    text: str
    why: str


@frozen
class Article:
    """A section of the knowledge base. `model` is empty for what is about the shop; `score` ranks, about 0..1."""

    title: str
    heading: str
    text: str
    model: str
    score: float


class Adviser(Protocol):
    """Helps the agent who writes. Says nothing by itself."""

    def suggest(self, turn: Turn) -> tuple[Suggestion, ...]:
        """Best first; none before the customer has written. Account data only if `turn.proven`."""
        ...

    def search(self, words: str, locale: str, models: tuple[str, ...]) -> tuple[Article, ...]:
        """Articles for `words`, best first, in the language of `locale`; those about `models` come before others."""
        ...


class Files(Protocol):
    """What people send each other. `conversation` and `file` are ids; what leads elsewhere is NotFound."""

    async def take(
        self, conversation: str, file: str, name: str, size: int, chunks: AsyncIterator[bytes]
    ) -> FileContent:
        """Keep what comes. Again under the same id: the first stays. Raises BadRequest (not `size` bytes), DiskFull."""
        ...

    async def about(self, conversation: str, file: str) -> FileContent:
        """Raises NotFound."""
        ...

    def path(self, conversation: str, file: str) -> Path:
        """Where its bytes are."""
        ...


class Film(Protocol):
    """What one party said and showed, as a WebM file. Raises Unreadable (a ValueError) for what was tampered with."""

    @property
    def size(self) -> int: ...
    def read_at(self, start: int, count: int) -> bytes: ...
    def close(self) -> None: ...


class Recordings(Protocol):
    """What calls left behind, for staff."""

    def film(self, call: str, recording: str) -> Film:
        """Raises NotFound."""
        ...


class Halls(Protocol):
    """Where calls of more parties meet than pairs carry. A party has two peer connections there: it sends by one that
    it offers, and receives all others by one that is offered to it (HallOffer) whenever somebody comes or goes.

    Every method may raise MediaUnavailable (try again). What comes by itself is told to whom the adapter was given.
    """

    async def open(self, call: str) -> None:
        """Make a place for the call, or find it."""
        ...

    async def enter(self, call: str, party: str, pc: str, mode: Mode = "full") -> str:
        """Names the party's place. The same `pc` again gets the same place, as long as that is there; what stood open
        of it is told again. Another `pc`, or `mode`, takes the place of the one before. What who whispers sends is
        received by agents who are parties alone; both kinds of supervisors receive parties alone."""
        ...

    async def publish(self, call: str, party: str, sdp: str) -> str:
        """Answers an offer of what the party sends. Raises BadDescription, or ListenOnly at a listener's place."""
        ...

    async def answer(self, call: str, party: str, generation: int, sdp: str) -> None:
        """The party's answer to a HallOffer; one to an older offer changes nothing. Raises BadDescription."""
        ...

    async def leave(self, call: str, party: str) -> None: ...

    async def senders(self, call: str) -> tuple[str, ...]:
        """Of what may be recorded: without who whispers."""
        ...

    async def forward(self, call: str, forward: Forward, to: Outlet) -> int:
        """Send what that party sends there and nowhere else outside; `asks`. Raises NotFound: it is no sender."""
        ...

    async def forward_nothing(self, call: str) -> None:
        """After the answer only parties get anything. Idempotent."""
        ...

    async def close(self, call: str) -> None:
        """Idempotent. Whoever is still in it is put out."""
        ...


class Media(Protocol):
    """Where the parties of a call meet. Every method may raise MediaUnavailable (nobody answers: try again).

    A party is "customer", "agent:ID" or "guest:ID". Two parties make a pair, with a peer connection at each side; three
    parties are three pairs. What is asked of a call that is not open raises NotFound, but for leave, close and record:
    what is gone has left.
    """

    async def open(self, call: str) -> None:
        """Make a place for it. Again: the same place, or, where that died, a new and empty one that all parties have
        to come to. Raises MediaFull."""
        ...

    async def describe(self, call: str, sender: str, receiver: str, kind: Literal["offer", "answer"], sdp: str) -> str:
        """The sender's description as the receiver must get it: the same media, other transport lines.

        Raises BadDescription for what is no usable description.
        """
        ...

    async def rejoin(self, call: str, party: str) -> None:
        """It comes with fresh peer connections: its old legs go, the others' stay."""
        ...

    async def leave(self, call: str, party: str) -> None: ...
    async def close(self, call: str) -> None: ...

    async def record(self, call: str, on: bool) -> None:
        """Listen in, or stop to: after the answer not one more packet is heard."""
        ...

    async def receive(self, call: str, forward: Forward) -> Outlet:
        """Listen to what a hall forwards, instead of what it did before of that party (the same key: it goes on).
        Raises NotFound: the call is not recorded (any more)."""
        ...

    async def figures(self, call: str) -> tuple[LegFigures, ...]: ...
