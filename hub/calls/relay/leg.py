"""A leg: one party's peer connection to the relay. What it knows of the party, and what becomes of its packets."""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

import structlog

from hub.calls.relay import rtcp
from hub.calls.relay.borrowed import Association, Certificate, Keys
from hub.calls.relay.hearing import Hearing
from hub.calls.relay.sdp import Description
from hub.calls.relay.stun import Address, Check
from hub.calls.relay.tap import Tap

log = structlog.get_logger()
MOVES_S = 0.75  # a new address takes over from one that has been silent for so long
SILENT_S = 2.0  # then it is told
KEPT_S = 60.0  # and after this the leg is given up
PATH_S = 30.0  # an address without a check for so long has not consented any more (RFC 7675)
TAKEN_S = 5.0  # an address that its leg was heard from just now is not another's
HANDSHAKE_S = 30.0
PATHS = 16
SOURCES = 256  # libsrtp keeps something for each, as long as the leg lives
TRANSACTIONS = 4_096  # at one check in 2.5 s, the last three hours'
HUSH_S = 0.5  # a browser tells of what it lost within 0.25 s, and asks for it again and again
UNHEARD_S = 7.5  # above the 6 s between the checks of a party that only listens: nothing is sent to who is not there
ASK_AGAIN_S = 0.3
ASKS = 3


class Path:
    """An address that a leg's party has proved to be its own, and the socket to reach it through. Times in seconds."""

    __slots__ = ("address", "checked", "heard", "leg", "send")

    def __init__(self, leg: "Leg", address: Address, send: Callable[[Any, Any], int], now: float) -> None:
        self.leg = leg
        self.address = address
        self.send = send
        self.checked = self.heard = now


