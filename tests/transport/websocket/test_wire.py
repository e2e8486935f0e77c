"""Covers the promises of hub/transport/websocket/wire.py, which both paths keep: queues, slow readers, ends."""

import asyncio
import socket

import pytest

from hub.model.errors import SlowConsumer
from hub.transport.websocket.parser import CLOSE, FIN, PING, PONG, TEXT
from hub.transport.websocket.wire import Limits

WHOLE = FIN | TEXT
SMALL = 8_192  # bytes of kernel buffers, so that a reader is slow soon


async def fill(wire, size, turns=True):
    """Send until refused, each message in its own turn of the loop, or all in one; how many were taken."""
    for number in range(50_000):
        if not wire.send(b"%06d" % number + b"x" * (size - 6)):
            return number
        if turns:
            await asyncio.sleep(0)
    raise AssertionError("never refused")


async def stall(wire):
    """Send until the kernel doesn't take more."""
    while not wire.backlog:
        assert wire.send(b"x" * 1_000)
        await asyncio.sleep(0)


@pytest.fixture
def slow(connect, handshake, server):
    """A client that reads nothing until the test does, and the wire to it."""
    client = connect(receive_buffer=SMALL)
    client.send(handshake())
    assert client.head()[0] == 101
    wire = server.receiver().wire
    server.call(
        lambda: server.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
    )
    return client, wire


@pytest.mark.parametrize(("size", "turns"), [(20, True), (8_000, True), (8_000, False)])
def test_a_slow_reader_is_refused_at_the_bound(slow, server, size, turns):
    _, wire = slow

    async def brim():
        await fill(wire, size, turns)
        return wire.backlog, wire.send(bytes(size))

    backlog, taken = server.call(brim)
    # Frames that lie in the transport count as bytes only: up to one more queue of them.
    assert backlog <= min(server.limits.queue_bytes, 2 * server.limits.queue_frames * (size + 4))
    assert backlog >= min(server.limits.queue_bytes - size - 4, server.limits.queue_frames * size)
    assert not taken


def test_a_slow_reader_loses_ephemeral_messages_first(slow, server):
    client, wire = slow
    server.call(fill, wire, 8_000)
    backlog = server.call(lambda: wire.backlog)
    server.call(wire.send_ephemeral, b"typing")
    assert server.call(lambda: wire.backlog) == backlog
    server.call(wire.close, SlowConsumer.close)
    client.close()


def test_ephemeral_messages_are_dropped_before_a_message_is_refused(slow, server):
    """While the kernel takes nothing, though the queue is nearly empty."""
    _, wire = slow

    async def both():
        await stall(wire)
        before = wire.backlog
        wire.send_ephemeral(b"x")
        return before == wire.backlog and wire.send(b"x")

    assert server.call(both)


