"""The UDP port of a media process: whose packet is this, and on it goes to the other party.

STUN   its ufrag says whose leg it is; only an authentic check makes an address known, or moves a leg
SRTP   a known address says whose leg it is; it is unprotected, and protected again for the peer, in one buffer.
       From other addresses: what a room forwards to be recorded, of which the SSRC says whose it is
DTLS   a known address says whose leg it is; its association is given it
"""

import asyncio
import errno
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address

import structlog

from hub.calls.relay.borrowed import LONGEST, Buffer, protect, protect_rtcp, unprotect, unprotect_rtcp
from hub.calls.relay.forwarded import Forwarded
from hub.calls.relay.leg import SILENT_S, SOURCES, TAKEN_S, UNHEARD_S, Leg, Path
from hub.calls.relay.limits import Limits
from hub.calls.relay.rtcp import TRANSPORT_FEEDBACK, tells_of_an_outage
from hub.calls.relay.stun import Address, answer_to, check_of, source_of
from hub.model.errors import OneThreadError

log = structlog.get_logger()
PAUSE_S = 0.002  # measured: 24 audio calls cost half as much with it
SHORT_S, MUCH = (
    0.001,
    9,
)  # so many gathered, it pays already: 24 video calls cost a quarter more, and p95 is 1.6 ms less
BATCH = 64  # packets in a row, before the loop may do something else
SOCKET_BYTES = 4 << 20
SHORTEST = 12
KNOWN_PER_S = 50  # checks from one known address; a browser makes about twenty when it starts


class NoMediaPort(OneThreadError):
    code = "no_media_port"
    sentence = "No UDP port for calls can be opened."
    retry = False


def pause_after(came: int) -> float:
    """How long (s) packets are left to gather after so many were there at once: the more, the shorter."""
    if came >= BATCH:
        return 0.0
    return SHORT_S if came >= MUCH else PAUSE_S