class Leg:
    """`party`'s side of the pair with `other`. The port (port.py) calls it with every packet: plain attributes."""

    def __init__(self, party: str, other: str, certificate: Certificate, now: float) -> None:
        self.party, self.other = party, other
        self.peer: Leg | None = None
        self.path: Path | None = None
        self.paths: dict[Address, Path] = {}
        self.keys: Keys | None = None
        self.tap: Tap | None = None
        self.packets = self.bytes = self.drops = 0
        self.sources: set[bytes] = set()  # SSRCs that were heard
        self.hearing = Hearing()  # how what this party sends arrives at the other one
        self.description: Description | None = None
        self.sends = False  # by its description; of who only listens no media are passed on
        self.sdp = ""
        self.passwords: dict[str, str] = {}
        self.ufrag = ""
        self.silent = False
        self._met = False  # anything came at all
        self._since = now
        self.association = Association(certificate, self._send)
        self._transactions: OrderedDict[bytes, Address] = OrderedDict()
        self._ready = asyncio.Event()
        self.hushed = float("-inf")  # until then its transport feedback is not passed on
        self._asks_left, self._asked = 0, float("-inf")
        self.renew_credentials()

    # --- what the party says ----------------------------------------------------------------------------------

    def renew_credentials(self) -> None:
        """For an ICE restart. Checks with the ones before are still answered, until the next restart."""
        before = {self.ufrag: self.passwords[self.ufrag]} if self.ufrag else {}
        self.ufrag = secrets.token_hex(4)
        self.passwords = before | {self.ufrag: secrets.token_hex(12)}

    def credentials_of(self, before: "Leg") -> None:
        """Of the leg that this one takes the place of: the offer that is answered by it has named them."""
        self.ufrag, self.passwords = before.ufrag, before.passwords

    def describe(self, description: Description, sdp: str, kind: Literal["offer", "answer"]) -> None:
        """An offer with another ufrag is an ICE restart, which wants new credentials of us, too. An answer is none: the
        offer before it has named ours. (It brings another ufrag where an offer of the party was taken back.)"""
        before, self.description, self.sdp = self.description, description, sdp
        self.sends = description.sends
        if before is not None and before.ufrag != description.ufrag and kind == "offer":
            self.renew_credentials()
        if self.tap is not None:
            self.tap_in(self.tap)
        self._ready_if()

    def is_somebody_else(self, description: Description) -> bool:
        """A peer connection that is not the one of before: its certificate is another."""
        return self.description is not None and self.description.fingerprint != description.fingerprint

    async def secure(self) -> None:
        """Shake hands, once the party is described and has proved an address."""
        await self._ready.wait()
        assert self.description is not None
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                self.keys = await self.association.shake_hands(self.description.fingerprint)
        except Exception as problem:  # whatever OpenSSL makes of what a stranger sends, it is this leg's affair only
            log.warning("no handshake with a party of a call", why=type(problem).__name__)
        if self.keys is None:
            return
        if self.peer is not None and self.peer.keys is not None:
            # Not before both can be heard: a browser that was asked does not listen to it again for 0.3 s.
            self.ask_for_picture()
            self.peer.ask_for_picture()

    async def end(self) -> None:
        self.keys = None  # first: nothing is passed on under keys that are about to go
        if self.peer is not None and self.peer.peer is self:
            self.peer.peer = None
        await self.association.end()

    def _ready_if(self) -> None:
        if self.description is not None and self.path is not None:
            self._ready.set()

    def _send(self, datagram: bytes) -> None:
        """What can't be sent right now is a lost packet, which DTLS sends again; an error would end the handshake."""
        if self.path is not None:
            with suppress(OSError):
                self.path.send(datagram, self.path.address)

    # --- where it is ------------------------------------------------------------------------------------------

    @property
    def heard(self) -> float:
        """When something authentic came last; of a leg that nothing came from, when it was made."""
        return max((path.heard for path in self.paths.values()), default=self._since)

    def first_heard_at(self, check: Check) -> Address | None:
        """Where a check came from at first, None when it is new. One that comes again was sent again, or overheard."""
        return self._transactions.get(check.transaction)

    def checked(self, check: Check, path: Path, now: float) -> None:
        """The party proved this address. It is the leg's if it says so, or if nothing comes from the one before."""
        self._transactions[check.transaction] = path.address
        if len(self._transactions) > TRANSACTIONS:
            self._transactions.popitem(last=False)
        before, away = self.path, self._met and now - self.heard > SILENT_S
        path.checked = path.heard = now
        self._met = True
        self.paths[path.address] = path
        if before is None or check.nominates or now - before.heard > MOVES_S:
            self.path = path
            self._ready_if()
        if away or (before is not None and self.path is not before):
            self.is_back(now)

    def forget(self, path: Path) -> None:
        self._since = max(self._since, path.heard)
        self.paths.pop(path.address, None)
        if self.path is path:
            self.path = None

    def expired(self, now: float) -> list[Path]:
        """Addresses to forget: not consented to any more, or too many."""
        late = [path for path in self.paths.values() if now - path.checked > PATH_S]
        spare = [path for path in self.paths.values() if path is not self.path and path not in late]
        too_many = len(self.paths) - len(late) - PATHS
        return late + sorted(spare, key=lambda path: path.checked)[: max(0, too_many)]

    def changed(self, now: float) -> bool:
        """Did it fall silent, or come back (see `silent`), since this was asked last? Asked a few times a second."""
        if self._asks_left and now - self._asked >= ASK_AGAIN_S:
            self._asks_left, self._asked = self._asks_left - 1, now
            self.ask_for_picture()
        silent = self._met and now - self.heard > SILENT_S
        if silent is self.silent:
            return False
        self.silent = silent
        return True

    # --- what passes ------------------------------------------------------------------------------------------

    def hear(self, packet: bytes, is_rtcp: bool) -> None:
        """Let the tap listen. It is somebody else's code: the media go on whatever it does."""
        assert self.tap is not None
        try:
            self.tap.heard(self.party, self.other, packet, is_rtcp)
        except Exception as problem:
            log.error("a tap failed and is off", why=type(problem).__name__)  # a traceback would show what was said
            self.tap = None

    def tap_in(self, tap: Tap) -> None:
        self.tap = tap
        if self.sdp:
            tap.described(self.party, self.other, self.sdp)

    def read_reports(self, compound: bytes, now: float) -> None:
        """What this party says of its own sending and of what it receives."""
        for report in rtcp.reports(compound):
            if isinstance(report, rtcp.Sent):
                self.hearing.sent(report, now)
            elif self.peer is not None and self.peer.description is not None:
                self.peer.hearing.received(report, self.peer.description.clocks, now)

    # --- coming back ------------------------------------------------------------------------------------------

    def is_back(self, now: float) -> None:
        """Its path has changed, or it was silent: each side needs a picture that stands alone, and only one: more would
        take the place of all others on a slow path. What got lost meanwhile is nothing to slow down for or to send
        again, so what browsers report of it stays here. Measured: senders went down to a tenth and stayed there, and
        receivers waited up to 2 s for old pictures. (That packets arrive again they may say: a sender who is told of
        nothing sends next to nothing.)"""
        for leg in (self, self.peer):
            if leg is not None:
                leg.hushed = now + HUSH_S
                leg.ask_for_picture()

    def ask_for_pictures(self) -> None:
        """A few times, for a tap: it can't ask by itself when one is lost."""
        self._asks_left = ASKS

    def ask_for_picture(self) -> None:
        """Ask this party for a picture that stands alone. Before it can be asked, there is none to be missed."""
        if self.keys is None or self.path is None or self.description is None:
            return
        for ssrc in self.description.pictures:
            with suppress(OSError):
                self.path.send(self.keys.protected_rtcp(rtcp.picture_loss(ssrc)), self.path.address)
