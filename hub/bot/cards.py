"""Orders, parcels, points and tickets as cards. Whatever a CRM holds, a card stays within the limits of its fields."""

from collections.abc import Iterable
from typing import Literal

from hub.bot.account import current_parcel, touched
from hub.bot.case import LABEL_CHARS, Case, clip
from hub.model.content import MESSAGE_CHARS, Button, CardContent, Fact, Step
from hub.model.crm import CrmCustomer, Order, Shipment, Ticket, TrailStep

Tone = Literal["neutral", "ok", "warn", "danger"]
LINE = 500
TRAIL = 30
FALLBACK_STEPS = 5
LAST_MS = 2**53 - 1
CURRENCIES = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}


def shipment_card(case: Case, order: Order, buttons: Iterable[Button] = ()) -> CardContent:
    """The parcel that is still to come, with its trail, newest step first. The order must have a shipment."""
    parcel = current_parcel(order)
    if parcel is None:
        return order_card(case, order, buttons)
    facts = list(_shipment_facts(case, order, parcel))
    trail = sorted(parcel.trail, key=lambda s: s.at, reverse=True)[:TRAIL]
    title = case.words.say("shipment.title", order=order.number)
    return CardContent(
        card="shipment",
        title=clip(title, LINE),
        status=clip(case.words.say(f"shipment.{parcel.status}"), LINE),
        tone=_tone(case, parcel),
        facts=tuple(facts),
        trail=tuple(Step(text=_step_text(s), at=_ms(s.at), done=True) for s in trail),
        url=_url(order.url),
        text=_fallback(case, title, facts, [_step_line(case, s) for s in trail[:FALLBACK_STEPS]]),
        buttons=_four(buttons),
    )


def order_card(case: Case, order: Order, buttons: Iterable[Button] = ()) -> CardContent:
    words = case.words
    status = words.say(f"order.{order.status}")
    facts = [
        Fact(label=words.say("order.status"), value=clip(status, LINE)),
        Fact(label=words.say("order.items"), value=item_names(case, order)),
    ]
    if order.placed_at:
        facts.append(Fact(label=words.say("order.placed"), value=case.clock.moment(order.placed_at)))
    if order.total:
        facts.append(Fact(label=words.say("order.total"), value=clip(_money(order.total, order.currency), LINE)))
    title = words.say("order.title", order=order.number)
    tones = {"cancelled": "neutral", "returned": "neutral", "delivered": "ok", "pending": "warn"}
    return CardContent.model_validate(
        {
            "card": "order",
            "title": clip(title, LINE),
            "status": clip(status, LINE),
            "tone": tones.get(order.status, "neutral"),
            "facts": facts,
            "url": _url(order.url),
            "text": _fallback(case, title, facts),
            "buttons": _four(buttons),
        }
    )


def points_card(case: Case, customer: CrmCustomer, buttons: Iterable[Button] = ()) -> CardContent:
    words = case.words
    points = customer.points or 0
    facts = [Fact(label=words.say("points.balance"), value=f"{points:,}")]
    if case.tier:
        facts.append(Fact(label=words.say("points.tier"), value=case.tier))
    facts.append(Fact(label=words.say("points.worth"), value=f"¥{points / 100:,.2f}"))
    title = words.say("points.title")
    text = _fallback(case, title, facts)
    return CardContent(card="points", title=title, facts=tuple(facts), text=text, buttons=_four(buttons))


def ticket_card(case: Case, ticket: Ticket, buttons: Iterable[Button] = ()) -> CardContent:
    """Number, subject and status; the body is colleagues' writing and stays with them."""
    words = case.words
    status = words.say(f"ticket_status.{ticket.status}")
    facts = [
        Fact(label=words.say("ticket_status.subject"), value=clip(ticket.subject, LINE)),
        Fact(label=words.say("ticket_status.status"), value=status),
    ]
    if ticket.order_ref:
        facts.append(Fact(label=words.say("ticket_status.order"), value=clip(ticket.order_ref, LINE)))
    if touched(ticket):
        facts.append(Fact(label=words.say("ticket_status.updated"), value=case.clock.moment(touched(ticket))))
    title = words.say("ticket_status.title", number=ticket.number)
    return CardContent(
        card="ticket",
        title=clip(title, LINE),
        status=status,
        tone="ok" if ticket.status in ("solved", "closed") else "neutral",
        facts=tuple(facts),
        text=_fallback(case, title, facts),
        buttons=_four(buttons),
    )


def item_names(case: Case, order: Order) -> str:
    names = [f"{i.name} ×{i.qty}" if i.qty > 1 else i.name for i in order.items]
    return clip(case.words.part("order.join").join(names), LINE)


def order_label(case: Case, order: Order) -> str:
    """For a button: the number's end and what is in it."""
    return clip(f"…{order.number[-4:]} {item_names(case, order)}", LABEL_CHARS)


def late(case: Case, parcel: Shipment) -> bool:
    return 0 < parcel.eta < case.turn.now and parcel.status not in ("delivered", "returned")


def _shipment_facts(case: Case, order: Order, parcel: Shipment) -> Iterable[Fact]:
    words = case.words
    if parcel.carrier:
        yield Fact(label=words.say("shipment.carrier"), value=clip(parcel.carrier, LINE))
    if parcel.tracking:
        yield Fact(label=words.say("shipment.tracking"), value=clip(parcel.tracking, LINE))
    if parcel.eta and parcel.status not in ("delivered", "returned"):
        yield Fact(label=words.say("shipment.eta"), value=case.clock.moment(parcel.eta))
    yield Fact(label=words.say("order.items"), value=item_names(case, order))
    if len(order.shipments) > 1:
        count = words.say("shipment.parcels_of", count=len(order.shipments))
        yield Fact(label=words.say("shipment.parcels"), value=count)


def _tone(case: Case, parcel: Shipment) -> Tone:
    if parcel.status == "exception":
        return "danger"
    if late(case, parcel):
        return "warn"
    return "ok" if parcel.status in ("out_for_delivery", "delivered") else "neutral"


def _step_text(step: TrailStep) -> str:
    known = not step.place or step.place in step.text
    return clip(step.text if known else f"{step.place} · {step.text}", LINE)


def _step_line(case: Case, step: TrailStep) -> str:
    return f"{case.clock.moment(step.at)} {_step_text(step)}" if step.at else _step_text(step)


def _fallback(case: Case, title: str, facts: Iterable[Fact], steps: Iterable[str] = ()) -> str:
    """The card as text, for e-mail and transcripts."""
    told = (case.words.say("card.fact", label=f.label, value=f.value) for f in facts)
    lines = [title, *told, *(f"- {s}" for s in steps)]
    return clip("\n".join(lines), MESSAGE_CHARS)


def _money(total: str, currency: str) -> str:
    sign = CURRENCIES.get(currency, "")
    return f"{sign}{total}" if sign else f"{total} {currency}"


def _ms(at: int) -> int:
    return min(max(at, 0), LAST_MS)


def _url(url: str) -> str | None:
    return url if url.startswith(("https://", "http://")) and len(url) <= 2_000 else None


def _four(buttons: Iterable[Button]) -> tuple[Button, ...]:
    return tuple(buttons)[:4]
