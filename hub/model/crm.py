"""The canonical CRM records (shared/crm.md). Every connector answers in these, whatever its CRM calls things.

Times are UTC epoch milliseconds (0 = the CRM does not say), money is a decimal string with a currency.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from hub.model.event import Finite
from hub.model.party import Value

# What a CRM may be able to do; a connector names its own. `shipments` and `points`: where they are asked apart, because
# they do not come with the orders and the customer.
Capability = Literal[
    "customer",
    "orders",
    "shipments",
    "points",
    "tickets",
    "notes",
    "create_ticket",
    "update_ticket",
    "add_note",
    "add_task",
    "create_lead",
    "tag",
    "add_insight",
    "update_customer",
]


# Of a connection's circuit breaker. `open`: it is not asked for a while, because it does not answer anyway.
Breaker = Literal["closed", "open", "half_open"]


class Record(Value):
    """What every CRM record carries. `raw` holds mapped fields only (minimisation)."""

    source: str
    source_id: str
    url: str = ""
    created_at: int = 0
    updated_at: int = 0
    raw: dict[str, Any] = Field(default_factory=dict)


class Phone(Value):
    raw: str
    e164: str = ""


class OwnedProduct(Value):
    """A product the customer owns. `model` is what the manuals are filed under."""

    name: str
    model: str
    sku: str = ""
    bought_at: int = 0
    warranty_until: int = 0


class CrmCustomer(Record):
    external_id: str
    name: str
    surname: str = ""
    title: Literal["", "mr", "ms"] = ""
    emails: tuple[str, ...] = ()
    phones: tuple[Phone, ...] = ()
    wechat_id: str | None = None
    tier: Literal["", "standard", "silver", "gold", "platinum"] = ""
    tags: tuple[str, ...] = ()
    company: str = ""
    language: str = ""
    address: str = ""
    preferred_channel: str = ""
    consent: dict[str, bool] = Field(default_factory=dict)
    points: int | None = None
    products_owned: tuple[OwnedProduct, ...] = ()
    custom: dict[str, Any] = Field(default_factory=dict)


class OrderItem(Value):
    sku: str
    name: str
    model: str = ""
    qty: int = 1
    price: str = ""


class TrailStep(Value):
    at: int
    text: str
    place: str = ""


class Shipment(Value):
    """`trail` is newest first. `order_ref` names its order where a CRM keeps shipments apart from orders."""

    number: str
    carrier: str
    tracking: str
    status: Literal["pending", "packed", "in_transit", "out_for_delivery", "delivered", "returned", "exception"]
    eta: int = 0
    order_ref: str = ""
    trail: tuple[TrailStep, ...] = ()


class Order(Record):
    number: str
    placed_at: int
    status: Literal["pending", "paid", "packed", "shipped", "delivered", "cancelled", "returned"]
    currency: str = "CNY"
    total: str = ""
    items: tuple[OrderItem, ...] = ()
    shipments: tuple[Shipment, ...] = ()


TicketStatus = Literal["open", "pending", "solved", "closed"]
Priority = Literal["low", "normal", "high", "urgent"]


class Ticket(Record):
    number: str
    subject: str
    body: str = ""
    status: TicketStatus = "open"
    priority: Priority = "normal"
    type: str = ""
    order_ref: str = ""


# `task` and `insight`: those for which the CRM has no place, as a note. `call`: the record of a call.
NoteKind = Literal["note", "transcript", "summary", "task", "call", "insight"]


class CrmNote(Record):
    on: str
    body: str
    kind: NoteKind = "note"
    internal: bool = True
    author: str = ""


class Task(Record):
    title: str
    due: int = 0
    status: Literal["open", "done"] = "open"
    assignee: str = ""
    on: str = ""


class Lead(Record):
    name: str
    contact: str
    interest: str = ""
    origin: str = ""
    value: str = ""
    status: str = "new"


class CustomerKeys(Value):
    """How to look a customer up: proven addresses only. A connector tries them in this order."""

    external_id: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    wechat_id: str = ""

    @property
    def empty(self) -> bool:
        return not (self.external_id or self.emails or self.phones or self.wechat_id)


class TicketDraft(Value):
    subject: Annotated[str, Field(max_length=200)]
    body: Annotated[str, Field(max_length=4_000)] = ""
    type: str = ""
    priority: Priority = "normal"
    order_ref: str = ""


class TicketChange(Value):
    """What changes of a ticket; what is blank stays as it is."""

    status: TicketStatus | Literal[""] = ""
    priority: Priority | Literal[""] = ""
    comment: Annotated[str, Field(max_length=4_000)] = ""

    @property
    def empty(self) -> bool:
        return not (self.status or self.priority or self.comment.strip())


class LeadDraft(Value):
    """Somebody whom the CRM does not know yet. `source`: where they came from; `value` is a decimal string."""

    name: Annotated[str, Field(max_length=120)] = ""
    contact: Annotated[str, Field(max_length=254)] = ""
    interest: Annotated[str, Field(max_length=4_500)] = ""
    source: Annotated[str, Field(max_length=120)] = ""
    value: Annotated[str, Field(max_length=40)] = ""


class SessionInsight(Value):
    """What the bot noticed in one session, as a whole (hub/model/insights.py).

    `intents`: what it was about, each once, the newest last; `intent` is that one. `sentiment` is -1..1, as it ended;
    `urgency` the highest.
    """

    intent: str = ""
    intents: tuple[str, ...] = ()
    sentiment: Finite = 0.0
    urgency: Literal["low", "normal", "high"] = "normal"
    language: str = ""


class FieldChange(Value):
    """A customer's `field` is to be `now`, if it still is `was` ("" = it was blank).

    Of `emails` and `phones`, which are several, `was` names the one that is replaced; "" = `now` is one more.
    A field of `custom` is called `custom.KEY`.
    """

    field: Annotated[str, Field(min_length=1, max_length=80)]
    was: Annotated[str, Field(max_length=1_000)] = ""
    now: Annotated[str, Field(max_length=1_000)]


NewsKind = Literal["ticket", "order", "shipment"]


class CrmNews(Value):
    """Something changed in the CRM, as its webhook tells it. `at` is epoch ms.

    `ref` is the ticket's or order's number; `id` is unique for each change, the same when the CRM tells it again;
    `echo_of` is the marker of the write of ours that this is about, where the CRM tells it.
    """

    kind: NewsKind
    external_id: str
    ref: str
    status: str
    text: str = ""
    at: int
    id: str
    echo_of: str = ""


ContextOutcome = Literal["found", "none", "several", "unproven", "unavailable"]


class Source(Value):
    """How one connection answered: which `parts` are its own, since when (`as_of`, epoch ms) and why others are not."""

    crm: str
    parts: tuple[Capability, ...] = ()
    outcome: ContextOutcome
    why: str = ""
    as_of: int = 0
    took_ms: int = 0
    breaker: Breaker = "closed"
    external_id: str = ""


class Kept(Value):
    """What connection `crm` could not give now (`why`: a code): shown of this part is what it said at `as_of`."""

    crm: str
    part: Capability
    as_of: int
    why: str = ""


class Context(Value):
    """What the CRM knows about the customer of one conversation, with its age.

    `crm` is the connection that the customer is from; orders, tickets and notes may be of others, as each says
    (`source`). `lacks`: parts that no connection gave now; `kept`: of those that one did not give, what is older
    and shown all the same. `can`: what some connection can do; `editable`: fields of the customer that can be edited.

    outcome `unproven`: the customer's addresses are claims only, so nothing was asked. `unavailable`: no answer
    within the deadline; `detail` says why in plain words.
    """

    crm: str
    outcome: ContextOutcome
    as_of: int
    took_ms: int = 0
    detail: str = ""
    customer: CrmCustomer | None = None
    candidates: tuple[CrmCustomer, ...] = ()
    orders: tuple[Order, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    notes: tuple[CrmNote, ...] = ()
    lacks: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()
    sources: tuple[Source, ...] = ()
    can: tuple[Capability, ...] = ()
    editable: tuple[str, ...] = ()
