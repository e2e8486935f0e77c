"""Real servers, one for each socket path and event loop, and a client of raw bytes that can do everything wrong."""

import asyncio
import base64
import logging
import os
import queue
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest
import uvicorn
import uvloop
from starlette.applications import Starlette

from hub.model.errors import Draining, Forbidden, SlowConsumer, UnsupportedVersion
from hub.transport.frames import PROTOCOL
from hub.transport.websocket.asgi import socket_routes
from hub.transport.websocket.serving import uvicorn_options
from hub.transport.websocket.wire import Limits

LIMITS = Limits(close_s=0.3)
PATHS = [("lean", "uvloop"), ("lean", "asyncio"), ("asgi", "uvloop")]
PATIENCE = 5.0  # seconds until a test gives up on an answer


class Echo:
    """A receiver that says everything back, and does as a few words tell it."""

    def __init__(self, wire, door):
        self.wire, self.door = wire, door
        self.texts = []
        self.marked = threading.Event()
        self.losses = 0

    def received(self, text):
        self.texts.append(text)
        word, _, rest = text.partition(b" ")
        if word == b"mark":
            self.marked.set()
        elif word == b"close":
            code, _, reason = rest.decode().partition(" ")
            self.wire.close(int(code), reason)
        elif word == b"burst":
            for number in range(int(rest)):
                assert self.wire.send(b"%d" % number)
        elif not self.wire.send(text):
            self.wire.close(SlowConsumer.close, SlowConsumer.code)

    def lost(self):
        self.losses += 1
        self.door.lost.put(self)


class EchoDoor:
    """Some origins are made for what must be tested."""

    def __init__(self):
        self.opened, self.lost = queue.Queue(), queue.Queue()

    def admit(self, origin, subprotocols, peer):
        if origin == "https://evil.example":
            raise Forbidden("origin")
        if origin == "https://draining.example":
            raise Draining(retry_after=2.4)
        if PROTOCOL not in subprotocols:
            raise UnsupportedVersion

    def open(self, wire):
        receiver = Echo(wire, self)
        self.opened.put(receiver)
        if wire.origin == "https://greeted.example":
            assert wire.send(b"hello")
        if wire.origin == "https://sent-away.example":
            wire.close(4100, "overloaded")
        return receiver


class Complaints(logging.Handler):
    """Keeps what was logged as an error."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.heard = []

    def emit(self, record):
        self.heard.append(self.format(record))


class Hub:
    """A uvicorn server in a thread of its own. A task it leaves behind is an error, as is an error it logs."""

    def __init__(self, path, loop, **options):
        self.path, self.door, self.limits = path, EchoDoor(), options.pop("limits", LIMITS)
        app = Starlette(routes=socket_routes(self.door, self.limits) if path == "asgi" else [])
        options = {**uvicorn_options(path, self.door, self.limits), "lifespan": "off", **options}
        config = uvicorn.Config(app, port=0, log_config=None, access_log=False, **options)
        self.server = uvicorn.Server(config)
        self._make_loop = uvloop.new_event_loop if loop == "uvloop" else asyncio.new_event_loop
        self._listening = threading.Event()
        self.leaked, self.broken, self.complaints = [], [], Complaints()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        with asyncio.Runner(debug=True, loop_factory=self._make_loop) as runner:
            runner.run(self._serve())

    async def _serve(self):
        self.loop = asyncio.get_running_loop()
        self.loop.set_exception_handler(lambda _, context: self.broken.append(context))
        self.server.config.load()
        await self._started()
        await self.server.main_loop()
        await self.server.shutdown()
        self.leaked = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

    async def _started(self):
        self.server.lifespan = self.server.config.lifespan_class(self.server.config)
        await self.server.startup()
        self.port = self.server.servers[0].sockets[0].getsockname()[1]
        self._listening.set()

    def start(self):
        logging.getLogger().addHandler(self.complaints)
        self._thread.start()
        assert self._listening.wait(PATIENCE)
        return self

    def stop(self):
        self.server.should_exit = True
        self._thread.join(PATIENCE)
        logging.getLogger().removeHandler(self.complaints)
        assert not self._thread.is_alive(), "the server did not end"
        assert not self.complaints.heard, "\n".join(self.complaints.heard)
        assert self.leaked == []
        assert self.broken == []

    def receiver(self):
        """The receiver of the one socket that the test has opened."""
        receiver = self.door.opened.get(timeout=PATIENCE)
        self.door.opened.put(receiver)
        return receiver

    def lost(self):
        """The same, once its socket is gone."""
        receiver = self.door.lost.get(timeout=PATIENCE)
        self.door.lost.put(receiver)
        return receiver

    @property
    def transport(self):
        """The server's side of the one open socket."""
        if self.path == "lean":
            return self.receiver().wire._transport
        return next(iter(self.server.server_state.connections)).transport

    def call(self, function: Callable, *args):
        """Run it on the server's loop, where wires may be touched; its result, or its exception."""

        async def run():
            result = function(*args)
            return await result if asyncio.iscoroutine(result) else result

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(PATIENCE)


