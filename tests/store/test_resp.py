"""The lean connection to a real Valkey: order, one write a loop turn, and what is said when it breaks."""

import asyncio
import contextlib
import os
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import hiredis
import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub.model.errors import StoreUnavailable
from hub.store.client import Client, Nodes
from hub.store.resp import EARLY, NUMBERS, Lost, Pipe, Reply, ReplyError, open_pipe, pack, word
from hub.store.topology import still
from tests.store.acts import PATIENCE_S, own_valkey, pid_of, store_at, tcp_port


@pytest.fixture
async def pipe(valkey: str) -> AsyncIterator[Pipe]:
    pipe = await open_pipe(valkey)
    yield pipe
    pipe.close()
    await pipe.lost()


async def test_words_of_any_kind_arrive_as_they_are(pipe: Pipe) -> None:
    for sent, seen in [("王🙂", "王🙂".encode()), (b"\x00\r\n$1\r\n", b"\x00\r\n$1\r\n"), (7, b"7"), (1.5, b"1.5")]:
        assert await pipe.call("ECHO", sent) == seen


async def test_words_that_are_ready_are_those_that_hiredis_packs() -> None:
    for n in (0, 7, 1_023, 1_024, 2**53):
        assert b"*1\r\n" + NUMBERS[n] == pack(n)
    for it in (b"", b"\x00\r\n", "王🙂".encode()):
        assert b"*1\r\n" + word(it) == pack(it)


async def test_replies_come_in_the_order_of_the_commands(pipe: Pipe) -> None:
    seen: list[Reply] = []
    for n in range(1_000):
        pipe.send(pack("ECHO", n), seen.append)
    assert await pipe.call("PING") == b"PONG"
    assert seen == [b"%d" % n for n in range(1_000)]


async def test_a_server_error_belongs_to_its_command_alone(pipe: Pipe) -> None:
    seen: list[Reply] = []
    pipe.send(pack("PING"), seen.append)
    pipe.send(pack("NOSUCH"), seen.append)
    pipe.send(pack("PING"), seen.append)
    with pytest.raises(ReplyError, match="unknown command"):
        await pipe.call("NOSUCH")
    assert [type(reply) for reply in seen] == [bytes, ReplyError, bytes]


async def reads(pipe: Pipe) -> int:
    """How often the server has read from a socket so far."""
    stats: bytes = await pipe.call("INFO", "stats")
    return int(stats.partition(b"total_reads_processed:")[2].partition(b"\r")[0])


async def test_commands_of_one_loop_turn_leave_in_few_writes(tmp_path: Path) -> None:
    """Group commit: this is where the throughput comes from. But the server need not wait for a long turn's end."""
    async with own_valkey(tmp_path) as embedded:
        pipe = await open_pipe(embedded.url)
        before = await reads(pipe)
        for n in range(EARLY - 2):
            pipe.send(pack("ECHO", n), lambda _: None)
        assert await reads(pipe) == before + 1
        for n in range(3 * EARLY):
            pipe.send(pack("ECHO", n), lambda _: None)
        assert before + 2 <= await reads(pipe) <= before + 5
        pipe.close()
        await pipe.lost()


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_while_a_reply_is_awaited_what_comes_is_gathered(run: Callable[..., None]) -> None:
    """Under load few writes, and few wake-ups at either end, serve many commands, in whatever loop turns they came."""

    async def talk() -> None:
        ours, servers = socket.socketpair()
        _, pipe = await asyncio.get_running_loop().create_connection(Pipe, sock=ours)
        seen: list[Reply] = []

        async def in_turns(*commands: bytes) -> bytes:
            for command in commands:
                pipe.send(command, seen.append)
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            servers.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                return servers.recv(1 << 16)
            return b""

        async def told(replies: bytes, n: int) -> None:
            servers.send(replies)
            async with asyncio.timeout(PATIENCE_S):
                while len(seen) < n:
                    await asyncio.sleep(0)

        with contextlib.closing(servers), contextlib.closing(pipe):
            assert await in_turns(b"1") == b"1"
            assert await in_turns(b"2", b"3") == b""
            await told(b":1\r\n", 1)
            assert await in_turns(b"4") == b"23"
            assert await in_turns(*[b"-"] * (EARLY - 1)) == b"4" + b"-" * (EARLY - 1), "so many don't wait"
            await told(b":0\r\n" * (EARLY + 2), EARLY + 3)
            assert await in_turns(b"5") == b"5"
        await pipe.lost()

    run(talk())


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_what_the_kernel_does_not_take_leaves_later_and_in_order(tmp_path: Path, run: Callable[..., None]) -> None:
    """The server stands still while 30 MB are sent to it: far more than the sockets between us hold."""
    filler, seen = "x" * 100_000, list[Reply]()

    async def fill() -> None:
        async with own_valkey(tmp_path) as embedded:
            pipe, pid = await open_pipe(embedded.url), await pid_of(embedded)
            os.kill(pid, signal.SIGSTOP)
            for n in range(300):
                pipe.send(pack("ECHO", f"{n}:{filler}"), seen.append)
                if n % 50 == 49:
                    await asyncio.sleep(0)
            os.kill(pid, signal.SIGCONT)
            for n in range(300, 3_000):  # while it catches up
                pipe.send(pack("ECHO", f"{n}:{filler[:n]}"), seen.append)
                if n % 3 == 0:
                    await asyncio.sleep(0)
            assert await pipe.call("ECHO", "last") == b"last"
            pipe.close()
            await pipe.lost()

    run(fill())
    assert [int(reply.partition(b":")[0]) for reply in seen] == list(range(3_000))


