"""What the doctor says about the machine: Python, open files, the port."""

import asyncio
import contextlib
import errno
import os
import resource
import sys
from collections.abc import Iterator, Mapping

from hub.admin_ports import whose_admin_port
from hub.doctor.finding import Finding, fail, ok, warn
from hub.listening import MOST_WAITING, refused
from hub.settings import Settings, misspelt

OWN_FILES = 200 + MOST_WAITING  # descriptors that a serving process needs beside its sockets
_ANSWER_S = 2.0
_LONGEST_ANSWER = 1 << 16  # bytes


async def examine_place(settings: Settings) -> list[Finding]:
    return [
        *_python(sys.version_info[:3]),
        *_environment(os.environ),
        *_open_files(settings, *_file_limits()),
        *await _port(settings),
        *_admin_port(settings),
    ]


def _python(version: tuple[int, int, int]) -> Iterator[Finding]:
    text = ".".join(map(str, version))
    if version >= (3, 11, 0):
        yield ok(f"Python {text}.", f"Python {text}，版本符合要求。")
    else:
        yield fail(
            (f"Python {text} is too old.", f"Python {text} 太旧了。"),
            ("Install Python 3.11 or newer.", "请安装 Python 3.11 或更新的版本。"),
        )


def _environment(environ: Mapping[str, str]) -> Iterator[Finding]:
    for name, meant in misspelt(environ):
        yield warn(
            (f"{name} is no setting; it is passed over.", f"{name} 不是设置项，已被忽略。"),
            (f"Did you mean {meant}?", f"是否应为 {meant}？"),
        )


# --- open files -----------------------------------------------------------------------------------------------


def _file_limits() -> tuple[int, int]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    endless = resource.RLIM_INFINITY
    return (sys.maxsize if soft == endless else soft), (sys.maxsize if hard == endless else hard)


def _open_files(settings: Settings, soft: int, hard: int) -> Iterator[Finding]:
    """A serving process raises its soft limit to the hard one by itself, so the hard one counts."""
    needed = settings.max_sockets + OWN_FILES
    limit = max(soft, hard)
    if limit >= needed:
        yield ok(
            f"Enough open files for {settings.max_sockets:,} sockets.",
            f"可打开的文件数足够容纳 {settings.max_sockets:,} 个连接。",
        )
        return
    fewer = f"ONETHREAD_MAX_SOCKETS={max(limit - OWN_FILES, 1)}"
    yield warn(
        (
            f"A process may open {limit:,} files here; {settings.max_sockets:,} sockets need {needed:,}. "
            "Customers beyond that would be turned away.",
            f"每个进程最多打开 {limit:,} 个文件，而 {settings.max_sockets:,} 个连接需要 {needed:,} 个；"
            "超出的客户会被拒绝。",
        ),
        (
            f"Raise it (ulimit -n {needed}; systemd: LimitNOFILE={needed}), or set {fewer}.",
            f"调高上限（ulimit -n {needed}；systemd 用 LimitNOFILE={needed}），或设置 {fewer}。",
        ),
    )


# --- the port -------------------------------------------------------------------------------------------------


async def _port(settings: Settings) -> list[Finding]:
    host, port = settings.host, settings.port
    if port == 0:
        return [ok("The port is any free one.", "端口自动选取。")]
    problem = refused(host, port)
    if problem is None:
        return [ok(f"Port {port} on {host} is free.", f"{host} 的端口 {port} 空闲。")]
    if problem.errno == errno.EADDRINUSE:
        return [await _who_listens(host, port)]
    return [_not_bindable(host, port, problem)]


def _admin_port(settings: Settings) -> Iterator[Finding]:
    if whose := whose_admin_port(settings):
        port, first = settings.port, settings.admin_port
        yield fail(
            (
                f"Port {port} is also the admin port of `{whose}`, counted from {first}; `onethread up` refuses that.",
                f"端口 {port} 同时是 {whose} 的管理端口（从 {first} 起依次递增），onethread up 会拒绝启动。",
            ),
            (
                "Set ONETHREAD_ADMIN_PORT so that it and the three ports after it are none of the others.",
                "请修改 ONETHREAD_ADMIN_PORT，使它及其后三个端口不与其他端口重叠。",
            ),
        )


async def _who_listens(host: str, port: int) -> Finding:
    if await _get(host, port, "/livez") != "ok":
        return fail(
            (f"Port {port} on {host} is used by another program.", f"{host} 的端口 {port} 被别的程序占用。"),
            (
                f"See which (ss -ltnp 'sport = :{port}'), or set ONETHREAD_PORT to another one.",
                f"看看是谁（ss -ltnp 'sport = :{port}'），或者用 ONETHREAD_PORT 换一个端口。",
            ),
        )
    ready = await _get(host, port, "/readyz")
    if ready.startswith('{"ready":true'):
        return ok(f"OneThread answers on port {port} and is ready.", f"OneThread 正在端口 {port} 上运行，状态就绪。")
    return warn(
        (
            f"OneThread answers on port {port}, but takes no customers: it starts, stops, or misses its store.",
            f"OneThread 在端口 {port} 上运行，但暂不接待客户：正在启动、正在退出，或连不上存储。",
        ),
        (
            f"If this lasts, look at its log and at http://{host}:{port}/readyz.",
            f"如果一直这样，请看它的日志和 http://{host}:{port}/readyz。",
        ),
    )


def _not_bindable(host: str, port: int, error: OSError) -> Finding:
    if isinstance(error, PermissionError):
        return fail(
            (f"This account may not listen on port {port}.", f"当前账号无权监听端口 {port}。"),
            (
                "Take a port above 1023 and put a proxy before it, or grant CAP_NET_BIND_SERVICE.",
                "请用 1023 以上的端口并在前面放反向代理，或授予 CAP_NET_BIND_SERVICE。",
            ),
        )
    return fail(
        (
            f'The hub can\'t listen on "{host}": {error.strerror}.',
            f"无法监听“{host}”：{error.strerror}。",
        ),
        (
            "Set ONETHREAD_HOST to an address of this machine, 127.0.0.1, or 0.0.0.0 for all of them.",
            "把 ONETHREAD_HOST 设为本机的地址、127.0.0.1，或 0.0.0.0（全部地址）。",
        ),
    )


async def _get(host: str, port: int, path: str) -> str:
    """The body of an answer with status 200, else nothing. Any program may be listening there: believe nothing."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - listened on, not connected to
    try:
        async with asyncio.timeout(_ANSWER_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                answer = await _all(reader)
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError):
        return ""
    head, _, body = answer.partition(b"\r\n\r\n")
    ok_status = head.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200"))
    return body.decode(errors="replace").strip() if ok_status else ""


async def _all(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readexactly(_LONGEST_ANSWER)
    except asyncio.IncompleteReadError as whole:
        return whole.partial
