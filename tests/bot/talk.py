"""A conversation with the default bot, driven by value: what a customer says goes in, what the bot says is kept."""

from dataclasses import dataclass, field, replace

from hub.bot.default import DefaultBot
from hub.model.content import ButtonsContent, CardContent
from hub.model.crm import (
    Context,
    CrmCustomer,
    Order,
    OrderItem,
    OwnedProduct,
    Phone,
    Shipment,
    Ticket,
    TrailStep,
)
from hub.model.events import Insight
from hub.ports import Answer, Said, Spoken, Turn

DAY = 86_400_000
HOUR = 3_600_000
NOW = 1_795_518_000_000  # Tue 24 Nov 2026, 19:00 in Shanghai

RICE = "2026112200017"
KETTLE = "2026042000133"
FOREIGN = "2026110700311"


def order(number: str, status: str, days: float, model: str, name: str, *parcels: Shipment) -> Order:
    return Order.model_validate(
        {
            "source": "test",
            "source_id": number,
            "number": number,
            "placed_at": NOW - int(days * DAY),
            "status": status,
            "total": "199.00",
            "items": [OrderItem(sku=f"CL-{model}", name=name, model=model, price="199.00")],
            "shipments": parcels,
        }
    )


def parcel(number: str, status: str, eta: float = 0, hours: float = 2) -> Shipment:
    """`eta` in hours from now; the newest step `hours` ago."""
    trail = (
        TrailStep(at=NOW - int(hours * HOUR), text="快件正在派送", place="上海浦东"),
        TrailStep(at=NOW - int((hours + 9) * HOUR), text="快件离开【上海转运中心】", place="上海"),
    )
    due = NOW + int(eta * HOUR) if eta else 0
    return Shipment.model_validate(
        {"number": f"S{number}", "carrier": "顺丰速运", "tracking": f"SF16{number[-10:]}", "status": status}
        | {"eta": due, "trail": trail}
    )


WANG = CrmCustomer(
    source="test",
    source_id="cust_wang",
    external_id="cust_wang",
    name="王丽",
    surname="王",
    title="ms",
    tier="gold",
    points=2380,
    language="zh-CN",
    phones=(Phone(raw="138 0000 1234", e164="+8613800001234"),),
    products_owned=(
        OwnedProduct(
            name="K200S 恒温电热水壶", model="K200S", bought_at=NOW - 214 * DAY, warranty_until=NOW + 516 * DAY
        ),
    ),
)
SMITH = WANG.model_copy(
    update={"name": "James Smith", "surname": "Smith", "title": "mr", "tier": "silver", "language": "en"}
)
ORDERS = (
    order(RICE, "shipped", 3, "RC40", "RC40 IH 电饭煲", parcel(RICE, "out_for_delivery", eta=3)),
    order(KETTLE, "delivered", 217, "K200S", "K200S 恒温电热水壶", parcel(KETTLE, "delivered", hours=214 * 24)),
)


def found(
    customer: CrmCustomer = WANG, orders: tuple[Order, ...] = ORDERS, tickets: tuple[Ticket, ...] = ()
) -> Context:
    return Context(crm="test", outcome="found", as_of=NOW, customer=customer, orders=orders, tickets=tickets)


def ticket(number: str, status: str = "open", type: str = "repair", order_ref: str = "") -> Ticket:
    return Ticket.model_validate(
        {"source": "test", "source_id": number, "number": number, "subject": "壶底漏水", "body": "SECRET REMARK"}
        | {"status": status, "type": type, "order_ref": order_ref, "created_at": NOW - DAY}
    )


@dataclass
class Talk:
    """`lines` may be filled beforehand; every `say` adds the customer's line and the bot's."""

    bot: DefaultBot
    context: Context | None = None
    proven: bool = True
    locale: str = "zh-CN"
    online: bool = True
    site: str = ""
    can_call: bool = False
    now: int = NOW
    lines: list[Spoken] = field(default_factory=list)
    insights: list[Insight] = field(default_factory=list)

    def heard(self, by: str, text: str) -> None:
        at = self.now - 60_000 + len(self.lines) * 1_000
        line = Spoken(len(self.lines) + 1, at, "customer", "", text)
        self.lines.append(replace(line, by=by))  # type: ignore[arg-type]

    async def on(self, trigger: str) -> Answer:
        turn = Turn(
            conversation="c1",
            session=1,
            trigger=trigger,  # type: ignore[arg-type]
            locale=self.locale,
            now=self.now,
            transcript=tuple(self.lines),
            insights=tuple(self.insights),
            context=self.context,
            proven=self.proven,
            anyone_online=self.online,
            site_name=self.site,
            can_call=self.can_call,
        )
        answer = await self.bot.answer(turn)
        for said in answer.says:
            self.heard("bot", said.text)
        self.insights += [answer.insight] if answer.insight else []
        return answer

    async def say(self, text: str) -> Answer:
        self.heard("customer", text)
        return await self.on("message")


def words(answer: Answer) -> str:
    return "\n".join(said.text for said in answer.says)


def labels(said: Said) -> list[str]:
    return [b.label for b in said.buttons] if isinstance(said, ButtonsContent | CardContent) else []


def actions(answer: Answer) -> set[str]:
    return {b.action for s in answer.says if isinstance(s, ButtonsContent | CardContent) for b in s.buttons if b.action}


def card(answer: Answer) -> CardContent:
    return next(said for said in answer.says if isinstance(said, CardContent))
