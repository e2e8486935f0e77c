"""The doctor at real bedsides: Valkeys with the settings it must notice, ports that others hold, sites as written."""

import asyncio
import contextlib
import fcntl
import os
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from hub.child import ChildProcess
from hub.doctor import Finding, Level, examine, exit_code, language_of, render
from hub.doctor.crms import examine_crms
from hub.doctor.place import _environment, _open_files, _python, examine_place
from hub.doctor.server import Look, judge
from hub.doctor.sites import examine_sites
from hub.doctor.store import _free_space, examine_store
from hub.settings import CrmSetting, Settings, Site
from hub.store import directory
from hub.store.embedded import EmbeddedStore, find_binary
from hub.store.keys import Keys
from hub.store.pulse import State, pulse
from hub.store.resp import open_pipe
from tests.ports import free_port

SECRET = "x" * 32
CHINESE = re.compile("[一-鿿]")


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but those that a test gives."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("ONETHREAD_")]:
        monkeypatch.delenv(name)


def bad(findings: list[Finding]) -> str:
    """What is not ok, as `level: words` lines."""
    return "\n".join(f"{f.level.value}: {f.what.en}" for f in findings if f.level is not Level.OK)


def good(findings: list[Finding]) -> str:
    return "\n".join(f.what.en for f in findings if f.level is Level.OK)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.005)


async def answers(path: Path) -> bool:
    return (await pulse(path)).state is not State.ABSENT


# --- the embedded store ---------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


async def test_before_the_first_start_all_is_well_and_nothing_is_made(home: Path) -> None:
    findings = await examine_store(Settings(data_dir=home))
    assert bad(findings) == ""
    assert "does not run now; the hub starts it" in good(findings)
    assert os.listdir() == []


async def test_a_running_embedded_store_is_recognised(home: Path) -> None:
    async with EmbeddedStore(home):
        findings = await examine_store(Settings(data_dir=home))
    assert bad(findings) == ""
    assert f"(started by process {os.getpid()})" in good(findings)
    assert "An ack means: on disk." in good(findings)


async def test_a_store_weaker_than_the_durability_is_noticed(home: Path) -> None:
    async with EmbeddedStore(home, "memory"):
        findings = await examine_store(Settings(data_dir=home))
    assert "warn: The store writes to disk once a second" in bad(findings)


async def test_replicas_cannot_be_embedded(home: Path) -> None:
    findings = await examine_store(Settings(data_dir=home, durability="replicated"))
    assert 'fail: Durability is "replicated", but the embedded store' in bad(findings)


async def test_a_directory_held_by_a_silent_process_is_named(home: Path) -> None:
    directory.prepare(home)
    held = os.open(home / directory.LOCK, os.O_RDWR | os.O_CREAT)
    fcntl.flock(held, fcntl.LOCK_EX)
    directory.write_holder(held, 4242)
    findings = await examine_store(Settings(data_dir=home))
    os.close(held)
    assert f"is in use by process 4242 (started by process {os.getpid()})" in bad(findings)


async def test_the_reason_of_a_failed_start_is_repeated_with_the_cure(home: Path) -> None:
    async with EmbeddedStore(home):
        pass
    (home / "appendonlydir" / "appendonly.aof.1.incr.aof").write_bytes(b"*1\r\n!oops\r\n" * 9)
    with pytest.raises(directory.DamagedLog):
        await EmbeddedStore(home).start()
    (found,) = [f for f in await examine_store(Settings(data_dir=home)) if f.level is Level.FAIL]
    assert "appendonly.aof.1.incr.aof" in found.what.en
    assert found.mend is not None
    assert "valkey-check-aof" in found.mend.en


async def test_a_store_stopped_cleanly_has_no_failed_start(home: Path) -> None:
    async with EmbeddedStore(home):
        pass
    assert bad(await examine_store(Settings(data_dir=home))) == ""


async def test_a_data_directory_that_is_a_file_is_refused(home: Path) -> None:
    open(home, "w").close()
    assert f"fail: This account can't write to {home}" in bad(await examine_store(Settings(data_dir=home)))


async def test_a_directory_open_to_others_is_noticed(home: Path) -> None:
    os.mkdir(home)
    os.chmod(home, 0o755)
    assert "warn: Other accounts of this machine" in bad(await examine_store(Settings(data_dir=home)))


@pytest.mark.parametrize(("free", "level"), [(10 << 30, Level.OK), (200 << 20, Level.WARN), (10 << 20, Level.FAIL)])
def test_the_fuller_the_disk_the_louder(free: int, level: Level) -> None:
    (found,) = _free_space(Path("/data"), free)
    assert found.level is level


