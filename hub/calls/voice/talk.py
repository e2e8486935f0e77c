"""One call with the bot in it, from its answer to its leaving: what is said, heard, and written into the log."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import structlog

from hub.calls.voice.dialogue import Act, CallPerson, Dialogue, FoundOrder, Leave, LookUp, Note, Say
from hub.calls.voice.legs import Legs
from hub.calls.voice.ports import Heard, Hearing, Speech
from hub.calls.voice.utterances import Utterances, detector
from hub.calls.voice.words import Words
from hub.model import call_commands as cc
from hub.model.call import THE_BOT, THE_CUSTOMER
from hub.model.commands import RequestHandoff
from hub.model.conversation import Conversation
from hub.model.errors import CallOver, CallTaken, Refused, VoiceUnavailable
from hub.model.events import CallSaid, CallUnderstood, Logged, MessageCreated
from hub.model.frozen import frozen
from hub.model.ids import derived
from hub.model.party import BOT, PartyKind
from hub.services.calls import Calls, Place
from hub.services.conversations import Conversations
from hub.services.transcripts import Transcripts

log = structlog.get_logger()
LOOK_S = 0.25  # the log is read so often: what is typed, who came
CONNECT_S = 30.0  # so long the caller is waited for before we speak: then it is at least to be read
NEWCOMER_S = 3.0  # so long an agent's own leg is waited for: they should hear that we leave
TEXT_CHARS = 1_000


@frozen
class Desk:
    """What a talk works with. `find` looks up an order of the conversation's customer by its last digits, `site` says
    who we are there, `minutes` how long it takes about (0 = nobody is there)."""

    conversations: Conversations
    transcripts: Transcripts
    calls: Calls
    speech: Speech
    hearing: Hearing
    find: Callable[[Conversation, str], Awaitable[FoundOrder | None]]
    site: Callable[[Conversation], str]
    minutes: Callable[[], Awaitable[int]]
    new_id: Callable[[], str]


class Over(Exception):
    """The bot has nothing more to do in this call."""


class Talk:
    """`connection` names this process: parties' signals to the bot reach it by way of the whispers."""

    def __init__(self, desk: Desk, conversation: str, call: str, connection: str) -> None:
        self.conversation = conversation
        self.call = call
        self._desk = desk
        place = Place(conversation, call, THE_BOT, desk.new_id())
        self.legs = Legs(desk.calls, place, connection, self._hear, self._press)
        self._utterances = Utterances(detector())
        self._to_hear: asyncio.Queue[bytes] = asyncio.Queue(8)
        self._to_do: asyncio.Queue[Callable[[Dialogue], list[Act]]] = asyncio.Queue(64)
        self._relieved: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._alone = False  # the dialogue knows that nobody comes
        self._seq = self._said = 0

    async def run(self) -> None:
        """Until the bot has left or the call is over. Raises Moved (join anew), MediaUnavailable ..."""
        try:
            it, spoke = await self._answered()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.legs.run(self._me.name))
                tasks.create_task(self._follow())
                tasks.create_task(self._listen())
                tasks.create_task(self._converse(it, spoke))
        except* (Over, CallOver, CallTaken):
            log.debug("the bot is out of a call", call=self.call)

    async def _answered(self) -> tuple[Conversation, bool]:
        """The bot is in the call from now on; True: it spoke there before, in a process that died."""
        it = await self._desk.conversations.newest(self.conversation)
        self._words = Words(it.who.locale)
        self._me = replace(BOT, name=self._words.say("name"))
        self._dialogue = Dialogue(self._words, self._desk.hearing.hears(self._words.language))
        if it.call is None or it.call.id != self.call:
            raise Over
        if it.call.ringing:
            await self._ask(cc.AcceptCall(self.call), "answer")
        elif not it.call.has(THE_BOT):
            raise Over
        entries = await self._desk.transcripts.read(self.conversation, it.desk.session_from, it.seq)
        self._said = sum(1 for each in entries if isinstance(each.event, CallSaid) and each.event.call == self.call)
        self._seq = it.seq
        return it, bool(self._said)

    async def _ask(self, command: Any, what: str) -> None:
        """Raises Over for what may not be: somebody else was quicker."""
        id = derived("voice", self.conversation, self.call, what)
        try:
            await self._desk.conversations.ask(self.conversation, command, self._me, id)
        except Refused as refusal:
            log.info("the bot may not", what=what, why=refusal.code)
            raise Over from refusal

    # --- what happens ---------------------------------------------------------------------------------------

    def _happens(self, what: Callable[[Dialogue], list[Act]]) -> None:
        if not self._to_do.full():
            self._to_do.put_nowait(what)

    def _hear(self, pcm: bytes) -> None:
        for each in self._utterances.feed(pcm):
            if each.what == "begins":
                self.legs.stop_saying()
            elif not self._to_hear.full():
                self._to_hear.put_nowait(each.pcm)

    def _press(self, key: str) -> None:
        self.legs.stop_saying()
        self._happens(lambda dialogue: dialogue.key(key))

    async def _listen(self) -> None:
        language = self._words.language
        while True:
            pcm = await self._to_hear.get()
            if not self._desk.hearing.hears(language):
                continue
            try:
                heard = await self._desk.hearing.hear(pcm, language, self._dialogue.expected)
            except VoiceUnavailable as problem:
                log.warning("the bot can't hear", why=problem.detail)
                heard = Heard("", 0.0)
            self._happens(lambda dialogue, heard=heard: dialogue.heard(heard))  # type: ignore[misc]

    async def _follow(self) -> None:
        """The log, entry by entry: who came, that nobody did, what the caller types."""
        while True:
            it = await self._desk.conversations.newest(self.conversation)
            if it.seq > self._seq:
                for entry in await self._desk.transcripts.read(self.conversation, self._seq + 1, it.seq):
                    self._entry(entry)
                self._seq = it.seq
            call = it.call
            if call is None or call.id != self.call or not call.has(THE_BOT):
                raise Over
            agent = next((each for each in call.people if each.party != THE_CUSTOMER), None)
            if agent is not None and not self._relieved.done():
                self._relieved.set_result(agent.party)
                self.legs.stop_saying()
                self._happens(lambda dialogue, name=agent.name: dialogue.come(name))  # type: ignore[misc]
            elif call.unanswered and not self._alone:
                self.legs.stop_saying()
                self._happens(lambda dialogue: dialogue.nobody())
            self._alone = bool(call.unanswered)
            await asyncio.sleep(LOOK_S)

    def _entry(self, entry: Logged) -> None:
        if isinstance(entry.event, MessageCreated) and entry.by.kind is PartyKind.CUSTOMER:
            typed = entry.event.content.text
            self.legs.stop_saying()
            self._happens(lambda dialogue: dialogue.heard(Heard(typed, 1.0), "text"))

    # --- what is done about it ------------------------------------------------------------------------------

    async def _converse(self, it: Conversation, spoke: bool) -> None:
        await self.legs.reached(THE_CUSTOMER, CONNECT_S)
        if spoke:
            await self._do(self._dialogue.resume())
        else:
            await self._do(self._dialogue.begin(self._desk.site(it), await self._desk.minutes()))
        while True:
            await self._do(await self._next())

    async def _next(self) -> list[Act]:
        """What the dialogue makes of what happens next; of silence, when nothing does."""
        await self.legs.until_quiet()
        try:
            async with asyncio.timeout(self._dialogue.patience_s):
                what = await self._to_do.get()
        except TimeoutError:
            return [] if self._utterances.speaking else self._dialogue.silence()
        return what(self._dialogue)

    async def _do(self, acts: list[Act]) -> None:
        for act in acts:
            match act:
                case Say(text=text):
                    await self._say(text)
                case Note():
                    await self._note(act)
                case LookUp(digits=digits):
                    found = await self._desk.find(await self._desk.conversations.newest(self.conversation), digits)
                    await self._do(self._dialogue.found(found))
                case CallPerson():
                    await self._desk.conversations.ask(
                        self.conversation, RequestHandoff("asked in a call"), self._me, self._id("person")
                    )
                case Leave():
                    await self.legs.until_quiet()
                    await self._ask(cc.HangUp(self.call), "leave")
                    raise Over

    async def _say(self, text: str) -> None:
        """Shown at once; heard if it can be."""
        if self._relieved.done():
            await self.legs.reached(self._relieved.result(), NEWCOMER_S)
        self._said += 1
        said = CallSaid(call=self.call, text=text[:TEXT_CHARS])
        await self._ask(cc.SpeakInCall(self.call, said), f"say-{self._said}")
        try:
            self.legs.say(await self._desk.speech.speak(text, self._words.language))
        except VoiceUnavailable as problem:
            log.warning("the bot can't speak", why=problem.detail)

    async def _note(self, it: Note) -> None:
        understood = CallUnderstood(
            call=self.call,
            kind=it.kind,
            via=it.via,
            heard=it.heard,
            order=it.order,
            confirmed=it.confirmed,
            confidence=it.confidence,
        )
        await self._ask(cc.SpeakInCall(self.call, understood), self._id("note"))

    def _id(self, what: str) -> str:
        return f"{what}-{self._desk.new_id()}"
