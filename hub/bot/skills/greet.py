"""Greets: by surname, title and level at the right time of day, with what the customer most likely came for."""

from hub.bot.account import current_parcel
from hub.bot.case import Case
from hub.bot.skills.logistics import eta_part
from hub.bot.skills.skill import Given, Outcome, Parameter
from hub.model.content import Button, ButtonsContent


class Greet:
    name = "greet"
    description = "Greets the customer, by name and membership level when they are signed in."
    parameters: tuple[Parameter, ...] = ()

    def run(self, case: Case, given: Given) -> Outcome:
        if case.turn.trigger == "arrived":
            return Outcome((self._welcome(case),))
        key = "greet.again" if case.who else "greet.again_guest"
        return Outcome((case.offer(case.words.say(key, who=case.who), self._buttons(case)),))

    def _welcome(self, case: Case) -> ButtonsContent:
        words = case.words
        hello = case.clock.part_of_day()
        if not case.who:
            key = "greet.guest" if case.turn.site_name else "greet.guest_plain"
            return case.offer(words.say(key, hello=hello, site=case.turn.site_name), self._buttons(case))
        parts = [words.say("greet.known", who=case.who, hello=hello)]
        if case.tier:
            parts.append(words.part("greet.tier", tier=case.tier))
        parts += [_on_its_way(case), words.part("greet.can")]
        return case.offer("".join(parts), self._buttons(case))

    def _buttons(self, case: Case) -> tuple[Button, ...]:
        known = ("logistics", "points", "return_exchange", "product_help")
        guest = ("product_help", "faq", "opening_hours")
        return tuple(case.button(name) for name in (known if case.who else guest))


def _on_its_way(case: Case) -> str:
    """The newest parcel on its way, in one sentence; "" when there is none."""
    order = next((o for o in case.account.open_orders if o.shipments), None)
    parcel = current_parcel(order) if order else None
    if order is None or parcel is None or parcel.status not in ("in_transit", "out_for_delivery", "exception"):
        return ""
    status = case.words.part(f"moving.{parcel.status}")
    return case.words.part("greet.order", order=order.number, status=status, eta=eta_part(case, parcel))
