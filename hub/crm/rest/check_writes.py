"""`onethread crm check --write`: tries what a mapping writes, each twice, and says what it left behind."""

from collections.abc import Awaitable, Callable
from typing import Any

from hub.crm.rest.check import Check, shown
from hub.crm.rest.connector import RestCrm
from hub.crm.rest.effects import changeable
from hub.crm.rest.references import Key, References
from hub.model.crm import CrmCustomer, LeadDraft, SessionInsight, TicketChange, TicketDraft
from hub.model.party import Value

DAY_MS = 86_400_000
WORDS = "OneThread check: O'Neil 欧阳·娜娜 ' or 1=1 --"
# What is left by writes whose answer names no record.
NAMELESS = {"tag": "the tag onethread-check", "add_insight": "the intent check, at the customer"}
INSIGHT = SessionInsight(intent="check", intents=("check",), sentiment=0.5, urgency="normal", language="en")
Write = Callable[[str], Awaitable[Any]]


class CheckWrites:
    """`references` are those of `crm`; `marker` is unique for this check."""

    def __init__(self, crm: RestCrm, references: References, check: Check, marker: str) -> None:
        self._crm = crm
        self._references = references
        self._check = check
        self._marker = marker
        self._left: list[str] = []

    async def run(self, customer: CrmCustomer) -> list[str]:
        """What was left in the CRM, a line each."""
        for operation, write in self._writes(customer.external_id).items():
            if operation in self._crm.can:
                await self._tried(operation, write, customer.external_id)
        return self._left

    def _writes(self, who: str) -> dict[str, Write]:
        crm, due = self._crm, self._crm.wiring.clock() + DAY_MS
        return {
            "create_ticket": lambda m: crm.create_ticket(who, TicketDraft(subject=WORDS, body=WORDS), m),
            "add_note": lambda m: crm.add_note(who, WORDS, "note", m),
            "add_task": lambda m: crm.add_task(who, WORDS, due, m),
            "create_lead": lambda m: crm.create_lead(
                LeadDraft(name="OneThread Check", contact=f"{m}@example.invalid", interest=WORDS), m
            ),
            "tag": lambda m: crm.tag(who, ("onethread-check",), m),
            "add_insight": lambda m: crm.add_insight(who, INSIGHT, m),
        }

    async def _tried(self, operation: str, write: Write, who: str) -> None:
        marker = f"{self._marker}-{operation.replace('_', '-')}"
        made = await self._check.attempt(operation, _done(write(marker)))
        if made is None:
            return
        ref = getattr(made, "number", "") or getattr(made, "source_id", "")
        self._left.append(f"{operation}: {ref or NAMELESS.get(operation, '')} {getattr(made, 'url', '')}".rstrip())
        self._check.say("good", f"{operation}: written", shown(made) if isinstance(made, Value) else "")
        if operation != "tag":
            await self._again(operation, write, marker, getattr(made, "source_id", ""))
        if operation == "create_ticket" and "update_ticket" in self._crm.can:
            await self._updated(who, made.number, marker)

    async def _again(self, operation: str, write: Write, marker: str, first: str) -> None:
        """As if its answer had been lost: it must be found by its mark, and not be written a second time."""
        await self._references.lose(Key(self._crm.name, operation, marker))
        before = self._crm.writes.sent[operation]
        again = await self._check.attempt(f"{operation}, its answer lost", _done(write(marker)))
        if again is None:
            return
        second, lost = getattr(again, "source_id", ""), f"{operation}: its answer lost,"
        if self._crm.writes.sent[operation] == before:
            self._check.say("good", f"{lost} it was found by its mark")
            if first and not second:
                self._check.say("note", f"{operation}: what was found has no id: say `find: {{id: ...}}` where it is")
        elif first == second:
            self._check.say("good", f"{lost} it was sent again, and nothing more was made (`repeat: safe`)")
        else:
            self._left.append(f"{operation}: {second}")
            self._check.say("unsafe", f"{lost} it was written twice. {_how_to_find(self._crm, operation)}")

    async def _updated(self, who: str, number: str, marker: str) -> None:
        """What the file maps of a change; a mapping without comments, say, is none that is wrong."""
        how = self._crm.wiring.mapping.update_ticket
        mapped = changeable(how) if how else frozenset()
        for part, words in (("status", "changes of the status"), ("comment", "comments")):
            if part not in mapped:
                self._check.say(
                    "note", f"update_ticket: {words} are not mapped: agents are told that the CRM lacks them"
                )
        change = TicketChange(
            status="solved" if "status" in mapped else "", comment=WORDS if "comment" in mapped else ""
        )
        if change.empty:
            return
        made = await self._check.attempt(
            "update_ticket", self._crm.update_ticket(who, number, change, f"{marker}-done")
        )
        if made is not None:
            done = made.status == change.status or not change.status
            what = ("changed to solved" if change.status else "written") + (
                ", with a comment" if change.comment else ""
            )
            more = "" if done else f", but it is {made.status}"
            self._check.say("good" if done else "wrong", f"update_ticket: {what}{more}")


def _how_to_find(crm: RestCrm, operation: str) -> str:
    ways = getattr(crm.wiring.mapping, operation)
    if all(way.find is None for way in ways):
        return "There is no `find`"
    return "Does `find` ask for the right records, and does `mark` read the text that has {{ mark }} in it?"


async def _done(call: Awaitable[Any]) -> Any:
    """A write without a result still gives something."""
    result = await call
    return True if result is None else result
