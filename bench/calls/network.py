"""Where the servers and the parties are: two network namespaces with a cable between them, or this machine's loopback.

libnice (Janus) refuses loopback addresses; namespaces need root and `ip`.
"""

import contextlib
import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator

from hub.model.frozen import frozen

SERVER, PARTIES = "otbench0", "otbench1"
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET


@frozen
class Network:
    """`server` and `parties` are addresses; a command with `there` before it runs where the server's is."""

    server: str
    parties: str
    there: tuple[str, ...] = ()

    @property
    def apart(self) -> bool:
        return bool(self.there)


LOOPBACK = Network("127.0.0.1", "127.0.0.1")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def _lay_cable() -> None:
    for name in (SERVER, PARTIES):
        _ip("netns", "add", name)
        _ip("-n", name, "link", "set", "lo", "up")
    _ip("link", "add", "otb0", "netns", SERVER, "type", "veth", "peer", "name", "otb1", "netns", PARTIES)
    for n, name in enumerate((SERVER, PARTIES)):
        _ip("-n", name, "addr", "add", f"10.78.0.{n + 1}/24", "dev", f"otb{n}")
        _ip("-n", name, "link", "set", f"otb{n}", "up")


def _remove() -> None:
    for name in (SERVER, PARTIES):
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


@contextlib.contextmanager
def network() -> Iterator[Network]:
    """This process moves to the parties' end for good, where there are namespaces."""
    if os.geteuid() or not shutil.which("ip"):
        yield LOOPBACK
        return
    _remove()
    try:
        _lay_cable()
        with open(f"/run/netns/{PARTIES}") as place:
            _setns(place.fileno())
    except (subprocess.CalledProcessError, OSError):
        _remove()
        yield LOOPBACK
        return
    try:
        yield Network("10.78.0.1", "10.78.0.2", ("ip", "netns", "exec", SERVER))
    finally:
        _remove()


def _setns(descriptor: int) -> None:
    """os.setns is there from Python 3.12 on."""
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, _NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "setns")
