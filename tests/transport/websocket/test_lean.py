"""Covers what only hub/transport/websocket/lean.py does: leaving uvicorn behind, and TLS without ASGI."""

import datetime
import gc
import socket
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hub.transport.websocket.parser import CLOSE, FIN, TEXT
from hub.transport.websocket.wire import Limits

WHOLE = FIN | TEXT
LOOPS = pytest.mark.parametrize("loop", ["uvloop", "asyncio"])


@pytest.fixture
def opened(handshake, raw):
    """Opens a socket at a server of the test's own."""

    def opened(server, **options):
        client = raw(server.port, **options)
        client.send(handshake())
        assert client.head()[0] == 101
        return client

    return opened


@LOOPS
def test_uvicorn_knows_nothing_of_the_socket_and_does_not_wait_for_it(hub, opened, masked, loop):
    with hub("lean", loop) as server:
        client = opened(server)
        assert server.call(lambda: (server.server.server_state.connections, server.server.server_state.tasks)) == (
            set(),
            set(),
        )
        server.call(server.receiver().wire.close, 4200, "draining")
        assert client.closed() == 4200
        client.send(masked(FIN | CLOSE, (4200).to_bytes(2, "big")))
        assert client.ended()
        server.lost()


@LOOPS
def test_one_turn_is_one_write(hub, opened, loop):
    with hub("lean", loop) as server:
        client, wire = opened(server), server.receiver().wire
        server.call(lambda: [wire.send(b"x" * 100) for _ in range(20)])
        assert len(client.socket.recv(65_536)) == 20 * 102
        client.close()
        server.lost()


@LOOPS
@pytest.mark.parametrize("end", ["close", "violation", "silence"])
def test_what_was_said_arrives_before_the_end(hub, opened, masked, loop, end):
    """Sockets are read first, then what they said is passed on: an end that came along must not overtake it."""
    with hub("lean", loop) as server:
        client = opened(server)
        last = {"close": masked(FIN | CLOSE), "violation": masked(FIN | 3), "silence": b""}[end]
        client.send(masked(WHOLE, b"one"), masked(WHOLE, b"two"), last)
        client.socket.shutdown(socket.SHUT_WR)
        assert server.lost().texts == [b"one", b"two"]
        client.close()


@LOOPS
def test_nothing_is_heard_after_our_close(hub, opened, masked, loop):
    with hub("lean", loop) as server:
        client = opened(server)
        client.send(masked(WHOLE, b"close 4200 bye"), masked(WHOLE, b"and more"), masked(FIN | CLOSE))
        assert client.closed() == 4200
        assert server.lost().texts == [b"close 4200 bye"]
        client.close()


@LOOPS
def test_what_was_http_is_freed_without_the_garbage_collector(hub, opened, loop):
    with hub("lean", loop) as server:
        gc.collect()
        gc.disable()
        try:
            client = opened(server)
            server.call(int)
            https = [thing for thing in gc.get_objects() if isinstance(thing, HttpToolsProtocol)]
            left = sum(each.server_state is server.server.server_state for each in https)
            del https
        finally:
            gc.enable()
        client.close()
        server.lost()
    assert left == 0


@LOOPS
def test_a_socket_is_freed_without_the_garbage_collector(hub, opened, masked, loop):
    """Nor is it held by the timer of its end."""
    with hub("lean", loop, limits=Limits(close_s=60)) as server:
        client = opened(server)
        kind = type(server.receiver().wire)
        server.door.opened.get()
        gc.collect()
        gc.disable()
        try:
            client.send(masked(FIN | CLOSE))
            assert client.closed() is None
            server.door.lost.get(timeout=5)
            server.call(int)
            left = sum(isinstance(thing, kind) for thing in gc.get_objects())
        finally:
            gc.enable()
    assert left == 0


def test_a_socket_has_no_dictionary(hub, opened):
    with hub("lean", "asyncio") as server:
        client = opened(server)
        assert not hasattr(server.receiver().wire, "__dict__")
        client.close()
        server.lost()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key and a certificate for localhost, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@LOOPS
def test_over_tls(hub, opened, masked, loop, certificate):
    """Echo, a burst larger than any buffer, our close; and a violation, which TLS can't half-close after."""
    trust = ssl.create_default_context(cafile=certificate)
    with hub("lean", loop, ssl_certfile=str(certificate)) as server:
        client = opened(server, tls=trust)
        client.send(masked(WHOLE, "汉".encode() * 20_000))
        assert client.text() == "汉".encode() * 20_000
        client.send(masked(WHOLE, b"burst 200"), masked(WHOLE, b"close 4001"))
        assert [int(client.text()) for _ in range(200)] == list(range(200))
        assert client.closed() == 4001
        client.send(masked(FIN | CLOSE, (4001).to_bytes(2, "big")))
        assert client.ended()
        wrong = opened(server, tls=trust)
        wrong.send(masked(FIN | 0x3))
        assert wrong.closed() == 1002
        for each in (client, wrong):
            each.close()
            server.door.lost.get(timeout=5)
