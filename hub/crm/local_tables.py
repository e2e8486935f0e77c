"""The tables of the embedded CRM. Times are epoch milliseconds, UTC; money is a decimal string.

Everything hangs on its customer and goes with it: erasing a customer is one DELETE.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

VERSION = 1  # PRAGMA user_version: raise it with every change, and add the step that leads to it

metadata = MetaData()


def _text(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, Text, nullable=False, primary_key=key, default=None if key else "")


def _number(name: str, *, key: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=False, primary_key=key, default=None if key else 0)


def _json(name: str) -> Column[dict[str, Any]]:
    return Column(name, JSON, nullable=False, default=dict)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def _customer(*, key: bool = False) -> Column[str]:
    owner = ForeignKey("customers.external_id", ondelete="CASCADE")
    return Column("customer", Text, owner, nullable=False, primary_key=key)


customers = Table(
    "customers",
    metadata,
    _text("external_id", key=True),
    _text("name"),
    _text("surname"),
    _text("title"),
    Column("wechat_id", Text),
    _text("tier"),
    _text("company"),
    _text("language"),
    _text("address"),
    _text("preferred_channel"),
    _json("consent"),
    Column("points", Integer),
    _json("custom"),
    _text("url"),
    _number("created_at"),
    _number("updated_at"),
    Index("customers_by_wechat", "wechat_id"),
)

emails = Table(
    "emails",
    metadata,
    _customer(key=True),
    _text("address", key=True),  # lower-cased
    _number("position"),
    Index("emails_by_address", "address"),
)

phones = Table(
    "phones",
    metadata,
    _customer(key=True),
    _text("raw", key=True),
    _text("e164"),
    _number("position"),
    Index("phones_by_e164", "e164"),
)

tags = Table("tags", metadata, _customer(key=True), _text("tag", key=True), _number("position"))

products_owned = Table(
    "products_owned",
    metadata,
    _customer(key=True),
    _number("position", key=True),
    _text("name"),
    _text("model"),
    _text("sku"),
    _number("bought_at"),
    _number("warranty_until"),
)

orders = Table(
    "orders",
    metadata,
    _text("number", key=True),
    _customer(),
    _number("placed_at"),
    _text("status"),
    _text("currency"),
    _text("total"),
    _text("url"),
    _number("created_at"),
    _number("updated_at"),
    Index("orders_by_customer", "customer", "placed_at"),
)


def _order() -> Column[str]:
    return Column("order", Text, ForeignKey("orders.number", ondelete="CASCADE"), primary_key=True)


order_items = Table(
    "order_items",
    metadata,
    _order(),
    _number("position", key=True),
    _text("sku"),
    _text("name"),
    _text("model"),
    _number("qty"),
    _text("price"),
)

shipments = Table(
    "shipments",
    metadata,
    _order(),
    _text("number", key=True),
    _number("position"),
    _text("carrier"),
    _text("tracking"),
    _text("status"),
    _number("eta"),
)

trail = Table(
    "trail",
    metadata,
    _text("order", key=True),
    _text("shipment", key=True),
    _number("position", key=True),
    _number("at"),
    _text("text"),
    _text("place"),
    ForeignKeyConstraint(["order", "shipment"], ["shipments.order", "shipments.number"], ondelete="CASCADE"),
)

tickets = Table(
    "tickets",
    metadata,
    _text("number", key=True),
    _customer(),
    _text("subject"),
    _text("body"),
    _text("status"),
    _text("priority"),
    _text("type"),
    _text("order_ref"),
    _number("created_at"),
    _number("updated_at"),
    Index("tickets_by_customer", "customer", "created_at"),
)

notes = Table(
    "notes",
    metadata,
    _id(),
    _customer(),
    _text("on"),  # the customer's external id, or the number of one of their tickets
    _text("body"),
    _text("kind"),
    Column("internal", Boolean, nullable=False, default=True),
    _text("author"),
    _number("created_at"),
    Index("notes_by_customer", "customer", "created_at"),
)

tasks = Table(
    "tasks",
    metadata,
    _id(),
    _customer(),
    _text("title"),
    _number("due"),
    _text("status"),
    _text("assignee"),
    _number("created_at"),
    Index("tasks_by_customer", "customer", "due"),
)

leads = Table(
    "leads",
    metadata,
    _id(),
    _text("name"),
    _text("contact"),
    _text("interest"),
    _text("origin"),
    _text("value"),
    _text("status"),
    _number("created_at"),
)

counters = Table("counters", metadata, _text("name", key=True), _number("value"))

markers = Table(
    "markers",
    metadata,
    _text("operation", key=True),
    _text("marker", key=True),
    Column("customer", Text, ForeignKey("customers.external_id", ondelete="CASCADE"), nullable=True),
    _text("on"),  # what the call was about: the same marker for another thing is a caller's mistake
    _text("result"),  # the record that was answered first, as JSON
    _number("at"),
    Index("markers_by_customer", "customer"),
)