# --- servers of somebody else ---------------------------------------------------------------------------------

Serve = Callable[..., Awaitable[str]]
SOUND = {"appendonly": "yes", "appendfsync": "always", "save": ""}


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    """Starts real Valkeys with any settings; returns their URL."""
    started: list[ChildProcess] = []

    async def begin(**options: str) -> str:
        place = tmp_path / f"server{len(started)}"
        place.mkdir()
        given = {"port": "0", "unixsocket": "s", "dir": ".", "logfile": "log", **SOUND, **options}
        line = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", *value.split(" "))]
        started.append(ChildProcess([str(find_binary()), *line], cwd=place))
        await until(lambda: answers(place / "s"))
        return f"unix://{place}/s"

    yield begin
    for child in started:
        await child.stop(5)


async def test_a_sound_server_is_well(serve: Serve) -> None:
    findings = await examine_store(Settings(redis_url=await serve()))
    assert bad(findings) == ""
    assert "The store answers: Valkey 9." in good(findings)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"appendonly": "no"}, 'fail: Durability is "fsync", but the store writes no append-only file'),
        ({"appendfsync": "everysec"}, "warn: The store writes to disk once a second"),
        ({"appendfsync": "no"}, 'fail: Durability is "fsync", but appendfsync is "no"'),
        ({"maxmemory": "1gb", "maxmemory_policy": "allkeys-lru"}, "fail: The store may throw conversations away"),
        ({"maxmemory_policy": "volatile-ttl"}, "warn: The store may throw conversations away"),
        ({"maxmemory": "900kb"}, "% of its memory"),
        ({"rename_command": "CONFIG "}, "warn: The store does not show its settings"),
        ({"user": "default on nopass ~* +@all -info"}, "answers, but refuses: NOPERM"),
    ],
)
async def test_what_a_server_lacks_is_named(serve: Serve, options: dict[str, str], words: str) -> None:
    assert words in bad(await examine_store(Settings(redis_url=await serve(**options))))


async def test_a_wrong_password_is_named_but_never_shown(serve: Serve) -> None:
    port = free_port()
    await serve(port=str(port), requirepass="right")
    findings = await examine_store(Settings(redis_url=f"redis://:hunter2@127.0.0.1:{port}/0"))
    assert f"fail: The store at 127.0.0.1:{port} can't be reached" in bad(findings)
    assert "WRONGPASS" in bad(findings)
    assert "hunter2" not in render(findings)


async def test_nobody_there_is_named(tmp_path: Path) -> None:
    findings = await examine_store(Settings(redis_url=f"unix://{tmp_path}/nothing"))
    assert f"fail: The store at {tmp_path}/nothing can't be reached" in bad(findings)


async def test_what_was_put_aside_is_counted(serve: Serve) -> None:
    settings = Settings(redis_url=await serve(), shards=4)
    assert bad(await examine_store(settings)) == ""
    pipe = await open_pipe(settings.redis_url)
    for shard, job in ((0, "a"), (3, "b"), (3, "c")):
        await pipe.call("RPUSH", Keys(settings.key_prefix, 4).dead(shard), job)
    pipe.close()
    await pipe.lost()
    assert bad(await examine_store(settings)).startswith("warn: 3 jobs failed five times")


async def test_replicas_are_counted(serve: Serve) -> None:
    port = free_port()
    primary = await serve(port=str(port), repl_diskless_sync_delay="0")
    replica = await serve(replicaof=f"127.0.0.1 {port}")
    alone = Settings(redis_url=primary, durability="replicated", replicas=2)
    assert 'fail: Durability "replicated" wants 2 replicas, and' in bad(await examine_store(alone))
    enough = Settings(redis_url=primary, durability="replicated")

    async def well() -> bool:
        return "on 1 of 1 replicas" in good(await examine_store(enough))

    await until(well)
    assert bad(await examine_store(enough)) == ""
    assert "fail: The store is a replica" in bad(await examine_store(Settings(redis_url=replica)))


WELL = Look("Valkey", (9, 1, 2), False, 0, True, True, "always", "noeviction", 0, 1, 0.0)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"version": (6, 2, 14)}, "fail: The store is Valkey 6.2.14; it must be 7.0"),
        ({"version": (7, 0, 15), "fsync": "everysec"}, 'fail: Durability is "fsync", but a store older than 7.2'),
        ({"version": (7, 0, 15), "fsync": None}, 'fail: Durability is "fsync", but a store older than 7.2'),
        ({"version": (7, 2, 0), "fsync": "everysec"}, "warn: The store writes to disk once a second"),
        ({"skew_s": 3.0}, "warn: The store's clock is 3 s ahead of"),
        ({"skew_s": -3600.0}, "fail: The store's clock is 3600 s behind"),
        ({"appends_well": False}, "fail: The store could not write to its disk"),
    ],
)
def test_what_can_not_be_staged_is_judged_all_the_same(changed: dict[str, Any], words: str) -> None:
    assert bad(list(judge(WELL, Settings()))) == ""
    assert words in bad(list(judge(WELL._replace(**changed), Settings())))