class Raw:
    """A client that sends what it is told, right or wrong."""

    def __init__(self, port, receive_buffer=None, tls=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self._buffer = b""

    def send(self, *frames: bytes):
        self.socket.sendall(b"".join(frames))

    def _more(self):
        chunk = self.socket.recv(65_536)
        self._buffer += chunk
        return chunk

    def take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            if not self._more():
                raise EOFError(self._buffer)
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers of an HTTP answer."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                raise EOFError(self._buffer)
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        line, *lines = head.decode().split("\r\n")
        return int(line.split()[1]), {n.lower(): v for n, v in (each.split(": ", 1) for each in lines)}

    def frame(self) -> tuple[int, bytes]:
        """First byte and payload of the next frame."""
        first, size = self.take(2)
        if size > 125:
            size = int.from_bytes(self.take(2 if size == 126 else 8), "big")
        return first, self.take(size)

    def text(self) -> bytes:
        first, payload = self.frame()
        assert first == 0x81, (first, payload)
        return payload

    def closed(self) -> int | None:
        """The code of the close frame that must come next; then the connection must end."""
        first, payload = self.frame()
        assert first == 0x88, (first, payload)
        return int.from_bytes(payload[:2], "big") if payload else None

    def rest(self) -> bytes:
        """Everything until the server's end is closed, or reset."""
        try:
            while self._more():
                pass
        except ConnectionResetError:
            pass
        return self._buffer

    def ended(self) -> bool:
        """The server's end is closed, and not by a reset, which could overtake what was sent before it."""
        return self._buffer == b"" and self.socket.recv(1) == b""

    def close(self):
        self.socket.close()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def handshake(**changes) -> bytes:
    """An upgrade request. A header set to None is left out; `line` replaces the request line."""
    headers = {
        "Host": "hub",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": PROTOCOL,
    }
    line = changes.pop("line", "GET /ws HTTP/1.1")
    headers.update({name.replace("_", "-"): value for name, value in changes.items()})
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([line, *lines, "", ""]).encode()


def masked(first: int, payload: bytes = b"", *, mask: bytes = b"\x11\x22\x33\x44") -> bytes:
    """A client's frame with this first byte (FIN, RSV and opcode)."""
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 65_536:
        head = bytes((first, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 0xFF)) + size.to_bytes(8, "big")
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


@contextmanager
def hub(path, loop, **options) -> Iterator[Hub]:
    running = Hub(path, loop, **options).start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session", params=PATHS, ids="-".join)
def server(request) -> Iterator[Hub]:
    with hub(*request.param) as running:
        yield running


@pytest.fixture
def connect(server):
    """Opens raw connections to the server; they are closed, and seen lost exactly once, when the test is over."""
    opened = []
    with ExitStack() as clients:
        yield lambda **options: clients.enter_context(closing(Raw(server.port, **options)))
        server.call(int)  # a round trip: what the server had begun, it has finished
    while not server.door.opened.empty():
        opened.append(server.door.opened.get())
    for _ in opened:
        server.door.lost.get(timeout=PATIENCE)
    assert server.door.lost.empty()
    assert all(receiver.losses == 1 for receiver in opened)


@pytest.fixture
def client(connect):
    """A raw client whose socket is open."""
    client = connect()
    client.send(handshake())
    assert client.head()[0] == 101
    return client


@pytest.fixture(name="handshake", scope="session")
def handshake_fixture():
    return handshake


@pytest.fixture(name="masked", scope="session")
def masked_fixture():
    return masked


@pytest.fixture(name="hub", scope="session")
def hub_fixture():
    """Starts a server with options of its own, for as long as a `with` lasts."""
    return hub


@pytest.fixture
def raw() -> Iterator[Callable[..., Raw]]:
    """Opens raw clients to any port; they are closed when the test is over."""
    with ExitStack() as clients:
        yield lambda port, **options: clients.enter_context(closing(Raw(port, **options)))