class MediaPort:
    """For the running loop. `sockets` are bound to one port number and do not block. `clock` gives seconds."""

    def __init__(self, sockets: Sequence[socket.socket], clock: Callable[[], float] = time.monotonic) -> None:
        self.number: int = sockets[0].getsockname()[1]
        self._sockets = sockets
        self._clock = clock
        self._ufrags: dict[str, Leg] = {}
        self._paths: dict[Address, Path] = {}
        self.forwarded: dict[bytes, Forwarded] = {}  # by SSRC, as it stands in a packet
        self._strangers, self._known = Limits(), Limits(KNOWN_PER_S, 50_000, 50_000)
        self._buffer = Buffer()
        self._drains = self._unfinished = 0
        self._pauses: dict[socket.socket, asyncio.TimerHandle] = {}
        self._loop = asyncio.get_running_loop()

    @property
    def behind(self) -> float:
        """Of the times that something came since this was asked last, the share after which more was waiting, 0..1."""
        drains, self._drains = self._drains, 0
        unfinished, self._unfinished = self._unfinished, 0
        return unfinished / drains if drains else 0.0

    def start(self) -> None:
        """Listen."""
        for each in self._sockets:
            self._await(each)

    def close(self) -> None:
        for pause in self._pauses.values():
            pause.cancel()
        for each in self._sockets:
            self._loop.remove_reader(each.fileno())
            each.close()

    def _await(self, source: socket.socket) -> None:
        self._pauses.pop(source, None)
        self._loop.add_reader(source.fileno(), self._look, source)

    def _look(self, source: socket.socket) -> None:
        """Where much comes, to be woken for each packet costs more than to pass it on: some are left to gather."""
        came = self._drain(source)
        if came > 1:
            if source not in self._pauses:
                self._loop.remove_reader(source.fileno())
            self._pauses[source] = self._loop.call_later(pause_after(came), self._look, source)
        elif source in self._pauses:
            self._await(source)

    # --- legs -------------------------------------------------------------------------------------------------

    def know(self, leg: Leg) -> None:
        """Its credentials may have changed: from now on checks that name one of them are its."""
        for ufrag in [ufrag for ufrag, whose in self._ufrags.items() if whose is leg and ufrag not in leg.passwords]:
            del self._ufrags[ufrag]
        self._ufrags |= dict.fromkeys(leg.passwords, leg)

    def mute(self, leg: Leg) -> None:
        """No check can name it any more. Its addresses stay, so that it can say goodbye."""
        for ufrag in leg.passwords:
            self._ufrags.pop(ufrag, None)

    def forget(self, leg: Leg) -> None:
        for path in list(leg.paths.values()):
            self._forget_path(path)

    def expire(self, leg: Leg, now: float) -> None:
        """Forget the addresses that a leg has not consented to of late."""
        for path in leg.expired(now):
            self._forget_path(path)

    def _forget_path(self, path: Path) -> None:
        path.leg.forget(path)
        if self._paths.get(path.address) is path:
            del self._paths[path.address]

    # --- packets ----------------------------------------------------------------------------------------------

    def _drain(self, source: socket.socket) -> int:
        """Take what has come; returns how many. The path of every packet: names are looked up once."""
        receive, paths, now = source.recvfrom_into, self._paths, self._clock()
        self._drains += 1
        count = 0
        buffer = self._buffer.bytes
        try:
            for count in range(BATCH):  # noqa: B007 - it is what came when there is no more
                size, address = receive(buffer, LONGEST)
                if size < SHORTEST:
                    continue
                path, first = paths.get(address), buffer[0]
                if 127 < first < 192:
                    if path is not None:
                        self._pass_on(path, size, now)
                    elif self.forwarded:
                        self._take(source, address, size, now)
                elif first < 4:
                    self._check(bytes(self._buffer.view[:size]), source, address, path, now)
                elif path is not None and 19 < first < 64:
                    path.leg.association.take(bytes(self._buffer.view[:size]))
            self._unfinished += 1
            count = BATCH
        except (BlockingIOError, InterruptedError):
            pass  # there is no more
        except OSError as problem:  # what became of a packet that we sent (ENETUNREACH ...): the next is awaited
            log.debug("the media port heard of a lost packet", why=errno.errorcode.get(problem.errno or 0, "?"))
        return count

    def _pass_on(self, path: Path, size: int, now: float) -> None:
        """One packet of media or its feedback, from the leg that has this path to its peer."""
        leg, (pointer, length) = path.leg, (self._buffer.pointer, self._buffer.length)
        keys, is_rtcp = leg.keys, 191 < self._buffer.bytes[1] < 224
        source = bytes(self._buffer.view[4:8] if is_rtcp else self._buffer.view[8:12])
        length[0] = size
        if keys is None or not (leg.sends or is_rtcp) or (source not in leg.sources and len(leg.sources) >= SOURCES):
            leg.drops += 1
            return
        if (unprotect_rtcp if is_rtcp else unprotect)(keys.receiving, pointer, length):
            leg.drops += 1
            return
        leg.sources.add(source)
        if now - path.heard > SILENT_S:
            leg.is_back(now)
        path.heard = now
        if leg.tap is not None:
            leg.hear(bytes(self._buffer.view[: length[0]]), is_rtcp)
        if is_rtcp and self._buffer.bytes[1] < 202:
            leg.read_reports(bytes(self._buffer.view[: length[0]]), now)
        elif is_rtcp and now < leg.hushed and self._tells_of_an_outage():
            return
        peer = leg.peer
        if peer is None or peer.keys is None or (to := peer.path) is None or now - to.heard > UNHEARD_S:
            leg.drops += 1
            return
        if (protect_rtcp if is_rtcp else protect)(peer.keys.sending, pointer, length):
            leg.drops += 1
            return
        try:
            to.send(self._buffer.view[: length[0]], to.address)
        except OSError:  # a full socket, or no way there any more: the parties repair what is lost
            leg.drops += 1
            return
        leg.packets += 1
        leg.bytes += size

    def _tells_of_an_outage(self) -> bool:
        feedback = bytes(self._buffer.view[: self._buffer.length[0]])
        return feedback[1] == TRANSPORT_FEEDBACK and tells_of_an_outage(feedback)

    def _take(self, source: socket.socket, address: Address, size: int, now: float) -> None:
        """One packet that a room forwards, of whom its SSRC says, and its signature: for a tap, and for nobody else."""
        forwarded = self.forwarded.get(bytes(self._buffer.view[8:12]))
        if forwarded is None:
            return
        pointer, length = self._buffer.pointer, self._buffer.length
        length[0] = size
        if not unprotect(forwarded.keys.receiving, pointer, length):
            forwarded.came(bytes(self._buffer.view[: length[0]]), source.sendto, address, now)

    # --- checks -----------------------------------------------------------------------------------------------

    def _password(self, ufrag: str) -> str | None:
        leg = self._ufrags.get(ufrag)
        return leg.passwords.get(ufrag) if leg else None

    def _check(self, datagram: bytes, source: socket.socket, address: Address, path: Path | None, now: float) -> None:
        """The only way to become known. Strangers may not make us work much, and only who is known is answered."""
        if path is None:
            allowed = self._strangers.allow(source_of(address), now)
        else:
            allowed = self._known.allow(f"{address[0]} {address[1]}", now)
        check = check_of(datagram, self._password) if allowed else None
        if check is None:
            return
        leg = self._ufrags[check.ufrag]
        if path is not None and path.leg is not leg and now - path.heard < TAKEN_S:
            return  # another leg is there right now: whoever sent this has invented its address
        first = leg.first_heard_at(check)
        if first is None:
            self._proved(leg, path, source, address, now)
            leg.checked(check, leg.paths[address], now)
        elif first != address:
            return  # overheard there, and replayed
        try:
            source.sendto(answer_to(check, address, leg.passwords[check.ufrag]), address)
        except OSError:
            return  # it asks again

    def _proved(self, leg: Leg, path: Path | None, source: socket.socket, address: Address, now: float) -> None:
        if path is not None and path.leg is not leg:
            self._forget_path(path)
        if address not in leg.paths:
            self._paths[address] = leg.paths[address] = Path(leg, address, source.sendto, now)
            self.expire(leg, now)


