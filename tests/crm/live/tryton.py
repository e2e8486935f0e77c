"""Tryton 8.2.1, from PyPI, on SQLite: built once, then a copy of it started in a moment."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.crm.live import CAST, HERE
from tests.kept import install, kept, run
from tests.ports import free_port

VERSION = "8.2.1"
MODULES = ("sale", "sale_opportunity", "sale_complaint")
# phonenumbers: without it Tryton keeps numbers as they were typed, and a search by E.164 misses them.
PACKAGES = (
    f"trytond=={VERSION}",
    *(f"{name}>=8.2,<8.3" for name in ("trytond-party", "trytond-sale", "trytond-sale-opportunity")),
    *(f"{name}>=8.2,<8.3" for name in ("trytond-sale-complaint", "proteus")),
    "phonenumbers>=9",
)
PATIENCE_S = 180.0  # a machine that has other work


def configure(home: Path, port: int) -> Path:
    file = home / "trytond.conf"
    file.write_text(f"[database]\nuri = sqlite://\npath = {home}\n[web]\nlisten = 127.0.0.1:{port}\n")
    return file


def environment() -> Path:
    return kept(f"tryton-{VERSION}", build=lambda folder: install(folder, sys.executable, *PACKAGES))


def empty() -> Path:
    """A database with its tables. A minute of CPU."""
    return kept(f"tryton-{VERSION}-empty", build=_create)


def seeded() -> Path:
    """The same with the cast, and what a test has to know of it in seed.json."""
    return kept(f"tryton-{VERSION}-seeded", HERE / "tryton_seed.py", CAST, build=_seed)


def _create(folder: Path) -> None:
    (folder / "crm.sqlite").touch()  # trytond-admin wants it to exist
    (folder / "password").write_text("an-Admin's-own-1\n")
    env = os.environ | {"TRYTONPASSFILE": str(folder / "password")}
    admin = (environment() / "venv" / "bin" / "trytond-admin", "-c", configure(folder, 0), "-d", "crm")
    run(*admin, "--email", "admin@example.com", "--all", "-u", *MODULES, "--activate-dependencies", env=env)


def _seed(folder: Path) -> None:
    shutil.copy(empty() / "crm.sqlite", folder)
    told = run(environment() / "venv" / "bin" / "python", HERE / "tryton_seed.py", configure(folder, 0))
    (folder / "seed.json").write_text(told.splitlines()[-1])


@dataclass
class Tryton:
    """One server in `home`, on a copy of the seeded database, which a test may kill and start again."""

    home: Path
    port: int = field(default_factory=free_port)
    seed: dict[str, Any] = field(init=False)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        built = seeded()
        self.home.mkdir(parents=True, exist_ok=True)
        shutil.copy(built / "crm.sqlite", self.home)
        self.seed = json.loads((built / "seed.json").read_text())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def secrets(self) -> dict[str, str]:
        """What the mapping file asks for by name."""
        return {"TRYTON_URL": self.url, "TRYTON_DATABASE": "crm", "TRYTON_KEY": self.seed["key"]}

    def start(self) -> None:
        server = environment() / "venv" / "bin" / "trytond"
        config = configure(self.home, self.port)
        with (self.home / "trytond.log").open("ab") as log:
            self.process = subprocess.Popen([server, "-c", config, "-d", "crm"], stdout=log, stderr=log)
        ends = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert self.process.poll() is None, (self.home / "trytond.log").read_text()[-4000:]
            assert time.monotonic() < ends, "Tryton does not answer"
            time.sleep(0.05)

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(self.url, timeout=PATIENCE_S).status_code < 500
        return False

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE_S)
            self.process = None