def test_ephemeral_messages_of_one_turn_take_a_quarter_of_the_queue(client, server):
    wire = server.receiver().wire
    server.call(lambda: [wire.send_ephemeral(b"typing") for _ in range(1_000)] + [wire.send(b"end")])
    texts = list(iter(client.text, b"end"))
    assert texts == [b"typing"] * (server.limits.queue_frames // 4)


def test_ephemeral_messages_reach_a_quick_reader(client, server, masked):
    client.send(masked(WHOLE, b"first"))
    assert client.text() == b"first"
    server.call(server.receiver().wire.send_ephemeral, b"typing")
    assert client.text() == b"typing"


def test_what_waits_arrives_when_the_reader_does(slow, server):
    client, wire = slow

    async def story():
        await stall(wire)
        assert all(wire.send(b"%d" % number) for number in range(100))

    server.call(story)
    numbers = [text for text in iter(client.text, b"99") if text[:1] != b"x"]
    assert [int(number) for number in numbers] == list(range(99))


def test_a_slow_reader_that_wakes_up_hears_why(slow, server):
    """What was queued is dropped, so that the code is not behind a megabyte; what it got is whole and in order."""
    client, wire = slow
    taken = server.call(fill, wire, 8_000)
    server.call(wire.close, SlowConsumer.close, SlowConsumer.code)
    assert server.call(lambda: wire.backlog) < server.limits.queue_bytes // 2
    numbers = []
    while (frame := client.frame())[0] == WHOLE:
        numbers.append(int(frame[1][:6]))
    assert frame == (FIN | CLOSE, (4213).to_bytes(2, "big") + b"slow_consumer")
    assert numbers == list(range(len(numbers)))
    assert len(numbers) < taken


def test_a_reader_that_sleeps_on_is_cut(slow, server):
    client, wire = slow
    server.call(fill, wire, 8_000)
    server.call(wire.close, SlowConsumer.close, "slow")
    assert server.lost().wire is wire
    assert server.call(lambda: wire.backlog) == 0
    assert b"slow" not in client.rest()


def test_a_reader_that_half_closes_and_sleeps_is_cut(slow, server):
    client, wire = slow
    server.call(fill, wire, 8_000)
    client.socket.shutdown(socket.SHUT_WR)
    assert server.lost().wire is wire


# Where an end takes a minute when it is not the quick one that it should be:
PATIENT = Limits(close_s=60)
BOTH = pytest.mark.parametrize("path", ["lean", "asgi"])


@pytest.fixture
def opened(handshake, raw):
    def opened(server):
        client = raw(server.port, receive_buffer=SMALL)
        client.send(handshake())
        assert client.head()[0] == 101
        return client

    return opened


@BOTH
def test_a_handshake_done_is_an_end(hub, opened, masked, path):
    """Whoever began it. (A connection left behind here would keep uvicorn from stopping.)"""
    with hub(path, "uvloop", limits=PATIENT) as server:
        theirs, ours = opened(server), opened(server)
        theirs.send(masked(FIN | CLOSE, (4000).to_bytes(2, "big")))
        assert theirs.closed() == 4000
        assert theirs.ended()
        ours.send(masked(WHOLE, b"close 4200"))
        assert ours.closed() == 4200
        ours.send(masked(FIN | CLOSE, (4200).to_bytes(2, "big")))
        assert ours.ended()
        assert [server.door.lost.get(timeout=5).losses for _ in range(2)] == [1, 1]


@BOTH
def test_a_peer_that_leaves_after_its_violation_is_an_end(hub, opened, masked, path):
    with hub(path, "uvloop", limits=PATIENT) as server:
        client = opened(server)
        client.send(masked(WHOLE, b"fine"), masked(FIN | 0x3), b"x" * 100_000)
        assert client.rest()[-2:] != b""
        client.close()
        server.lost()


@BOTH
def test_a_peer_that_sleeps_does_not_keep_the_server(hub, opened, path):
    with hub(path, "uvloop") as server:
        client = opened(server)
        wire = server.receiver().wire
        server.call(fill, wire, 8_000)
        server.call(wire.close, SlowConsumer.close)
        server.lost()
    client.close()


def test_pings_without_reading_fill_the_queue_at_most(slow, server, masked):
    """Three megabytes of them; those whose answers the queue can't hold stay unanswered, and the socket stays."""
    client, _ = slow
    pings = masked(FIN | PING, bytes(125)) * 400
    for _ in range(60):
        client.send(pings)
    client.send(masked(WHOLE, b"mark"))
    assert server.receiver().marked.wait(5)
    assert server.call(server.transport.get_write_buffer_size) <= server.limits.queue_bytes + 300_000
    assert client.frame() == (FIN | PONG, bytes(125))


def test_drained_comes_at_once_when_all_is_taken(client, server):
    wire = server.receiver().wire

    async def page():
        wire.send(b"page")
        await wire.drained()
        return wire.backlog

    assert server.call(page) == 0
    assert client.text() == b"page"


def test_a_replay_page_by_page_goes_to_any_reader(slow, server):
    """Ten times the queue's bound, and the reader begins only when the hub is stuck."""
    client, wire = slow
    pages, page = 50, 200

    async def replay():
        for number in range(pages):
            for line in range(page):
                assert wire.send(b"%d" % (number * page + line) + b" " * 1_000)
            await wire.drained()

    done = asyncio.run_coroutine_threadsafe(replay(), server.loop)
    server.call(int)
    assert not done.done()
    assert [int(client.text()) for _ in range(pages * page)] == list(range(pages * page))
    done.result(5)


def test_drained_ends_with_the_socket(slow, server):
    client, wire = slow

    async def stuck():
        await asyncio.gather(wire.drained(), wire.drained())

    server.call(fill, wire, 8_000)
    done = asyncio.run_coroutine_threadsafe(stuck(), server.loop)
    client.reset()
    done.result(5)
    server.lost()
    server.call(wire.drained)


def test_after_the_end_all_is_silence(client, server):
    receiver = server.receiver()
    client.reset()
    assert server.lost() is receiver

    def late():
        assert receiver.wire.send(b"x")
        receiver.wire.send_ephemeral(b"x")
        receiver.wire.close(1000)
        return receiver.wire.backlog

    assert server.call(late) == 0


def test_the_first_close_decides(client, server):
    wire = server.receiver().wire

    def ends():
        assert wire.send(b"last words")
        wire.close(4200, "draining")
        wire.close(4001)
        assert wire.send(b"too late")
        wire.send_ephemeral(b"far too late")

    server.call(ends)
    assert client.text() == b"last words"
    assert client.frame() == (FIN | CLOSE, (4200).to_bytes(2, "big") + b"draining")
    assert client.ended()


def test_a_wire_can_be_used_while_it_is_opened(connect, handshake):
    client = connect()
    client.send(handshake(Origin="https://greeted.example"))
    assert client.head()[0] == 101
    assert client.text() == b"hello"


def test_a_wire_can_be_closed_while_it_is_opened(connect, handshake):
    client = connect()
    client.send(handshake(Origin="https://sent-away.example"))
    assert client.head()[0] == 101
    assert client.closed() == 4100
    assert client.ended()