def test_an_older_one_that_writes_always_will_do() -> None:
    """Debian 12 has 7.0; what it can't be asked (WAITAOF) need not be asked then."""
    assert bad(list(judge(WELL._replace(version=(7, 0, 15)), Settings()))) == ""


def test_an_ack_from_memory_is_called_so() -> None:
    assert 'warn: Durability is "memory"' in bad(list(judge(WELL, Settings(durability="memory"))))


# --- the machine ----------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def listener(answers: dict[str, bytes]) -> AsyncIterator[int]:
    """A program on some port that answers GET with these bytes."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readline()).split()[1].decode()
        writer.write(answers.get(path, b"HTTP/1.1 404 Not Found\r\n\r\n"))
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


LIVE = {"/livez": b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nok"}
READY = {**LIVE, "/readyz": b'HTTP/1.1 200 OK\r\n\r\n{"ready":true,"code":"","failed":[],"checks":{}}'}
DRAINING = {**LIVE, "/readyz": b'HTTP/1.1 503 Service Unavailable\r\n\r\n{"code":"draining"}'}


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (READY, "ok: OneThread answers on port"),
        (DRAINING, "warn: OneThread answers on port"),
        ({}, "fail: Port"),
        ({"/livez": b"SSH-2.0-OpenSSH\r\n"}, "fail: Port"),
    ],
)
async def test_who_has_the_port(answers: dict[str, bytes], words: str) -> None:
    async with listener(answers) as port:
        findings = await examine_place(Settings(port=port))
    assert words in "\n".join(f"{f.level.value}: {f.what.en}" for f in findings)


async def test_a_free_port_is_free() -> None:
    assert "is free" in good(await examine_place(Settings(port=free_port())))


async def test_a_port_that_is_an_admin_port_too_is_told_before_up_refuses_it() -> None:
    port = free_port()
    for admin_port, whose in ((port, "serve"), (port - 1, "work")):
        told = bad(await examine_place(Settings(port=port, admin_port=admin_port)))
        assert f"fail: Port {port} is also the admin port of `{whose}`" in told
    assert "admin port" not in bad(await examine_place(Settings(port=port, admin_port=port + 1)))


async def test_an_address_that_is_not_ours_is_refused() -> None:
    assert 'can\'t listen on "203.0.113.7"' in bad(await examine_place(Settings(host="203.0.113.7", port=free_port())))


@pytest.mark.parametrize(("hard", "level"), [(1 << 20, Level.OK), (22_248, Level.OK), (4096, Level.WARN)])
def test_the_hard_limit_of_open_files_counts(hard: int, level: Level) -> None:
    (found,) = _open_files(Settings(max_sockets=20_000), 1024, hard)
    assert found.level is level


def test_a_setting_that_is_misspelt_is_told() -> None:
    told = bad(list(_environment({"ONETHREAD_REDIS_ULR": "redis://h", "ONETHREAD_PORT": "1"})))
    assert told == "warn: ONETHREAD_REDIS_ULR is no setting; it is passed over."


def test_python_must_be_new_enough() -> None:
    assert bad(list(_python((3, 10, 14)))) == "fail: Python 3.10.14 is too old."
    assert bad(list(_python((3, 11, 0)))) == ""


# --- the CRMs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("nowhere.yaml", "[crm.shop] nowhere.yaml: file: it can't be read: No such file or directory"),
        ("salesforc", "[crm.shop] salesforc: file: there is no such mapping; there are "),
        ("salesforce", "[crm.shop] not set: "),
    ],
)
def test_a_crm_that_can_not_be_used_is_told(mapping: str, said: str) -> None:
    settings = Settings(crm={"shop": CrmSetting(mapping=mapping)})
    assert said in bad(list(examine_crms(settings)))


def test_the_embedded_crm_needs_no_word() -> None:
    assert list(examine_crms(Settings())) == []


# --- the sites ------------------------------------------------------------------------------------------------


def pem_pair() -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


PRIVATE, PUBLIC = pem_pair()


def shop(**changes: Any) -> dict[str, Site]:
    sound = {"name": "Shop", "origins": ["https://shop.example.com"], "keys": [{"kid": "1", "secret": SECRET}]}
    return {"shop": Site(**{**sound, **changes})}


def test_a_sound_site_is_well() -> None:
    settings = Settings(sites=shop(), public_url="https://talk.example.com", host="0.0.0.0")
    assert bad(list(examine_sites(settings))) == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sites": {}}, "warn: No site is configured"),
        ({"sites": shop(keys=[{"kid": "1", "secret": "x" * 31}])}, 'fail: Key "1" of site "shop" has 31 bytes'),
        ({"sites": shop(keys=[{"kid": "1", "algorithm": "ES256", "secret": SECRET}])}, "is not a public key"),
        ({"sites": shop(keys=[{"kid": "1", "algorithm": "ES256", "secret": PRIVATE}])}, "is not a public key"),
        ({"sites": shop(name={"en": "Shop"})}, 'warn: Site "shop" has no name in zh-CN: those customers read "Shop"'),
        ({"sites": shop(origins=[])}, "lists no origins"),
        ({"sites": shop(origins=["https://shop.example.com/"])}, "can never match"),
        ({"sites": shop(origins=["*"])}, "can never match"),
        ({"sites": shop(origins=["shop.example.com"])}, "can never match"),
        ({"host": "0.0.0.0"}, "does not know the address that customers use"),
        ({"public_url": "http://talk.example.com"}, "is not https"),
        ({"public_url": "talk.example.com"}, "is not an address"),
        ({"public_url": "https://talk.example.com/x"}, "is not an address"),
        ({"public_url": "https://talk.example.com:port"}, "is not an address"),
        ({"demo": True, "host": "0.0.0.0"}, "fail: The demo is on"),
        ({"demo": True, "public_url": "https://talk.example.com"}, "fail: The demo is on"),
    ],
)
def test_what_is_wrong_with_a_site_is_named(changes: dict[str, Any], words: str) -> None:
    assert words in bad(list(examine_sites(Settings(**{"sites": shop(), **changes}))))


@pytest.mark.parametrize(
    "changes",
    [
        {"sites": shop(keys=[{"kid": "1", "algorithm": "ES256", "secret": PUBLIC}])},
        {"sites": shop(origins=["http://localhost:8080", "https://[2001:db8::1]:8443"])},
        {"sites": shop(name={"en": "Shop", "zh": "商店"})},
        {"public_url": "http://127.0.0.1:8080"},
        {"public_url": "http://demo.localhost"},
        {"demo": True, "sites": {}, "public_url": "http://localhost:8080"},
    ],
)
def test_what_is_right_is_not_blamed(changes: dict[str, Any]) -> None:
    assert bad(list(examine_sites(Settings(**{"sites": shop(), **changes})))) == ""


# --- how it is said -------------------------------------------------------------------------------------------


@pytest.fixture
def everything_wrong(home: Path) -> Iterator[Settings]:
    home.write_text("a file")
    with socket.create_server(("0.0.0.0", 0)) as busy:
        keys = [{"kid": "1", "secret": "short"}, {"kid": "2", "algorithm": "EdDSA", "secret": "short"}]
        yield Settings(
            data_dir=home,
            durability="replicated",
            host="0.0.0.0",
            port=busy.getsockname()[1],
            public_url="http://talk.example.com",
            max_sockets=10_000_000,
            demo=True,
            sites=shop(keys=keys, origins=["*"]),
        )


async def test_everything_is_said_in_both_languages(everything_wrong: Settings) -> None:
    findings = await examine(everything_wrong)
    for finding in findings:
        assert CHINESE.search(finding.what.zh)
        assert not CHINESE.search(finding.what.en)
        assert (finding.mend is None) == (finding.level is Level.OK)
        assert finding.mend is None or CHINESE.search(finding.mend.zh) or finding.mend.zh == finding.mend.en
    english, chinese = render(findings), render(findings, "zh-CN")
    assert max(map(len, english.splitlines())) <= 100
    assert english.endswith("\n8 to mend, 1 could be better.\n")
    assert chinese.endswith("\n有 8 处需要修复，另有 1 处可以更好。\n")
    assert exit_code(findings) == 1
    assert "\x1b[1;31mfail\x1b[0m" in render(findings, colour=True)


async def test_a_sound_installation_is_called_so(home: Path) -> None:
    settings = Settings(data_dir=home, port=0, max_sockets=100, sites=shop())
    findings = await examine(settings)
    assert render(findings).endswith("\nAll is well.\n")
    assert exit_code(findings) == 0


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh-CN"),
        ({"LC_ALL": "", "LANG": ""}, "en"),
        ({}, "en"),
    ],
)
def test_it_speaks_what_the_terminal_speaks(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language
