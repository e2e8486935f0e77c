"""The agents' lists: rows of a view, and what changed in them, gathered for a moment so that a busy hub stays calm."""

import asyncio
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pydantic_core import to_json

from hub.model.conversation import Conversation
from hub.model.errors import StoreUnavailable
from hub.model.events import OwnerKind
from hub.services.conversations import Conversations
from hub.services.rows import row
from hub.store.logs import Logs
from hub.store.places import Places

View = Literal["mine", "queue", "bot", "all"]
GATHER_S = 0.15
ROWS = 200


class Watcher(Protocol):
    """A connection of an agent."""

    @property
    def agent(self) -> str: ...
    def deliver_ephemeral(self, frame: bytes) -> None: ...


@dataclass(eq=False, slots=True)
class Watch:
    watcher: Watcher
    view: View
    shown: set[str]


def belongs(it: Conversation, view: View, agent: str) -> bool:
    """Does a conversation stand in this view of this agent? One reserved for them stands in each of their views."""
    owner, held = it.desk.owner, it.desk.reservation
    if held is not None and held.agent == agent:
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
    def __init__(self, conversations: Conversations, logs: Logs, places: Places, agents: "Roll") -> None:
        self._conversations = conversations
        self._logs = logs
        self._places = places
        self._roll = agents
        self._watches: dict[Watcher, Watch] = {}
        self._dirty: set[str] = set()
        self._something = asyncio.Event()

    def changed(self, conversation: str) -> None:
        """A conversation gained entries."""
        if self._watches:
            self._dirty.add(conversation)
            self._something.set()

    async def follow(self, watcher: Watcher, view: View) -> dict[str, Any]:
        """The view's rows and the counts of all views; changes follow as `inbox` frames. Raises StoreUnavailable."""
        # Watch before reading, or a change in between would be missed.
        watch = self._watches[watcher] = Watch(watcher, view, set())
        found = await self._logs.load_several(await self._members(view, watcher.agent))
        rows = [row(it) for it in found if belongs(it, view, watcher.agent)]
        watch.shown |= {r["conversation"] for r in rows}  # before anything else is awaited: `_tell` asks for it
        return {"view": view, "rows": rows, "counts": (await self.counts([watcher.agent]))[watcher.agent]}

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
        found = [await self._places.members(p, ROWS) for p in places]
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
            dirty, self._dirty = self._dirty, set()
            try:
                await self._tell(dirty)
            except StoreUnavailable:
                self._dirty |= dirty
                self._something.set()

    async def _tell(self, dirty: set[str]) -> None:
        states = [await self._conversations.state(c) for c in dirty]
        counts = await self.counts([w.agent for w in self._watches])
        for watch in list(self._watches.values()):
            if watch.watcher.agent not in counts:
                continue  # came while we asked the store; their own first answer was newer than this
            rows = [row(it) for it in states if belongs(it, watch.view, watch.watcher.agent)]
            here = {r["conversation"] for r in rows}
            gone = [c for c in dirty if c in watch.shown and c not in here]
            watch.shown |= here
            watch.shown -= set(gone)
            frame = {
                "t": "inbox",
                "view": watch.view,
                "rows": rows,
                "gone": gone,
                "counts": counts[watch.watcher.agent],
            }
            watch.watcher.deliver_ephemeral(to_json(frame))


class Roll(Protocol):
    """Who the agents are."""

    async def ids(self) -> list[str]: ...
