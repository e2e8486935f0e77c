"""What a skill is: a tool with a schema. The default bot and an LLM call the same ones.

A skill is one file: its name, a sentence for a model that chooses tools, its parameters, and `run`. It asks for what
is missing itself, so a caller passes what it has. How the default bot finds a parameter's value in a customer's words
is the parameter's `find`; a caller with its own understanding ignores it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from hub.bot.case import Case
from hub.bot.dialogue import Move
from hub.model.crm import TicketDraft
from hub.model.frozen import frozen
from hub.model.owner import HandoffReason
from hub.ports import Said

Given = Mapping[str, str]


@frozen
class Parameter:
    """`find` gives the value that a customer's line holds for it, "" when it holds none."""

    name: str
    description: str
    find: Callable[[Case, Move], str]


@frozen
class Escalation:
    """Only people may do this: why, in the agent's words."""

    reason: HandoffReason
    evidence: str


@frozen
class Outcome:
    """What a skill wants said and done. `sure` False: it could not help, and two of these in a row call a person."""

    says: tuple[Said, ...] = ()
    ticket: TicketDraft | None = None
    escalation: Escalation | None = None
    sure: bool = True


class Skill(Protocol):
    """`run` is pure, shows account data only through `case.account`, and always says or escalates something."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def parameters(self) -> tuple[Parameter, ...]: ...

    def run(self, case: Case, given: Given) -> Outcome: ...


def schema(skill: Skill) -> dict[str, Any]:
    """The skill as a tool of a chat-completions request. No parameter is required: the skill asks for it."""
    properties = {p.name: {"type": "string", "description": p.description} for p in skill.parameters}
    parameters = {"type": "object", "properties": properties, "additionalProperties": False}
    return {
        "type": "function",
        "function": {"name": skill.name, "description": skill.description, "parameters": parameters},
    }


def filled(skill: Skill, case: Case) -> dict[str, str]:
    """The parameters' values in the running question-and-answer with this skill; a later line corrects an earlier."""
    found: dict[str, str] = {}
    for move in case.dialogue.flow(skill.name):
        for parameter in skill.parameters:
            if value := parameter.find(case, move):
                found[parameter.name] = value
    return found


def ask(case: Case, key: str, text: str, buttons: tuple[Any, ...] = ()) -> Outcome:
    """A question; asked again right away, it counts as no help, so that nobody is caught in a loop."""
    return Outcome((case.offer(text, buttons),), sure=case.dialogue.asked != key)
