"""The mapping file, as models: what may stand in it. The JSON Schema and the format reference are made from these.

Two kinds of text: an *expression* (JSONata) reads an answer; a *template* is text with `{{ expression }}` in it, from
which a request is made. `${NAME}` stands for a secret, anywhere in a template.
"""

from typing import Annotated, Final, Literal

from pydantic import Field

from hub.crm.rest import expressions, templates
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

WHOLE: Final = expressions.Expression("$")
BLANK: Final = templates.Text("")
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Editable = Annotated[
    str, Field(pattern=r"^(name|emails|phones|company|language|address|preferred_channel|custom\.[A-Za-z0-9_]+)$")
]


class Request(Part):
    """One HTTP request. Of `json`, `form` and `text` at most one; without one it has no body."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: Template = Field(description="Below `base_url`; each placeholder is one percent-encoded segment.")
    query: dict[str, Tree] = Field(default={}, description="Parameters; a list is sent once for each of its values.")
    headers: dict[str, Tree] = Field(default={}, description="Headers of this request.")
    json_body: Tree | None = Field(
        default=None, alias="json", description="The body as JSON, with templates in its texts."
    )
    form: dict[str, Tree] | None = Field(default=None, description="The body as form fields.")
    text: Tree | None = Field(default=None, description="The body as it is; say its Content-Type in `headers`.")


class Answers(Part):
    """What an answer means beyond its HTTP status. Each is an expression on the body, with `$status`, `$headers`,
    `$text` (the body as text). Those of one operation are asked before those of the whole file.
    """

    error_when: Expression | None = Field(default=None, description="True: an error, whatever the status says.")
    error_text: Expression | None = Field(default=None, description="The CRM's own words for an error.")
    not_found_when: Expression | None = Field(default=None, description="True: there is no such record (as HTTP 404).")
    retry_when: Expression | None = Field(default=None, description="True: it may work later (as HTTP 429, 502-504).")
    refused_when: Expression | None = Field(default=None, description="True: never again the same (as HTTP 400).")
    exists_when: Expression | None = Field(default=None, description="True: it is there already (as HTTP 409).")


class Step(Part):
    """A request before or after the one that matters, and what is kept of its answer."""

    when: Expression | None = Field(default=None, description="False: this step is left out.")
    request: Request
    answers: Answers = Field(default=Answers(), description="What its answer means.")
    take: dict[Name, Expression] = Field(default={}, description="name -> expression: later templates know the name.")


class Pages(Part):
    """How a list goes on. Its templates know `page.offset`, `page.number`, `page.size` and `page.cursor`."""

    by: Literal["offset", "number", "cursor", "url"] = Field(
        description="`cursor`: `next` gives what `page.cursor` is next. `url`: it gives the next address."
    )
    size: int = Field(default=50, ge=1, le=1000, description="Records on a page: `page.size`.")
    first: int = Field(default=1, ge=0, le=1, description="The first page's number.")
    next: Expression | None = Field(default=None, description="For `cursor` and `url`; nothing = that was the last.")
    most: int = Field(default=5, ge=1, le=100, description="Pages that are read at most.")


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
    verify: Expression | Verify | Literal["none"] = Field(
        description="The record's own value that must equal what was asked: its e-mail, phone or id; for what belongs "
        "to a customer, its reference to them. `none` = unsafe: a CRM that ignores the filter shows strangers."
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


class CreateTask(Create):
    record: TaskRecord | None = Field(default=None, description="What the answer says; else what was sent.")


class CreateLead(Create):
    record: LeadRecord | None = Field(default=None, description="What the answer says; else what was sent.")


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


class NoAuth(Part):
    kind: Literal["none"]


class HeaderAuth(Part):
    """A fixed header: an API key, a bearer token."""

    kind: Literal["header"]
    header: str = Field(default="Authorization", description="Its name.")
    value: Template = Field(description="For example `Bearer ${CRM_TOKEN}`; also knows `request.method` and so on.")


class BasicAuth(Part):
    kind: Literal["basic"]
    login: Template = Field(description="For example `${CRM_LOGIN}`.")
    password: Template = Field(default=BLANK, description="For example `${CRM_PASSWORD}`.")


class QueryAuth(Part):
    kind: Literal["query"]
    parameter: str = Field(description="The query parameter's name.")
    value: Template = Field(description="For example `${CRM_KEY}`.")


class OAuth2(Part):
    """A token that is fetched and refreshed: once, however many wait for it, and kept for all processes."""

    kind: Literal["oauth2"]
    grant: Literal["refresh_token", "client_credentials", "password"] = "refresh_token"
    token_url: Template = Field(description="Whole, or below `base_url`.")
    client_id: Template
    client_secret: Template = BLANK
    refresh_token: Template = Field(default=BLANK, description="The first one; later ones are kept by the hub.")
    login: Template = Field(default=BLANK, description="For the grant `password`.")
    password: Template = Field(default=BLANK, description="For the grant `password`.")
    scope: str = ""
    client_auth: Literal["client_secret_basic", "client_secret_post", "none"] = "client_secret_post"
    extra: dict[str, str] = Field(default={}, description="More fields of the token request.")
    header: str = Field(default="Authorization", description="Where the token goes.")
    prefix: str = Field(default="Bearer", description="The word before it, such as `Zoho-oauthtoken`.")
    lost_when: Expression | None = Field(default=None, description="True: the token is no longer good (as HTTP 401).")


class LoginAuth(Part):
    """Signing in by requests, the last of which gives a session. It is kept until it is lost."""

    kind: Literal["login"]
    steps: list[Step] = Field(min_length=1, description="What they `take` is known to all templates as `session.NAME`.")
    query: dict[str, Tree] = Field(default={}, description="Parameters that each request gets.")
    form: dict[str, Tree] = Field(default={}, description="Fields that each request with a form gets.")
    headers: dict[str, Tree] = Field(default={}, description="Headers that each request gets.")
    lost_when: Expression | None = Field(default=None, description="True: sign in again (as HTTP 401).")
    lasts_s: float = Field(default=3600, gt=0, description="Signed in anew after so long, if not lost before.")


Auth = Annotated[NoAuth | HeaderAuth | BasicAuth | QueryAuth | OAuth2 | LoginAuth, Field(discriminator="kind")]


class Signature(Part):
    """How a webhook proves that the CRM sent it."""

    kind: Literal["hmac", "standard_webhooks", "token"] = Field(
        description="`hmac` over `signed`; Standard Webhooks; or a fixed secret in the header."
    )
    header: str = Field(default="", description="Which header has it.")
    secret: Template = Field(description="For example `${CRM_HOOK_SECRET}`.")
    algorithm: Literal["sha256", "sha1", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = Field(default="", description="What stands before it, such as `sha256=`.")
    signed: str = Field(default="{body}", description="What is signed: `{body}`, or `{t}.{body}`.")
    time_header: str = Field(default="", description="Where `{t}` comes from, if not from `t=` in the header.")
    parts: bool = Field(default=False, description="The header is a list such as `t=1700000000,v1=abc,v1=def`.")
    tolerance_s: int = Field(default=300, ge=1, description="How old `{t}` may be.")


class News(Part):
    """What a webhook tells. Expressions are on each item; `$body` is the whole."""

    when: Expression | None = Field(default=None, description="False: this is not about that.")
    items: Expression = Field(default=WHOLE, description="Where the changes are in the body: a list, or one.")
    fetch: Step | None = Field(default=None, description="For a webhook that has only ids: reads the record.")
    kind: Literal["ticket", "order", "shipment"]
    external_id: Expression = Field(description="Whose it is; an id of the CRM's own is found again, too.")
    ref: Expression = Field(description="The ticket's or order's number.")
    status: Expression = Field(description="What it is now: `$to_hub('ticket_status', status)`.")
    text: Expression | None = Field(default=None, description="More, in words.")
    at: Expression | None = Field(default=None, description="When; else now.")
    id: Expression = Field(description="Unique for each change.")
    mark: Expression | None = Field(
        default=None, description="A text in which our mark stands, if the change was ours."
    )


class Hooks(Part):
    """Webhooks of the CRM: `POST /api/v1/crm/NAME/news`."""

    signature: Signature
    news: list[News] = Field(min_length=1)


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
    create_ticket: Create | list[Create] | None = None
    update_ticket: UpdateTicket | None = None
    add_note: Create | list[Create] | None = None
    add_task: CreateTask | list[CreateTask] | None = None
    create_lead: CreateLead | list[CreateLead] | None = None
    tag: Tag | None = None
    update_customer: UpdateCustomer | None = None
    hooks: Hooks | None = None
