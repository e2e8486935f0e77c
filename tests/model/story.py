"""A conversation told in a test: who asks for what, and when. It decides, logs and folds as the hub does."""

from hub.model import commands as c
from hub.model.content import TextContent
from hub.model.conversation import Conversation, apply
from hub.model.decide import Asked, decide
from hub.model.dues import Policy
from hub.model.events import Event, Logged
from hub.model.identity import Identity, IdentityKind, Proof
from hub.model.ids import derived
from hub.model.owner import Owner, OwnerKind, OwnerReason
from hub.model.party import BOT, SYSTEM, Party, PartyKind

T0 = 1_795_572_000_000
SECOND = 1_000
MINUTE = 60_000
POLICY = Policy()

WANG = Party(kind=PartyKind.CUSTOMER, id="wang", name="王芳")
LI = Party(kind=PartyKind.AGENT, id="li", name="Li Ming")
ANA = Party(kind=PartyKind.AGENT, id="ana", name="Ana")
NOBODY_ELSE = Party(kind=PartyKind.AGENT, id="zoe", name="Zoe")

THE_BOT = Owner(kind=OwnerKind.BOT, id="bot")


def account(sub: str, proof: Proof = Proof.SIGNED) -> Identity:
    return Identity(kind=IdentityKind.ACCOUNT, value=f"shop/{sub}", proof=proof)


def email(address: str, proof: Proof = Proof.CLAIM) -> Identity:
    return Identity(kind=IdentityKind.EMAIL, value=address, proof=proof)


def device(name: str) -> Identity:
    return Identity(kind=IdentityKind.VISITOR, value=name, proof=Proof.ONE_TIME_CODE)


def queue(team: str = "") -> Owner:
    return Owner(kind=OwnerKind.QUEUE, id=team)


def held_by(agent: Party) -> Owner:
    return Owner(kind=OwnerKind.AGENT, id=agent.id, name=agent.name)


def text(words: str) -> TextContent:
    return TextContent(text=words)


def types(events: list[Event]) -> list[str]:
    return [e.type for e in events]


class Story:
    """`now` is epoch ms and moves only when a test says so. Every method that asks returns what happened."""

    def __init__(self, id: str = "wang", policy: Policy = POLICY) -> None:
        self.policy = policy
        self.it = Conversation(id, epoch="e1")
        self.now = T0
        self.log: list[Logged] = []
        self._asked = 0

    def later(self, ms: int) -> "Story":
        self.now += ms
        return self

    def ask(self, by: Party, command: c.Command, channel: str = "web") -> list[Event]:
        self._asked += 1
        id = derived(self.it.id, str(self._asked))
        events = decide(self.it, command, Asked(by, self.now, id, channel, self.policy))
        for event in events:
            entry = Logged(self.it.id, self.it.seq + 1, self.now, by, id, channel, event)
            self.log.append(entry)
            self.it = apply(self.it, entry)
        return events

    # --- what customers and the bot do ------------------------------------------------------------------

    def arrives(self, *identities: Identity, name: str = "") -> list[Event]:
        return self.ask(WANG, c.Arrive(identities, name))

    def writes(self, words: str = "where is my order?") -> list[Event]:
        return self.ask(WANG, c.PostMessage(text(words)))

    def bot_says(self, *words: str, answers: int | None = None, tenure: int | None = None) -> list[Event]:
        return self.ask(BOT, self.turn(*words, answers=answers, tenure=tenure))

    def bot_hands_over(
        self, *words: str, team: str = "", reason: OwnerReason = "asked", answers: int | None = None
    ) -> list[Event]:
        brief = c.Brief(reason, "she said so", "wants her order", ("order status",), team)
        return self.ask(BOT, self.turn(*words, answers=answers, brief=brief))

    def turn(
        self, *words: str, answers: int | None = None, tenure: int | None = None, brief: c.Brief | None = None
    ) -> c.BotTurn:
        """The bot's answer to the newest message, prepared under the present tenure unless told otherwise."""
        return c.BotTurn(
            self.it.desk.tenure if tenure is None else tenure,
            self.it.talk.customer_seq if answers is None else answers,
            tuple(text(w) for w in words),
            brief=brief,
        )

    # --- what the desk does -----------------------------------------------------------------------------

    def left_with_the_bot(self) -> "Story":
        """Asked and answered; nobody says goodbye to a bot."""
        self.writes()
        self.bot_says("It is on its way.")
        return self

    def queued(self, team: str = "") -> "Story":
        """A customer wrote, and the bot handed over."""
        self.writes("a person, please")
        self.bot_hands_over("I'll get somebody.", team=team)
        return self

    def offered(self, to: Party = LI, ms: int = 20 * SECOND) -> list[Event]:
        """Routing asks an agent to accept within `ms`."""
        return self.ask(SYSTEM, c.Reserve(to.id, to.name, self.now + ms, self.it.desk.tenure))

    def accepts(self, agent: Party = LI) -> list[Event]:
        return self.ask(agent, c.AcceptReservation())

    def served(self, agent: Party = LI) -> "Story":
        """A customer wrote, was handed over, and an agent accepted."""
        self.queued()
        self.offered(agent)
        self.accepts(agent)
        return self

    def says(self, words: str = "Hello, Li here.", agent: Party = LI) -> list[Event]:
        return self.ask(agent, c.PostMessage(text(words)))

    def resolved(self, agent: Party = LI) -> "Story":
        self.ask(agent, c.Resolve())
        return self

    def ticks(self, kind: str) -> list[Event]:
        return self.ask(SYSTEM, c.Tick(kind))
