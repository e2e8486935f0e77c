"""The voice process, assembled: the bot in calls, and recordings put into words. It needs the extra `voice`."""

import asyncio
import secrets

import httpx
import structlog

from hub.admin import admin_port, beside_the_store
from hub.bot.account import Account
from hub.calls.voice.dialogue import FoundOrder
from hub.calls.voice.installed import missing
from hub.calls.voice.leg import use_loopback
from hub.calls.voice.ports import Hearing
from hub.calls.voice.speech import Espeak
from hub.calls.voice.sphinx import Sphinx
from hub.calls.voice.talk import Desk
from hub.calls.voice.transcriber import Transcriber
from hub.calls.voice.worker import VoiceWorker
from hub.crms import Crms, open_crms
from hub.memory import settle_memory
from hub.metrics.calls import of_voice
from hub.metrics.families import of_clock
from hub.metrics.page import Page
from hub.model.conversation import Conversation
from hub.model.errors import VoiceUnavailable
from hub.model.identity import may_see_account
from hub.options import policy, recordings, store_options
from hub.parts import calls_of, context_desk, media, new_id, nobody, now_ms, site_name
from hub.process import asked_to_end
from hub.services.conversations import Conversations
from hub.services.transcripts import Transcripts
from hub.settings import Settings
from hub.store.census import Census
from hub.store.schema import settle
from hub.store.store import Store, open_store

log = structlog.get_logger()
ASR_S = 20.0


async def voice(settings: Settings) -> None:
    """Answer calls that nobody else does, until SIGTERM. Raises VoiceUnavailable: something is not installed."""
    if lacks := missing():
        raise VoiceUnavailable(f"not installed: {', '.join(lacks)}")
    use_loopback()
    async with (
        httpx.AsyncClient(base_url=_base(settings), headers=_bearer(settings), timeout=ASR_S) as client,
        open_store(store_options(settings)) as store,
        open_crms(settings, now_ms) as crms,
        asyncio.TaskGroup() as tasks,
    ):
        life = await settle(store.client, store.keys)
        hearing: Hearing = Transcriber(client, settings.asr_model) if settings.asr_url else Sphinx()
        desk = desk_of(settings, store, crms, hearing, tasks)
        worker = VoiceWorker(
            secrets.token_hex(8), desk, recordings(settings), store.voice, store.whispers, settings.voice_calls
        )
        census, page = Census(store, store.clock), Page(of_voice(worker), of_clock(store.clock))
        readiness = beside_the_store(
            store, "listening", worker.listening, VoiceUnavailable("it has not looked for calls yet")
        )
        async with admin_port(settings, "voice", page, census, readiness):
            running = tasks.create_task(worker.run())
            ready = tasks.create_task(_say_ready(worker, hearing))
            settle_memory()
            await asked_to_end(life.ended())
            for task in (running, ready):
                task.cancel()
            await asyncio.wait([running, ready])


async def _say_ready(worker: VoiceWorker, hearing: Hearing) -> None:
    await worker.listening.wait()
    log.info("the bot answers calls", hearing=hearing.name)


def desk_of(settings: Settings, store: Store, crms: Crms, hearing: Hearing, tasks: asyncio.TaskGroup) -> Desk:
    conversations = Conversations(
        store.committer, store.logs, policy(settings), store.clock, nobody, tasks, settings.durable_timeout_s
    )
    calls = calls_of(settings, store, conversations, media(settings, store), None, nobody)
    if calls is None:
        raise VoiceUnavailable("calls are off")
    contexts = context_desk(settings, store, conversations, crms)

    async def find(it: Conversation, digits: str) -> FoundOrder | None:
        if not may_see_account(it.who.every_identity):
            return None
        order = Account.known(True, await contexts.of(it)).order_named_in(digits)
        return FoundOrder(order.number, order.items[0].name if order.items else "", order.status) if order else None

    async def minutes() -> int:
        here = await store.presence.here(store.clock())
        available = sum(1 for each in here if each.status == "available")
        ahead = (await store.places.counts(["queue"]))["queue"]
        return 1 + max(0, ahead - 1) // available if available else 0

    def site(it: Conversation) -> str:
        return site_name(settings, it.who.site, it.who.locale)

    return Desk(conversations, Transcripts(store.logs), calls, Espeak(), hearing, find, site, minutes, new_id)


def _base(settings: Settings) -> str:
    return settings.asr_url.rstrip("/") + "/"


def _bearer(settings: Settings) -> dict[str, str]:
    key = settings.asr_key.get_secret_value()
    return {"Authorization": f"Bearer {key}"} if key else {}
