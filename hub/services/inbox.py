"""The agents' lists: rows of a view, and what changed in them, gathered for a moment so that a busy hub stays calm."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pydantic_core import to_json

from hub.model.conversation import Conversation, place
from hub.model.errors import StoreUnavailable
from hub.model.owner import OwnerKind
from hub.services.conversations import Conversations
from hub.services.rows import row
from hub.store.logs import Logs
from hub.store.places import Places
from hub.store.seats import Seats

View = Literal["mine", "queue", "bot", "all", "resolved"]
GATHER_S = 0.15
RETRY_S = 1.0
ROWS = 200
BATCH = 100  # rows a frame: as much as fits into what may wait for a slow reader


class Watcher(Protocol):
    """A connection of an agent."""

    @property
    def agent(self) -> str: ...
    def deliver_ephemeral(self, frame: bytes) -> bool:
        """False: the reader is behind, and the frame is lost."""
        ...


@dataclass(eq=False, slots=True)
class Watch:
    """One list on one screen: the rows it shows, those that it has yet to be told, and the counts it was told last.

    Nothing that a screen is owed is forgotten before it was sent. So a slow reader's list is late, never stale.
    """

    watcher: Watcher
    view: View
    shown: set[str] = field(default_factory=set)
    owed: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)
    answered: bool = False  # its first answer is on its way; what changes before that is owed
    missed: bool = False  # something may have changed that nobody told of: all of it is owed

    def take(self) -> list[str]:
        """Up to BATCH of what is owed, to be paid or given back: what changes again meanwhile is owed again."""
        taken = [*self.owed][:BATCH]
        self.owed.difference_update(taken)
        return taken


def belongs(it: Conversation, view: View, agent: str) -> bool:
    """Does a conversation stand in this view of this agent?

    One reserved for them stands in each of their views, one whose call they are in or invited to is among theirs.
    """
    owner, held = it.desk.owner, it.desk.reservation
    if view == "resolved":
        return place(it) == "resolved"
    if held is not None and held.agent == agent:
        return True
    if it.call and view == "mine" and (it.call.has(f"agent:{agent}") or it.call.invitation(f"agent:{agent}")):
        return True
    match view:
        case "mine":
            return owner.kind is OwnerKind.AGENT and owner.id == agent
        case "queue":
            return owner.kind is OwnerKind.QUEUE
        case "bot":
            return owner.kind is OwnerKind.BOT
        case "all":
            return owner.kind is not OwnerKind.NONE


class Inboxes:
    def __init__(self, conversations: Conversations, logs: Logs, places: Places, agents: "Roll", seats: Seats) -> None:
        self._conversations = conversations
        self._logs = logs
        self._places = places
        self._roll = agents
        self._seats = seats
        self._watches: dict[Watcher, dict[View, Watch]] = {}
        self._something = asyncio.Event()

    def changed(self, conversation: str) -> None:
        """A conversation gained entries."""
        for watch in self._every():
            watch.owed.add(conversation)
            self._something.set()

    def read_again(self) -> None:
        """The feed was interrupted: what changed meanwhile may never be told of."""
        for watch in self._every():
            watch.missed = True
            self._something.set()

    async def follow(self, watcher: Watcher, view: View) -> dict[str, Any]:
        """The view's rows and the counts of all views, to be sent at once; changes follow as `inbox` frames.

        It takes the place of the view before, but for `mine`: an agent has to hear of their own wherever they look.
        Raises StoreUnavailable.
        """
        # Watch before reading, or a change in between would be missed.
        kept: dict[View, Watch] = {v: w for v, w in self._watches.get(watcher, {}).items() if v == "mine"}
        watch = Watch(watcher, view)
        self._watches[watcher] = {**kept, view: watch}
        watch.counts = (await self.counts([watcher.agent]))[watcher.agent]
        found = await self._logs.load_several(await self._members(view, watcher.agent))
        rows = [row(it) for it in found if belongs(it, view, watcher.agent)]
        watch.shown = {r["conversation"] for r in rows}
        watch.answered = True
        if watch.owed or watch.missed:
            self._something.set()
        return {"view": view, "rows": rows, "counts": watch.counts}

    def _every(self) -> list[Watch]:
        return [watch for views in self._watches.values() for watch in views.values()]

    def unfollow(self, watcher: Watcher) -> None:
        self._watches.pop(watcher, None)

    async def _members(self, view: View, agent: str) -> list[str]:
        mine, queue = f"agent:{agent}", "queue"
        match view:
            case "mine":
                places = [mine, queue]
            case "all":
                places = [queue, "bot", *(f"agent:{a}" for a in await self._roll.ids())]
            case "queue":
                places = [queue]
            case "bot":
                places = ["bot", queue]
            case "resolved":
                places = ["resolved"]  # the newest ROWS
        found = [await self._places.members(p, ROWS) for p in places]
        if view == "mine":
            found.append(await self._seats.conversations())
        return [c for part in found for c in part][: 2 * ROWS]

    async def counts(self, agents: list[str]) -> dict[str, dict[str, int]]:
        """For each agent, how many conversations each view holds."""
        everybody = await self._roll.ids()
        found = await self._places.counts(["queue", "bot", *(f"agent:{a}" for a in everybody)])
        held = {a: found[f"agent:{a}"] for a in everybody}
        queue, bot = found["queue"], found["bot"]
        total = queue + bot + sum(held.values())
        return {a: {"mine": held.get(a, 0), "queue": queue, "bot": bot, "all": total} for a in agents}

    async def tell(self) -> None:
        """Tell watchers what changed, until cancelled: at most once every GATHER_S."""
        while True:
            await self._something.wait()
            await asyncio.sleep(GATHER_S)
            self._something.clear()
            if not await self._tell():
                asyncio.get_running_loop().call_later(RETRY_S, self._something.set)

    async def _tell(self) -> bool:
        """Pay what is owed, as far as the store answers and the readers keep up. False: try again later."""
        try:
            for watch in self._every():
                if watch.answered and watch.missed:
                    await self._owe_all(watch)
        except StoreUnavailable:
            return False
        due = {watch: watch.take() for watch in self._every() if watch.answered}
        try:
            states = {c: await self._conversations.state(c) for c in {c for owed in due.values() for c in owed}}
            counts = await self.counts([w.agent for w in self._watches])
        except StoreUnavailable:
            states, counts = {}, {}
        settled = True
        for watch, owed in due.items():
            now = counts.get(watch.watcher.agent)
            if now is None or not self._pay(watch, [states[c] for c in owed], now):
                watch.owed.update(owed)
                settled = False
            elif watch.owed:
                self._something.set()  # more than fits into a frame, or it changed again meanwhile
        return settled

    async def _owe_all(self, watch: Watch) -> None:
        """Whatever stands in the list, and whatever should."""
        watch.missed = False
        try:
            watch.owed.update(watch.shown, await self._members(watch.view, watch.watcher.agent))
        except StoreUnavailable:
            watch.missed = True
            raise

    def _pay(self, watch: Watch, changed: list[Conversation], counts: dict[str, int]) -> bool:
        """Tell one watcher of these conversations, if it makes a difference to their list. False: they are behind."""
        rows = [row(it) for it in changed if belongs(it, watch.view, watch.watcher.agent)]
        here = {r["conversation"] for r in rows}
        gone = [it.id for it in changed if it.id in watch.shown and it.id not in here]
        if rows or gone or counts != watch.counts:
            frame = {"t": "inbox", "view": watch.view, "rows": rows, "gone": gone, "counts": counts}
            if not watch.watcher.deliver_ephemeral(to_json(frame)):
                return False
        watch.shown = (watch.shown | here) - set(gone)
        watch.counts = counts
        return True


class Roll(Protocol):
    """Who the agents are."""

    async def ids(self) -> list[str]: ...