def certify_localhost(folder: Path) -> None:
    """Files `key` and `cert` of a server called localhost."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    made = datetime.now(UTC)
    cert = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(made - timedelta(days=1))
        .not_valid_after(made + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key").write_bytes(secret)
    (folder / "cert").write_bytes(cert.public_bytes(pem))


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_over_tls_nothing_leaves_in_the_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[..., None]
) -> None:
    """It writes to the socket itself elsewhere. Here that would break the connection, or worse."""
    certify_localhost(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert"))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / "cert", tmp_path / "key")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        commands = hiredis.Reader()
        while chunk := await reader.read(65_536):
            commands.feed(chunk)
            while (command := commands.gets()) is not False:
                writer.write(pack(*command).partition(b"\r\n")[2] if len(command) == 1 else b"+OK\r\n")
        writer.close()

    async def talk() -> None:
        server = await asyncio.start_server(answer, "localhost", 0, ssl=tls, family=socket.AF_INET)
        port = server.sockets[0].getsockname()[1]
        pipe = await open_pipe(f"rediss://localhost:{port}")
        seen = list[Reply]()
        for _ in range(3 * EARLY):
            pipe.send(pack("PING"), seen.append)
        assert await pipe.call("LAST") == b"LAST"
        assert seen == [b"PING"] * 3 * EARLY
        pipe.close()
        await pipe.lost()
        server.close()

    run(talk())


async def test_a_connection_that_broke_leaves_no_descriptor(tmp_path: Path) -> None:
    async with own_valkey(tmp_path) as embedded:
        before = len(os.listdir("/proc/self/fd"))
        for end in (Pipe.close, Pipe.abort):
            pipe = await open_pipe(embedded.url)
            assert await pipe.call("PING") == b"PONG"
            end(pipe)
            await pipe.lost()
            with pytest.raises(Lost):
                await pipe.call("PING")
        assert len(os.listdir("/proc/self/fd")) <= before


async def test_who_waits_when_it_breaks_is_told_once(pipe: Pipe) -> None:
    seen: list[Reply] = []
    pipe.send(pack("BLPOP", "nothing", 0), seen.append)
    pipe.abort()
    await pipe.lost()
    assert [type(reply) for reply in seen] == [Lost]
    assert not pipe.alive
    pipe.send(pack("PING"), seen.append)
    with pytest.raises(Lost):
        await pipe.call("PING")
    assert [type(reply) for reply in seen] == [Lost, Lost]


async def test_a_call_that_was_cancelled_does_not_shift_the_others(pipe: Pipe) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await pipe.call("BLPOP", "nothing", 0.05)
    assert await pipe.call("ECHO", "next") == b"next"


async def test_how_long_the_server_has_owed_a_reply(pipe: Pipe) -> None:
    assert pipe.owing_s == 0
    blocked: list[Reply] = []
    pipe.send(pack("BLPOP", "nothing", 0.2), blocked.append)
    async with asyncio.timeout(PATIENCE_S):
        while not pipe.owing_s > 0.05:
            await asyncio.sleep(0)
    await pipe.call("PING")
    assert blocked == [None]
    assert pipe.owing_s == 0


async def test_signing_in_and_choosing_a_database(tmp_path: Path) -> None:
    async with own_valkey(tmp_path) as embedded, store_at(embedded) as store:
        port = await tcp_port(store)
        await store.client.do("ACL", "SETUSER", "hub", "on", ">p:@/%", "+@all", "~*")
        await store.client.do("ACL", "SETUSER", "default", "off")
        sign = quote("p:@/%", safe="")
        for url in (f"redis://hub:{sign}@127.0.0.1:{port}/2", embedded.url.replace("unix://", f"unix://hub:{sign}@")):
            pipe = await open_pipe(url)
            assert await pipe.call("ACL", "WHOAMI") == b"hub"
            about = (await pipe.call("CLIENT", "INFO")).decode()
            assert f" db={2 if 'redis' in url else 0} " in about
            assert " name=onethread " in about
            pipe.close()
            await pipe.lost()


async def test_a_wrong_password_is_named_and_leaves_no_connection_behind(tmp_path: Path) -> None:
    """Each try used to keep its socket until the garbage collector came."""
    async with own_valkey(tmp_path) as embedded:
        client = Client(Nodes(still(embedded.url)))
        await client.do("CONFIG", "SET", "requirepass", "right")
        await client.close()
        address = embedded.url.removeprefix("unix://")
        watching = await open_pipe(f"unix://:right@{address}")
        for _ in range(5):
            with pytest.raises(StoreUnavailable, match="WRONGPASS"):
                await open_pipe(f"unix://:wrong@{address}")
        await watching.call("PING")
        assert len((await watching.call("CLIENT", "LIST")).splitlines()) == 1
        watching.close()
        await watching.lost()


async def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="can't connect"):
        await open_pipe(f"unix://{tmp_path}/none.sock")
    with pytest.raises(StoreUnavailable, match="can't connect"):
        await open_pipe("redis://127.0.0.1:1")
