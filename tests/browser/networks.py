"""A customer behind a cable of her own: two network namespaces, which a test may tear apart, renumber or make lossy.

It takes root, `ip` and (for loss) `iptables`: a test that needs it is skipped elsewhere.
"""

import contextlib
import ctypes
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NEW_NETWORK = 0x40000000  # CLONE_NEWNET
HUB, CUSTOMER = "10.79.0.1", "10.79.0.2"


def elsewhere(n: int) -> str:
    """The address of another network, for each `n` one that no browser has seen yet: to go back is easier."""
    return f"10.79.0.{20 + n}"


def possible() -> bool:
    return os.geteuid() == 0 and shutil.which("ip") is not None and shutil.which("iptables") is not None


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@dataclass
class Cable:
    """From `here`, where the hub is, to `there`, where the customer's browser is."""

    here: str
    there: str

    @property
    def _end(self) -> str:
        return self.there[-12:]

    def lay(self) -> None:
        for name in (self.here, self.there):
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        far, near = self._end, self.here[-12:]
        _ip("link", "add", near, "netns", self.here, "type", "veth", "peer", "name", far, "netns", self.there)
        _ip("-n", self.here, "addr", "add", f"{HUB}/24", "dev", near)
        _ip("-n", self.here, "link", "set", near, "up")
        self._number(CUSTOMER)
        self.plug(True)

    def remove(self) -> None:
        for name in (self.here, self.there):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)

    def _number(self, address: str) -> None:
        _ip("-n", self.there, "addr", "add", f"{address}/24", "dev", self._end)

    def plug(self, plugged: bool) -> None:
        _ip("-n", self.there, "link", "set", self._end, "up" if plugged else "down")

    def move(self, address: str) -> None:
        """From one network to another: the old address is gone, and with it whatever used it."""
        _ip("-n", self.there, "addr", "flush", "dev", self._end)
        self._number(address)

    def lose(self, share: float) -> None:
        """So many of the packets to the customer, by chance."""
        rule = ["-A", "INPUT", "-p", "udp", "-m", "statistic", "--mode", "random", "--probability", str(share)]
        enter = ["ip", "netns", "exec", self.there, "iptables"]
        subprocess.run([*enter, "-F", "INPUT"], check=True, capture_output=True)
        if share:
            subprocess.run([*enter, *rule, "-j", "DROP"], check=True, capture_output=True)

    def inside(self, command: str, folder: Path) -> str:
        """A program that is `command`, on the customer's side."""
        script = folder / f"inside-{self.there}"
        script.write_text(f'#!/bin/sh\nexec ip netns exec {self.there} {command} "$@"\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        return str(script)


@contextlib.contextmanager
def cabled() -> Iterator[Cable]:
    """This process is at the hub's end as long as the block lasts; the rest of the machine sees nothing of it."""
    cable = Cable(f"othub{os.getpid()}", f"otwang{os.getpid()}")
    before = os.open("/proc/self/ns/net", os.O_RDONLY)
    cable.remove()
    try:
        cable.lay()
        with open(f"/run/netns/{cable.here}") as place:
            _enter(place.fileno())
        yield cable
    finally:
        _enter(before)
        os.close(before)
        cable.remove()


def _enter(descriptor: int) -> None:
    """os.setns is there from Python 3.12 on."""
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "setns")
