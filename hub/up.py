"""`onethread up` and `onethread demo`: the embedded store and one process of each kind, from one command."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable
from typing import Literal

from hub.admin_ports import processes, whose_admin_port
from hub.listening import listen, refused
from hub.settings import Settings
from hub.store.directory import StoreStart
from hub.store.embedded import EmbeddedStore
from hub.supervise import MISCONFIGURED, Child, run, to_stderr

CALLS = ("media", "voice")  # what only they need; pages and messages come first
COMMAND = (sys.executable, "-c", "from hub.cli import main; main()")


async def run_all(settings: Settings) -> int:
    """Returns the exit code. The store belongs to this process, so that a child that dies does not take it along."""
    began = time.monotonic()
    settings = _free_port(settings) if settings.demo else settings
    refuse = _teller(settings, _say, "error")
    if whose := whose_admin_port(settings):
        refuse(f"ONETHREAD_PORT: {settings.port} is the admin port of `{whose}`, counted from ONETHREAD_ADMIN_PORT")
        return MISCONFIGURED
    if problem := refused(settings.host, settings.port):
        # Told now, and not by each start of `serve`, while another program answers in its place.
        refuse(f"ONETHREAD_PORT: {settings.host}:{settings.port}: {problem.strerror or problem}")
        return MISCONFIGURED
    env, say = {"ONETHREAD_PORT": str(settings.port)}, _teller(settings, _say)
    if settings.redis_url:
        return await _run_children(settings, env, began, say)
    embedded = EmbeddedStore(settings.data_dir, "memory" if settings.durability == "memory" else "fsync")
    try:
        env["ONETHREAD_REDIS_URL"] = await embedded.start()
        env["ONETHREAD_ARCHIVE_URL"] = settings.archive
    except StoreStart as trouble:
        refuse(str(trouble))
        return 1 if trouble.retry else MISCONFIGURED
    try:
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(embedded.keep(lambda problem: say(str(problem))))
            code = await _run_children(settings, env, began, say)
            keeping.cancel()
            return code
    finally:
        await embedded.stop()


async def _run_children(settings: Settings, env: dict[str, str], began: float, say: Callable[[str], None]) -> int:
    children = []
    for n, name in enumerate(processes(settings)):
        port = {"ONETHREAD_ADMIN_PORT": str(settings.admin_port and settings.admin_port + n)}
        children.append(Child(name, (*COMMAND, name), env | port, late=name in CALLS))

    async def ready() -> None:
        if await _answers(settings.host, settings.port):
            say(_greeting(settings, time.monotonic() - began))

    return await run(children, ready, say=_teller(settings, to_stderr))


def _free_port(settings: Settings) -> Settings:
    """The demo must come up: when its port is taken, the next free one."""
    for port in [settings.port, *range(settings.port + 1, settings.port + 20)]:
        with contextlib.suppress(OSError), listen(settings.host, port) as probe:
            return settings.model_copy(update={"port": probe.getsockname()[1]})
    return settings


async def _answers(host: str, port: int, within_s: float = 60.0) -> bool:
    """Wait until /readyz says yes."""
    request = f"GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while True:
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                    reader, writer = await asyncio.open_connection(host, port)
                    with contextlib.closing(writer):
                        writer.write(request)
                        if b" 200 " in await reader.readline():
                            return True
                await asyncio.sleep(0.02)
    return False


def _greeting(settings: Settings, took_s: float) -> str:
    url = settings.public_url or f"http://{settings.host}:{settings.port}"
    if not settings.demo:
        return f"OneThread is up at {url} ({took_s:.1f} s). Console: {url}/console. First agent: `onethread agent add`."
    from hub.demo import AGENTS, PASSWORD

    logins = "\n".join(f"    {a['email']:<22} {PASSWORD}   ({a['name']}, {a['role']})" for a in AGENTS)
    return (
        f"\n  OneThread demo, ready in {took_s:.1f} s\n\n"
        f"  {url}/           the shop: open the widget as 王女士, Mr Smith or a guest\n"
        f"  {url}/app        her phone: a second device of the same customer\n"
        f"  {url}/console    the agents' console\n"
        f"  {url}/crm        the shop's CRM, with the assist panel beside each record\n\n{logins}\n\n"
        f"  Everything is kept in {settings.data_dir.resolve()}; Ctrl-C ends it.\n"
    )


def _say(words: str) -> None:
    print(words, file=sys.stderr if not words.startswith("\n") else sys.stdout, flush=True)


def _teller(
    settings: Settings, to_people: Callable[[str], None], level: Literal["info", "error"] = "info"
) -> Callable[[str], None]:
    """Where a machine reads the processes' lines, ours are lines of that shape, too. `level` is for the machine."""
    if settings.log == "text":
        return to_people
    import structlog

    from hub.logs import set_up_logs

    set_up_logs(settings.log, settings.log_level)
    tell: Callable[[str], None] = getattr(structlog.get_logger(), level)
    return tell
