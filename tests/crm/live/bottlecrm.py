"""BottleCRM (PyPI django-crm 1.35.0) on a PostgreSQL and a Valkey of its own: built once, then a copy started quickly.

It wants Python 3.12 or newer, which Debian 12 does not have: `missing()` says so in words.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from hub.store.embedded import find_binary
from tests.crm.live import CAST, HERE, bottlecrm_seed, postgres
from tests.crm.live.postgres import Postgres
from tests.kept import install, kept, run
from tests.ports import free_port

VERSION = "1.35.0"
PATIENCE_S = 180.0  # a machine that has other work
# packaging: kombu wants it and does not say so; without it the first write answers 500 after the row was written.
PACKAGES = (f"django-crm=={VERSION}", "packaging")


def python() -> str:
    """A Python that it runs with: TEST_PYTHON312, one in PATH or one of pyenv's. "" when there is none."""
    kept_by_pyenv = sorted(Path.home().glob(".pyenv/versions/3.1[2-9]*/bin/python"))
    named = (os.environ.get("TEST_PYTHON312", ""), *(f"python3.{minor}" for minor in (14, 13, 12)))
    for candidate in (*filter(None, named), *map(str, kept_by_pyenv)):
        found = shutil.which(candidate)
        if found and _new_enough(found):
            return found
    return ""


