"""Ports for servers that a test starts and that must be told their port.

A port that the kernel named (bind to 0) is one of those that it also gives to each outgoing connection, so another
test's connection may have it before the server does: a Cluster's member failed so, and ninety tests with it. These lie
below that range, and a counter that all tests on this machine share goes round them.
"""

import contextlib
import fcntl
import os
import socket
import tempfile
from pathlib import Path

FIRST, END = 20_000, 32_768  # Linux takes those for outgoing connections from 32768 on
_TURN = Path(tempfile.gettempdir()) / f"onethread-ports-{os.getuid()}"


def free_port() -> int:
    """One that nobody listens on, for TCP and UDP, and that no other test is given soon."""
    return free_ports(1)


def free_ports(count: int) -> int:
    """The first of `count` in a row."""
    with _TURN.open("a+") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        turn.seek(0)
        port = int(turn.read() or FIRST)
        while True:
            if port + count > END:
                port = FIRST
            if all(_is_free(each) for each in range(port, port + count)):
                turn.truncate(0)
                turn.write(str(port + count))
                return port
            port += 1


def _is_free(port: int) -> bool:
    with contextlib.ExitStack() as probes, contextlib.suppress(OSError):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            probes.enter_context(socket.socket(socket.AF_INET, kind)).bind(("127.0.0.1", port))
        return True
    return False
