"""Debian's own Janus, unprivileged, in a network namespace of its own: it refuses loopback, so a cable leads to it."""

import asyncio
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import websockets

PATIENCE_S = 20.0
PORT = 8188
SECRET, CREATE_KEY = "a company's pass-word", "only the hub makes rooms"
LIBRARIES = "/usr/lib/x86_64-linux-gnu/janus"
PLUGINS = ("audiobridge", "duktape", "echotest", "lua", "nosip", "recordplay", "sip", "streaming", "textroom")
PLUGINS += ("videocall", "voicemail")
TRANSPORTS = ["http", "mqtt", "nanomsg", "pfunix", "rabbitmq"]
_numbers = itertools.count(os.getpid() % 200)


@dataclass(frozen=True)
class Cable:
    """To a network namespace: its name, and the addresses of this end and of its. Browsers here reach it."""

    there: str
    here: str
    address: str


@contextmanager
def cable() -> Iterator[Cable]:
    """A browser sees it laid and torn out: what it loads just then fails by ERR_NETWORK_CHANGED. It is to be there
    before the browser, and to stay as long."""
    n = next(_numbers) % 250
    there, mine, theirs = f"otjanus{n}", f"otj{n}a", f"otj{n}b"
    subprocess.run(["ip", "netns", "add", there], check=True)
    try:
        for words in (
            f"link add {mine} type veth peer name {theirs} netns {there}",
            f"link set {mine} addrgenmode none",
            f"addr add 10.79.{n}.1/24 dev {mine}",
            f"link set {mine} up",
            f"-n {there} link set lo up",
            f"-n {there} addr add 10.79.{n}.2/24 dev {theirs}",
            f"-n {there} link set {theirs} up",
        ):
            subprocess.run(["ip", *words.split()], check=True)
        yield Cable(there, f"10.79.{n}.1", f"10.79.{n}.2")
    finally:
        subprocess.run(["ip", "netns", "del", there], check=True)


def _write_configuration(home: Path, address: str) -> None:
    """As docs/calls.md has it, but for where things lie."""
    (home / "janus.jcfg").write_text(
        f"""general: {{ configs_folder = "{home}"; plugins_folder = "{LIBRARIES}/plugins";
  transports_folder = "{LIBRARIES}/transports"; events_folder = "{LIBRARIES}/events";
  loggers_folder = "{LIBRARIES}/loggers"; debug_level = 4; debug_colors = false;
  api_secret = "{SECRET}"; event_loops = {os.cpu_count()}; session_timeout = 60; reclaim_session_timeout = 60; }}
certificates: {{ }}
media: {{ rtp_port_range = "21000-22000"; }}
nat: {{ full_trickle = false; ice_lite = true; ice_enforce_list = "{address}"; ignore_mdns = true; }}
plugins: {{ disable = "{",".join(f"libjanus_{name}.so" for name in PLUGINS)}"; }}
transports: {{ disable = "{",".join(f"libjanus_{name}.so" for name in TRANSPORTS)}"; }}
loggers: {{ disable = "libjanus_jsonlog.so"; }}
events: {{ broadcast = false; }}
"""
    )
    (home / "janus.transport.websockets.jcfg").write_text(
        f'general: {{ ws = true; ws_port = {PORT}; ws_ip = "{address}"; wss = false; }}\n'
    )
    (home / "janus.plugin.videoroom.jcfg").write_text(
        f'general: {{ admin_key = "{CREATE_KEY}"; lock_rtp_forward = true; }}\n'
    )
    (home / "janus.eventhandler.wsevh.jcfg").write_text("general: { enabled = false; }\n")


@dataclass
class Janus:
    """One that a test may kill and start again."""

    home: Path
    cable: Cable
    process: asyncio.subprocess.Process | None = None

    @property
    def here(self) -> str:
        """The address of this end, as it knows us."""
        return self.cable.here

    @property
    def url(self) -> str:
        return f"ws://{self.cable.address}:{PORT}"

    async def start(self) -> None:
        nobody = pwd.getpwnam("nobody")
        lowered = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        inside = ["ip", "netns", "exec", self.cable.there, *lowered]
        command = [*inside, "janus", "-F", self.home, "-C", self.home / "janus.jcfg"]
        with (self.home.parent / "janus.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
        async with asyncio.timeout(PATIENCE_S):
            while not await self._answers():
                assert self.process.returncode is None, (self.home.parent / "janus.log").read_text()
                await asyncio.sleep(0.05)

    async def _answers(self) -> bool:
        try:
            async with websockets.connect(self.url, subprotocols=[websockets.Subprotocol("janus-protocol")]):
                return True
        except OSError:
            return False

    async def kill(self) -> None:
        """As it crashes."""
        if self.process is not None:
            self.process.kill()
            await self.process.wait()
            self.process = None


@asynccontextmanager
async def a_janus(laid: Cable | None = None) -> AsyncIterator[Janus]:
    """At the far end of `laid`, else of a cable of its own."""
    assert shutil.which("janus"), "make test-servers installs it"
    with ExitStack() as stack:
        laid = laid or stack.enter_context(cable())
        home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "conf"
        home.mkdir()
        _write_configuration(home, laid.address)
        nobody = pwd.getpwnam("nobody")
        for path in (home.parent, home, *home.iterdir()):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        janus = Janus(home, laid)
        await janus.start()
        try:
            yield janus
        finally:
            await janus.kill()
