"""One child process that never outlives us: tied to our thread, awaited through its pidfd, asked before it is killed.

Standard library only, because every `onethread` command starts through it. Used by supervise.py and store/embedded.py.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

# Runs in the child, before what we really want. A `preexec_fn` would do the same inside a fork of a threaded process,
# where it may deadlock; this costs 10 ms and can't. The kernel sends the signal when the *thread* that started the
# child ends, so start children from the event loop's thread and never from an executor.
_TETHER = """
import ctypes, os, sys
prctl = getattr(ctypes.CDLL(None), "prctl", None)  # Linux has it, macOS does not
if prctl:
    prctl(1, 15)  # PR_SET_PDEATHSIG, SIGTERM
    if os.getppid() != int(sys.argv[1]):  # the parent died before the line above
        os._exit(0)
try:
    os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error:
    sys.stderr.write(f"{sys.argv[2]}: {error.strerror}\\n")
    os._exit(2)
"""

_PIDFD = hasattr(os, "pidfd_open")  # Linux has it, macOS does not
_POLL_S = 0.05


def tethered(argv: Sequence[str]) -> list[str]:
    """The command that runs `argv` as a child that is asked to end when the thread that started it ends."""
    return [sys.executable, "-I", "-S", "-c", _TETHER, str(os.getpid()), *argv]


class ChildProcess:
    """Started by the constructor, in a process group of its own: a terminal's Ctrl-C reaches only us, and we decide."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        umask: int = -1,
        keep_fds: Sequence[int] = (),
        output: IO[bytes] | None = None,
    ) -> None:
        """`output` takes both stdout and stderr; without it they are ours. Raises OSError (no such directory ...)."""
        self._popen = subprocess.Popen(  # noqa: S603 - what to run comes from our own code
            tethered(argv),
            env=env,
            cwd=cwd,
            umask=umask,
            pass_fds=keep_fds,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
        )
        self.pid = self._popen.pid

    @property
    def returncode(self) -> int | None:
        """None while it lives; negative when a signal ended it."""
        return self._popen.poll()

    async def ended(self) -> int:
        """Wait for its end; any number of tasks may. Returns the return code."""
        while (code := self._popen.poll()) is None:
            await (_pidfd_readable(self.pid) if _PIDFD else asyncio.sleep(_POLL_S))
        return code

    def terminate(self) -> None:
        if self.returncode is None:
            os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Its whole process group: whatever it started goes with it."""
        if self.returncode is None:
            os.killpg(self.pid, signal.SIGKILL)

    async def stop(self, grace_s: float) -> int:
        """SIGTERM, and SIGKILL when it still lives after `grace_s` seconds. Returns the return code."""
        self.terminate()
        try:
            async with asyncio.timeout(grace_s):
                return await self.ended()
        except TimeoutError:
            self.kill()
            return await self.ended()


async def gone(pid: int) -> None:
    """Wait until a process that is *not* our child has ended. (A child stays a zombie until `ended` reaps it.)"""
    if _PIDFD:
        await _pidfd_readable(pid)
        return
    while exists(pid):  # noqa: ASYNC110 - without a pidfd there is nothing to wait on
        await asyncio.sleep(_POLL_S)


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def _pidfd_readable(pid: int) -> None:
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(fd, over.set)
    try:
        await over.wait()
    finally:
        loop.remove_reader(fd)
        os.close(fd)
