"""The canonical CRM records (shared/crm.md). Every connector answers in these, whatever its CRM calls things.

Times are UTC epoch milliseconds (0 = the CRM does not say), money is a decimal string with a currency.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from hub.model.party import Value


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
    """`trail` is newest first."""

    number: str
    carrier: str
    tracking: str
    status: Literal["pending", "packed", "in_transit", "out_for_delivery", "delivered", "returned", "exception"]
    eta: int = 0
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


class Ticket(Record):
    number: str
    subject: str
    body: str = ""
    status: TicketStatus = "open"
    priority: Literal["low", "normal", "high", "urgent"] = "normal"
    type: str = ""
    order_ref: str = ""


class CrmNote(Record):
    on: str
    body: str
    kind: Literal["note", "transcript", "summary"] = "note"
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
    priority: Literal["low", "normal", "high", "urgent"] = "normal"
    order_ref: str = ""


ContextOutcome = Literal["found", "none", "several", "unproven", "unavailable"]


class Context(Value):
    """What the CRM knows about the customer of one conversation, with its age.

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
