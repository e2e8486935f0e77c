"""Prism between the connector and a front: each request and each answer is held against the OpenAPI file.

A violation makes Prism answer 4xx or 5xx in the place of the front; `violations` tells which, so that a test fails for
the right reason.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.kept import kept, run
from tests.ports import free_port

VERSION = "5.16.0"
OPENAPI = Path(__file__).parents[1] / "openapi"
START_S = 60.0
STOP_S = 10.0


def missing() -> str:
    return "" if shutil.which("node") and shutil.which("npm") else "Prism needs Node.js and npm (make machine)"


def install() -> Path:
    """Prism's program, from npm, kept below .venv."""
    package = f"@stoplight/prism-cli@{VERSION}"
    quiet = ("--silent", "--no-audit", "--no-fund")
    folder = kept(f"prism-{VERSION}", build=lambda new: run("npm", "install", *quiet, "--prefix", new, package))
    return folder / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"


@dataclass
class Prism:
    """`prism proxy` in front of `upstream`, with the rules of openapi/NAME.yaml; its output goes to `log`."""

    name: str
    upstream: str
    log: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    read: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        document = OPENAPI / f"{self.name}.yaml"
        command = ["node", install(), "proxy", document, self.upstream, "--errors", "-p", str(self.port)]
        env = os.environ | {"NO_COLOR": "1"}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=env)
        ends = time.monotonic() + START_S
        while not self._listens():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < ends, "Prism does not listen"
            time.sleep(0.05)

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def violations(self) -> list[str]:
        """What Prism objected to since this was asked last."""
        text = self.log.read_text()
        new, self.read = text[self.read :], len(text)
        return [line for line in new.splitlines() if "stoplight.io/prism/errors#" in line or "iolation" in line]

    def end(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(STOP_S)
            self.process = None
