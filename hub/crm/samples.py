"""The sample shop (samples.toml): its catalogue, the customers of the demo, and how they get into the embedded CRM."""

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

from hub.crm.local import LocalCrm
from hub.model.crm import (
    CrmCustomer,
    NoteKind,
    Order,
    OrderItem,
    OwnedProduct,
    Phone,
    Shipment,
    TicketChange,
    TicketDraft,
    TicketStatus,
    TrailStep,
)
from hub.model.party import Value

SOURCE = "sample"
SHANGHAI = timezone(timedelta(hours=8))  # no daylight saving there; and a slim container has no tzdata
SOON_MS = 30 * 60_000  # a parcel promised for a time of day is at least this far from it
_OFFSET = re.compile(r"([+-])(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")


class Words(Value):
    """One text in both languages."""

    zh: str
    en: str

    def of(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en


class Product(Value):
    """What the shop sells. `price` is CNY, a decimal string."""

    sku: str
    model: str
    price: str
    category: Words
    name: Words
    description: Words


class SampleItem(Value):
    sku: str
    qty: int = 1


class SampleStep(Value):
    at: str
    text: str
    place: str = ""


class SampleShipment(Value):
    number: str
    carrier: str
    tracking: str
    status: str
    eta: str = ""
    trail: tuple[SampleStep, ...] = ()


class SampleOrder(Value):
    number: str
    placed: str
    status: str
    items: tuple[SampleItem, ...]
    shipments: tuple[SampleShipment, ...] = ()


class SampleOwned(Value):
    sku: str
    bought: str
    warranty: str


class SampleTicket(TicketDraft):
    opened: str
    status: TicketStatus
    comment: str = ""


class SampleNote(Value):
    at: str
    kind: NoteKind
    body: str


class SampleCustomer(Value):
    """A customer of the demo. `key` is their name in the demo's switcher, `external_id` the `sub` of their token."""

    key: str
    external_id: str
    name: str
    surname: str
    title: Literal["", "mr", "ms"]
    tier: Literal["", "standard", "silver", "gold", "platinum"]
    points: int
    language: str
    emails: tuple[str, ...]
    phones: tuple[str, ...] = ()
    wechat_id: str | None = None
    company: str = ""
    address: str = ""
    preferred_channel: str = ""
    tags: tuple[str, ...] = ()
    consent: dict[str, bool]
    since: str
    note: Words
    owns: tuple[SampleOwned, ...] = ()
    orders: tuple[SampleOrder, ...] = ()
    tickets: tuple[SampleTicket, ...] = ()
    notes: tuple[SampleNote, ...] = ()


class Shop(Value):
    name: Words


class Samples(Value):
    """Everything in samples.toml."""

    shop: Shop
    products: tuple[Product, ...]
    customers: tuple[SampleCustomer, ...]

    def product(self, sku: str) -> Product:
        """Raises KeyError for a sku that the shop does not sell."""
        return {product.sku: product for product in self.products}[sku]


@cache
def samples() -> Samples:
    """What samples.toml says. It is read once: 20 ms."""
    return Samples.model_validate(tomllib.loads(files("hub.crm").joinpath("samples.toml").read_text("utf-8")))


async def seed(crm: LocalCrm, now: int) -> None:
    """Put the sample shop's customers, orders, tickets and notes into `crm`, dated from `now` (epoch ms).

    Seeding again doubles nothing: customers and orders move along with `now`, so that the demo stays fresh;
    tickets and notes stay as they are, with whatever happened to them since. Raises CrmUnavailable.
    """
    shop = samples()
    dated = crm.at(now)
    await dated.load_customers([_customer(it, shop, now) for it in shop.customers])
    await dated.load_orders(
        [(it.external_id, _order(order, it.language, shop, now)) for it in shop.customers for order in it.orders]
    )
    for it in shop.customers:
        await _seed_tickets(crm, it, now)
        await _seed_notes(crm, it, now)


async def _seed_tickets(crm: LocalCrm, it: SampleCustomer, now: int) -> None:
    for n, sample in enumerate(it.tickets):
        marker = f"sample:{it.key}:{n}"
        opened = moment(sample.opened, now)
        ticket = await crm.at(opened).create_ticket(it.external_id, sample, marker)
        later = crm.at(opened + 40 * 60_000)
        change = TicketChange(status=sample.status, comment=sample.comment)
        await later.update_ticket(it.external_id, ticket.number, change, marker)


async def _seed_notes(crm: LocalCrm, it: SampleCustomer, now: int) -> None:
    for n, sample in enumerate(it.notes):
        written = crm.at(moment(sample.at, now))
        await written.add_note(it.external_id, sample.body, sample.kind, f"sample:{it.key}:{n}")


def moment(when: str, now: int) -> int:
    """`-2d4h`, `+3d` from `now`, or `18:00`: the next one in Shanghai. Epoch ms; "" = 0. Raises ValueError."""
    if not when:
        return 0
    if ":" in when:
        return _next_time_of_day(when, now)
    found = _OFFSET.fullmatch(when)
    if found is None:
        raise ValueError(f"{when!r} is no time: write -2d4h30m, +3d or 18:00")
    sign, days, hours, minutes = found.groups(default="0")
    away = timedelta(days=int(days), hours=int(hours), minutes=int(minutes))
    return now + (-1 if sign == "-" else 1) * int(away.total_seconds() * 1000)


def _next_time_of_day(when: str, now: int) -> int:
    hour, minute = (int(part) for part in when.split(":"))
    today = datetime.fromtimestamp(now / 1000, UTC).astimezone(SHANGHAI)
    due = int(today.replace(hour=hour, minute=minute, second=0, microsecond=0).timestamp() * 1000)
    return due if due - now >= SOON_MS else due + 86_400_000


def _customer(it: SampleCustomer, shop: Samples, now: int) -> CrmCustomer:
    shared = it.model_dump(include=set(CrmCustomer.model_fields) - {"phones"})
    return CrmCustomer.model_validate(
        {
            **shared,
            "source": SOURCE,
            "source_id": it.external_id,
            "created_at": moment(it.since, now),
            "phones": [Phone(raw=number) for number in it.phones],
            "products_owned": [_owned(owned, it.language, shop, now) for owned in it.owns],
        }
    )


def _owned(it: SampleOwned, language: str, shop: Samples, now: int) -> OwnedProduct:
    product = shop.product(it.sku)
    return OwnedProduct(
        name=product.name.of(language),
        model=product.model,
        sku=product.sku,
        bought_at=moment(it.bought, now),
        warranty_until=moment(it.warranty, now),
    )


def _order(it: SampleOrder, language: str, shop: Samples, now: int) -> Order:
    items = tuple(_items(it, language, shop))
    placed = moment(it.placed, now)
    return Order.model_validate(
        {
            "source": SOURCE,
            "source_id": it.number,
            "number": it.number,
            "created_at": placed,
            "placed_at": placed,
            "status": it.status,
            "currency": "CNY",
            "total": str(sum((Decimal(item.price) * item.qty for item in items), Decimal("0.00"))),
            "items": items,
            "shipments": [_shipment(shipment, now) for shipment in it.shipments],
        }
    )


def _items(it: SampleOrder, language: str, shop: Samples) -> Iterator[OrderItem]:
    for item in it.items:
        product = shop.product(item.sku)
        name = product.name.of(language)
        yield OrderItem(sku=product.sku, name=name, model=product.model, qty=item.qty, price=product.price)


def _shipment(it: SampleShipment, now: int) -> Shipment:
    trail = [TrailStep(at=moment(step.at, now), text=step.text, place=step.place) for step in it.trail]
    return Shipment.model_validate({**it.model_dump(), "eta": moment(it.eta, now), "trail": trail})
