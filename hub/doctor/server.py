"""What the doctor says about a store that answers, embedded or not: version, durability, memory, clock."""

import time
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from hub.doctor.finding import Finding, command, fail, ok, warn
from hub.model.errors import StoreUnavailable
from hub.settings import Settings
from hub.store.keys import Keys
from hub.store.resp import Pipe, ReplyError, open_pipe

LEAST_VERSION = (7, 0)
WAITAOF_VERSION = (7, 2)  # an older one can't be asked whether something is on disk
SKEW_S, BAD_SKEW_S = 2.0, 60.0  # tickets and tokens bear 60 s between clocks
_CONNECT_S = 3.0


class Look(NamedTuple):
    """What a server says of itself. None = it does not tell."""

    kind: str
    version: tuple[int, ...]
    is_replica: bool
    replicas: int  # that are online
    appends: bool | None
    appends_well: bool
    fsync: str | None
    policy: str | None
    memory: int  # bytes; 0 = no limit
    memory_used: int
    skew_s: float


async def examine_server(url: str, settings: Settings) -> list[Finding]:
    try:
        pipe = await open_pipe(url, _CONNECT_S)
    except StoreUnavailable as error:
        return [_unreachable(url, error)]
    try:
        return [*judge(await look(pipe), settings), *_put_aside(await _dead_letters(pipe, settings))]
    except (StoreUnavailable, ReplyError) as error:
        return [_mute(url, error)]
    finally:
        pipe.close()
        await pipe.lost()


async def look(pipe: Pipe) -> Look:
    """Raises StoreUnavailable when the connection breaks, ReplyError when this account may not even ask INFO."""
    before = time.time()
    seconds, micros = await pipe.call("TIME")
    after = time.time()
    told = _fields(await pipe.call("INFO"))
    kind, version = ("Valkey", told["valkey_version"]) if "valkey_version" in told else ("Redis", told["redis_version"])
    return Look(
        kind=kind,
        version=tuple(int(part) for part in version.split(".")[:3]),
        is_replica=told.get("role") == "slave",
        replicas=sum(",state=online," in told[name] for name in told if name.startswith("slave")),
        appends=told["aof_enabled"] == "1" if "aof_enabled" in told else None,
        appends_well=told.get("aof_last_write_status", "ok") == "ok",
        fsync=await _configured(pipe, "appendfsync"),
        policy=told.get("maxmemory_policy"),
        memory=int(told.get("maxmemory", 0)),
        memory_used=int(told.get("used_memory", 0)),
        skew_s=int(seconds) + int(micros) / 1e6 - (before + after) / 2,
    )


async def _dead_letters(pipe: Pipe, settings: Settings) -> int:
    """Of the shards that are here: a member of a cluster sends on for the others."""
    keys = Keys(settings.key_prefix, settings.shards)
    found = 0
    for shard in range(keys.shards):
        try:
            found += int(await pipe.call("LLEN", keys.dead(shard)))
        except ReplyError as problem:
            if not str(problem).startswith("MOVED "):
                raise
    return found


def _fields(told: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in told.decode().splitlines() if not line.startswith("#"))
    return {name: value for name, _, value in pairs if name}


async def _configured(pipe: Pipe, name: str) -> str | None:
    """Managed services refuse CONFIG."""
    try:
        reply = await pipe.call("CONFIG", "GET", name)
    except ReplyError:
        return None
    return reply[1].decode() if reply else None


def judge(seen: Look, settings: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, seen.version))
    if seen.version < LEAST_VERSION:
        yield fail(
            (
                f"The store is {seen.kind} {version}; it must be 7.0 or newer.",
                f"存储是 {seen.kind} {version}，需要 7.0 或更新的版本。",
            ),
            ("Upgrade it to Valkey 8 or newer.", "请升级到 Valkey 8 或更新的版本。"),
        )
    elif seen.is_replica:
        yield fail(
            ("The store is a replica, which takes no writes.", "所连的存储是只读副本，无法写入。"),
            ("Let ONETHREAD_REDIS_URL name the primary.", "请让 ONETHREAD_REDIS_URL 指向主节点。"),
        )
    else:
        yield ok(f"The store answers: {seen.kind} {version}.", f"存储已连通：{seen.kind} {version}。")
    yield from _judge_durability(seen, settings)
    yield from _judge_memory(seen)
    yield from _judge_clock(seen.skew_s)


def _judge_durability(seen: Look, settings: Settings) -> Iterator[Finding]:
    level = settings.durability
    if not seen.appends_well:
        yield fail(
            ("The store could not write to its disk.", "存储无法写入磁盘。"),
            ("Look at its log; most often the disk is full.", "请查看存储的日志，多半是磁盘满了。"),
        )
    if level == "replicated":
        yield from _judge_replicas(seen.replicas, settings.replicas)
    elif level == "memory":
        yield warn(
            (
                'Durability is "memory": a message can be acked, and lost in the next second by a crash.',
                "持久级别为 memory：消息确认之后，如果一秒内崩溃仍可能丢失。",
            ),
            ("Set ONETHREAD_DURABILITY=fsync.", "设置 ONETHREAD_DURABILITY=fsync。"),
        )
    else:
        yield from _judge_fsync(seen)


def _judge_replicas(online: int, wanted: int) -> Iterator[Finding]:
    if online >= wanted:
        yield ok(
            f"An ack means: on {wanted} of {online} replicas.",
            f"确认即表示已写入 {wanted} 个副本（在线 {online} 个）。",
        )
        return
    yield fail(
        (
            f'Durability "replicated" wants {wanted} replicas, and {online} of them answer: no message would be acked.',
            f"持久级别为 replicated，要求 {wanted} 个副本，但在线的只有 {online} 个：消息得不到确认。",
        ),
        ("Start more replicas, or lower ONETHREAD_REPLICAS.", "请增加副本，或调低 ONETHREAD_REPLICAS。"),
    )


