"""What `onethread up` and `onethread demo` are: a few processes that live and stop together.

    children: Child(name, argv, env)      each is started at once (or, if `late`, after `ready`), and again when it ends
    Ctrl-C or SIGTERM                     SIGTERM to all, up to `grace_s`, then SIGKILL; a second Ctrl-C kills at once
    SIGKILL of this process               the children get SIGTERM from the kernel: nothing stays behind

Their words go straight to our stdout and stderr. Standard library only: this is on the way of every start.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from hub.child import ChildProcess

STEADY_S = 10.0  # a child that lived so long starts with a clean record
AT_ONCE_S = 3.0  # one that lived shorter has not really started (a slow machine imports for a second or two)
MISCONFIGURED = 2  # the exit code of a child that its settings do not let start
PATIENCE = 5
_ONE_PRESS_S = 0.25  # `uv run` and `make` pass on a Ctrl-C that the terminal gave us already

CLEAN, UNCLEAN, INTERRUPTED = 0, 1, 128 + signal.SIGINT  # our own exit codes, beside MISCONFIGURED
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Child:
    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)  # added to ours
    late: bool = False  # to be started when `ready` has returned: until then others need the CPU more


class GivenUp(Exception):
    """A child can't start as it is configured, so the others are stopped too. Its own message is on the screen."""


@dataclass
class Restarts:
    """How long to wait before one child is started again. Time is an argument."""

    shortest_s: float = 0.2
    longest_s: float = 5.0
    _last_s: float = 0.0
    _refusals: int = 0

    def after(self, lived_s: float, code: int) -> float | None:
        """Seconds to wait, or None when it is no use: five starts in a row that said "wrong settings" at once."""
        refused = lived_s < AT_ONCE_S and code == MISCONFIGURED
        self._refusals = self._refusals + 1 if refused else 0
        if self._refusals >= PATIENCE:
            return None
        first = self._last_s == 0 or lived_s >= STEADY_S
        self._last_s = self.shortest_s if first else min(self._last_s * 2, self.longest_s)
        return self._last_s


def to_stderr(words: str) -> None:
    print(f"onethread: {words}", file=sys.stderr, flush=True)


async def run(
    children: Sequence[Child],
    ready: Callable[[], Coroutine[None, None, None]] | None = None,
    *,
    grace_s: float = 10.0,
    restarts: Callable[[], Restarts] = Restarts,
    say: Callable[[str], None] = to_stderr,
) -> int:
    """Run them until a signal says stop. `ready` runs beside them, once (wait for the port, greet, open a browser).
    `say` is told in a sentence what becomes of them.

    Returns our exit code: 0 after a clean stop, 1 when a child had to be killed, 2 when one refused its settings five
    times, 130 after a second Ctrl-C. It takes over SIGINT, SIGTERM and SIGHUP: run it in the main thread's loop.
    """
    troupe = _Troupe(children, grace_s, restarts, say)
    with troupe.signals():
        await troupe.perform(ready)
    return troupe.exit_code


class _Troupe:
    def __init__(
        self,
        children: Sequence[Child],
        grace_s: float,
        restarts: Callable[[], Restarts],
        say: Callable[[str], None],
    ) -> None:
        self.exit_code = CLEAN
        self._say = say
        self._children = children
        self._grace_s = grace_s
        self._restarts = restarts
        self._living: dict[str, ChildProcess] = {}
        self._ready = asyncio.Event()
        self._stopping = asyncio.Event()
        self._pressed_at = float("-inf")

    async def perform(self, ready: Callable[[], Coroutine[None, None, None]] | None) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                work = [tasks.create_task(self._keep(child)) for child in self._children]
                work.append(tasks.create_task(self._until_ready(ready)))
                await self._stopping.wait()
                for task in work:
                    task.cancel()
        except* GivenUp as refused:
            self.exit_code = MISCONFIGURED
            self._say(str(refused.exceptions[0]))
        finally:
            await self._stop_all()

    async def _until_ready(self, ready: Callable[[], Coroutine[None, None, None]] | None) -> None:
        if ready is not None:
            await ready()
        self._ready.set()

    async def _keep(self, child: Child) -> None:
        loop, restarts = asyncio.get_running_loop(), self._restarts()
        if child.late:
            await self._ready.wait()
        while True:
            began = loop.time()
            self._living[child.name] = process = ChildProcess(child.argv, env=os.environ | child.env)
            code = await process.ended()
            pause = restarts.after(loop.time() - began, code)
            if pause is None:
                raise GivenUp(f"{child.name} can't start with these settings (its own message is above). Stopped.")
            self._say(f"{child.name} ended ({_how(code)}); starting it again in {pause:g} s.")
            await asyncio.sleep(pause)

    async def _stop_all(self) -> None:
        """All at once, so that the whole takes as long as the slowest."""
        self._stopping.set()
        async with asyncio.TaskGroup() as tasks:
            for name, process in self._living.items():
                if process.returncode is None:
                    tasks.create_task(self._stop(name, process))

    async def _stop(self, name: str, process: ChildProcess) -> None:
        code = await process.stop(self._grace_s)
        if code == -signal.SIGKILL and self.exit_code == CLEAN:
            self.exit_code = UNCLEAN
            self._say(f"{name} did not stop within {self._grace_s:g} s and was killed.")

    # --- signals ----------------------------------------------------------------------------------------------

    @contextmanager
    def signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._on_signal, number)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    def _on_signal(self, number: int) -> None:
        now = asyncio.get_running_loop().time()
        if not self._stopping.is_set():
            self._pressed_at = now
            self._stopping.set()
            self._say("stopping ... (Ctrl-C again: at once)" if number == signal.SIGINT else "stopping ...")
        elif number == signal.SIGINT and now - self._pressed_at >= _ONE_PRESS_S:
            self.exit_code = INTERRUPTED
            for process in self._living.values():
                process.kill()


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
