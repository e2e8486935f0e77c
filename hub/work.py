"""The working process, assembled: it reacts to what happened, keeps the deadlines, and writes to the CRM."""

import asyncio
from functools import partial

import structlog

from hub.admin import OF_WORK, admin_port, store_checks
from hub.bot.default import DefaultBot
from hub.calls.recording.retention import keep_for
from hub.crms import Crms, open_crms, open_local
from hub.demo import demo_site, prepare
from hub.memory import settle_memory
from hub.metrics import families
from hub.metrics.commits import CommitTally
from hub.metrics.page import Page
from hub.model.dues import Policy
from hub.options import policy, recordings, store_options
from hub.parts import (
    accounts,
    context_desk,
    halls,
    integrations,
    media,
    new_id,
    nobody,
    now_ms,
    site_name,
)
from hub.ports import Bot
from hub.process import asked_to_end
from hub.services.archiving import Archiving
from hub.services.bot_turns import BotTurns
from hub.services.call_watch import CallWatch
from hub.services.carrier import Carrier
from hub.services.conversations import Conversations
from hub.services.customers import Customers
from hub.services.deadlines import Deadlines
from hub.services.effects import Effects
from hub.services.media_news import MediaNews
from hub.services.reactions import Reactions
from hub.services.recorder import Recorder
from hub.services.router import Router
from hub.services.transcripts import Transcripts
from hub.services.voice_offers import VoiceOffers
from hub.services.worker import Worker
from hub.services.writeback import WriteBack
from hub.settings import Settings
from hub.store.census import Census
from hub.store.schema import settle
from hub.store.store import Store, open_store
from hub.transport.http.health import Readiness

log = structlog.get_logger()


async def work(settings: Settings) -> None:
    """React to what happened, until SIGTERM."""
    async with (
        open_store(store_options(settings)) as store,
        open_crms(settings, now_ms) as crms,
        asyncio.TaskGroup() as tasks,
    ):
        if settings.demo:
            settings = settings.model_copy(update={"sites": {**demo_site(settings), **settings.sites}})
            idle = Conversations(store.committer, store.logs, policy(settings), store.clock, nobody, tasks)
            async with open_local(settings, now_ms) as local:
                await prepare(store.agents, accounts(store, idle), local, store.clock())
        life, census, page = await settle(store.client, store.keys), Census(store, store.clock), Page()
        worker = build_worker(settings, store, crms, DefaultBot(), tasks, page)
        page.add(families.of_store(census, lambda: worker.held, store.clock), families.of_clock(store.clock))
        readiness = Readiness(store_checks(settings, store, census), {}, OF_WORK)
        async with admin_port(settings, "work", page, census, readiness):
            running = [tasks.create_task(worker.run()), tasks.create_task(_say_ready(worker))]
            if settings.recordings_days:
                running.append(tasks.create_task(keep_for(recordings(settings), settings.recordings_days)))
            settle_memory()
            await asked_to_end(life.ended())
            for task in running:  # also who waits to say so: it may never come to that
                task.cancel()
            await asyncio.wait(running)


async def _say_ready(worker: Worker) -> None:
    await worker.working.wait()
    log.info("working", shards=len(worker.held))


def build_worker(
    settings: Settings, store: Store, crms: Crms, bot: Bot, tasks: asyncio.TaskGroup, page: Page | None = None
) -> Worker:
    rules, commits = policy(settings), CommitTally()
    served, patience_s = (store.committer, store.logs, rules, store.clock, nobody, tasks), settings.durable_timeout_s
    conversations = Conversations(*served, patience_s, ended=commits.ended)
    transcripts = Transcripts(store.logs)
    contexts = context_desk(settings, store, conversations, crms)
    turns = BotTurns(
        conversations,
        transcripts,
        contexts,
        store.presence,
        bot,
        store.clock,
        settings.bot_s,
        partial(site_name, settings),
        calls=settings.calls != "off",
    )
    router = _router(settings, store, conversations, rules)
    customers = Customers(conversations, store.identities, new_id)
    # In this order for each entry: who it is, what the CRM knows, then the bot, who needs both.
    offers = VoiceOffers(store.voice, store.whispers, store.clock, writes=bool(settings.asr_url))
    meeting = media(settings, store), halls(settings, store, tasks)
    call_watch = CallWatch(conversations, store.seats, store.qualities, *meeting, store.leases, store.clock)
    follow = (customers.finish, contexts.react, turns.react, router.poke, call_watch.react, offers.react)
    reactions = Reactions(store.todo, store.positions, conversations, follow, tasks)
    back = WriteBack(conversations, customers, transcripts, crms.connections, bot)
    effects = Effects(conversations, customers, crms.connections, store.outbox, store.crm_people)
    watch = integrations(store, crms)
    carrier = Carrier(store.outbox, back.kinds | effects.kinds, store.clock, effects.failed, watch.stir)
    calls = families.of_crm(crms.vitals, crms.breakers)
    sources = families.of_commits(commits), families.of_bot(turns), calls, families.of_carrier(carrier)
    if page is not None:
        page.add(*sources)
    return Worker(
        settings.shards,
        store.leases,
        reactions,
        Deadlines(store.places, conversations, rules, store.clock),
        Archiving(store.places, store.logs, rules, store.clock),
        carrier,
        watch,
        router,
        call_watch,
        MediaNews(
            conversations,
            store.seats,
            store.whispers,
            store.media_reports,
            store.leases,
            Recorder(conversations, *meeting),
            tasks,
        ),
        store.feeds,
        store.todo,
        store.positions,
        store.clock,
    )


def _router(settings: Settings, store: Store, conversations: Conversations, rules: Policy) -> Router:
    return Router(
        conversations,
        store.logs,
        store.places,
        store.agents,
        store.presence,
        store.seats,
        store.leases,
        store.clock,
        rules.reservation_ms,
        settings.missed_offers,
    )