def _new_enough(program: str) -> bool:
    asked = [program, "-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def missing() -> str:
    """What this machine lacks, for whoever reads why the tests were skipped. "" when nothing is."""
    lacks = []
    if not python():
        lacks.append("Python 3.12 or newer (Debian 12 has 3.11; name one with TEST_PYTHON312=/path/to/python3.12)")
    if not postgres.available():
        lacks.append("PostgreSQL (Debian: postgresql)")
    return "BottleCRM needs " + " and ".join(lacks) if lacks else ""


# --- what is built ----------------------------------------------------------------------------------------------


def environment() -> Path:
    return kept(f"bottlecrm-{VERSION}", build=lambda folder: install(folder, python(), *PACKAGES))


def migrated() -> Path:
    """A database with its tables and the people of an organisation that BottleCRM itself makes up. Minutes of CPU."""
    return kept(f"bottlecrm-{VERSION}-migrated-pg{postgres.PROGRAMS.parent.name}", build=_migrate)


def seeded() -> Path:
    """The same with the cast."""
    texts = (HERE / "bottlecrm_seed.py", CAST)
    return kept(f"bottlecrm-{VERSION}-seeded-pg{postgres.PROGRAMS.parent.name}", *texts, build=_seed)


def _migrate(folder: Path) -> None:
    database = Postgres()
    database.create()
    with _running(database), _valkey(folder) as broker:
        database.ask("postgres", "CREATE ROLE bottle_owner LOGIN CREATEDB")
        database.ask("postgres", "CREATE DATABASE bottlecrm OWNER bottle_owner")
        env = settings(database, broker, 0)
        _admin(folder, env, "migrate")
        _admin(folder, env, "seed_data", "--email", "hub@example.com", "--orgs", "1", "--seed", "7", "--no-input")
    database.pack(folder / "pg.tar")
    database.remove()


def _seed(folder: Path) -> None:
    server = BottleCrm(folder)
    server.database.unpack(migrated() / "pg.tar")
    server.start()
    try:
        [[organisation]] = server.database.ask("bottlecrm", "SELECT id FROM organization LIMIT 1")
        told = _admin(folder, server.environment, "devlogin", "hub@example.com", "--org", str(organisation))
        [session] = [line.split()[1] for line in told.splitlines() if line.startswith("access_token")]
        (folder / "token").write_text(bottlecrm_seed.fill(server.url, session))
    finally:
        server.stop()
    server.database.pack(folder / "pg.tar")
    server.database.remove()


def _admin(folder: Path, env: dict[str, str], *words: str) -> str:
    """It writes its logs where it is started."""
    return run(environment() / "venv" / "bin" / "django-admin", *words, env=env, cwd=folder)


@contextlib.contextmanager
def _running(database: Postgres) -> Iterator[None]:
    database.start()
    try:
        yield
    finally:
        database.end()


@contextlib.contextmanager
def _valkey(home: Path) -> Iterator[str]:
    process, url = _broker(home)
    try:
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _broker(home: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Celery's broker: the Valkey that the hub brings along. It listens when this returns."""
    port = free_port()
    command = [str(find_binary()), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(home)]
    with (home / "valkey.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    ends = time.monotonic() + PATIENCE_S
    while not _listens(port):
        assert process.poll() is None, (home / "valkey.log").read_text()[-4000:]
        assert time.monotonic() < ends, "Valkey does not listen"
        time.sleep(0.02)
    return process, f"redis://127.0.0.1:{port}/0"


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def settings(database: Postgres, broker: str, port: int) -> dict[str, str]:
    """BottleCRM's environment. DEBUG, because `devlogin` asks for it."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "crm.settings",
        "SECRET_KEY": "a secret key of the tests, long enough to sign a token with",
        "ENV_TYPE": "dev",
        "DEBUG": "True",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "DBNAME": "bottlecrm",
        "DBUSER": "bottle_owner",
        "DBPASSWORD": "",
        "DBHOST": str(database.home),
        "CELERY_BROKER_URL": broker,
        "CELERY_RESULT_BACKEND": broker,
        "FRONTEND_URL": "http://localhost:5181",
        "DOMAIN_NAME": f"http://127.0.0.1:{port}",
    }


# --- one server ----------------------------------------------------------------------------------------------


@dataclass
class BottleCrm:
    """A web server that a test may kill and start again, its database and its broker."""

    home: Path
    database: Postgres = field(default_factory=Postgres)
    port: int = field(default_factory=free_port)
    token: str = ""
    name: str = "bottlecrm"
    process: subprocess.Popen[bytes] | None = None
    valkey: subprocess.Popen[bytes] | None = None
    broker: str = ""

    @classmethod
    def copied(cls, home: Path) -> "BottleCrm":
        """On a copy of the seeded database."""
        built = seeded()
        home.mkdir(parents=True, exist_ok=True)
        server = cls(home, token=(built / "token").read_text())
        server.database.unpack(built / "pg.tar")
        return server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def secrets(self) -> dict[str, str]:
        """What the mapping file asks for by name."""
        return {"BOTTLECRM_URL": self.url, "BOTTLECRM_TOKEN": self.token}

    @property
    def environment(self) -> dict[str, str]:
        return settings(self.database, self.broker, self.port)

    def start(self) -> None:
        self.database.start()
        self.valkey, self.broker = _broker(self.home)
        self.serve()

    def serve(self) -> None:
        """Only the web server, until it answers. In a session of its own: gunicorn's workers die with it."""
        gunicorn = environment() / "venv" / "bin" / "gunicorn"
        command = [gunicorn, "crm.wsgi:application", "-b", f"127.0.0.1:{self.port}", "-w", "1", "--threads", "4"]
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, env=self.environment, cwd=self.home, start_new_session=True
            )
        ends = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert self.process.poll() is None, (self.home / "server.log").read_text()[-4000:]
            assert time.monotonic() < ends, "BottleCRM does not answer"
            time.sleep(0.1)

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(self.url + "/healthz/", timeout=PATIENCE_S).status_code < 500
        return False

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """The web server with its workers, not the database."""
        if self.process is not None:
            os.killpg(self.process.pid, how)
            self.process.wait(PATIENCE_S)
            self.process = None

    def stop(self) -> None:
        self.kill(signal.SIGTERM)
        if self.valkey is not None:
            self.valkey.terminate()
            self.valkey.wait(PATIENCE_S)
        self.database.end()

    def end(self) -> None:
        self.stop()
        self.database.remove()


if __name__ == "__main__":
    print(missing() or f"BottleCRM runs with {python()}", flush=True)
