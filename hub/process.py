"""What any process of the hub does at its start and its end."""

import asyncio
import faulthandler
import os
import resource
import signal
import threading
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger()
END_S = 9.0  # just below the supervisor's patience (hub/supervise.py), so that who hangs can say what hung


def raise_file_limit() -> None:
    """Each socket is an open file: take as many as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def first_of(*work: Coroutine[Any, Any, None]) -> None:
    """Returns when one of them has; the others are cancelled."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(each) for each in work]
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in running:
            task.cancel()


async def signalled() -> None:
    """Returns on SIGTERM or SIGINT."""
    asked = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, asked.set)
    await asked.wait()


async def asked_to_end(*others: Coroutine[Any, Any, None]) -> None:
    """Returns on SIGTERM or SIGINT, or when one of `others` has; END_S later the process is over, come what may.

    A task that does not end when it is cancelled would keep an orphan, whose supervisor is dead, for ever. Tasks that
    are left are named, each thread says where it is, and the exit code is 1. A loop that hangs can't delay it.
    """
    await first_of(signalled(), *others)
    bound = threading.Timer(END_S, _end_by_force, [asyncio.get_running_loop()])
    bound.daemon = True
    bound.start()


def _end_by_force(loop: asyncio.AbstractEventLoop) -> None:
    if loop.is_closed():
        return
    late = sorted(f"{task.get_name()} {task.get_coro()!r}" for task in asyncio.all_tasks(loop))
    log.error("did not end when asked; ended by force", tasks=late)
    faulthandler.dump_traceback()
    os._exit(1)
