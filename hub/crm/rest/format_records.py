"""The mapping file's records: for each canonical field, the expression that reads it from the CRM's record."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from hub.crm.rest import expressions, templates

Expression = Annotated[
    expressions.Expression,
    PlainValidator(expressions.expression),
    WithJsonSchema({"type": ["string", "integer"], "format": "jsonata"}),
]
Template = Annotated[
    templates.Text,
    PlainValidator(templates.template),
    WithJsonSchema({"type": ["string", "integer"], "format": "template"}),
]
Tree = Annotated[templates.Node, PlainValidator(templates.tree), WithJsonSchema({"format": "template"})]


class Part(BaseModel):
    """Any part of the file: a key that is not known is an error, or a misspelt one would go unnoticed."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Rule(Part):
    """A field that needs more than an expression."""

    value: Expression = Field(description="The expression.")
    values: str | None = Field(default=None, description="The value map that turns it into ours.")
    optional: bool = Field(default=False, description="The CRM leaves it out at times: that is no drift.")


Read = Expression | Rule
Reads = Expression | Rule | list[Expression]


class Common(Part):
    """Fields that every record may have."""

    source_id: Read | None = Field(default=None, description="The CRM's own id of the record.")
    url: Template | None = Field(default=None, description="Where it opens in the CRM: a template on the record.")
    created_at: Read | None = Field(default=None, description="A time.")
    updated_at: Read | None = Field(default=None, description="A time.")


class ProductRecord(Part):
    each: Expression = Field(description="Where the list is.")
    name: Read
    model: Read = Field(description="What the manuals are filed under.")
    sku: Read | None = None
    bought_at: Read | None = Field(default=None, description="A time.")
    warranty_until: Read | None = Field(default=None, description="A time.")


class CustomerRecord(Common):
    external_id: Read = Field(description="The id by which the hub knows the customer: the shop's, or the CRM's own.")
    name: Read
    surname: Read | None = None
    title: Read | None = Field(default=None, description="`mr` or `ms`.")
    emails: Reads | None = Field(default=None, description="One, a list, or several expressions.")
    phones: Reads | None = Field(default=None, description="One, a list, or several expressions.")
    wechat_id: Read | None = None
    tier: Read | None = Field(default=None, description="`standard`, `silver`, `gold` or `platinum`.")
    tags: Reads | None = None
    company: Read | None = None
    language: Read | None = None
    address: Read | None = None
    preferred_channel: Read | None = None
    consent: dict[str, Read] = Field(default={}, description="Name -> a yes or no.")
    points: Read | None = Field(default=None, description="A whole number.")
    products_owned: ProductRecord | None = None
    custom: dict[str, Read] = Field(default={}, description="What else agents should see.")


class ItemRecord(Part):
    each: Expression = Field(description="Where the list is.")
    sku: Read | None = None
    name: Read
    model: Read | None = None
    qty: Read | None = Field(default=None, description="A whole number; 1 without it.")
    price: Read | None = Field(default=None, description="An amount.")


class TrailRecord(Part):
    each: Expression = Field(description="Where the list is.")
    at: Read = Field(description="A time.")
    text: Read
    place: Read | None = None


class ShipmentRecord(Part):
    number: Read
    carrier: Read | None = None
    tracking: Read | None = None
    status: Read = Field(
        description="`pending`, `packed`, `in_transit`, `out_for_delivery`, `delivered`, `returned` or `exception`."
    )
    eta: Read | None = Field(default=None, description="A time.")
    order_ref: Read | None = Field(default=None, description="The order's number.")
    trail: TrailRecord | None = None


class OrderShipments(ShipmentRecord):
    each: Expression = Field(description="Where the list is.")


class OrderRecord(Common):
    number: Read
    placed_at: Read = Field(description="A time.")
    status: Read = Field(description="`pending`, `paid`, `packed`, `shipped`, `delivered`, `cancelled` or `returned`.")
    currency: Read | None = Field(default=None, description="Three letters; else the file's `currency`.")
    total: Read | None = Field(default=None, description="An amount.")
    items: ItemRecord | None = None
    shipments: OrderShipments | None = None


class TicketRecord(Common):
    number: Read
    subject: Read
    body: Read | None = None
    status: Read = Field(description="`open`, `pending`, `solved` or `closed`.")
    priority: Read | None = Field(default=None, description="`low`, `normal`, `high` or `urgent`.")
    type: Read | None = None
    order_ref: Read | None = Field(default=None, description="The order's number.")


class NoteRecord(Common):
    body: Read
    kind: Read | None = Field(default=None, description="`note`, `transcript`, `summary`, `task`, `call` or `insight`.")
    internal: Read | None = Field(default=None, description="A yes or no; yes without it.")
    author: Read | None = None


class TaskRecord(Common):
    title: Read | None = None
    due: Read | None = Field(default=None, description="A time.")
    status: Read | None = Field(default=None, description="`open` or `done`.")
    assignee: Read | None = None


class LeadRecord(Common):
    name: Read | None = None
    contact: Read | None = None
    interest: Read | None = None
    status: Read | None = None
    value: Read | None = Field(default=None, description="An amount.")
