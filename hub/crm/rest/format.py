"""The mapping file, as models: what may stand in it. The JSON Schema and the format reference are made from these.

Two kinds of text: an *expression* (JSONata) reads an answer; a *template* is text with `{{ expression }}` in it, from
which a request is made. `${NAME}` stands for a secret, anywhere in a template.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from hub.crm.rest.format_auth import Auth
from hub.crm.rest.format_hooks import Hooks
from hub.crm.rest.format_records import (
    CustomerRecord,
    Expression,
    LeadRecord,
    NoteRecord,
    OrderRecord,
    Part,
    ShipmentRecord,
    TaskRecord,
    Template,
    TicketRecord,
    Tree,
)
from hub.crm.rest.format_requests import WHOLE, Answers, Name, Pages, Request, Step

Editable = Annotated[
    str, Field(pattern=r"^(name|emails|phones|company|language|address|preferred_channel|custom\.[A-Za-z0-9_]+)$")
]


class Verify(Part):
    """Which records are the ones that were asked for. One of `each` and `answer`."""

    each: Expression | None = Field(default=None, description="On each record: the value (or values) of its own.")
    answer: Expression | None = Field(default=None, description="On the whole answer: whose it is.")
    equals: Template | None = Field(
        default=None,
        description="What it must equal (of a list: one of them); without it, what was asked for: the address, or "
        "`customer.id`.",
    )


class Resolve(Part):
    """Names that are sent as ids, looked up in `names`."""

    names: Name = Field(description="Which of the file's `names`.")
    of: Template = Field(description="The name, or the list of names.")


class Reading(Part):
    """A look-up: how it is asked, where the records are in the answer, and whose they must be."""

    before: list[Step] = Field(default=[], description="Requests whose answers this one needs.")
    request: Request
    answers: Answers = Field(default=Answers(), description="What its answer means.")
    items: Expression = Field(default=WHOLE, description="Where the records are in the answer: a list, or one.")
    pages: Pages | None = Field(default=None, description="How a long list goes on.")
    verify: Literal["none"] | Expression | Verify = Field(
        union_mode="left_to_right",
        description="The record's own value that must equal what was asked: its e-mail, phone or id; for what belongs "
        "to a customer, its reference to them. `none` = unsafe: a CRM that ignores the filter shows strangers.",
    )


class CustomerReading(Reading):
    """One way to look a customer up."""

    by: Literal["external_id", "email", "phone", "wechat_id"] = Field(description="What is asked for.")
    when: Expression | None = Field(default=None, description="False: what is asked for is not looked up this way.")
    spellings: list[Literal["e164", "plain", "national", "tail"]] = Field(
        default=["e164"],
        description="For `phone`, in this order until somebody is found: `+8613800001234`, `8613800001234`, "
        "`13800001234`, the last 8 digits.",
    )


class Customers(Part):
    """How customers are found, and what is known of them."""

    look_up: list[CustomerReading] = Field(min_length=1, description="Tried in this order; see the format reference.")
    record: CustomerRecord = Field(description="Canonical field -> expression on a record.")
    refs: dict[Name, Expression] = Field(
        default={}, description="More ids of the record that other requests need: `customer.refs.NAME`."
    )


class Orders(Reading):
    """A customer's orders."""

    record: OrderRecord


class Shipments(Reading):
    """A customer's shipments, where the CRM keeps them apart from orders."""

    record: ShipmentRecord


class Points(Reading):
    """A customer's points, where the profile does not carry them."""

    points: Expression = Field(description="The number, on the (first) record.")


class Tickets(Reading):
    """A customer's tickets."""

    record: TicketRecord


class Notes(Reading):
    """A customer's notes."""

    record: NoteRecord


class Find(Part):
    """How what was written is found again by its mark, before it would be written once more."""

    among: Literal["tickets", "notes"] | None = Field(default=None, description="Instead of a request: that look-up.")
    before: list[Step] = Field(default=[], description="Requests whose answers this one needs.")
    request: Request | None = Field(default=None, description="Templates know `mark`.")
    answers: Answers = Field(default=Answers(), description="What its answer means.")
    items: Expression = Field(default=WHOLE, description="Where the records are in the answer.")
    pages: Pages | None = Field(default=None, description="How a long list goes on.")
    mark: Expression = Field(description="The record's text in which the mark stands; others are not ours.")
    id: Expression | None = Field(
        default=None, description="The record's id, where the create's `id` reads another shape: its answer."
    )
    lag_s: float = Field(default=0, ge=0, le=600, description="How long the CRM's search may lag behind a write.")