# --- sockets ----------------------------------------------------------------------------------------------


def bind(hosts: Sequence[str], ports: Sequence[int]) -> list[socket.socket]:
    """A socket for each of `hosts`, all with the first of `ports` that is free on each. 0 = any.

    "::" is left out on a machine without IPv6, if there is another. Raises NoMediaPort.
    """
    why = "no port is named"
    for port in ports:
        try:
            return _bound(hosts, port)
        except OSError as problem:
            why = f"{problem.strerror or problem}"
    raise NoMediaPort(f"{', '.join(hosts)}, ports {ports[0]} to {ports[-1]}: {why}" if ports else why)


def _bound(hosts: Sequence[str], port: int) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    try:
        for host in hosts:
            try:
                sockets.append(_socket(host, sockets[0].getsockname()[1] if sockets else port))
            except OSError as problem:
                if host != "::" or not sockets or problem.errno == errno.EADDRINUSE:
                    raise
    except OSError:
        for each in sockets:
            each.close()
        raise
    return sockets


def _socket(host: str, port: int) -> socket.socket:
    """Raises OSError."""
    six = ":" in host
    made = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if six:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        for buffer in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            made.setsockopt(socket.SOL_SOCKET, buffer, SOCKET_BYTES)
        made.bind((host, port))
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def addresses_of(hosts: Sequence[str]) -> tuple[str, ...]:
    """What to announce when nothing is configured: the addresses listened on; for "any", the ones of the way out."""
    return tuple(dict.fromkeys(address for host in hosts for address in _seen_at(host)))


def _seen_at(host: str) -> Iterator[str]:
    if not ip_address(host).is_unspecified:
        yield host
        return
    six = ":" in host
    try:
        with socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("2001:db8::1" if six else "192.0.2.1", 9))  # for documentation; nothing is sent
            yield probe.getsockname()[0]
    except OSError:
        if not six:
            yield "127.0.0.1"
