"""The bot's skills. A new one is a file here and a line in `shipped`."""

from hub.bot.skills.buying import Buying
from hub.bot.skills.call_me import CallMe
from hub.bot.skills.cancel_order import CancelOrder
from hub.bot.skills.change_address import ChangeAddress
from hub.bot.skills.faq import Faq
from hub.bot.skills.greet import Greet
from hub.bot.skills.invoice import Invoice
from hub.bot.skills.leave_message import LeaveMessage
from hub.bot.skills.logistics import Logistics
from hub.bot.skills.opening_hours import OpeningHours
from hub.bot.skills.order_status import OrderStatus
from hub.bot.skills.points import Points
from hub.bot.skills.product_help import ProductHelp
from hub.bot.skills.refund_status import RefundStatus
from hub.bot.skills.repair import Repair
from hub.bot.skills.return_exchange import ReturnExchange
from hub.bot.skills.skill import Skill
from hub.bot.skills.small_talk import Ack, NotHelped, ThanksBye, WhoAreYou
from hub.bot.skills.speak_to_person import SpeakToPerson
from hub.bot.skills.ticket_status import TicketStatus


def shipped() -> dict[str, Skill]:
    """Every skill by its name, which is also the intent that calls it."""
    skills: tuple[Skill, ...] = (
        Greet(),
        WhoAreYou(),
        ThanksBye(),
        Ack(),
        NotHelped(),
        OrderStatus(),
        Logistics(),
        Points(),
        ReturnExchange(),
        RefundStatus(),
        Repair(),
        TicketStatus(),
        Invoice(),
        OpeningHours(),
        ProductHelp(),
        Buying(),
        Faq(),
        SpeakToPerson(),
        CallMe(),
        LeaveMessage(),
        CancelOrder(),
        ChangeAddress(),
    )
    return {skill.name: skill for skill in skills}