class Create(Part):
    """Writes one thing, once."""

    when: Expression | None = Field(default=None, description="Of several ways, the first whose `when` holds is taken.")
    resolve: dict[Name, Resolve] = Field(default={}, description="Ids that its templates need, by name.")
    before: list[Step] = Field(default=[], description="Requests whose answers this one needs; they change nothing.")
    find: Find | None = Field(default=None, description="How it is found by its mark.")
    request: Request = Field(description="Carries `mark` somewhere, so that `find` can find it.")
    answers: Answers = Field(default=Answers(), description="What its answer means.")
    item: Expression = Field(default=WHOLE, description="Where the new record is in the answer.")
    id: Expression | None = Field(default=None, description="The new record's id in the answer; nothing: `find` it.")
    existing: Expression | None = Field(
        default=None,
        description="On the answer that says it is there already, though not by us (somebody has this address): its "
        "id. It stands for what was to be made, and nothing of it is changed. Without it, that is refused.",
    )
    then: list[Step] = Field(default=[], description="Requests afterwards, with `made.id`. They may be sent twice.")
    repeat: Literal["find", "safe", "never"] = Field(
        default="find",
        description="When nobody knows whether it was written: look for it first; send it again, which changes nothing "
        "(an upsert); or never, and a person looks.",
    )


def _several(value: Any) -> Any:
    """One way to write something may stand without a list around it."""
    return value if isinstance(value, list) or value is None else [value]


class CreateTask(Create):
    record: TaskRecord | None = Field(default=None, description="What the answer says; else what was sent.")


class CreateLead(Create):
    record: LeadRecord | None = Field(default=None, description="What the answer says; else what was sent.")


Ways = Annotated[list[Create], BeforeValidator(_several, json_schema_input_type=Create | list[Create])]
TaskWays = Annotated[list[CreateTask], BeforeValidator(_several, json_schema_input_type=CreateTask | list[CreateTask])]
LeadWays = Annotated[list[CreateLead], BeforeValidator(_several, json_schema_input_type=CreateLead | list[CreateLead])]


class UpdateTicket(Part):
    """Changes a ticket of the customer's own: it is found among `tickets` first, by its number."""

    when: Expression | None = Field(
        default=None, description="False: it is as it shall be, so neither `before` nor `request` is sent."
    )
    resolve: dict[Name, Resolve] = Field(default={}, description="Ids that its templates need, by name.")
    before: list[Step] = Field(
        default=[],
        description="Requests whose answers `request` needs, or steps on the way to it. They may be sent twice.",
    )
    request: Request | None = Field(
        default=None,
        description="Sets `status` and `priority`, those that are given; `ticket.id` says of which, `ticket.record` is "
        "the ticket as the CRM gave it. What no template here uses can't be changed, and an agent is told so.",
    )
    answers: Answers = Field(default=Answers(), description="What its answer means.")
    comment: Create | None = Field(default=None, description="Writes `comment`, once.")


class Tag(Part):
    """Adds tags. Where the CRM replaces the whole set, the old ones are sent along."""

    mode: Literal["add", "replace"] = Field(description="What the CRM does with the tags that are sent.")
    current: Expression | None = Field(
        default=None, description="For `replace`: the tags (or their ids) that the customer's record has now."
    )
    names: Name | None = Field(default=None, description="The CRM takes ids: which of the file's `names` has them.")
    each: bool = Field(default=False, description="One request for each tag (`tag`); else one for all (`tags`).")
    before: list[Step] = Field(default=[], description="Requests whose answers this one needs.")
    request: Request
    answers: Answers = Field(default=Answers(), description="What its answer means.")


class EditedField(Part):
    """A field that agents may edit."""

    field: str | list[str] = Field(
        description="The CRM's name for it: `changed` has the new value under it. Several, for e-mails and phones that "
        "have a field each."
    )
    value: Expression | None = Field(default=None, description="What is sent for the new value, `now`; else itself.")


class UpdateCustomer(Part):
    """Changes fields of the customer's record, if they still are what the agent saw."""

    fields: dict[Editable, str | list[str] | EditedField] = Field(
        min_length=1, description="Canonical field -> the CRM's name for it: what agents may edit."
    )
    before: list[Step] = Field(default=[], description="Requests whose answers this one needs.")
    request: Request = Field(
        description="Templates know `changed` (an object: the CRM's names -> new values), `customer` and `record` (the "
        "customer's record as the CRM gave it)."
    )
    answers: Answers = Field(default=Answers(), description="What its answer means.")


