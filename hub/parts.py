"""What serving and working processes are both made of; a part of the composition root (main.py, work.py)."""

import asyncio
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from channels.app.tokens import Issuer, Key, admit_customer
from channels.web.visitors import admit_visitor
from hub.calls.hall.janus import JanusHalls
from hub.calls.hall.wire import Address
from hub.calls.remote import RemoteMedia
from hub.crm.context import context_of
from hub.crms import Crms
from hub.files.folder import Folder
from hub.model.crm import Context
from hub.model.decide.call_supervision import MOST
from hub.model.identity import Identity
from hub.model.ids import ulid
from hub.options import records
from hub.services.accounts import Accounts
from hub.services.attendance import Attendance
from hub.services.call_quality import CallQuality
from hub.services.calls import Calls
from hub.services.contexts import ContextDesk
from hub.services.conversations import Conversations
from hub.services.files import FileDesk
from hub.services.guests import GuestBook
from hub.services.hall_news import HallNews
from hub.services.integrations import Integrations
from hub.services.turn import IceServers
from hub.settings import Settings
from hub.settings import Site as SiteSetting
from hub.store.qualities import Qualities
from hub.store.seats import Seats
from hub.store.store import Store
from hub.transport.call_desk import CallDesk
from hub.transport.connection import House
from hub.transport.expert_desk import ExpertDesk
from hub.transport.http.api import Site
from hub.transport.http.guest_cookie import GuestCookie
from hub.transport.http.login_cookies import LoginCookies
from hub.transport.http.models import SiteView
from hub.transport.http.pages import Pages
from hub.transport.http.static import Static, static_root
from hub.transport.requests import Requests


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def new_id() -> str:
    return ulid(now_ms(), os.urandom(10))


def context_desk(settings: Settings, store: Store, conversations: Conversations, crms: Crms) -> ContextDesk:
    async def look_up(identities: tuple[Identity, ...]) -> Context:
        return await context_of(crms.connections, identities, store.clock)

    fresh_ms = int(settings.crm_cache_s * 1000)
    hidden = settings.crm_hidden
    caches = store.contexts, store.crm_people, store.whispers
    return ContextDesk(conversations, *caches, look_up, store.clock, fresh_ms, hidden)


def integrations(store: Store, crms: Crms) -> Integrations:
    return Integrations(crms.connections, crms.vitals, store.integrations, store.outbox, store.whispers, store.clock)


def calls_of(
    settings: Settings,
    store: Store,
    conversations: Conversations,
    media: RemoteMedia | None,
    halls: JanusHalls | None,
    scored: Callable[[float], None],
) -> Calls | None:
    """None where nobody may call. `scored` is told the score of each report of a line."""
    if settings.calls == "off":
        return None
    secret = settings.turn_secret.get_secret_value()
    ice = IceServers(settings.stun_urls, settings.turn_urls, secret, settings.calls_ice_policy)
    quality = CallQuality(store.qualities, scored)
    return Calls(conversations, store.seats, store.whispers, quality, media, halls, ice, store.clock)


def call_desk(
    calls: Calls | None,
    requests: Requests,
    conversations: Conversations,
    attendance: Attendance,
    guests: GuestBook,
    seats: Seats,
    qualities: Qualities,
    house: House,
) -> CallDesk:
    experts = ExpertDesk(calls, conversations, attendance, guests, seats, qualities)
    return CallDesk(calls, requests, conversations, attendance, experts, house)


def cookies(settings: Settings, own: frozenset[str]) -> tuple[LoginCookies, GuestCookie]:
    secure = settings.public_url.startswith("https:")
    return LoginCookies(own, int(settings.login_hours * 3600), secure=secure), GuestCookie(secure=secure)


def pages_of(settings: Settings, embedders: dict[str, frozenset[str]]) -> Pages:
    guests = GuestCookie(secure=settings.public_url.startswith("https:"))
    assist = frozenset(settings.assist_origins)
    return Pages(Static(static_root()), embedders, assist, guests, demo=settings.demo)


def files(settings: Settings, store: Store, conversations: Conversations) -> FileDesk:
    folder = Folder(settings.files_dir or settings.data_dir / "files")
    return FileDesk(conversations, folder, store.grants, store.throttle, settings.file_bytes)


def media(settings: Settings, store: Store) -> RemoteMedia | None:
    """None where calls go from browser to browser and are never recorded."""
    return RemoteMedia(store.media, store.media_asks, store.clock) if records(settings) else None


def halls(settings: Settings, store: Store, tasks: asyncio.TaskGroup) -> JanusHalls | None:
    """None where three parties are the most."""
    if not settings.janus_url:
        return None
    secrets = settings.janus_secret.get_secret_value(), settings.janus_create_key.get_secret_value()
    address = Address(settings.janus_url, *secrets, settings.janus_parties + MOST)
    return JanusHalls(address, store.halls, HallNews(store.whispers).hear, tasks)


def accounts(store: Store, conversations: Conversations) -> Accounts:
    return Accounts(
        store.agents,
        store.logins,
        store.presence,
        store.places,
        store.throttle,
        store.whispers,
        conversations,
        store.clock,
    )


def nobody(*_: object) -> None:
    """For a process without sockets."""


def site_name(settings: Settings, site: str, locale: str) -> str:
    """ "" when nobody knows through which of several sites somebody came."""
    only = next(iter(settings.sites.values())) if len(settings.sites) == 1 else None
    found = settings.sites.get(site, only)
    return found.name_in(locale) if found else ""


def site_of(name: str, site: SiteSetting, now: Callable[[], int]) -> Site:
    keys = [Key(k.kid, k.algorithm, k.secret.get_secret_value()) for k in site.keys]
    issuer = Issuer(name, site.realm, keys)

    def customer(token: str, origin: str, channel: str, secret: str | None) -> Any:
        return admit_customer(issuer, origin, channel, token, secret, lambda: now() / 1_000)

    view = SiteView(id=name, name=site.name_in(""), names=site.names, languages=site.languages, accent=site.accent)
    return Site(view, frozenset(site.origins), partial(admit_visitor, name), customer)
