"""Covers the way from HTTP to a socket: what is agreed on, what is refused and how it is said."""

import base64
import hashlib
import json
import socket

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hub.transport.frames import PROTOCOL
from hub.transport.websocket.parser import FIN, TEXT

KEY = base64.b64encode(b"sixteen bytes ok").decode()


def refused(client, request):
    """Status and body of the answer; then the connection must end."""
    client.send(request)
    status, headers = client.head()
    body = client.take(int(headers["content-length"]))
    assert client.ended()
    return status, headers, body


def test_what_is_agreed_on(connect, handshake):
    client = connect()
    client.send(handshake(Sec_WebSocket_Key=KEY, Sec_WebSocket_Protocol=f"soap, {PROTOCOL}"))
    status, headers = client.head()
    proof = hashlib.sha1((KEY + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    assert status == 101
    assert headers["sec-websocket-accept"] == base64.b64encode(proof).decode()
    assert headers["sec-websocket-protocol"] == PROTOCOL
    assert headers["upgrade"].lower() == "websocket"


def test_deflate_is_not_agreed_on(connect, handshake, masked):
    client = connect()
    client.send(handshake(Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits"))
    status, headers = client.head()
    assert status == 101
    assert "sec-websocket-extensions" not in headers
    client.send(masked(FIN | TEXT, b"a" * 1000))
    assert client.text() == b"a" * 1000


def test_a_query_is_allowed_and_not_looked_at(connect, handshake):
    client = connect()
    client.send(handshake(line="GET /ws?ticket=no HTTP/1.1"))
    assert client.head()[0] == 101


def test_headers_are_case_blind(connect, handshake):
    client = connect()
    client.send(handshake(Upgrade="WebSocket", Connection="keep-alive, UPGRADE"))
    assert client.head()[0] == 101


def test_the_request_may_come_in_pieces(connect, handshake):
    client = connect()
    for byte in handshake():
        client.send(bytes((byte,)))
    assert client.head()[0] == 101


def test_nagle_is_off(connect, handshake, server):
    client = connect()
    client.send(handshake())
    client.head()
    receiver = server.receiver()
    if server.path == "lean":
        under = receiver.wire._transport.get_extra_info("socket")
        assert under.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


@pytest.mark.parametrize(
    "changes",
    [
        {"Sec_WebSocket_Key": None},
        {"Sec_WebSocket_Key": "not base64!"},
        {"Sec_WebSocket_Key": base64.b64encode(b"short").decode()},
        {"Sec_WebSocket_Key": f"{KEY}\r\nSec-WebSocket-Key: {KEY}"},
        {"Origin": "https://shop.example\r\nOrigin: https://evil.example"},
        {"Sec_WebSocket_Version": None},
        {"Sec_WebSocket_Version": "8"},
        {"Sec_WebSocket_Version": "14"},
        {"line": "POST /ws HTTP/1.1", "Content_Length": "0"},
        {"line": "DELETE /ws HTTP/1.1"},
        {"line": "GET /wss HTTP/1.1"},
        {"line": "GET /ws/ HTTP/1.1"},
        {"line": "GET / HTTP/1.1"},
        {"line": "GET //ws HTTP/1.1"},
    ],
    ids=str,
)
def test_a_bad_request_is_refused(connect, handshake, changes, server):
    status, _, _ = refused(connect(), handshake(**changes))
    assert 400 <= status < 500
    assert server.door.opened.empty()


@pytest.mark.parametrize("changes", [{"Upgrade": None}, {"Upgrade": "h2c"}, {"Connection": "close"}], ids=str)
def test_without_the_wish_to_upgrade_it_is_plain_http(connect, handshake, changes, server):
    client = connect()
    client.send(handshake(**changes))
    assert client.head()[0] == 404
    assert server.door.opened.empty()


def test_another_path_is_not_found(connect, handshake):
    status, headers, body = refused(connect(), handshake(line="GET /elsewhere HTTP/1.1"))
    assert (status, headers["content-type"]) == (404, "application/problem+json")
    assert json.loads(body)["code"] == "not_found"


def test_a_forbidden_origin_never_gets_a_socket(connect, handshake, server):
    status, _, body = refused(connect(), handshake(Origin="https://evil.example"))
    assert (status, json.loads(body)["code"]) == (403, "forbidden")
    assert server.door.opened.empty()


def test_a_draining_hub_says_when_to_come_back(connect, handshake):
    status, headers, body = refused(connect(), handshake(Origin="https://draining.example"))
    assert (status, headers["retry-after"], json.loads(body)["code"]) == (503, "3", "draining")


def test_nothing_behind_a_refused_request_is_taken(connect, handshake, masked):
    status, _, _ = refused(connect(), handshake(Origin="https://evil.example") + masked(FIN | TEXT, b"x"))
    assert status == 403


@pytest.mark.parametrize("offered", ["onethread.v2", "onethread.v2, mqtt"])
def test_an_unknown_version_learns_why(connect, handshake, offered, server):
    """The browser's first offer comes back: with none it would fail by itself, and never see the code."""
    client = connect()
    client.send(handshake(Sec_WebSocket_Protocol=offered))
    status, headers = client.head()
    assert (status, headers["sec-websocket-protocol"]) == (101, "onethread.v2")
    assert client.closed() == 4006
    assert server.door.opened.empty()


def test_no_version_learns_why(connect, handshake):
    client = connect()
    client.send(handshake(Sec_WebSocket_Protocol=None))
    status, headers = client.head()
    assert status == 101
    assert "sec-websocket-protocol" not in headers
    assert client.closed() == 4006


def test_the_receiver_knows_where_the_socket_comes_from(connect, handshake, server):
    connect().send(handshake(Origin="https://shop.example"))
    receiver = server.receiver()
    assert (receiver.wire.origin, receiver.wire.peer) == ("https://shop.example", "127.0.0.1")


@pytest.mark.parametrize("path", ["lean", "asgi"])
@pytest.mark.parametrize(("believed", "peer"), [("127.0.0.1", "203.0.113.9"), ("10.0.0.1", "127.0.0.1")])
def test_a_proxy_is_believed_as_uvicorn_is_told(hub, handshake, path, believed, peer, raw):
    with hub(path, "asyncio", forwarded_allow_ips=believed) as server:
        client = raw(server.port)
        client.send(handshake(X_Forwarded_For="198.51.100.7, 203.0.113.9"))
        assert server.door.opened.get(timeout=5).wire.peer == peer
        client.close()
        server.door.lost.get(timeout=5)


def test_uvicorns_side_is_the_one_extended():
    """Its method and the exception that it is called for are uvicorn's inner ways: a new version may change them."""
    assert "handle_websocket_upgrade" in vars(HttpToolsProtocol)
    assert "HttpParserUpgrade" in HttpToolsProtocol.data_received.__code__.co_names