class NameToId(Part):
    """A list of the CRM in which names have ids: tags, queues, ticket types."""

    request: Request
    answers: Answers = Field(default=Answers(), description="What its answer means.")
    items: Expression = Field(default=WHOLE, description="Where the records are in the answer.")
    pages: Pages | None = Field(default=None, description="How a long list goes on.")
    name: Expression = Field(description="A record's name.")
    id: Expression = Field(description="A record's id.")
    create: Step | None = Field(default=None, description="Makes one that is missing (`name`), and takes its `id`.")
    cache_s: int = Field(default=3600, ge=0, description="How long the list is believed.")


class ValueMap(Part):
    """The CRM's words for ours, both ways. A value that is not listed becomes the default, and is reported."""

    to_hub: dict[str, str] = Field(min_length=1, description="The CRM's value -> ours.")
    default: str | None = Field(default=None, description="Ours, for a value that is not listed.")
    to_crm: dict[str, str | int | bool] = Field(
        default={}, description="Ours -> the CRM's, where `to_hub` read backwards (its first match) is not right."
    )
    crm_default: str | int | bool | None = Field(
        default=None, description="The CRM's, for one of ours that is not listed."
    )


class Types(Part):
    """Values that come as typed objects, `{"__class__": "Decimal", "decimal": "79.80"}`, become plain ones."""

    key: str = Field(description="The key that says the type.")
    decode: dict[str, Expression] = Field(description="Type -> expression on the object.")


class Language(Part):
    """A query language of this CRM's own: how a text is written in it."""

    quote: str = Field(default="'", max_length=1, description="What stands around a text; empty = nothing does.")
    escape: dict[str, str] = Field(default={}, description="Character -> what is written for it.")
    refuse: str = Field(default="", description="Characters that it can't carry: such a value is never sent.")


class Limits(Part):
    """What one request may cost, and how often the CRM is asked."""

    timeout_s: float = Field(default=10, gt=0, le=60, description="For one answer.")
    answer_kib: int = Field(default=2048, ge=1, le=65_536, description="The largest answer that is read.")
    tries: int = Field(default=3, ge=1, le=10, description="For a look-up that failed and may work later.")
    per_s: float = Field(default=20, gt=0, description="Requests in a second; more wait.")
    at_once: int = Field(default=8, ge=1, le=100, description="Requests under way at once.")
    failures: int = Field(default=5, ge=1, description="Failures in a row after which the CRM is left alone ...")
    pause_s: float = Field(default=30, gt=0, description="... for so long.")


class Mapping(Part):
    """A mapping file."""

    mapping: Literal[1] = Field(description="The format's version.")
    title: str = Field(min_length=1, max_length=60, description="What agents read: the CRM's name.")
    base_url: Template = Field(description="Where the API is. May be a secret: `${CRM_URL}`.")
    time_zone: str = Field(default="UTC", description="Of times that the CRM sends without an offset.")
    region: str = Field(default="CN", pattern=r"^[A-Z]{2}$", description="Of phone numbers without a country code.")
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$", description="Of amounts that come without one.")
    headers: dict[str, Tree] = Field(default={}, description="Headers of every request.")
    query: dict[str, Tree] = Field(default={}, description="Parameters of every request.")
    auth: Auth
    limits: Limits = Field(default=Limits(), description="What a request may cost.")
    answers: Answers = Field(default=Answers(), description="What any answer means beyond its HTTP status.")
    types: Types | None = Field(default=None, description="Typed objects in answers.")
    values: dict[Name, ValueMap] = Field(default={}, description="Value maps, by name.")
    names: dict[Name, NameToId] = Field(default={}, description="Lists in which names have ids.")
    languages: dict[Name, Language] = Field(default={}, description="Query languages of the CRM's own: `{$NAME: ...}`.")
    customer: Customers
    orders: Orders | None = None
    shipments: Shipments | None = None
    points: Points | None = None
    tickets: Tickets | None = None
    notes: Notes | None = None
    create_ticket: Ways | None = None
    update_ticket: UpdateTicket | None = None
    add_note: Ways | None = None
    add_task: TaskWays | None = None
    create_lead: LeadWays | None = None
    tag: Tag | None = None
    add_insight: Ways | None = Field(
        default=None,
        description="What the bot noticed in a session that ended: `intent`, `intents`, `sentiment` (-1 to 1), "
        "`urgency` (`low`, `normal`, `high`), `language`. Into fields of the hub's own at the customer "
        "(`repeat: safe`), or as a record each.",
    )
    update_customer: UpdateCustomer | None = None
    hooks: Hooks | None = None
