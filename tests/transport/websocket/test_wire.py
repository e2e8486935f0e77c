"""Covers the promises of hub/transport/websocket/wire.py, which both paths keep: queues, slow readers, ends."""

import asyncio
import socket

import pytest

from hub.model.errors import SlowConsumer
from hub.transport.websocket.parser import CLOSE, FIN, PING, TEXT

WHOLE = FIN | TEXT
SMALL = 8_192  # bytes of kernel buffers, so that a reader is slow soon


async def fill(wire, size, patience=50_000):
    """Send until refused, giving way each time, so that this is many turns of the loop; what was taken."""
    for number in range(patience):
        if not wire.send(b"%06d" % number + b"x" * (size - 6)):
            return number
        await asyncio.sleep(0)
    raise AssertionError("never refused")


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


@pytest.mark.parametrize("size", [20, 8_000])
def test_a_slow_reader_is_refused_at_the_bound(slow, server, size):
    _, wire = slow
    server.call(fill, wire, size)
    backlog = server.call(lambda: wire.backlog)
    # Frames that lie in the transport count as bytes only: up to one more queue of them.
    assert backlog <= min(server.limits.queue_bytes, 2 * server.limits.queue_frames * (size + 4))
    assert backlog >= min(server.limits.queue_bytes - size - 4, server.limits.queue_frames * size)
    assert server.call(wire.send, bytes(size)) is False


def test_a_slow_reader_loses_ephemeral_messages_first(slow, server):
    client, wire = slow
    server.call(fill, wire, 8_000)
    backlog = server.call(lambda: wire.backlog)
    server.call(wire.send_ephemeral, b"typing")
    assert server.call(lambda: wire.backlog) == backlog
    server.call(wire.close, SlowConsumer.close)
    client.close()


def test_ephemeral_messages_are_dropped_before_a_message_is_refused(slow, server):
    """Also between the two: while the kernel takes nothing, but the queue has room."""
    _, wire = slow

    async def half():
        await fill(wire, 8_000)
        assert not wire.send(b"x" * 8_000)
        before = wire.backlog
        wire.send_ephemeral(b"x")
        return before == wire.backlog and wire.send(b"x")

    assert server.call(half)


def test_ephemeral_messages_reach_a_quick_reader(client, server):
    wire = server.receiver().wire
    server.call(wire.send_ephemeral, b"typing")
    assert client.text() == b"typing"


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


def test_pings_without_reading_fill_nothing(slow, server, masked):
    client, _ = slow
    pings = masked(FIN | PING, bytes(125)) * 400
    for _ in range(20):
        client.send(pings)
    # Of a megabyte of pongs, what the kernel takes, and at most a quarter of it (uvicorn's: one read's worth) beside.
    assert server.call(server.transport.get_write_buffer_size) < 350_000


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