def _judge_fsync(seen: Look) -> Iterator[Finding]:
    """With `always` a reply means "on disk"; else the hub asks WAITAOF after each batch, which waits for the second."""
    always = command("CONFIG SET appendfsync always; CONFIG REWRITE")
    if seen.appends is False:
        yield fail(
            (
                'Durability is "fsync", but the store writes no append-only file: no message would be acked.',
                "持久级别为 fsync，但存储没有开启 AOF：消息得不到确认。",
            ),
            command("CONFIG SET appendonly yes; CONFIG SET appendfsync always; CONFIG REWRITE"),
        )
    elif seen.fsync == "no":
        yield fail(
            ('Durability is "fsync", but appendfsync is "no".', "持久级别为 fsync，但 appendfsync 设成了 no。"), always
        )
    elif seen.fsync != "always" and seen.version < WAITAOF_VERSION:
        yield fail(
            (
                'Durability is "fsync", but a store older than 7.2 can\'t say what is on disk unless appendfsync is '
                '"always": no message would be acked.',
                "持久级别为 fsync，但 7.2 之前的存储只有在 appendfsync 为 always 时才能保证已落盘：消息得不到确认。",
            ),
            always,
        )
    elif seen.fsync == "everysec":
        yield warn(
            (
                "The store writes to disk once a second, so each ack takes up to a second.",
                "存储每秒才落盘一次，所以每条消息最多要等一秒才得到确认。",
            ),
            always,
        )
    elif seen.fsync is None:
        yield warn(
            (
                "The store does not show its settings (CONFIG is refused, as managed services do).",
                "存储不允许查看配置（CONFIG 被拒绝，托管服务常见）。",
            ),
            (
                "See in its console that AOF is on and appendfsync is always; else acks take up to a second, or fail.",
                "请在其控制台确认已开启 AOF 且 appendfsync 为 always；否则确认会慢到一秒，甚至失败。",
            ),
        )
    else:
        yield ok("An ack means: on disk.", "确认即表示已写入磁盘。")


def _judge_memory(seen: Look) -> Iterator[Finding]:
    if seen.policy not in (None, "noeviction"):
        make = fail if seen.memory else warn
        yield make(
            (
                f'The store may throw conversations away when memory is short (maxmemory-policy "{seen.policy}").',
                f"内存不足时，存储可能会丢弃对话（maxmemory-policy 为 {seen.policy}）。",
            ),
            command("CONFIG SET maxmemory-policy noeviction; CONFIG REWRITE"),
        )
    if seen.memory and seen.memory_used > 0.8 * seen.memory:
        percent = 100 * seen.memory_used // seen.memory
        yield warn(
            (
                f"The store uses {percent} % of its memory; when it is full, no message is accepted.",
                f"存储已用掉 {percent}% 的内存；用满后将无法接收任何消息。",
            ),
            ("Give it more memory (maxmemory).", "请给它更多内存（maxmemory）。"),
        )


def _put_aside(jobs: int) -> Iterator[Finding]:
    if jobs:
        yield warn(
            (
                f"{jobs} {'job' if jobs == 1 else 'jobs'} failed five times and stayed in the hub (CRM writes, say).",
                f"有 {jobs} 个任务失败五次后被搁置（例如写入 CRM）。",
            ),
            (
                "onethread outbox shows why; when that is mended: onethread outbox replay --all.",
                "运行 onethread outbox 查看原因；解决后运行 onethread outbox replay --all。",
            ),
        )


def _judge_clock(skew_s: float) -> Iterator[Finding]:
    if abs(skew_s) <= SKEW_S:
        return
    make = fail if abs(skew_s) > BAD_SKEW_S else warn
    yield make(
        (
            f"The store's clock is {abs(skew_s):.0f} s {'ahead of' if skew_s > 0 else 'behind'} this machine's.",
            f"存储的时钟比本机{'快' if skew_s > 0 else '慢'} {abs(skew_s):.0f} 秒。",
        ),
        (
            "Let both machines keep time by NTP (chrony, systemd-timesyncd).",
            "请让两台机器都用 NTP 对时（chrony 或 systemd-timesyncd）。",
        ),
    )


def _unreachable(url: str, error: StoreUnavailable) -> Finding:
    return fail(
        (
            f"The store at {_where(url)} can't be reached: {error.detail}.",
            f"连不上存储 {_where(url)}：{error.detail}。",
        ),
        (
            "Start it, or correct ONETHREAD_REDIS_URL (redis://[name:password@]host:port/0, rediss:// for TLS).",
            "请启动它，或改正 ONETHREAD_REDIS_URL（redis://[用户名:密码@]主机:端口/0，TLS 用 rediss://）。",
        ),
    )


def _mute(url: str, error: Exception) -> Finding:
    return fail(
        (
            f"The store at {_where(url)} answers, but refuses: {error}.",
            f"存储 {_where(url)} 有响应，但拒绝了请求：{error}。",
        ),
        (
            "Give ONETHREAD_REDIS_URL an account that may use all keys and the commands TIME, INFO, EVALSHA, XREAD.",
            "请在 ONETHREAD_REDIS_URL 中使用有足够权限的账号：所有键，以及 TIME、INFO、EVALSHA、XREAD 等命令。",
        ),
    )


def _where(url: str) -> str:
    """Without name and password."""
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" else (parts.netloc.rpartition("@")[2] or url)
