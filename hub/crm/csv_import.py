"""Customers and orders from CSV files into the embedded CRM. A file is taken whole or not at all.

The first line names the columns, in any order; a column that is not listed here is an error, so that a misspelt one
is noticed. Several values of one cell are separated by `;`. An empty cell says nothing: what the CRM has stays.
Times are ISO 8601 (`2026-11-22` or `2026-11-22T18:30+08:00`); without an offset, in the time zone of the import.

customers.csv, one line per customer
    external_id*  the account id, which is the `sub` of the site's customer tokens
    name*         as they write it          surname      as they are addressed
    title         mr, ms                    tier         standard, silver, gold, platinum
    emails, phones, tags                    several, with `;`
    wechat_id, company, language, address, preferred_channel
    points        a whole number            consent      `email=yes;sms=no`
    products      what they own, each `name|model` or `name|model|sku`

orders.csv, one line per item of an order; the first six columns say the same on each line of it
    number*, customer* (the external_id), placed_at*
    status*       pending, paid, packed, shipped, delivered, cancelled, returned
    currency      CNY when it is never said          total
    item, sku, model, qty, price            the item: its name first
    shipment, carrier, tracking             the shipment's number, and who carries it under what number
    shipment_status  pending, packed, in_transit, out_for_delivery, delivered, returned, exception
    eta

(* required)
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, tzinfo
from itertools import chain
from typing import Any, get_args

from hub.crm.csv_lines import (
    Line,
    Problem,
    WrongCell,
    answers,
    count,
    moment,
    money,
    one_of,
    read_lines,
    refuse,
    several,
    whole,
)
from hub.crm.local import LocalCrm
from hub.crm.local_load import Loaded
from hub.model.crm import CrmCustomer, Order, OrderItem, OwnedProduct, Phone, Shipment
from hub.model.errors import BadRequest
from hub.model.phones import e164

SOURCE = "csv"

CUSTOMER_REQUIRED = ("external_id", "name")
CUSTOMER_TEXTS = ("surname", "wechat_id", "company", "language", "address", "preferred_channel")
CUSTOMER_COLUMNS = (
    *CUSTOMER_REQUIRED,
    *CUSTOMER_TEXTS,
    *("title", "tier", "emails", "phones", "tags", "points", "consent", "products"),
)
ORDER_REQUIRED = ("number", "customer", "placed_at", "status")
ORDER_SHARED = (*ORDER_REQUIRED[1:], "currency", "total")
ITEM_COLUMNS = ("item", "sku", "model", "qty", "price")
SHIPMENT_SHARED = ("carrier", "tracking", "shipment_status", "eta")
SHIPMENT_COLUMNS = ("shipment", *SHIPMENT_SHARED)
ORDER_COLUMNS = ("number", *ORDER_SHARED, *ITEM_COLUMNS, *SHIPMENT_COLUMNS)

Fields = dict[str, Any]


async def import_customers(crm: LocalCrm, content: bytes, *, encoding: str = "utf-8") -> Loaded:
    """Add and update customers from a CSV file. The same file again changes nothing.

    Raises BadRequest that names each problem by line and column (then nothing was imported), CrmUnavailable.
    """
    return await crm.load_customers(_customers(content, encoding, crm.region))


async def import_orders(crm: LocalCrm, content: bytes, *, zone: tzinfo = UTC, encoding: str = "utf-8") -> Loaded:
    """The same for orders, whose customers must be there. Times without an offset are in `zone`."""
    return await crm.load_orders(await _orders(crm, content, encoding, zone, frozenset()))


async def import_files(
    crm: LocalCrm, customers: bytes | None, orders: bytes | None, *, zone: tzinfo = UTC, encoding: str = "utf-8"
) -> tuple[Loaded, Loaded]:
    """Both files or neither: the orders may be of customers who come with them. None = there is no such file.

    Raises BadRequest that names each problem by file, line and column (then nothing was imported), CrmUnavailable.
    """
    people, bought, wrong = list[CrmCustomer](), list[tuple[str, Order]](), list[str]()
    try:
        people = [] if customers is None else _customers(customers, encoding, crm.region)
    except BadRequest as problem:
        wrong += [f"customers: {line}" for line in problem.detail.splitlines()]
    try:
        # Who comes along is only known once their file can be read.
        coming = None if wrong else frozenset(it.external_id for it in people)
        bought = [] if orders is None else await _orders(crm, orders, encoding, zone, coming)
    except BadRequest as problem:
        wrong += [f"orders: {line}" for line in problem.detail.splitlines()]
    if wrong:
        raise BadRequest("\n".join(wrong))
    return await crm.load(people, bought)


def _customers(content: bytes, encoding: str, region: str) -> list[CrmCustomer]:
    lines = read_lines(content, CUSTOMER_COLUMNS, CUSTOMER_REQUIRED, encoding)
    _no_twins(lines)
    given = [_customer(line, region) for line in lines]
    refuse(_problems(lines))
    return [CrmCustomer.model_validate(fields) for fields in given]


async def _orders(
    crm: LocalCrm, content: bytes, encoding: str, zone: tzinfo, coming: frozenset[str] | None
) -> list[tuple[str, Order]]:
    """`coming`: customers who are imported together with them; None = it is not known who that is."""
    lines = read_lines(content, ORDER_COLUMNS, ORDER_REQUIRED, encoding)
    orders = _by(lines, "number")
    given = [(group[0].text("customer"), _order(group, zone)) for group in orders.values()]
    await _check_customers(crm, lines, coming)
    refuse(_problems(lines))
    return [(owner, Order.model_validate(fields)) for owner, fields in given]


def _problems(lines: Sequence[Line]) -> Collection[Problem]:
    return lines[0].problems if lines else ()  # they share one list


def _no_twins(lines: Sequence[Line]) -> None:
    for key, group in _by(lines, "external_id").items():
        for line in group[1:] if key else ():
            line.wrong("external_id", f"is also on line {group[0].number}")


def _by(lines: Sequence[Line], column: str) -> dict[str, list[Line]]:
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.text(column), []).append(line)
    return groups


def _told(fields: Fields) -> Fields:
    """Without what was not said: such a field is not overwritten."""
    return {name: value for name, value in fields.items() if value is not None and value != ""}


def _customer(line: Line, region: str) -> Fields:
    key = line.must("external_id")
    return _told(
        {
            **{column: line.text(column) for column in CUSTOMER_TEXTS},
            "source": SOURCE,
            "source_id": key,
            "external_id": key,
            "name": line.must("name"),
            "title": line.read("title", one_of(("mr", "ms"))),
            "tier": line.read("tier", one_of(_allowed(CrmCustomer, "tier"))),
            "emails": line.read("emails", _emails),
            "phones": line.read("phones", lambda cell: _phones(cell, region)),
            "tags": line.read("tags", several),
            "points": line.read("points", whole),
            "consent": line.read("consent", answers),
            "products_owned": line.read("products", _products),
        }
    )


def _allowed(record: type[CrmCustomer | Order | Shipment], name: str) -> tuple[str, ...]:
    return tuple(filter(None, get_args(record.model_fields[name].annotation)))


def _emails(cell: str) -> tuple[str, ...]:
    addresses = several(cell)
    if any(address.count("@") != 1 or address.split() != [address] for address in addresses):
        raise WrongCell("must be e-mail addresses, with ; between them")
    return addresses


def _phones(cell: str, region: str) -> tuple[Phone, ...]:
    numbers = tuple(Phone(raw=number, e164=e164(number, region)) for number in several(cell))
    if not all(number.e164 for number in numbers):
        raise WrongCell("must be phone numbers, with ; between them and +country unless local")
    return numbers


def _products(cell: str) -> tuple[OwnedProduct, ...]:
    owned = [[part.strip() for part in product.split("|")] for product in several(cell)]
    if not all(len(parts) in (2, 3) and parts[0] and parts[1] for parts in owned):
        raise WrongCell("must be like name|model or name|model|sku, with ; between them")
    return tuple(OwnedProduct(name=name, model=model, sku="".join(sku)) for name, model, *sku in owned)


def _order(lines: Sequence[Line], zone: tzinfo) -> Fields:
    first = lines[0]
    for column in ORDER_REQUIRED:
        first.must(column)
    _same(lines, ORDER_SHARED)
    return _told(
        {
            "source": SOURCE,
            "source_id": first.text("number"),
            "number": first.text("number"),
            "placed_at": first.read("placed_at", moment(zone)),
            "status": first.read("status", one_of(_allowed(Order, "status"))),
            "currency": first.text("currency").upper(),
            "total": first.read("total", money),
            "items": tuple(chain.from_iterable(_item(line) for line in lines)),
            "shipments": tuple(_shipments(lines, zone)),
        }
    )


def _same(lines: Sequence[Line], columns: Collection[str]) -> None:
    """What concerns all of `lines` is said on the first, and on the others alike or not at all."""
    for line in lines[1:]:
        for column in columns:
            if line.text(column) not in ("", lines[0].text(column)):
                line.wrong(column, f"differs from line {lines[0].number}")


def _item(line: Line) -> Iterator[OrderItem]:
    if line.told(ITEM_COLUMNS):
        yield OrderItem(
            name=line.must("item"),
            sku=line.text("sku"),
            model=line.text("model"),
            qty=line.read("qty", count) or 1,
            price=line.read("price", money) or "",
        )


def _shipments(lines: Sequence[Line], zone: tzinfo) -> Iterator[Fields]:
    for number, group in _by([line for line in lines if line.told(SHIPMENT_COLUMNS)], "shipment").items():
        first = group[0]
        first.must("shipment")
        first.must("shipment_status")
        _same(group, SHIPMENT_SHARED)
        yield {
            "number": number,
            "carrier": first.text("carrier"),
            "tracking": first.text("tracking"),
            "status": first.read("shipment_status", one_of(_allowed(Shipment, "status"))),
            "eta": first.read("eta", moment(zone)) or 0,
        }


async def _check_customers(crm: LocalCrm, lines: Sequence[Line], coming: frozenset[str] | None) -> None:
    """That each order's customer exists, or is coming, and that no order changes hands."""
    known = await crm.known({line.text("customer") for line in lines})
    owners = await crm.order_owners({line.text("number") for line in lines})
    for line in lines:
        customer, number = line.text("customer"), line.text("number")
        if customer and coming is not None and customer not in known | coming:
            line.wrong("customer", "is no customer here; import the customers first")
        elif customer and owners.get(number, customer) != customer:
            line.wrong("number", "is an order of another customer")
